import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SenderSide } from './sender-sides.ts';
import { type Arrived, TraceSink } from './trace-sink.ts';

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

/** Of one process at a time: whatever slows the machine for longer than these take meets all of them. */
const STEP_MESSAGES = 100;

/** Sends from a process for each side, from one at a time, in turns of a few messages. */
export async function sendInTurns(
  sides: readonly SenderSide[],
  { warmUp, messages }: Load,
  queue: Queue,
  flags: (side: SenderSide) => readonly string[],
): Promise<Sent[]> {
  const senders: Sender[] = [];
  try {
    for (const side of sides) senders.push(await Sender.start(side, queue, flags(side)));
    await inTurns(senders, warmUp);
    for (const sender of senders) await sender.startMeasuring(warmUp);
    await inTurns(senders, messages);
    const sent: Sent[] = [];
    for (const sender of senders) sent.push(await sender.measured(messages));
    return sent;
  } finally {
    await Promise.all(senders.map((sender) => sender.end()));
  }
}

async function inTurns(senders: readonly Sender[], messages: number): Promise<void> {
  for (let left = messages; left > 0; left -= STEP_MESSAGES) {
    for (const sender of senders) await sender.send(Math.min(left, STEP_MESSAGES));
  }
}

/** A process that sends, with its messages and its spans to itself. */
class Sender {
  readonly #side: SenderSide;
  readonly #process: ChildProcess;
  readonly #queue: Queue;
  readonly #url: string;
  readonly #sink: TraceSink;
  #cpuBefore = 0;

  private constructor(side: SenderSide, process: ChildProcess, queue: Queue, url: string, sink: TraceSink) {
    this.#side = side;
    this.#process = process;
    this.#queue = queue;
    this.#url = url;
    this.#sink = sink;
  }

  static async start(side: SenderSide, queue: Queue, flags: readonly string[]): Promise<Sender> {
    const url = await queue.create(side.name);
    const sink = await TraceSink.start();
    const sender = startProcess(SENDER, [side.rootSpan, url], [...side.flags, ...flags], {
      ...queue.env,
      ...side.env(sink.url),
    });
    return new Sender(side, sender, queue, url, sink);
  }

  /** Sends, and gives the microseconds of CPU that the process has taken since its start. */
  async send(messages: number): Promise<number> {
    const answer = answerOf<number>(this.#process, this.#side.name);
    this.#process.send(messages);
    return answer;
  }

  /** Once the spans of so many messages have left. */
  async startMeasuring(messages: number): Promise<void> {
    await this.#exported(messages);
    this.#cpuBefore = await this.send(0);
  }

  /** Likewise. */
  async measured(messages: number): Promise<Sent> {
    const exported = await this.#exported(messages);
    const cpuMicros = ((await this.send(0)) - this.#cpuBefore) / messages;
    return { cpuMicros, exported, attributes: await this.#queue.attributesIn(this.#url) };
  }

  async end(): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode === null && signalCode === null) {
      const exit = once(this.#process, 'exit');
      // A profile is written then.
      this.#process.disconnect();
      await exit;
    }
    this.#sink.close();
    await this.#queue.delete(this.#url);
  }

  #exported(messages: number): Promise<Arrived> {
    return this.#sink.take(this.#side.rootSpan === 'none' ? 0 : messages, ARRIVAL_MILLIS);
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
  const done = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(STEP_MILLIS), done.signal]);
  const answer = once(child, 'message', { signal }).then(([message]) => message as Answer);
  const end = once(child, 'exit', { signal }).then(([code, signal]) => {
    throw new Error(`${name} ended with ${signal ?? code}`);
  });
  for (const promise of [answer, end]) promise.catch(() => {});
  try {
    return await Promise.race([answer, end]);
  } finally {
    done.abort();
  }
}
