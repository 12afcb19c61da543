import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fauxqs } from '../../peers/fauxqs/fauxqs.ts';
import { REGISTER } from '../run-node.ts';
import { FaultyAgent } from './agent.ts';
import { type Application, type Kind, STARTS } from './applications.ts';
import type { Fault } from './faults.ts';
import { AROUND } from './run.ts';

/** Pieces of work that follow each other, before it is the other application's turn: few, so that what the machine does besides meets both. */
const TURN = 5;
const WARM_UP_TURNS = 40;

/** Milliseconds, a piece of work each. */
export interface Latencies {
  readonly faulty: number[];
  readonly faultless: number[];
}

interface Side {
  readonly application: Application;
  readonly millis: number[];
  begin(): Promise<void>;
  end(): Promise<void>;
}

async function start(kind: Kind, fauxqs: Fauxqs, fault: Fault | undefined): Promise<Side> {
  const agent = await FaultyAgent.start();
  const folder = await mkdtemp(join(tmpdir(), 'otel-datadog-bridge-'));
  const application = await STARTS[kind](fauxqs)({
    NODE_OPTIONS: `--require ${AROUND} --require ${REGISTER}`,
    FAULTS_FOLDER: folder,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://agent.internal:${agent.port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  });
  return {
    application,
    millis: [],
    begin: async () => {
      if (fault?.around) await writeFile(join(folder, fault.around), '');
      await agent.behave(fault);
    },
    end: async () => {
      await application.end('SIGTERM');
      await agent.close();
      await rm(folder, { recursive: true });
    },
  };
}

/**
 * How long so many pieces of work take an application whose Agent has the fault, and one whose Agent has none: a request's answer, a message from its
 * sending until it has been worked on, an invocation. They have turns, so that what else the machine does meets both alike.
 */
export async function latenciesBeside(fault: Fault, kind: Kind, fauxqs: Fauxqs, count: number): Promise<Latencies> {
  const faulty = await start(kind, fauxqs, fault);
  const faultless = await start(kind, fauxqs, undefined);
  const sides = [faulty, faultless];
  const turns = WARM_UP_TURNS + Math.ceil(count / TURN);
  for (let turn = 0; turn < turns; turn++) {
    if (turn === WARM_UP_TURNS) for (const side of sides) await side.begin();
    for (const { application, millis } of turn % 2 === 0 ? sides : sides.toReversed()) {
      for (let piece = 0; piece < TURN; piece++) {
        const before = performance.now();
        if (!(await application.work())) throw new Error(`${kind}, ${fault.name}: its work was not done`);
        if (turn >= WARM_UP_TURNS) millis.push(performance.now() - before);
      }
    }
  }
  for (const side of sides) await side.end();
  return { faulty: faulty.millis, faultless: faultless.millis };
}
