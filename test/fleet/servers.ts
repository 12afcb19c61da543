import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { startElasticMq } from '../peers/elasticmq/elasticmq.ts';
import { startFauxqs } from '../peers/fauxqs/fauxqs.ts';
import { startMoto } from '../peers/moto/moto.ts';
import { SqsProtocol } from '../peers/sqs-protocol.ts';
import type { NewQueue } from './peer.ts';
import { ReadQueue, workersQueue } from './queues.ts';
import type { SqsRoute } from './route.ts';

const REGION = 'us-east-1';
const CREDENTIALS = { accessKeyId: 'key', secretAccessKey: 'secret' };
const queueArn = (name: string) => `arn:aws:sqs:${REGION}:000000000000:${name}`;

/** SQS (ElasticMQ, which holds to the quotas), SNS with its queues (fauxqs), EventBridge with its queue (moto). */
export interface Servers {
  /** What tells a program of them. */
  readonly env: Readonly<Record<string, string>>;
  readonly queues: Readonly<Record<SqsRoute['queue'], ReadQueue>>;
  /** Says that the first to receive this item fails. */
  redrive(item: string): void;
  readonly newQueue: NewQueue;
  close(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const [elasticMq, fauxqs, moto] = await Promise.all([startElasticMq(), startFauxqs(), startMoto()]);
  const sqs = new SqsProtocol(elasticMq.endpoint);
  const redriven = new Set<string>();

  const deadLetters = await create(sqs, 'dead-letters');
  const orders = await create(sqs, 'orders', {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn('dead-letters'), maxReceiveCount: 1 }),
  });
  const fifo = await create(sqs, 'orders.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });

  const topics = new SqsProtocol(fauxqs.clientConfig.endpoint);
  const sns = new SNSClient(fauxqs.clientConfig);
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'orders' }));
  for (const name of ['enveloped', 'raw']) {
    await create(topics, name);
    const Attributes = { RawMessageDelivery: String(name === 'raw') };
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: fauxqs.queueArn(name), Attributes }));
  }
  sns.destroy();

  const buses = new SqsProtocol(moto.endpoint);
  const event = await create(buses, 'events');
  const eventBridge = new EventBridgeClient({ endpoint: moto.endpoint, region: REGION, credentials: CREDENTIALS });
  await eventBridge.send(new PutRuleCommand({ Name: 'orders', EventPattern: '{"source":["shop"]}' }));
  const account = event.split('/').at(-2);
  const Targets = [{ Id: '1', Arn: `arn:aws:sqs:${REGION}:${account}:events` }];
  await eventBridge.send(new PutTargetsCommand({ Rule: 'orders', Targets }));
  eventBridge.destroy();

  const ordersQueue = new ReadQueue(sqs, orders, { leave: (item) => redriven.has(item) });
  return {
    env: {
      AWS_ENDPOINT_URL_SQS: elasticMq.endpoint,
      AWS_ENDPOINT_URL_SNS: fauxqs.clientConfig.endpoint,
      AWS_ENDPOINT_URL_EVENTBRIDGE: moto.endpoint,
      QUEUE_URL: orders,
      FIFO_QUEUE_URL: fifo,
      TOPIC_ARN: TopicArn,
      EVENT_BUS: 'default',
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      // Neither a profile of the user's nor the instance's metadata service has a part in this.
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    queues: {
      orders: ordersQueue,
      redriven: new ReadQueue(sqs, deadLetters, { source: ordersQueue }),
      fifo: new ReadQueue(sqs, fifo),
      enveloped: new ReadQueue(topics, fauxqs.queueUrl('enveloped')),
      raw: new ReadQueue(topics, fauxqs.queueUrl('raw')),
      event: new ReadQueue(buses, event),
    },
    redrive: (item) => redriven.add(item),
    newQueue: () => workersQueue(sqs),
    close: async () => {
      await Promise.all([elasticMq.close(), fauxqs.close(), moto.close()]);
    },
  };
}

async function create(sqs: SqsProtocol, QueueName: string, Attributes: object = {}): Promise<string> {
  return (await sqs.call<{ QueueUrl: string }>('CreateQueue', { QueueName, Attributes })).QueueUrl;
}
