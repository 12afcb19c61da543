import {
  type Context,
  defaultTextMapGetter,
  INVALID_SPAN_CONTEXT,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import { AlwaysOnSampler, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { describe, expect, test, vi } from 'vitest';
import { DatadogPropagator, DatadogSpanProcessor, getExtractedLinks } from '../../src/index.ts';
import { carrierWith, READABLE, WRITABLE, type WritableCarrier } from '../contract/carriers.ts';
import { type ContractCase, contractCases, type ExpectedContext, type ExpectedLink } from '../contract/cases.ts';
import {
  baggageItems,
  decoded,
  expectAbridged,
  expectAgreement,
  expectSent,
  type Fields,
  fieldsOfMember,
  unabridged,
} from '../contract/wire.ts';

interface SeenSpan {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly Link[];
}

const CHILD = '1111111111111111';
const BY_DEFAULT = [
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'x-datadog-sampling-priority',
  'traceparent',
  'tracestate',
];
const STYLES = /^DD_TRACE_PROPAGATION_STYLE|^OTEL_PROPAGATORS$/;

// Dropped traces are recorded too, so that there is something to look at.
const tracer = new NodeTracerProvider({
  sampler: new AlwaysOnSampler(),
  spanProcessors: [new DatadogSpanProcessor()],
}).getTracer('contract');

const files = contractCases();
const propagatorFor = ({ env = {} }: ContractCase) => new DatadogPropagator({ env });

test('the cases are all there, each with a name of its own', () => {
  const names = [...files].flatMap(([file, cases]) => cases.map(({ name }) => `${file}: ${name}`));
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(600);
});

// First, since the same warning is given once.
test('a bad variable is one warning, and all else is silent', () => {
  const emitWarning = vi.spyOn(process, 'emitWarning').mockReturnValue();
  const cases = [...files.values()].flat();
  for (const each of [...cases, ...cases]) propagatorFor(each);
  const warnings = emitWarning.mock.calls.map(([warning]) => String(warning));
  emitWarning.mockRestore();

  const expected = cases.flatMap(({ warns }) => (warns ? [warns] : []));
  expect(expected.length).toBeGreaterThan(0);
  expect(warnings).toHaveLength(expected.length);
  for (const names of expected) {
    expect(
      warnings.filter((warning) => names.every((name) => warning.includes(name))),
      names.join(),
    ).toHaveLength(1);
  }
});

describe.each(READABLE)('read from $kind', (kind) => {
  for (const [file, cases] of files) {
    const held = cases.flatMap((each) => {
      const put = carrierWith(kind, each.in);
      return put ? [{ ...each, ...put }] : [];
    });
    describe(file, () => {
      test.each(held)('$name ($source)', ({ carrier, ...each }) => {
        const hasSpan = each.extracted !== null;
        const hasLinks = (each.links ?? []).length > 0;
        const ignored = kind.ignores?.({ headers: each.in, hasSpan, hasLinks }) ?? false;
        const expected = ignored ? { extracted: null, links: [], baggage: null } : each;

        const context = kind.read(propagatorFor(each), carrier);

        expectExtracted(context, expected);
        if (kind === READABLE[0]) expectOnSpan(context, each);
      });
    });
  }
});

test('what a kind of carrier cannot hold is left out there, and no more than that', () => {
  const cases = [...files.values()].flat();
  const leftOut = READABLE.map((kind) => [kind.kind, cases.filter((each) => !carrierWith(kind, each.in)).length]);
  // Line breaks and NUL in HTTP, what is not ASCII in gRPC, names in upper case where names have a case, empty attributes and more than ten.
  expect(Object.fromEntries(leftOut)).toEqual({
    'a text map': 0,
    "Node's HTTP headers": 7,
    Headers: 5,
    'gRPC metadata': 23,
    'Kafka headers': 11,
    'SQS attributes, one for each header': 32,
    'SQS attributes, _datadog': 11,
    'a record of Lambda, stringValue': 11,
    'an event of Lambda, stringValue': 11,
    'a record of Lambda, binaryValue': 11,
    'an event of Lambda, binaryValue': 11,
  });
});

describe.each(WRITABLE)('written to $kind', (kind) => {
  for (const [file, cases] of files) {
    describe(file, () => {
      test.each(cases)('$name ($source)', (each) => {
        const propagator = propagatorFor(each);
        const context = contextOf(each, propagator);
        const local = withChild(context, each.childFlags);

        expectWritten(kind, each, kind.write(propagator, context));
        if (local) expectWritten(kind, each, kind.write(propagator, local), { spanId: CHILD, flags: each.childFlags });
      });
    });
  }
});

function expectExtracted(context: Context, { extracted, links = [], baggage = null }: Partial<ContractCase>): void {
  const spanContext = trace.getSpanContext(context);
  if (extracted) expectSpanContext(spanContext, extracted);
  // contrib's Lambda instrumentation drops a context without any.
  else expect(spanContext ?? INVALID_SPAN_CONTEXT).toEqual(INVALID_SPAN_CONTEXT);
  expect(getExtractedLinks(context).map(described)).toEqual(links);
  const items = propagation.getBaggage(context)?.getAllEntries();
  expect(items ? Object.fromEntries(items.map(([key, { value }]) => [key, value])) : null).toEqual(baggage);
  if (!extracted && links.length === 0 && baggage === null)
    expect(context, 'the same context object').toBe(ROOT_CONTEXT);
}

function expectSpanContext(spanContext: SpanContext | undefined, { flags, tags, ...expected }: ExpectedContext): void {
  const { s, o, p, ...others } = fieldsOfMember(spanContext?.traceState?.get('dd'));
  expect({
    traceId: spanContext?.traceId,
    spanId: spanContext?.spanId,
    sampled: ((spanContext?.traceFlags ?? 0) & 1) === 1,
    isRemote: spanContext?.isRemote,
    priority: s === undefined ? null : Number(s),
    origin: o === undefined ? undefined : decoded(o),
    parentId: p,
  }).toEqual({ isRemote: true, origin: undefined, parentId: undefined, ...expected });
  if (flags !== undefined) expect(spanContext?.traceFlags, 'flags').toBe(flags);
  if (tags === undefined) return;
  const fields = Object.entries(others).filter(([key]) => key.startsWith('t.') && key !== 't.tid');
  const found = fields.map(([key, value]) => [`_dd.p.${key.slice('t.'.length)}`, decoded(value)]);
  expect(Object.fromEntries(found), 'tags').toEqual(tags);
}

function described({ context, attributes }: Link): ExpectedLink {
  const { traceId, spanId } = context;
  return { traceId, spanId, reason: String(attributes?.reason), contextHeaders: String(attributes?.context_headers) };
}

/** What a span that starts with the context has of it, and its own child has not. */
function expectOnSpan(context: Context, { links = [], attributes = {} }: ContractCase): void {
  const local = tracer.startSpan('local', {}, context);
  const child = tracer.startSpan('child', {}, trace.setSpan(context, local));
  const ofLocal = local as unknown as SeenSpan;
  const ofChild = child as unknown as SeenSpan;
  child.end();
  local.end();

  expect(ofLocal.links.map(described)).toEqual(links);
  expect(ofChild.links).toEqual([]);
  for (const [name, value] of Object.entries(attributes)) {
    expect(ofLocal.attributes[name], name).toBe(value ?? undefined);
  }
  expect(Object.keys(ofChild.attributes).filter((name) => name.startsWith('baggage.'))).toEqual([]);
}

function contextOf(each: ContractCase, propagator: DatadogPropagator): Context {
  const carrier = carrierWith(READABLE[0] as (typeof READABLE)[number], each.in)?.carrier;
  const context = propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
  if (each.add === undefined) return context;
  let baggage = propagation.getBaggage(context) ?? propagation.createBaggage();
  for (const [key, value] of Object.entries(each.add)) baggage = baggage.setEntry(key, { value });
  return propagation.setBaggage(context, baggage);
}

function withChild(context: Context, flags: number | undefined): Context | undefined {
  const parent = trace.getSpanContext(context);
  if (parent === undefined) return undefined;
  const child = { ...parent, spanId: CHILD, isRemote: false, traceFlags: flags ?? parent.traceFlags };
  return trace.setSpanContext(context, child);
}

function expectWritten(
  kind: WritableCarrier,
  each: ContractCase,
  fields: Fields,
  sender?: { spanId: string; flags: number | undefined },
): void {
  const { extracted, baggage, add, sends, out = {}, child, env = {} } = each;
  const byDefault = !Object.keys(env).some((name) => STYLES.test(name));
  // Both send the same baggage.
  const expected = sender ? { ...('baggage' in out && { baggage: out.baggage }), ...child } : out;
  if (extracted) {
    const withoutTags = out['x-datadog-tags'] === null;
    expectAgreement(fields, extracted, { ...(sender && { sender }), withoutTags });
    if (byDefault && !sends) expect(Object.keys(fields)).toEqual(expect.arrayContaining(BY_DEFAULT));
  }
  if (!extracted) expect(Object.keys(fields).filter((name) => name !== 'baggage')).toEqual([]);
  if (!kind.holds(unabridged(fields, expected))) {
    expectAbridged(fields, expected, kind.holds);
    return;
  }
  if (sends) expect(Object.keys(fields).sort()).toEqual([...sends].sort());
  if (byDefault && !('baggage' in expected)) {
    expect(baggageItems(fields.baggage), 'baggage').toEqual({ ...baggage, ...add });
  }
  expectSent(fields, expected);
}
