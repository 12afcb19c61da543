import { setTimeout as sleep } from 'node:timers/promises';
import type { FlushUntil } from '../../../src/tracing/flush-settings.ts';
import { LambdaFunction } from '../../peers/lambda-runtime/lambda-runtime.ts';
import { REGISTER } from '../run-node.ts';
import { OtlpEndpoint, type Take } from './otlp-endpoint.ts';

const TASK_ROOT = `${import.meta.dirname}/../fixtures/lambda`;
/** What a flush waits, and then an export: when the function is frozen less of it is left than any freeze takes, and it does not run out. */
const FLUSH_MILLIS = 700;
const EXPORT_MILLIS = 1500;
const SPANS = 3;
const MAX_TRIES = 50;
const STEP_MILLIS = 10;
const ARRIVAL_STEPS = 500;

/** What happens to an export, or to its connection, while the function that has answered is frozen. */
export type Freeze =
  | 'the export is answered'
  | 'the connection of the export is cut'
  | 'the export is answered after the thaw'
  | 'the idle connection is closed';

export const FLUSHES: readonly FlushUntil[] = ['answered', 'sent'];

export const FREEZES: readonly Freeze[] = [
  'the export is answered',
  'the connection of the export is cut',
  'the export is answered after the thaw',
  'the idle connection is closed',
];

export interface Outcome {
  /** Spans that did not arrive, and those that arrived more than once. */
  readonly lost: number;
  readonly repeated: number;
  /** How often the spans from before the freeze were sent. */
  readonly sent: number;
  /** Spans of the invocation after the thaw, and of these those that say they began before it. */
  readonly afterThaw: number;
  readonly early: number;
}

/**
 * An invocation, a freeze between its answer and the next event, and another invocation.
 *
 * @param until `OTEL_DATADOG_FLUSH_UNTIL`
 */
export async function frozen(freeze: Freeze, major: string, millis: number, until: FlushUntil): Promise<Outcome> {
  const endpoint = await OtlpEndpoint.start();
  const held: Take[] = [];
  const holds = freeze !== 'the idle connection is closed';
  if (holds) endpoint.behaviour = (take) => void held.push(take);
  const lambda = await LambdaFunction.start({
    major,
    taskRoot: TASK_ROOT,
    handler: 'index.handler',
    env: {
      ...endpoint.env,
      NODE_OPTIONS: `--require ${REGISTER}`,
      OTEL_DATADOG_FLUSH_UNTIL: until,
      OTEL_DATADOG_FLUSH_TIMEOUT: String(FLUSH_MILLIS),
      OTEL_EXPORTER_OTLP_TIMEOUT: String(EXPORT_MILLIS),
    },
  });
  try {
    const before = JSON.parse((await lambda.invoke({ spans: SPANS })).body);
    await lambda.idle();
    lambda.freeze();
    for (let step = 0; endpoint.requests.length === 0 && step < ARRIVAL_STEPS; step++) await sleep(STEP_MILLIS);
    endpoint.behaviour = (take) => take();
    if (freeze === 'the export is answered') held[0]?.();
    else if (freeze !== 'the export is answered after the thaw') endpoint.cutConnections();
    await sleep(millis);
    const thawed = Date.now();
    lambda.thaw();
    if (freeze === 'the export is answered after the thaw') held[0]?.();
    const after = JSON.parse((await lambda.invoke({ spans: SPANS })).body);
    const arrived = (traceId: string) => endpoint.spans.filter((span) => span.traceId === traceId);
    // A flush that comes before the late export is answered sends nothing: what it kept leaves with a later one.
    let made = 2 * (SPANS + 1);
    for (let tries = 0; endpoint.spans.length < made && tries < MAX_TRIES; tries++) {
      await lambda.invoke({});
      made += 1;
      await sleep(tries);
    }
    return {
      lost: made - endpoint.spans.length,
      repeated: endpoint.spans.filter(({ repeated }) => repeated > 0).length,
      sent: endpoint.requests.filter((traceIds) => traceIds.has(before.traceId)).length,
      afterThaw: arrived(after.traceId).length,
      early: arrived(after.traceId).filter(({ startMillis }) => startMillis < thawed).length,
    };
  } finally {
    await lambda.close();
    await endpoint.close();
  }
}

/** What must come of it: a cut export is sent once more. */
export function expected(freeze: Freeze): Outcome {
  const sent = freeze === 'the connection of the export is cut' ? 2 : 1;
  return { lost: 0, repeated: 0, sent, afterThaw: SPANS + 1, early: 0 };
}
