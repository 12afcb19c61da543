import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SenderSide } from './sender-sides.ts';
import type { Arrived, TraceSink } from './trace-sink.ts';

const SENDER = fileURLToPath(new URL('./sender.cts', import.meta.url));
const QUEUE = fileURLToPath(new URL('./queue.ts', import.meta.url));

/** A batch that is not full is exported within 2 s. */
const ARRIVAL_MILLIS = 15_000;
const STEP_MILLIS = 120_000;

/** SQS in a process of its own. */
export class Queue {
  readonly #process: ChildProcess;
  readonly #client: SQSClient;
  readonly #url: string;
  /** Variables with which an AWS SDK finds it. */
  readonly env: Record<string, string>;

  private constructor(process: ChildProcess, env: Record<string, string>, url: string) {
    this.#process = process;
    this.#url = url;
    this.env = env;
    const { AWS_ENDPOINT_URL_SQS = '', AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = env;
    this.#client = new SQSClient({
      endpoint: AWS_ENDPOINT_URL_SQS,
      region: AWS_REGION,
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
    });
  }

  static async start(): Promise<Queue> {
    const process = startProcess(QUEUE);
    const { env, url } = await answerOf<{ env: Record<string, string>; url: string }>(process, 'the queue');
    return new Queue(process, env, url);
  }

  async create(name: string): Promise<string> {
    await this.#client.send(new CreateQueueCommand({ QueueName: name }));
    return this.#url + name;
  }

  /** Attributes of one of its messages, all of them, as a client without tracing reads them. */
  async attributesIn(url: string): Promise<MessageAttributes> {
    const { Messages } = await this.#client.send(
      new ReceiveMessageCommand({ QueueUrl: url, MessageAttributeNames: ['All'] }),
    );
    const [message] = Messages ?? [];
    if (message === undefined) throw new Error('the queue has no message');
    return message.MessageAttributes ?? {};
  }

  async delete(url: string): Promise<void> {
    await this.#client.send(new DeleteQueueCommand({ QueueUrl: url }));
  }

  close(): void {
    this.#client.destroy();
    this.#process.kill('SIGKILL');
  }
}

export type MessageAttributes = Record<string, { DataType?: string | undefined; StringValue?: string | undefined }>;

export interface Load {
  /** Sent before anything is measured. */
  readonly warmUp: number;
  readonly messages: number;
}

/** What one process did. */
export interface Sent {
  /** Microseconds of CPU for a message, on all threads, the export of its spans included. */
  readonly cpuMicros: number;
  /** Of the measured messages. */
  readonly exported: Arrived;
  readonly attributes: MessageAttributes;
}

/** Sends from a process of its own. It has its messages and its spans to itself, so there is one at a time. */
export async function send(
  side: SenderSide,
  { warmUp, messages }: Load,
  queue: Queue,
  sink: TraceSink,
  flags: readonly string[] = [],
): Promise<Sent> {
  const url = await queue.create(side.name);
  const sender = startProcess(
    SENDER,
    [side.rootSpan, url, String(warmUp), String(messages)],
    [...side.flags, ...flags],
    { ...queue.env, ...side.env(sink.url) },
  );
  const traces = (count: number) => sink.take(side.rootSpan === 'none' ? 0 : count, ARRIVAL_MILLIS);
  try {
    await answerOf(sender, side.name);
    await traces(warmUp);
    sender.send('arrived');
    await answerOf(sender, side.name);
    const exported = await traces(messages);
    sender.send('arrived');
    const exit = once(sender, 'exit');
    const cpuMicros = (await answerOf<number>(sender, side.name)) / messages;
    await exit;
    return { cpuMicros, exported, attributes: await queue.attributesIn(url) };
  } finally {
    sender.kill('SIGKILL');
    await queue.delete(url);
  }
}

function startProcess(
  file: string,
  argv: readonly string[] = [],
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): ChildProcess {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...flags, file, ...argv], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** The next message of a process, unless it ends before. */
async function answerOf<Answer>(child: ChildProcess, name: string): Promise<Answer> {
  const signal = AbortSignal.timeout(STEP_MILLIS);
  const answer = once(child, 'message', { signal }).then(([message]) => message as Answer);
  const end = once(child, 'exit', { signal }).then(([code, signal]) => {
    throw new Error(`${name} ended with ${signal ?? code}`);
  });
  end.catch(() => {});
  return Promise.race([answer, end]);
}
