import { INVALID_SPAN_CONTEXT, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { extractEventContext } from '../../../src/consumers/lambda.ts';
import { extractionOf } from '../../../src/propagation/extraction.ts';

const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const OTHER_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const hex = (id: number) => id.toString(16).padStart(16, '0');
const attribute = (stringValue: string) => ({ dataType: 'String', stringValue });

const none = { messageId: 'none', messageAttributes: {} };
const w3c = (id: number, traceId = TRACE_ID) => ({
  messageAttributes: { traceparent: attribute(`00-${traceId}-${hex(id)}-01`) },
});
const datadog = (id: number) => {
  const fields = {
    'x-datadog-trace-id': '549189452716916284',
    'x-datadog-parent-id': String(id),
    'x-datadog-tags': '_dd.p.tid=6b0305aa00000000',
  };
  return { messageAttributes: { _datadog: attribute(JSON.stringify(fields)) } };
};

function extract(Records: unknown[]) {
  const context = extractEventContext({ Records });
  const { links, omitted } = extractionOf(context);
  return { context, parent: trace.getSpanContext(context), links, omitted };
}
const spanIds = (links: ReturnType<typeof extract>['links']) => links.map(({ context }) => context.spanId);

describe('a batch of records', () => {
  test.each<[name: string, records: unknown[], parent: number, links: number[]]>([
    ['one', [datadog(1)], 1, []],
    ['several', [datadog(1), w3c(2), datadog(3)], 1, [2, 3]],
    ['the first without a context', [none, none, w3c(2), datadog(3)], 2, [3]],
    ['only the last with one', [none, datadog(3)], 3, []],
    ['gaps', [datadog(1), none, null, 'record', {}, w3c(4)], 1, [4]],
    ['the same span on all, in either format', [datadog(1), w3c(1), datadog(1)], 1, []],
    ['the same span on some', [datadog(1), w3c(2), datadog(2), w3c(1), w3c(3)], 1, [2, 3]],
  ])('%s: the first context is the parent, the others are links, each once', (_name, records, parent, links) => {
    const extracted = extract(records);
    expect(extracted.parent).toMatchObject({ traceId: TRACE_ID, spanId: hex(parent), isRemote: true });
    expect(spanIds(extracted.links)).toEqual(links.map(hex));
    expect(extracted.omitted).toBe(0);
  });

  test('the same span id in another trace is another span', () => {
    const third = 'a'.repeat(32);
    const traces = [OTHER_TRACE, third, OTHER_TRACE, TRACE_ID, third];
    const { links } = extract([w3c(1), ...traces.map((traceId) => w3c(1, traceId))]);
    expect(links.map(({ context }) => context.traceId)).toEqual([OTHER_TRACE, third]);
  });

  test.each([
    [101, 100, 0],
    [102, 100, 1],
    [150, 100, 49],
  ])('of %i spans %i are links, and %i are counted', (count, linked, omitted) => {
    const extracted = extract(Array.from({ length: count }, (_, index) => w3c(index + 1)));
    expect(spanIds(extracted.links)).toEqual(Array.from({ length: linked }, (_, index) => hex(index + 2)));
    expect(extracted.omitted).toBe(omitted);
  });

  test('a link carries the state of its trace', () => {
    const { links } = extract([w3c(1), datadog(2)]);
    expect(links[0]?.context.isRemote).toBe(true);
    expect(links[0]?.context.traceState?.get('dd')).toContain('t.tid:6b0305aa00000000');
  });

  const twoTraces = {
    messageAttributes: { ...datadog(1).messageAttributes, ...w3c(2, OTHER_TRACE).messageAttributes },
  };

  test('the trace that the parent record was torn from comes first among the links', () => {
    const { parent, links } = extract([twoTraces, w3c(3)]);
    expect(parent?.spanId).toBe(hex(1));
    expect(links.map(({ context, attributes }) => [context.spanId, attributes?.reason])).toEqual([
      [hex(2), 'terminated_context'],
      [hex(3), undefined],
    ]);
  });

  test('and is not linked once more for another record', () => {
    expect(spanIds(extract([twoTraces, w3c(2, OTHER_TRACE)]).links)).toEqual([hex(2)]);
  });

  test("brings the first record's baggage", () => {
    const baggage = (value: string) => ({ baggage: attribute(`team=${value}`) });
    const records = ['a', 'b'].map((team, index) => ({
      messageAttributes: { ...w3c(index + 1).messageAttributes, ...baggage(team) },
    }));
    expect(propagation.getBaggage(extract(records).context)?.getEntry('team')?.value).toBe('a');
  });

  test.each([[[]], [[none]], [[none, none]], [[null, 1, 'x']]])(
    'without any context (%j) it is the root context',
    (records) => {
      expect(extractEventContext({ Records: records })).toBe(ROOT_CONTEXT);
    },
  );
});

describe('a request', () => {
  test('has the context of its headers', () => {
    const context = extractEventContext({ headers: { traceparent: `00-${TRACE_ID}-${hex(1)}-01`, baggage: 'team=a' } });
    expect(trace.getSpanContext(context)).toMatchObject({ traceId: TRACE_ID, spanId: hex(1) });
    expect(propagation.getBaggage(context)?.getEntry('team')?.value).toBe('a');
  });

  test('with baggage alone has a span context that contrib does not throw away', () => {
    const context = extractEventContext({ headers: { baggage: 'team=a' } });
    expect(trace.getSpanContext(context)).toEqual(INVALID_SPAN_CONTEXT);
    expect(propagation.getBaggage(context)?.getEntry('team')?.value).toBe('a');
  });
});

test.each([
  undefined,
  null,
  'event',
  7,
  [],
  {},
  { Records: 'none' },
  { Records: {} },
  { headers: null },
  { headers: {} },
])('an event that is %j has the root context', (event) => {
  expect(extractEventContext(event, {})).toBe(ROOT_CONTEXT);
});
