import { join } from 'node:path';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Fauxqs } from '../../peers/fauxqs/fauxqs.ts';
import { LambdaFunction } from '../../peers/lambda-runtime/lambda-runtime.ts';
import { runNode } from '../run-node.ts';

/** On a loaded machine. */
const LIFE_MILLIS = 300_000;
const FIXTURES = join(import.meta.dirname, '../fixtures');

export type Kind = 'server' | 'worker' | 'function';
export type Ending = 'SIGTERM' | 'SIGTERM with its own handler' | 'an uncaught exception';

export interface Application {
  /** Lets it do its work once; resolves with whether it did it well. */
  work(): Promise<boolean>;
  /** How many spans it has made. */
  made(): number;
  output(): string;
  end(ending: Ending): Promise<number | string>;
}

export type Start = (env: Record<string, string>) => Promise<Application>;

export const STARTS: Record<Kind, (fauxqs: Fauxqs) => Start> = {
  server: () => async (env) => {
    const run = runNode([join(FIXTURES, 'faults/server.cjs')], { env, timeoutMillis: LIFE_MILLIS });
    const url = await run.printed(/http:\S+/);
    let made = 0;
    const ask = async (path: string) => {
      made += 1;
      return (await (await fetch(url + path)).text()) === 'well';
    };
    return {
      work: () => ask('/'),
      made: () => made,
      output: () => run.stderr,
      end: async (ending) => {
        if (ending === 'an uncaught exception') await ask('/throw').catch(() => {});
        else run.child.kill('SIGTERM');
        return run.end;
      },
    };
  },
  worker: (fauxqs) => async (env) => {
    const sqs = new SQSClient(fauxqs.clientConfig);
    const QueueName = fauxqs.newName();
    await sqs.send(new CreateQueueCommand({ QueueName }));
    const QueueUrl = fauxqs.queueUrl(QueueName);
    const run = runNode([join(FIXTURES, 'faults/worker.cjs')], {
      env: { ...env, QUEUE_URL: QueueUrl, SQS_ENDPOINT: fauxqs.clientConfig.endpoint },
      timeoutMillis: LIFE_MILLIS,
    });
    let sent = 0;
    const send = (MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    return {
      work: async () => {
        await send('job');
        sent += 1;
        await run.printed(new RegExp(`handled ${sent},`));
        return true;
      },
      made: () => Number(/.*made (\d+) spans\./s.exec(run.stdout)?.[1] ?? 0),
      output: () => run.stderr,
      end: async (ending) => {
        if (ending === 'an uncaught exception') await send('throw');
        else run.child.kill('SIGTERM');
        const end = await run.end;
        sqs.destroy();
        return end;
      },
    };
  },
  function: () => async (env) => {
    const lambda = await LambdaFunction.start({
      major: '24',
      handler: 'function.handler',
      taskRoot: join(FIXTURES, 'faults'),
      env,
    });
    let made = 0;
    return {
      work: async () => {
        made += 1;
        const { body, error } = await lambda.invoke({});
        return error === undefined && JSON.parse(body) === 'well';
      },
      made: () => made,
      output: () => lambda.output,
      end: async (ending) => {
        if (ending === 'an uncaught exception') await lambda.invoke({ throw: true }).catch(() => {});
        await lambda.close('SIGTERM');
        return lambda.end;
      },
    };
  },
};
