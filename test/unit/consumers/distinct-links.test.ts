import { INVALID_SPAN_CONTEXT, type Link, trace } from '@opentelemetry/api';
import { NodeTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { expect, test } from 'vitest';
import { addMissingLinks } from '../../../src/consumers/distinct-links.ts';

const tracer = new NodeTracerProvider().getTracer('test');
const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const linkTo = (id: number, traceId = TRACE_ID): Link => ({
  context: { traceId, spanId: id.toString(16).padStart(16, '0'), traceFlags: 1 },
});
const linksTo = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => linkTo(first + index));

function completed(own: Link[], links: Link[], omitted = 0) {
  const span = tracer.startSpan('invocation', { links: own });
  addMissingLinks(span, { links, omitted });
  const { links: found, attributes } = span as unknown as ReadableSpan;
  const ids = found.map(({ context }) => `${context.traceId.slice(-4)} ${Number.parseInt(context.spanId, 16)}`);
  return { ids, omitted: attributes['otel_datadog_bridge.omitted_links'] };
}

test('a span gets those that it has not, also where the same span id is of another trace', () => {
  const elsewhere = linkTo(1, 'a'.repeat(32));
  expect(completed([linkTo(1)], [linkTo(1), linkTo(2), elsewhere, linkTo(2)])).toEqual({
    ids: ['3e3c 1', '3e3c 2', 'aaaa 1'],
    omitted: undefined,
  });
});

test.each([
  [3, 100, 0, 3],
  [0, 100, 7, 7],
  [40, 60, 0, undefined],
  [101, 5, 2, 7],
])('with %i of its own, of %i found and %i left out before, %s are left out', (own, count, before, omitted) => {
  const found = completed(linksTo(1, own), linksTo(own + 1, own + count), before);
  expect(found.omitted).toBe(omitted);
  expect(found.ids).toHaveLength(Math.max(own, Math.min(100, own + count)));
});

test('a span that is not recorded takes them as well', () => {
  const span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
  expect(() => addMissingLinks(span, { links: linksTo(1, 3), omitted: 1 })).not.toThrow();
});
