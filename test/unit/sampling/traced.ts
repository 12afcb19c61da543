import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type Span,
  trace,
} from '@opentelemetry/api';
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  type Sampler,
} from '@opentelemetry/sdk-trace-node';
import { DatadogPropagator } from '../../../src/carriers/datadog-propagator.ts';
import { SampledSpanProcessor } from '../../../src/tracing/sampled-export.ts';
import { DatadogSpanProcessor } from '../../../src/tracing/span-processor.ts';

const propagator = new DatadogPropagator({ env: {} });

/** The context that these headers carry. */
export function received(headers: Record<string, string>): Context {
  return propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
}

/** The headers of a request that is sent in this context. */
export function sent(context: Context): Record<string, string> {
  const headers: Record<string, string> = {};
  propagator.inject(context, headers, defaultTextMapSetter);
  return headers;
}

/** What a request says of the trace's decision, in all the formats. */
export function decisionIn(context: Context) {
  const headers = sent(context);
  return {
    priority: headers['x-datadog-sampling-priority'],
    tags: Object.fromEntries(
      (headers['x-datadog-tags'] ?? '')
        .split(',')
        .map((tag) => tag.split('='))
        .filter(([key]) => key !== '_dd.p.tid' && key !== ''),
    ) as Record<string, string>,
    flags: headers.traceparent?.slice(-2),
    s: /(?:^dd=|;)s:(-?\d)/.exec(headers.tracestate ?? '')?.[1],
  };
}

/** A process that samples so, exports in batches, and has both of our processors or none. */
export function tracedProcess(sampler?: Sampler, { processors = true, exportUnsampled = false } = {}) {
  const exporter = new InMemorySpanExporter();
  const batches = new BatchSpanProcessor(exporter);
  const spanProcessors = processors
    ? [new DatadogSpanProcessor(), new SampledSpanProcessor(batches, { exportUnsampled })]
    : [batches];
  const provider = new NodeTracerProvider({ spanProcessors, ...(sampler && { sampler }) });
  const tracer = provider.getTracer('test');
  return {
    tracer,
    start(name: string, context: Context = ROOT_CONTEXT, attributes = {}): { span: Span; context: Context } {
      const span = tracer.startSpan(name, { attributes }, context);
      return { span, context: trace.setSpan(context, span) };
    },
    async exported(): Promise<ReadableSpan[]> {
      await provider.forceFlush();
      return exporter.getFinishedSpans();
    },
  };
}

/** What Datadog's tracers send of a trace with this priority. */
export function fromDatadog(priority: number | undefined, tags = ''): Record<string, string> {
  return {
    'x-datadog-trace-id': '549189452716916284',
    'x-datadog-parent-id': '167372598629952624',
    ...(priority !== undefined && { 'x-datadog-sampling-priority': String(priority) }),
    'x-datadog-tags': `_dd.p.tid=6b0305aa00000000${tags}`,
  };
}
