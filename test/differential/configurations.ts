import type { Configuration } from './peer.ts';

/** How the tracers are told to propagate, by the variables that all of them read. */
export interface NamedConfiguration {
  readonly name: string;
  readonly variables: Configuration;
  /** Formats whose headers the cases have. */
  readonly styles: readonly string[];
  /** Of a run's cases, in percent. */
  readonly share: number;
}

const DEFAULT_STYLES = ['datadog', 'tracecontext', 'baggage'];

export const CONFIGURATIONS: readonly NamedConfiguration[] = [
  { name: 'default', variables: {}, styles: DEFAULT_STYLES, share: 100 },
];
