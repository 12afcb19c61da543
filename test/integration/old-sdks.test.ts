import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import { type ElasticMq, startElasticMq } from '../peers/elasticmq/elasticmq.ts';
import { missingToolchain } from '../peers/jvm.ts';
import { SqsProtocol, type WireAttribute } from '../peers/sqs-protocol.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { REGISTER, runNode } from './run-node.ts';

const ROUND_TRIP = fileURLToPath(new URL('./fixtures/sqs-round-trip.mjs', import.meta.url));

/** Where each has the class that all clients extend, and what it speaks. */
const CLIENTS: [name: string, what: string, majors: string[]][] = [
  ['client-sqs-3.20', '@aws-sdk/smithy-client, Query', ['20', '24']],
  ['client-sqs-3.621', '@smithy/smithy-client, JSON', ['20']],
  ['@aws-sdk/client-sqs', '@smithy/core, JSON', ['24']],
];

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}
interface Output {
  readonly spans: { readonly single: Ids; readonly batch: Ids };
  readonly received: { readonly Body: string; readonly MessageAttributes: Record<string, WireAttribute> }[];
}

describeWithToolchain('AWS SDKs old and new', missingToolchain(), () => {
  let elasticMq: ElasticMq;
  let receiver: Receiver;
  let protocol: SqsProtocol;

  beforeAll(async () => {
    [elasticMq, receiver] = await Promise.all([startElasticMq(), Receiver.start()]);
    protocol = new SqsProtocol(elasticMq.endpoint);
  });
  afterAll(() => Promise.all([elasticMq?.close(), receiver?.close()]));

  async function roundTrip(client: string, major: string, byHand: boolean) {
    const QueueUrl = await protocol.createQueue();
    const spans = receiver.begin();
    const preload = byHand ? [] : ['--require', REGISTER];
    const application = [ROUND_TRIP, client, elasticMq.endpoint, QueueUrl, ...(byHand ? ['plugin'] : [])];
    const run = runNode([...preload, ...application], {
      major,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
    });
    expect(await run.end, run.stderr).toBe(0);
    const output: Output = JSON.parse(run.stdout);
    expect(output.received.map(({ Body }) => Body).sort()).toEqual(['first of batch', 'second of batch', 'single']);
    for (const { Body, MessageAttributes } of output.received) {
      const { color, ...context } = MessageAttributes;
      expect(color?.StringValue).toBe(Body === 'second of batch' ? undefined : 'red');
      expect(Object.keys(context).sort()).toEqual(['_datadog', 'traceparent', 'tracestate']);
    }
    return { ...output, exported: spans, queue: QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1) };
  }

  describe.each(CLIENTS)('%s (%s)', (client, _what, majors) => {
    test.each(majors)('with the plugin by hand on Node %s', async (major) => {
      const { spans, received } = await roundTrip(client, major, true);
      for (const { Body, MessageAttributes } of received) {
        expect(parentIn(MessageAttributes)).toEqual(Body === 'single' ? spans.single : spans.batch);
      }
    });

    test.each(majors)("under the preload, beside contrib's spans, on Node %s", async (major) => {
      const { spans, received, exported, queue } = await roundTrip(client, major, false);
      const named = (name: string) => exported.filter((span) => span.name === `${queue} ${name}`);
      expect(named('send').map(({ kind }) => kind)).toEqual(['PRODUCER', 'PRODUCER']);
      for (const { Body, MessageAttributes } of received) {
        const application = Body === 'single' ? spans.single : spans.batch;
        const sent = named('send').find(({ parentSpanId }) => parentSpanId === application.spanId);
        expect(sent?.traceId).toBe(application.traceId);
        expect(parentIn(MessageAttributes)).toEqual({ traceId: sent?.traceId, spanId: sent?.spanId });
      }
      const links = named('receive').flatMap((span) => span.links);
      expect(links).toHaveLength(received.length);
      expect(links).toEqual(expect.arrayContaining(received.map((message) => parentIn(message.MessageAttributes))));
      // And no HTTP span for what is inside a call.
      const names = new Set(exported.map(({ name }) => name));
      expect(names).toEqual(new Set(['application', `${queue} send`, `${queue} receive`]));
    });
  });
});

/** The ids in `_datadog` and beside it, which must be the same. */
function parentIn({ _datadog, traceparent }: Record<string, WireAttribute>): Ids {
  const fields: Record<string, string> = JSON.parse(_datadog?.StringValue ?? '{}');
  expect(fields.traceparent).toBe(traceparent?.StringValue);
  const [, traceId = '', spanId = ''] = fields.traceparent?.split('-') ?? [];
  expect(BigInt(fields['x-datadog-parent-id'] ?? 0)).toBe(BigInt(`0x${spanId}`));
  return { traceId, spanId };
}
