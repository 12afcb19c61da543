import { AsyncLocalStorage } from 'node:async_hooks';
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
import {
  DatadogSpanProcessor,
  extractMessageContext,
  type MessageContextOptions,
  withMessageContext,
} from '../../../src/index.ts';
import { eventBridgeEvent, kinesisRecord, snsEnvelope, snsRecord, sqsRecord } from '../deliveries.ts';

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
  const fields = JSON.parse(_datadog);
  const asBytes = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, Buffer.from(String(value))]));

  test.each([
    message,
    record,
    JSON.parse(eventBridgeEvent(JSON.stringify({ order: 1, _datadog: fields }))),
    { key: null, value: Buffer.from('hello'), headers: fields, timestamp: '1795359982699', offset: '7' },
    { key: null, value: Buffer.from('hello'), headers: asBytes, timestamp: '1795359982699', offset: '7' },
  ])('has the span of the message', (carrier) => {
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

/** When each delivery was sent, as it says itself. */
const SENT = Date.parse('2026-11-22T15:06:22.699Z');
const ARRIVED = new Date(SENT);
const kafkaMessage = {
  key: Buffer.from('order-7'),
  value: Buffer.from('{}'),
  headers: { traceparent: Buffer.from(`00-${TRACE_ID}-${SPAN_ID}-01`), other: undefined },
  timestamp: String(SENT),
  offset: '7',
  attributes: 0,
};
const event = (detail: object) => JSON.parse(eventBridgeEvent(JSON.stringify(detail)));
const QUEUE = { 'aws.sqs.queue.url': 'https://sqs.us-east-1.amazonaws.com/123456789012/orders' };
const withSentTime = (SentTimestamp: unknown) => ({ MessageId: 'm-1', Attributes: { SentTimestamp } });

test.each<
  [name: string, carrier: unknown, system: string, destination: string | undefined, others: object, sent?: number]
>([
  [
    'SQS',
    sqsRecord('hello'),
    'aws_sqs',
    'orders',
    { 'messaging.message.id': '059f36b4-87a3-44ab-83d2-661975830a7d', ...QUEUE },
    SENT + 1,
  ],
  ["SQS' SDK", withSentTime(String(SENT)), 'aws_sqs', undefined, { 'messaging.message.id': 'm-1' }, SENT],
  ["SNS' envelope", { Body: snsEnvelope('m', message.MessageAttributes) }, 'aws_sqs', undefined, {}, SENT],
  [
    "EventBridge's envelope",
    { Body: eventBridgeEvent(JSON.stringify({ _datadog: { 'x-datadog-start-time': String(SENT) } })) },
    'aws_sqs',
    undefined,
    {},
    SENT,
  ],
  [
    'SNS',
    snsRecord('hello'),
    'aws.sns',
    'orders',
    {
      'messaging.message.id': '1aa487cd-1ba0-4378-8e18-35ba269263e0',
      'aws.sns.topic.arn': 'arn:aws:sns:us-east-1:123456789012:orders',
    },
    SENT,
  ],
  [
    'Kinesis',
    kinesisRecord('hello'),
    'aws_kinesis',
    'orders',
    { 'messaging.message.id': '49590338271490256608559692538361571095921575989136588898' },
    SENT + 1,
  ],
  [
    "Kinesis' SDK",
    { SequenceNumber: '7', Data: new Uint8Array(), ApproximateArrivalTimestamp: ARRIVED },
    'aws_kinesis',
    undefined,
    { 'messaging.message.id': '7' },
    SENT,
  ],
  [
    'EventBridge',
    event({}),
    'aws.eventbridge',
    undefined,
    { 'messaging.message.id': 'b73dd820-de64-4dab-8625-2c06d79df02f' },
    SENT - 699,
  ],
  [
    'EventBridge, with what our plugin writes',
    event({ _datadog: { 'x-datadog-start-time': String(SENT), 'x-datadog-resource-name': 'orders' } }),
    'aws.eventbridge',
    'orders',
    { 'messaging.message.id': 'b73dd820-de64-4dab-8625-2c06d79df02f' },
    SENT,
  ],
  [
    'Kafka',
    kafkaMessage,
    'kafka',
    undefined,
    { 'messaging.kafka.message.key': 'order-7', 'messaging.kafka.offset': 7 },
    SENT,
  ],
  ['nothing', {}, 'aws_sqs', undefined, {}],
  ['text', 'hello', 'aws_sqs', undefined, {}],
  ['a time that is none', withSentTime('soon'), 'aws_sqs', undefined, { 'messaging.message.id': 'm-1' }],
  ['a time of zero', withSentTime('0'), 'aws_sqs', undefined, { 'messaging.message.id': 'm-1' }],
  ['a time without end', withSentTime('9'.repeat(16)), 'aws_sqs', undefined, { 'messaging.message.id': 'm-1' }],
])(
  'the span of a record of %s says where it comes from, and how old it is',
  (_name, carrier, system, destination, others, sent) => {
    const earliest = Date.now();
    withMessageContext(carrier, () => {});
    const { name, attributes } = finished();
    const { 'messaging.message.age_ms': age, ...rest } = attributes;
    expect(name).toBe(destination === undefined ? 'process' : `process ${destination}`);
    expect(rest).toEqual({
      'messaging.system': system,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      ...(destination && { 'messaging.destination.name': destination }),
      ...others,
    });
    if (sent === undefined) expect(age).toBeUndefined();
    else {
      expect(age).toBeGreaterThanOrEqual(earliest - sent);
      expect(age).toBeLessThanOrEqual(Date.now() - sent);
    }
  },
);

test('a message from the future has no age below zero', () => {
  withMessageContext(withSentTime(Date.now() + 3_600_000), () => {});
  expect(finished().attributes['messaging.message.age_ms']).toBe(0);
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
    [record, {}, 'process orders', { 'messaging.destination.name': 'orders', 'messaging.message.id': 'r-1', ...QUEUE }],
    [
      record,
      { destination: 'other' },
      'process other',
      { 'messaging.destination.name': 'other', 'messaging.message.id': 'r-1', ...QUEUE },
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
    const { status, events, attributes } = finished();
    expect(attributes['error.type']).toBe(text === 'no stock' ? 'Error' : '_OTHER');
    expect(status.code).toBe(SpanStatusCode.ERROR);
    expect(events.map(({ name, attributes }) => [name, attributes?.['exception.message']])).toEqual([
      ['exception', text],
    ]);
  }
});

describe('where a span is active, such as the invocation that got a batch,', () => {
  const active = tracer.startSpan('invocation');
  const inActive = (carrier: unknown, options: MessageContextOptions = {}) => {
    exporter.reset();
    const base = trace.setSpan(ROOT_CONTEXT, active);
    const team = context.with(base, () =>
      withMessageContext(carrier, () => propagation.getActiveBaggage()?.getEntry('team')?.value, options),
    );
    const { parentSpanContext, links } = finished();
    return { parent: parentSpanContext?.spanId, links: links.map((link) => link.context.spanId), team };
  };
  const activeId = active.spanContext().spanId;

  test('the message is the parent, and that a link', () => {
    expect(inActive(message)).toEqual({ parent: SPAN_ID, links: [activeId], team: 'a' });
    expect(inActive(message, { parent: 'message' })).toEqual({ parent: SPAN_ID, links: [activeId], team: 'a' });
  });

  test.each<MessageContextOptions>([
    { parent: 'active' },
    { links: 'only' },
    { env: { OTEL_DATADOG_LINKS: 'Only' } },
    { parent: 'active', links: 'only', inferredSpans: true },
  ])('%o is the other way round, with the baggage of the message', (options) => {
    expect(inActive(message, options)).toEqual({ parent: activeId, links: [SPAN_ID], team: 'a' });
  });

  test.each<MessageContextOptions>([{}, { parent: 'active' }, { links: 'only' }])(
    'a message without a context has no link (%o)',
    (options) => {
      expect(inActive(bare, options)).toEqual({ parent: activeId, links: [], team: undefined });
    },
  );

  test('a trace that the message was torn from is a link beside it, once, with DatadogSpanProcessor too', () => {
    const traceparent = { DataType: 'String', StringValue: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
    const torn = { MessageAttributes: { ...message.MessageAttributes, traceparent } };
    expect(inActive(torn).links).toEqual(['00f067aa0ba902b7', activeId]);
    expect(inActive(torn, { parent: 'active' }).links).toEqual([SPAN_ID, '00f067aa0ba902b7']);
    const own = new NodeTracerProvider({
      spanProcessors: [new DatadogSpanProcessor(), new SimpleSpanProcessor(exporter)],
    });
    trace.disable();
    trace.setGlobalTracerProvider(own);
    try {
      expect(inActive(torn).links).toEqual(['00f067aa0ba902b7', activeId]);
    } finally {
      trace.disable();
      trace.setGlobalTracerProvider(provider);
    }
  });
});

describe('without an active span', () => {
  test("parent: 'active' has nothing to turn round", () => {
    withMessageContext(message, () => {}, { parent: 'active' });
    expect(finished().parentSpanContext?.spanId).toBe(SPAN_ID);
  });

  test("links: 'only' begins a trace, with a link", () => {
    withMessageContext(message, () => {}, { links: 'only' });
    const { parentSpanContext, links } = finished();
    expect(parentSpanContext).toBeUndefined();
    expect(links.map((link) => link.context)).toMatchObject([{ traceId: TRACE_ID, spanId: SPAN_ID }]);
  });
});

test.each([{ parent: 'sender' }, { links: 'none' }, { inferredSpans: 'yes' }])(
  '%o is refused, before fn runs',
  (options) => {
    let ran = false;
    const run = () =>
      withMessageContext(
        message,
        () => {
          ran = true;
        },
        options as MessageContextOptions,
      );
    expect(run).toThrow(TypeError);
    expect(ran).toBe(false);
  },
);

describe('what fn returns can be awaited without being a promise', () => {
  // biome-ignore lint/suspicious/noThenProperty: query builders are such objects.
  const thenable = (settle: PromiseLike<string>['then']) => ({ then: settle }) as PromiseLike<string>;

  test('and is, while the span is active', async () => {
    let inside: Span | undefined;
    const query = thenable((resolve) => {
      inside = trace.getActiveSpan();
      return Promise.resolve('rows').then(resolve);
    });
    expect(await withMessageContext(message, () => query)).toBe('rows');
    expect(inside?.spanContext().spanId).toBe(finished().spanContext().spanId);
  });

  test('and may fail', async () => {
    const error = new Error('no stock');
    const query = thenable((resolve, reject) => Promise.reject(error).then(resolve, reject));
    await expect(withMessageContext(message, () => query)).rejects.toBe(error);
    expect(finished().status.code).toBe(SpanStatusCode.ERROR);
  });

  test('an object that throws when it is asked is returned', () => {
    const hostile = {
      // biome-ignore lint/suspicious/noThenProperty: it is what is asked for.
      get then(): never {
        throw new Error('no');
      },
    };
    expect(withMessageContext(message, () => hostile)).toBe(hostile);
    finished();
  });
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

test("ten records whose work is interleaved never see another's context, nor an application's own storage another's", async () => {
  const own = new AsyncLocalStorage<number>();
  const ids = Array.from({ length: 10 }, (_, index) => index + 1);
  const hex = (id: number) => id.toString(16).padStart(16, '0');
  const seen = await Promise.all(
    ids.map((id) =>
      own.run(id, () => {
        const headers = { traceparent: `00-${TRACE_ID}-${hex(id)}-01`, baggage: `record=${id}` };
        return withMessageContext({ value: null, headers }, async (span) => {
          const looks: unknown[] = [];
          const look = () => {
            const record = propagation.getActiveBaggage()?.getEntry('record')?.value;
            looks.push([trace.getActiveSpan() === span, Number(record) === id, own.getStore() === id]);
          };
          // Each waits a different number of turns, on timers, ticks and microtasks.
          for (let turn = 0; turn < 3 + (id % 4); turn += 1) {
            look();
            await (turn % 2 === 0 ? new Promise(setImmediate) : new Promise((done) => process.nextTick(done)));
            look();
            await Promise.all([Promise.resolve().then(look), own.exit(async () => look)]);
          }
          await own.run(-id, async () => {
            await new Promise(setImmediate);
            looks.push([trace.getActiveSpan() === span, true, own.getStore() === -id]);
          });
          return looks;
        });
      }),
    ),
  );
  for (const looks of seen) expect(looks.every((look) => String(look) === 'true,true,true')).toBe(true);
  expect(seen.map((looks) => looks.length > 6)).toEqual(ids.map(() => true));
  const parents = exporter.getFinishedSpans().map((span) => span.parentSpanContext?.spanId);
  expect(parents.sort()).toEqual(ids.map(hex));
});
