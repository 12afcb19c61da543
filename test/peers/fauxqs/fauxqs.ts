import { randomUUID } from 'node:crypto';
import { buildApp } from 'fauxqs';

const ACCOUNT = '000000000000';

/** SQS and SNS in this process, on a free port. It does not hold messages to ten attributes, but to their size. */
export interface Fauxqs {
  /** For an AWS SDK v3 client. */
  readonly clientConfig: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };
  newName(): string;
  /** The URL that fauxqs itself gives has a host that does not resolve. */
  queueUrl(name: string): string;
  queueArn(name: string): string;
  close(): Promise<void>;
}

export async function startFauxqs(): Promise<Fauxqs> {
  const app = buildApp({ logger: false });
  const endpoint = await app.listen({ port: 0, host: '127.0.0.1' });
  const region = 'us-east-1';
  return {
    clientConfig: { endpoint, region, credentials: { accessKeyId: 'key', secretAccessKey: 'secret' } },
    newName: () => `n-${randomUUID()}`,
    queueUrl: (name) => `${endpoint}/${ACCOUNT}/${name}`,
    queueArn: (name) => `arn:aws:sqs:${region}:${ACCOUNT}:${name}`,
    close: async () => {
      await app.close();
    },
  };
}
