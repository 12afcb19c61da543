import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { branchCoverage } from './coverage.ts';
import { ROOT, runJazzer } from './jazzer-process.ts';
import { seeds } from './seeds.ts';

const USAGE = `npm run fuzz -- [options]

Lets a coverage-guided fuzzer at the built package, from the corpus on, and then says which branches of the parsers
its inputs have taken. Exit code 0 if nothing was found; a find is written to test/fuzz/finds/.

  --seconds 60   how long
  --runs N       how often, instead
  --seed N       repeat a run
  --coverage     only say which branches the corpus takes
  --keep         afterwards, take those of the new inputs into the corpus that take a branch which it does not
  --help         print this`;

const CORPUS = join(import.meta.dirname, 'corpus');
const FINDS = join(import.meta.dirname, 'finds');

/** Inputs of earlier runs on this machine, so that a run goes on where the last one ended. */
const FOUND = join(ROOT, '.cache/fuzz/found');
const SEEDS = join(ROOT, '.cache/fuzz/seeds');

// The launcher's channel: when it is gone, so are we.
for (const event of ['disconnect', 'SIGINT', 'SIGTERM']) process.on(event, () => process.exit(1));
try {
  process.exit(await run());
} catch (error) {
  console.error(`fuzz: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      runs: { type: 'string' },
      seed: { type: 'string' },
      coverage: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  for (const folder of [CORPUS, FINDS, FOUND, SEEDS]) mkdirSync(folder, { recursive: true });
  writeSeeds();
  if (values.coverage) return printCoverage([CORPUS, FINDS, SEEDS]);
  const limit = values.runs === undefined ? `-max_total_time=${values.seconds}` : `-runs=${values.runs}`;
  const engineOptions = [limit, '-max_len=1024', '-print_final_stats=1', `-artifact_prefix=${FINDS}/`];
  if (values.seed !== undefined) engineOptions.push(`-seed=${values.seed}`);
  const { code, output } = await runJazzer({
    folders: [FOUND, CORPUS, FINDS, SEEDS],
    engineOptions,
    echo: process.stderr,
  });
  for (const name of ['number_of_executed_units', 'average_exec_per_sec']) {
    console.log(
      `${name.replaceAll('_', ' ')}: ${output.match(new RegExp(`stat::${name}:\\s+(\\d+)`))?.[1] ?? 'unknown'}`,
    );
  }
  if (code !== 0) return 1;
  if (values.keep) await keep();
  return printCoverage([FOUND, CORPUS, FINDS, SEEDS]);
}

/** The seeds of this version alone: another one's may mean something else. */
function writeSeeds(): void {
  for (const file of readdirSync(SEEDS)) rmSync(join(SEEDS, file));
  for (const seed of seeds()) writeFileSync(join(SEEDS, createHash('sha1').update(seed).digest('hex')), seed);
}

async function keep(): Promise<void> {
  const { code, output } = await runJazzer({
    folders: [CORPUS, FOUND],
    engineOptions: ['-merge=1', '-use_counters=0'],
  });
  if (code !== 0) throw new Error(`the corpora do not merge:\n${output}`);
}

async function printCoverage(folders: readonly string[]): Promise<number> {
  const files = await branchCoverage(folders);
  for (const { file, branches, covered, missed, notReached } of files) {
    console.log(`${file}: ${covered} of ${branches} branches`);
    for (const place of missed) console.log(`  not taken: ${place}`);
    if (notReached.length > 0) console.log(`  not reached: ${notReached.join(', ')}`);
  }
  const sum = (key: 'branches' | 'covered') => files.reduce((total, file) => total + file[key], 0);
  console.log(`${sum('covered')} of ${sum('branches')} branches of the functions that are reached`);
  return 0;
}
