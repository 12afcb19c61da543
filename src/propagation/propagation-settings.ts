import { DEFAULT_STYLES, type PropagationStyle } from './propagation-style';

/**
 * What to do with a context that comes in: `continue` its trace; `restart`, a new trace with a link to it, its baggage
 * kept; `ignore` all of it.
 */
export type ExtractBehavior = 'continue' | 'restart' | 'ignore';

export const EXTRACT_BEHAVIORS: readonly ExtractBehavior[] = ['continue', 'restart', 'ignore'];

/** How contexts are written. */
export interface InjectSettings {
  readonly injectStyles: ReadonlySet<PropagationStyle>;
  /** Characters of `x-datadog-tags`, for what is read and for what is written; 0: neither. */
  readonly tagsMaxLength: number;
  readonly baggageMaxItems: number;
  readonly baggageMaxBytes: number;
}

/** How they are read. */
export interface ExtractSettings extends Omit<InjectSettings, 'injectStyles'> {
  /** In the order in which they are asked. */
  readonly extractStyles: readonly PropagationStyle[];
  /** The first style that has a context is the only one that is asked. */
  readonly extractFirst: boolean;
  /** Keys of inbound baggage whose values become attributes (`baggage.<key>`); `*` is every key. */
  readonly baggageTagKeys: ReadonlySet<string>;
}

export type PropagationSettings = InjectSettings & ExtractSettings;

/** https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/config/supported-configurations.json */
export const DEFAULT_SETTINGS: PropagationSettings = {
  injectStyles: new Set(DEFAULT_STYLES),
  extractStyles: DEFAULT_STYLES,
  extractFirst: false,
  tagsMaxLength: 512,
  baggageMaxItems: 64,
  baggageMaxBytes: 8192,
  baggageTagKeys: new Set(['user.id', 'session.id', 'account.id']),
};
