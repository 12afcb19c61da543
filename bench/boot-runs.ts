import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BootSide } from './boot-sides.ts';

const APPLICATION = fileURLToPath(new URL('./boot-application.cjs', import.meta.url));
const MEBIBYTE = 2 ** 20;
const TIMEOUT_MILLIS = 30_000;

/** Of one process. */
export type Boot = Readonly<Record<Figure, number>>;
export const FIGURES = [
  'startMillis',
  'startCpuMillis',
  'startMebibytes',
  'answerMillis',
  'answerCpuMillis',
  'answerMebibytes',
] as const;
export type Figure = (typeof FIGURES)[number];

/** Each round has every side once, in a process that then ends, each round in another order. */
export async function runBoots(sides: readonly BootSide[], rounds: number): Promise<Boot[][]> {
  const runs: Boot[][] = sides.map(() => []);
  // The first of all, which finds nothing in the file system's cache, does not count.
  for (let round = -1; round < rounds; round += 1) {
    for (const offset of sides.keys()) {
      const index = (offset + round + 1) % sides.length;
      const side = sides[index];
      if (side === undefined) continue;
      const boot = await bootOf(side);
      if (round >= 0) runs[index]?.push(boot);
    }
  }
  return runs;
}

/** What `boot-application.cjs` tells, times since Node started. */
interface State {
  readonly millis: number;
  readonly cpuMillis: number;
  readonly rss: number;
}

async function bootOf({ name, preload, env }: BootSide): Promise<Boot> {
  const argv = [...preload.flatMap((file) => ['--require', file]), APPLICATION];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, {
    // Only what is asked for is to be traced, and nobody listens there: a process ends before it exports.
    env: { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', ...env },
    timeout: TIMEOUT_MILLIS,
  });
  if (stderr !== '') throw new Error(`${name} complains: ${stderr}`);
  const { started, answered }: { started: State; answered: State } = JSON.parse(stdout);
  return {
    startMillis: started.millis,
    startCpuMillis: started.cpuMillis,
    startMebibytes: started.rss / MEBIBYTE,
    answerMillis: answered.millis,
    answerCpuMillis: answered.cpuMillis,
    answerMebibytes: answered.rss / MEBIBYTE,
  };
}
