import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { extractMessageContext, withMessageContext } from '../../../src/index.ts';
import { kinesisRecord, snsRecord, sqsRecord } from '../deliveries.ts';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
afterEach(() => exporter.reset());
afterAll(() => provider.shutdown());

const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const SPAN_ID = '0252a07dde78ec70';
const _datadog = JSON.stringify({
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '167372598629952624',
  'x-datadog-sampling-priority': '1',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000',
  baggage: 'team=a',
});
const message = { MessageId: 'm-1', MessageAttributes: { _datadog: { DataType: 'String', StringValue: _datadog } } };
const record = {
  messageId: 'r-1',
  messageAttributes: { _datadog: { dataType: 'String', stringValue: _datadog } },
  eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:orders',
};
const bare = { MessageId: 'm-2', MessageAttributes: {} };
const tracer = trace.getTracer('test');

function finished(): ReadableSpan {
  const [span, ...others] = exporter.getFinishedSpans();
  expect(others).toEqual([]);
  if (span === undefined) throw new Error('the span has not ended');
  return span;
}

describe('extractMessageContext', () => {
  test.each([message, record])('has the span of the message', (carrier) => {
    const extracted = extractMessageContext(carrier);
    expect(trace.getSpanContext(extracted)).toMatchObject({ traceId: TRACE_ID, spanId: SPAN_ID, isRemote: true });
    expect(propagation.getBaggage(extracted)?.getEntry('team')?.value).toBe('a');
  });

  test('puts it in place of the span in base, and keeps what else base holds', () => {
    const key = Symbol('other');
    const base = trace.setSpan(ROOT_CONTEXT.setValue(key, 'kept'), tracer.startSpan('base'));
    const extracted = extractMessageContext(message, base);
    expect(trace.getSpanContext(extracted)?.spanId).toBe(SPAN_ID);
    expect(extracted.getValue(key)).toBe('kept');
    expect(extractMessageContext(bare, base)).toBe(base);
  });

  test('takes the active context for base', () => {
    const active = trace.setSpan(ROOT_CONTEXT, tracer.startSpan('active'));
    expect(context.with(active, () => extractMessageContext(bare))).toBe(active);
  });

  test('returns base for a message that carries baggage alone', () => {
    const baggage = { MessageAttributes: { baggage: { DataType: 'String', StringValue: 'team=a' } } };
    const base = trace.setSpan(ROOT_CONTEXT, tracer.startSpan('base'));
    expect(extractMessageContext(baggage, base)).toBe(base);
  });
});

test('the environment counts where the application has no propagator of ours', () => {
  const traceparent = { DataType: 'String', StringValue: `00-${TRACE_ID}-00000000000000a1-01` };
  const both = { MessageAttributes: { ...message.MessageAttributes, traceparent } };
  const env = { DD_TRACE_PROPAGATION_STYLE_EXTRACT: 'none' };
  expect(extractMessageContext(both, ROOT_CONTEXT, { env })).toBe(ROOT_CONTEXT);
  const spanIdOf = (style: string) => {
    const styled = { DD_TRACE_PROPAGATION_STYLE_EXTRACT: style };
    return trace.getSpanContext(extractMessageContext(both, ROOT_CONTEXT, { env: styled }))?.spanId;
  };
  expect([spanIdOf('datadog'), spanIdOf('tracecontext')]).toEqual([SPAN_ID, '00000000000000a1']);
  withMessageContext(both, () => {}, { env });
  expect(finished().parentSpanContext).toBeUndefined();
});

test.each([
  ['SQS', sqsRecord('hello'), 'aws_sqs', 'orders', '059f36b4-87a3-44ab-83d2-661975830a7d'],
  ['SNS', snsRecord('hello'), 'aws_sns', 'orders', '1aa487cd-1ba0-4378-8e18-35ba269263e0'],
  [
    'Kinesis',
    kinesisRecord('hello'),
    'aws_kinesis',
    'orders',
    '49590338271490256608559692538361571095921575989136588898',
  ],
  ["Kinesis' SDK", { SequenceNumber: '7', Data: new Uint8Array() }, 'aws_kinesis', undefined, '7'],
  ['nothing', {}, 'aws_sqs', undefined, undefined],
  ['text', 'hello', 'aws_sqs', undefined, undefined],
])('the span of a record of %s says where it comes from', (_name, carrier, system, destination, id) => {
  withMessageContext(carrier, () => {});
  const { name, attributes } = finished();
  expect(name).toBe(destination === undefined ? 'process' : `process ${destination}`);
  expect(attributes).toEqual({
    'messaging.system': system,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    ...(destination && { 'messaging.destination.name': destination }),
    ...(id && { 'messaging.message.id': id }),
  });
});

