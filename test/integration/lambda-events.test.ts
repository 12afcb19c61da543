// A warm function under AWS's own runtime client, with the preload, given one event after the other.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { installedRuntimes, LambdaFunction, missingForLambdaRuntime } from '../peers/lambda-runtime/lambda-runtime.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { emptyEvents, eventVectors } from '../unit/events.ts';
import { type ExportedSpan, firstOf, OtlpEndpoint } from './lambda/otlp-endpoint.ts';
import { REGISTER } from './run-node.ts';

describeWithToolchain('Lambda', missingForLambdaRuntime(), () => {
  let endpoint: OtlpEndpoint;

  beforeAll(async () => {
    await installedRuntimes();
    endpoint = await OtlpEndpoint.start();
  }, 600_000);
  beforeEach(() => endpoint.empty());
  afterAll(() => endpoint?.close());

  async function withFunction(major: string, use: (lambda: LambdaFunction) => Promise<void>): Promise<void> {
    const env = { NODE_OPTIONS: `--require ${REGISTER}`, OTEL_DATADOG_FLUSH_TIMEOUT: '9000', ...endpoint.env };
    const taskRoot = `${import.meta.dirname}/fixtures/lambda`;
    const lambda = await LambdaFunction.start({ major, handler: 'index.handler', taskRoot, env });
    try {
      await use(lambda);
      expect(lambda.output).toBe('');
    } finally {
      await lambda.close();
    }
  }

  /** The span of an invocation that was answered without an error, and the first of its trace here: itself, or that of a queue or a gateway. */
  async function invoked(lambda: LambdaFunction, event: unknown, clientContext?: unknown) {
    endpoint.empty();
    const { error } = await lambda.invoke(event, { clientContext });
    expect(error).toBeUndefined();
    const spans = endpoint.spans.filter(({ attributes }) => 'faas.invocation_id' in attributes);
    expect(spans).toHaveLength(1);
    const [span] = spans as [ExportedSpan];
    return { span, first: firstOf(endpoint.spans, span) };
  }

  test.each(['20', '24'])('on Node %s every event of every tracer has its parent', (major) =>
    withFunction(major, async (lambda) => {
      const differing = [];
      for (const { name, event, clientContext, trigger, expected } of eventVectors()) {
        const { span, first } = await invoked(lambda, event, clientContext);
        const found = {
          traceId: span.traceId,
          spanId: first.parentSpanId,
          priority: span.attributes['sampling.priority'],
          links: span.links.map(({ traceId, spanId }) => ({ traceId, spanId })),
          trigger: span.attributes['faas.trigger'],
        };
        if (JSON.stringify(found) !== JSON.stringify({ ...expected, trigger }))
          differing.push({ name, found, expected });
      }
      expect(differing).toEqual([]);
    }),
  );

  test.each(['20', '24'])('on Node %s an event that carries nothing begins a trace', (major) =>
    withFunction(major, async (lambda) => {
      const traces = new Set<string>();
      for (const { name, event, trigger } of emptyEvents()) {
        const { span, first } = await invoked(lambda, event);
        const { traceId, attributes, links } = span;
        traces.add(traceId);
        expect({ name, parent: first.parentSpanId, trigger: attributes['faas.trigger'], links }).toEqual({
          name,
          parent: undefined,
          trigger,
          links: [],
        });
      }
      expect(traces.size).toBe(emptyEvents().length);
    }),
  );
});
