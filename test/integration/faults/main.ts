// `npm run faults`: a table of the 99th percentile of each fault and kind of application beside one without the fault, `--pieces` of work each (0: no table); then the
// slopes of the heaps of servers under load, of which one has an Agent that fails and recovers, for `--minutes` after their warm-up (0: none). All with
// 95% intervals. Fails where percentiles do not overlap, where the heap grows, or where the leak that is there for comparison is not seen.
import { parseArgs } from 'node:util';
import { startFauxqs } from '../../peers/fauxqs/fauxqs.ts';
import { installedRuntimes } from '../../peers/lambda-runtime/lambda-runtime.ts';
import type { Kind } from './applications.ts';
import { type Estimate, percentile } from './estimates.ts';
import { FAULTS } from './faults.ts';
import { latenciesBeside } from './latencies.ts';
import { type Growth, soak } from './soak.ts';

const KINDS: readonly Kind[] = ['server', 'worker', 'function'];

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, pieces: { type: 'string', default: '1000' } },
});
const [minutes, pieces] = [values.minutes, values.pieces].map(Number) as [number, number];
if (!(minutes >= 0 && pieces >= 0))
  throw new Error(`--minutes ${values.minutes} --pieces ${values.pieces} are no numbers`);

const shown = ({ value, low, high }: Estimate, digits: number) =>
  `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;

/** Of so many comparisons some are off by chance: what is slower is so twice. */
const TRIES = 2;

/** Whether one of the percentiles is higher beside a fault. */
async function isSlower(): Promise<boolean> {
  const fauxqs = await startFauxqs();
  await installedRuntimes();
  let slower = 0;
  console.log(`99th percentile of ${pieces} pieces of work in ms, with its 95% interval\n`);
  console.log('| fault | kind | beside it | without it | |\n|---|---|---|---|---|');
  for (const fault of FAULTS) {
    for (const kind of KINDS) {
      let higher = 0;
      for (let tries = 0; tries < TRIES && higher === tries; tries++) {
        const { faulty, faultless } = await latenciesBeside(fault, kind, fauxqs, pieces);
        const [beside, without] = [percentile(faulty, 0.99), percentile(faultless, 0.99)];
        const isHigher = beside.low > without.high;
        const waits = isHigher && kind === 'function' && fault.delaysFunction === true;
        if (isHigher && !waits) higher += 1;
        const verdict = waits ? 'waits for it' : isHigher ? 'SLOWER' : 'overlap';
        console.log(`| ${fault.name} | ${kind} | ${shown(beside, 1)} | ${shown(without, 1)} | ${verdict} |`);
      }
      if (higher === TRIES) slower += 1;
    }
  }
  await fauxqs.close();
  return slower > 0;
}

/** Whether the heap grows, or a leak would not be seen. */
async function grows(): Promise<boolean> {
  const { flapping, leaking, steady, bare, ...told } = await soak(minutes);
  const isGrowing = flapping.data.low > 0;
  const isSeen = leaking.data.low > 0;
  const line = (name: string, { data, code }: Growth, verdict: string) =>
    console.log(`| ${name} | ${shown(data, 2)} | ${shown(code, 2)} | ${verdict} |`);
  const { minutes: lasted, requests, cycles, lines } = told;
  console.log(
    `\nheap after warm-up, KiB a minute with 95% intervals: ${lasted.toFixed(1)} minutes, ${requests} requests to each server, ${cycles} cycles of faults, ` +
      `${lines} lines of ours\n`,
  );
  console.log('| server | what JavaScript holds | code and what V8 knows of it | |\n|---|---|---|---|');
  line('the Agent fails and recovers', flapping, isGrowing ? 'it GROWS' : 'does not grow');
  line('the same, and one span in a hundred is kept', leaking, isSeen ? 'grows, as it is to' : 'is NOT SEEN to grow');
  line('the Agent has no fault', steady, '');
  line('without the preload', bare, '');
  return isGrowing || !isSeen;
}

const slower = pieces > 0 && (await isSlower());
const growing = minutes > 0 && (await grows());
process.exitCode = slower || growing ? 1 : 0;