describe('withMessageContext', () => {
  test.each([
    [message, {}, 'process', { 'messaging.message.id': 'm-1' }],
    [
      message,
      { destination: 'orders' },
      'process orders',
      { 'messaging.destination.name': 'orders', 'messaging.message.id': 'm-1' },
    ],
    [record, {}, 'process orders', { 'messaging.destination.name': 'orders', 'messaging.message.id': 'r-1' }],
    [
      record,
      { destination: 'other' },
      'process other',
      { 'messaging.destination.name': 'other', 'messaging.message.id': 'r-1' },
    ],
  ])('runs in a consumer span, the child of the span that sent', (carrier, options, name, attributes) => {
    withMessageContext(carrier, () => {}, options);
    const span = finished();
    expect(span.name).toBe(name);
    expect(span.kind).toBe(SpanKind.CONSUMER);
    expect(span.spanContext().traceId).toBe(TRACE_ID);
    expect(span.parentSpanContext).toMatchObject({ spanId: SPAN_ID, isRemote: true });
    expect(span.attributes).toEqual({
      'messaging.system': 'aws_sqs',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      ...attributes,
    });
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
  });

  test('the span and the baggage are active in fn, also after an await, and not behind it', async () => {
    const seen: (Span | undefined)[] = [];
    const teams: (string | undefined)[] = [];
    const look = () => {
      seen.push(trace.getActiveSpan());
      teams.push(propagation.getActiveBaggage()?.getEntry('team')?.value);
    };
    let given: Span | undefined;
    await withMessageContext(message, async (span) => {
      given = span;
      look();
      await new Promise(setImmediate);
      look();
    });
    look();
    expect(seen).toEqual([given, given, undefined]);
    expect(teams).toEqual(['a', 'a', undefined]);
  });

  test.each([undefined, null, bare])('without a context (%o) the active span is the parent', (carrier) => {
    tracer.startActiveSpan('active', (active) => {
      withMessageContext(carrier, () => {});
      expect(finished().parentSpanContext?.spanId).toBe(active.spanContext().spanId);
    });
  });

  test('without any context it begins a trace', () => {
    withMessageContext(bare, () => {});
    expect(finished().parentSpanContext).toBeUndefined();
  });

  test.each([undefined, null, 0, 'text', () => {}, { result: 1 }])('returns what fn returns: %o', (result) => {
    expect(withMessageContext(message, () => result)).toBe(result);
    finished();
  });

  test('ends the span when the promise that fn returns is settled', async () => {
    let settle = (_value: string) => {};
    const result = withMessageContext(
      message,
      () =>
        new Promise<string>((resolve) => {
          settle = resolve;
        }),
    );
    expect(exporter.getFinishedSpans()).toEqual([]);
    settle('done');
    expect(await result).toBe('done');
    expect(finished().status.code).toBe(SpanStatusCode.UNSET);
  });

  const error = new Error('no stock');
  const fail = () => {
    throw error;
  };

  test('records what fn throws and throws it on', () => {
    expect(() => withMessageContext(message, fail)).toThrow(error);
    expectFailure('no stock');
  });

  test('records what fn rejects with and rejects with it', async () => {
    await expect(withMessageContext(message, async () => fail())).rejects.toBe(error);
    expectFailure('no stock');
  });

  test.each([
    ['text', 'text'],
    [undefined, 'undefined'],
    [42, '42'],
    [Symbol('s'), 'Symbol(s)'],
  ])('%o is thrown on too', (thrown, text) => {
    expect(thrownOn(thrown)).toBe(thrown);
    expectFailure(text);
  });

  test('so is an object without a prototype', () => {
    const thrown = Object.create(null);
    expect(thrownOn(thrown)).toBe(thrown);
    finished();
  });

  /** What comes out where the handler throws this. */
  function thrownOn(thrown: unknown): unknown {
    try {
      withMessageContext(message, () => {
        throw thrown;
      });
    } catch (error) {
      return error;
    }
    return 'nothing';
  }

  function expectFailure(text: string): void {
    const { status, events } = finished();
    expect(status.code).toBe(SpanStatusCode.ERROR);
    expect(events.map(({ name, attributes }) => [name, attributes?.['exception.message']])).toEqual([
      ['exception', text],
    ]);
  }
});

test('messages that are handled side by side keep their own parents', async () => {
  const parents = ['00000000000000a1', '00000000000000b2', '00000000000000c3'];
  const insides: Context[] = [];
  await Promise.all(
    parents.map((spanId) => {
      const traceparent = { DataType: 'String', StringValue: `00-${TRACE_ID}-${spanId}-01` };
      return withMessageContext({ MessageAttributes: { traceparent } }, async () => {
        await new Promise(setImmediate);
        insides.push(context.active());
      });
    }),
  );
  expect(exporter.getFinishedSpans().map((span) => span.parentSpanContext?.spanId)).toEqual(parents);
  expect(new Set(insides.map((inside) => trace.getSpanContext(inside)?.spanId)).size).toBe(3);
});
