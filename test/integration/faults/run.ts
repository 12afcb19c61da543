import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fauxqs } from '../../peers/fauxqs/fauxqs.ts';
import { REGISTER } from '../run-node.ts';
import { FaultyAgent } from './agent.ts';
import { type Ending, type Kind, STARTS } from './applications.ts';
import { type Fault, TIMEOUT_MILLIS } from './faults.ts';

/** Lets things go wrong around the application that it is loaded into. */
export const AROUND = join(import.meta.dirname, '../fixtures/faults/around.cjs');
const MAX_TRIES = 200;

export interface EndState {
  /** What the application was asked for and did not answer as it should have. */
  readonly failed: number;
  readonly made: number;
  readonly arrived: number;
  /** As the warnings say. */
  readonly reportedLost: number;
  readonly warnings: number;
  /** Whether spans arrived after the fault. */
  readonly resumed: boolean;
  /** The exit code, or the signal that ended it. */
  readonly end: number | string;
}

const QUEUE = 8;
const BEFORE = 2;
const DURING = 20;

/** Work before a fault, while it lasts and after it, and then the end, which `during` lets come while it lasts. */
export async function endStateOf(
  fault: Fault,
  kind: Kind,
  fauxqs: Fauxqs,
  { ending = 'SIGTERM', during = false }: { ending?: Ending; during?: boolean } = {},
): Promise<EndState> {
  const agent = await FaultyAgent.start();
  const folder = await mkdtemp(join(tmpdir(), 'otel-datadog-bridge-'));
  const set = (name: string) => writeFile(join(folder, name), '');
  try {
    const application = await STARTS[kind](fauxqs)({
      NODE_OPTIONS: `--require ${AROUND} --require ${REGISTER}`,
      FAULTS_FOLDER: folder,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://agent.internal:${agent.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TIMEOUT: String(TIMEOUT_MILLIS),
      OTEL_DATADOG_FLUSH_TIMEOUT: String(TIMEOUT_MILLIS / 2),
      OTEL_BSP_SCHEDULE_DELAY: '20',
      OTEL_BSP_MAX_QUEUE_SIZE: String(QUEUE),
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: String(QUEUE / 2),
      ...(ending === 'SIGTERM with its own handler' && { HANDLER: '1' }),
    });
    let failed = 0;
    const work = async () => {
      if (!(await application.work())) failed += 1;
    };
    for (let count = 0; count < BEFORE; count++) await work();
    await until(() => agent.spanIds.size >= application.made());
    if (fault.around) await set(fault.around);
    await agent.behave(fault);
    for (let count = 0; count < DURING; count++) {
      await work();
      // What loses nothing is not to lose it for want of a place in the queue.
      if (!fault.loses) await until(() => agent.spanIds.size >= application.made());
    }
    if (fault.loses && !during) await until(() => application.output().includes('otel-datadog-bridge: '));
    let resumed = false;
    if (!during) {
      await agent.behave();
      if (fault.around === 'dns') await rm(join(folder, 'dns'));
      await set('later');
      const before = agent.spanIds.size;
      for (let tries = 0; !resumed && tries < MAX_TRIES; tries++) {
        await work();
        await sleep(25);
        resumed = agent.spanIds.size > before;
      }
    }
    const end = await application.end(ending);
    return {
      failed,
      made: application.made(),
      arrived: agent.spanIds.size,
      ...toldIn(application.output()),
      resumed,
      end,
    };
  } finally {
    await agent.close();
    await rm(folder, { recursive: true });
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition() && tries < MAX_TRIES; tries++) await sleep(25);
}

/** How many spans the warnings say are lost: an outage's first count is part of its total. */
function toldIn(output: string): Pick<EndState, 'reportedLost' | 'warnings'> {
  const lines = output.split('\n').filter((line) => line.includes('otel-datadog-bridge: '));
  let reportedLost = 0;
  let inOutage = 0;
  for (const line of lines) {
    const [, begun] = /; (\d+) lost so far/.exec(line) ?? [];
    const [, total] = /again; (\d+) were lost/.exec(line) ?? [];
    const [, more] = /: (\d+) more spans did not reach/.exec(line) ?? [];
    if (begun !== undefined) inOutage = Number(begun);
    if (more !== undefined) inOutage += Number(more);
    if (total === undefined) continue;
    reportedLost += Number(total);
    inOutage = 0;
  }
  return { reportedLost: reportedLost + inOutage, warnings: lines.length };
}
