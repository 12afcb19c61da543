// The application that is measured: for each request that it has, it sends a message. `sending.ts` starts it.
const { once } = require('node:events') as typeof import('node:events');
const { SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs') as typeof import('@aws-sdk/client-sqs');

type Work = () => Promise<unknown>;

/** A span around the work, as an application with that tracer makes one. */
const REQUESTS: Record<string, () => (work: Work) => Promise<unknown>> = {
  none: () => (work) => work(),
  opentelemetry() {
    const { trace } = require('@opentelemetry/api') as typeof import('@opentelemetry/api');
    const tracer = trace.getTracer('sender');
    return (work) =>
      tracer.startActiveSpan('request', async (span) => {
        try {
          return await work();
        } finally {
          span.end();
        }
      });
  },
  'dd-trace'() {
    const { tracer } = require('dd-trace') as typeof import('dd-trace');
    return (work) => tracer.trace('request', work);
  },
};

async function main(): Promise<void> {
  const [rootSpan = '', QueueUrl] = process.argv.slice(2);
  const request = REQUESTS[rootSpan]?.();
  if (request === undefined) throw new Error(`no root span is made by "${rootSpan}"`);
  const client = new SQSClient();
  for (;;) {
    const [count] = (await once(process, 'message')) as [number];
    for (let sent = 0; sent < count; sent += 1) {
      await request(() => client.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"order":1}' })));
    }
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  }
}

process.on('disconnect', () => process.exit());
main();
