import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';

const ACCOUNT = '000000000000';

/** SQS, embedded, on a free port. */
export interface Queues {
  /** Variables with which an AWS SDK finds it. */
  readonly env: Record<string, string>;
  url(queue: string): string;
  client(): SQSClient;
  close(): Promise<void>;
}

export async function startQueues(...names: string[]): Promise<Queues> {
  const app = buildApp({ logger: false });
  const endpoint = await app.listen({ port: 0, host: '127.0.0.1' });
  const credentials = { accessKeyId: 'demo', secretAccessKey: 'demo' };
  const client = () => new SQSClient({ endpoint, region: 'us-east-1', credentials });
  const setUp = client();
  for (const QueueName of names) await setUp.send(new CreateQueueCommand({ QueueName }));
  setUp.destroy();
  return {
    env: {
      AWS_ENDPOINT_URL_SQS: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      // Neither a profile of the user's nor the instance's metadata service has a part in this.
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    // The queue URL that fauxqs itself gives has a host that does not resolve.
    url: (queue) => `${endpoint}/${ACCOUNT}/${queue}`,
    client,
    close: async () => {
      await app.close();
    },
  };
}
