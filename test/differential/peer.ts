/** A carrier's fields by lower-case name: what goes in, and what comes out. */
export type Headers = Readonly<Record<string, string>>;

/** What a tracer made of the headers before it wrote them again. */
export interface ObservedContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits; all zero where the trace is continued without a parent. */
  readonly spanId: string;
  readonly priority: number | null;
  readonly origin: string | null;
  /** `_dd.p.*` by full name. */
  readonly tags: Readonly<Record<string, string>>;
}

interface ObservedLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** All that can be seen of one extraction. The oracles write this as JSON. */
export interface Observation {
  /** The trace that a span started with the headers goes on with; `null` where it starts one of its own. */
  readonly context: ObservedContext | null;
  readonly links: readonly ObservedLink[];
  readonly baggage: Readonly<Record<string, string>>;
  /** What is injected from the extracted context itself, as a proxy does that starts no span. */
  readonly forwarded: Headers;
  /** What is injected from a span in the extracted trace; `null` where there is none. */
  readonly child: { readonly spanId: string; readonly headers: Headers } | null;
}

/** `DD_*` variables, as each of the tracers reads them. */
export type Configuration = Readonly<Record<string, string>>;

/** A tracer under one configuration. */
export interface Peer {
  /** The observations in the order of the header sets. */
  observe(headerSets: readonly Headers[]): Promise<Observation[]>;
  close(): Promise<void>;
}

export const PEER_NAMES = ['dd-trace-js', 'ddtrace', 'dd-trace-go'] as const;

export type PeerName = (typeof PEER_NAMES)[number];
