import { type Configuration, PEER_NAMES, type PeerName } from './peer.ts';

/** How the tracers are told to propagate, by the variables that all of them read. */
export interface NamedConfiguration {
  readonly name: string;
  readonly variables: Configuration;
  /** The formats that this makes them read, in this order. */
  readonly extractStyles: readonly string[];
  /** Formats whose headers the cases have. */
  readonly styles: readonly string[];
  /** Of a run's cases, in comparison with the others. */
  readonly share: number;
  /** Those that know all of the variables. */
  readonly peers: readonly PeerName[];
}

const STYLE = 'DD_TRACE_PROPAGATION_STYLE';
const BEHAVIOR = 'DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT';
const DEFAULT_STYLES = ['datadog', 'tracecontext', 'baggage'];

const CONFIGURATIONS: readonly NamedConfiguration[] = [
  {
    name: 'default',
    variables: {},
    extractStyles: DEFAULT_STYLES,
    styles: DEFAULT_STYLES,
    share: 68,
    peers: PEER_NAMES,
  },
  {
    name: 'tracecontext-first',
    variables: { [`${STYLE}_EXTRACT`]: 'tracecontext,datadog,baggage' },
    extractStyles: ['tracecontext', 'datadog', 'baggage'],
    styles: DEFAULT_STYLES,
    share: 6,
    peers: PEER_NAMES,
  },
  {
    name: 'datadog-alone',
    variables: { [STYLE]: 'Datadog' },
    extractStyles: ['datadog'],
    styles: DEFAULT_STYLES,
    share: 2,
    peers: PEER_NAMES,
  },
  {
    name: 'tracecontext-alone',
    variables: { [STYLE]: 'tracecontext' },
    extractStyles: ['tracecontext'],
    styles: DEFAULT_STYLES,
    share: 2,
    peers: PEER_NAMES,
  },
  {
    name: 'b3-single',
    variables: { [STYLE]: 'b3,tracecontext' },
    extractStyles: ['b3', 'tracecontext'],
    styles: ['tracecontext', 'b3'],
    share: 4,
    // For dd-trace-go that name means the many headers.
    peers: ['dd-trace-js', 'ddtrace'],
  },
  {
    name: 'b3-single-header',
    variables: { [STYLE]: 'B3 single header,tracecontext' },
    extractStyles: ['b3', 'tracecontext'],
    styles: ['tracecontext', 'b3'],
    share: 4,
    // ddtrace has given up that name.
    peers: ['dd-trace-js', 'dd-trace-go'],
  },
  {
    name: 'b3multi',
    variables: { [STYLE]: 'b3multi,datadog' },
    extractStyles: ['b3multi', 'datadog'],
    styles: ['datadog', 'b3multi'],
    share: 4,
    peers: PEER_NAMES,
  },
  {
    name: 'extract-first',
    variables: { DD_TRACE_PROPAGATION_EXTRACT_FIRST: 'true' },
    extractStyles: DEFAULT_STYLES,
    styles: DEFAULT_STYLES,
    share: 4,
    peers: PEER_NAMES,
  },
  {
    name: 'restart',
    variables: { [BEHAVIOR]: 'restart' },
    extractStyles: DEFAULT_STYLES,
    styles: DEFAULT_STYLES,
    share: 4,
    peers: PEER_NAMES,
  },
  {
    name: 'ignore',
    variables: { [BEHAVIOR]: 'ignore' },
    extractStyles: DEFAULT_STYLES,
    styles: DEFAULT_STYLES,
    share: 2,
    peers: PEER_NAMES,
  },
  {
    name: 'small-limits',
    variables: {
      DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH: '128',
      DD_TRACE_BAGGAGE_MAX_ITEMS: '3',
      DD_TRACE_BAGGAGE_MAX_BYTES: '64',
    },
    extractStyles: DEFAULT_STYLES,
    styles: DEFAULT_STYLES,
    share: 4,
    // The others have no variables for baggage.
    peers: ['dd-trace-js'],
  },
];

/** The peer's configurations, each with its part of the cases. */
export function sharesOf(peer: PeerName, cases: number): [NamedConfiguration, number][] {
  const known = configurationsOf(peer);
  const total = known.reduce((sum, { share }) => sum + share, 0);
  return known.map((configuration) => [configuration, Math.round((cases * configuration.share) / total)]);
}

export function configurationsOf(peer: PeerName): NamedConfiguration[] {
  return CONFIGURATIONS.filter(({ peers }) => peers.includes(peer));
}
