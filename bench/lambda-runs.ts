import { LambdaFunction } from '../test/peers/lambda-runtime/lambda-runtime.ts';
import { type Measured, measuredOf } from './added.ts';
import type { LambdaHome, LambdaSide } from './lambda-sides.ts';
import { LambdaSink } from './lambda-sink.ts';
import { median } from './statistics.ts';
import { inboundTraces } from './wire.ts';

const ARRIVAL_MILLIS = 5000;

export interface LambdaLoad {
  readonly major: string;
  /** Invocations before the warm ones that count. */
  readonly warmUp: number;
  readonly invocations: number;
}

/** Of one process. */
interface Run {
  /** From its start to its first request for an event. */
  readonly coldMillis: number;
  /** CPU until the function's code has been loaded, which is the last thing before that request. */
  readonly coldCpuMillis: number;
  /** From its first event to its next request. */
  readonly firstMillis: number;
  /** The same for a warm invocation: the median. */
  readonly warmMicros: number;
  /** CPU for a warm invocation, on all threads. */
  readonly warmCpuMicros: number;
  /** For an invocation. */
  readonly spans: number;
}

export const FIGURES = ['coldMillis', 'coldCpuMillis', 'firstMillis', 'warmMicros', 'warmCpuMicros'] as const;
export type Figure = (typeof FIGURES)[number];

export interface MeasuredLambda {
  readonly side: string;
  readonly spans: number;
  readonly figures: Readonly<Record<Figure, Measured>>;
}

/** Each round has every side once, in a process that then ends, each round in another order. */
export async function measureLambda(
  sides: readonly LambdaSide[],
  home: LambdaHome,
  rounds: number,
  load: LambdaLoad,
): Promise<MeasuredLambda[]> {
  const sink = await LambdaSink.start();
  const runs: Run[][] = sides.map(() => []);
  try {
    // The first of all, which finds nothing in the file system's cache, does not count.
    for (let round = -1; round < rounds; round += 1) {
      for (const offset of sides.keys()) {
        const index = (offset + round + 1) % sides.length;
        const side = sides[index];
        if (side === undefined) continue;
        const run = await runOf(side, home, sink, load);
        if (round >= 0) runs[index]?.push(run);
      }
    }
  } finally {
    sink.close();
  }
  return sides.map(({ name }, index) => ({
    side: name,
    spans: median((runs[index] ?? []).map(({ spans }) => spans)),
    figures: Object.fromEntries(FIGURES.map((figure) => [figure, measuredOf(figure, runs, index)])) as Record<
      Figure,
      Measured
    >,
  }));
}

async function runOf(
  side: LambdaSide,
  { taskRoot }: LambdaHome,
  sink: LambdaSink,
  { major, warmUp, invocations }: LambdaLoad,
): Promise<Run> {
  const events = sqsEvents(1 + warmUp + invocations);
  const start = performance.now();
  const lambda = await LambdaFunction.start({ major, taskRoot, ...side.options(sink.url) });
  try {
    await lambda.idle();
    const coldMillis = performance.now() - start;
    const answers: Answer[] = [];
    const times: number[] = [];
    for (const [index, event] of events.entries()) {
      const handed = performance.now();
      const { body, error } = await lambda.invoke(event);
      await lambda.idle();
      times.push(performance.now() - handed);
      if (error !== undefined) throw new Error(`${side.name} fails: ${error.errorMessage}\n${lambda.output}`);
      const answer: Answer = JSON.parse(body);
      if (answer.order !== index) throw new Error(`${side.name} answers ${body} to order ${index}`);
      answers.push(answer);
    }
    const expected = side.spans * events.length;
    const spans = await sink.takeSpans(expected, ARRIVAL_MILLIS);
    if (spans < expected || (expected === 0) !== (spans === 0))
      throw new Error(`${spans} spans of ${side.name} arrived, for ${events.length} invocations\n${lambda.output}`);
    const [first, warm, last] = [answers[0], answers[warmUp], answers.at(-1)];
    return {
      coldMillis,
      coldCpuMillis: micros(first?.loaded) / 1000,
      firstMillis: times[0] ?? Number.NaN,
      warmMicros: median(times.slice(1 + warmUp)) * 1000,
      warmCpuMicros: (micros(last?.used) - micros(warm?.used)) / invocations,
      spans: spans / events.length,
    };
  } finally {
    await lambda.close();
  }
}

/** What `lambda-function.cjs` gives. */
interface Answer {
  readonly order: number;
  readonly loaded: NodeJS.CpuUsage;
  readonly used: NodeJS.CpuUsage;
}

function micros(usage: NodeJS.CpuUsage | undefined): number {
  return usage === undefined ? Number.NaN : usage.user + usage.system;
}

/** Events of one message each, as dd-trace sends it and SQS hands it to Lambda, each of another trace. */
function sqsEvents(count: number): object[] {
  return inboundTraces(count, { baggageItems: 0, foreignMembers: 0 }).map(({ headers }, order) => ({
    Records: [
      {
        messageId: crypto.randomUUID(),
        receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
        body: JSON.stringify({ order }),
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: String(Date.now()),
          SenderId: 'AIDAIENQZJOLO23YVJ4VO',
          ApproximateFirstReceiveTimestamp: String(Date.now()),
        },
        messageAttributes: {
          _datadog: {
            stringValue: JSON.stringify(headers),
            stringListValues: [],
            binaryListValues: [],
            dataType: 'String',
          },
        },
        md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:orders',
        awsRegion: 'us-east-1',
      },
    ],
  }));
}
