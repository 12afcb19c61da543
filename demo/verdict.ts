import { missingSpans } from './expected-spans.ts';
import { isPoll, type Span } from './span.ts';

const SERVICES = 4;

export interface Verdict {
  readonly joined: boolean;
  /** One sentence: the trace, or the first thing that breaks it. */
  readonly sentence: string;
}

/** Whether everything that the checkout caused is one trace with one decision. */
export function judge(spans: readonly Span[]): Verdict {
  const broken = firstBreak(spans);
  if (broken !== undefined) return { joined: false, sentence: broken };
  const caused = spans.filter((span) => !isPoll(span));
  const services = new Set(caused.map(({ service }) => service)).size;
  return { joined: true, sentence: `one trace ${caused[0]?.traceId}: ${caused.length} spans, ${services} services` };
}

function firstBreak(spans: readonly Span[]): string | undefined {
  const missing = missingSpans(spans);
  if (missing.length > 0) return `no span came for ${missing.join(', ')}`;

  const caused = spans.filter((span) => !isPoll(span));
  const root = caused.find(({ service, kind }) => service === 'shop' && kind === 'SERVER');
  const stray = caused.find(({ traceId }) => traceId !== root?.traceId);
  if (stray) return `${describe(stray)} is in trace ${stray.traceId}, the checkout in ${root?.traceId}`;

  const ids = new Set(caused.map(({ spanId }) => spanId));
  const orphan = caused.find((span) => span !== root && !ids.has(span.parentSpanId ?? ''));
  if (orphan)
    return `${describe(orphan)} has the parent ${orphan.parentSpanId ?? 'none'}, which no span of the trace is`;
  if (root?.parentSpanId !== undefined) return `${describe(root)} should have no parent`;

  const [first] = caused.flatMap(decisionsOf);
  for (const span of caused) {
    const decisions = decisionsOf(span);
    if (decisions.length === 0) return `${describe(span)} has no sampling priority`;
    const other = decisions.find((decision) => decision !== first);
    if (other !== undefined) return `${describe(span)} says the sampling priority is ${other}, another span ${first}`;
  }

  const services = new Set(caused.map(({ service }) => service));
  if (services.size !== SERVICES) return `spans came from ${[...services].join(', ')}`;
  return undefined;
}

/** Every form in which a span says what was decided: for the Agent, in Datadog's own tracers, and in tracestate. */
function decisionsOf({ attributes, traceState }: Span): number[] {
  const inTraceState = /(?:^|,)dd=(?:[^,]*;)?s:(-?\d+)/.exec(traceState)?.[1];
  return [attributes['sampling.priority'], attributes._sampling_priority_v1, inTraceState]
    .filter((decision) => decision !== undefined)
    .map(Number);
}

function describe({ service, name }: Span): string {
  return `${service}'s span "${name}"`;
}
