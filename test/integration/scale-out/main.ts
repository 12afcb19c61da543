// `npm run collector:scale-out`: real Collectors in two tiers on loopback, and 10,000 traces whose spans arrive from three services in random
// order, for each of the ways between the tiers and what may happen to a gateway. Prints what became of them, as a table for
// collector/README.md; fails where a trace is parted or misjudged while nothing happens, or where the kept share of the undecided is not right.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { builtCollector } from '../../peers/collector/build.ts';
import { startKafka } from '../../peers/kafka/kafka.ts';
import { type Account, deviation, misjudgedTraces, partedTraces } from './account.ts';
import type { Fault, Route } from './fleet.ts';
import { runScenario } from './scenario.ts';

const PERCENTAGE = 25;
const SEED = 8;
const MOST_DEVIATIONS = 4;

const BETWEEN: Readonly<Record<Route, string>> = {
  none: 'nothing, each service sends to one gateway',
  list: 'edge, a list of gateways',
  name: 'edge, a name of the gateways',
  kafka: 'edge, Kafka',
};
const EVENTS: Readonly<Record<Fault | 'nothing', string>> = {
  nothing: 'nothing',
  stop: 'one gateway stops (SIGTERM), and is back after',
  crash: 'one gateway is killed, and is back after',
};

const { values } = parseArgs({
  options: {
    traces: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '60' },
    'decision-wait': { type: 'string', default: '5' },
    routes: { type: 'string', default: 'none,list,name,kafka' },
    /** Set by this command for itself, where the file stands for /etc/hosts. */
    hosts: { type: 'string' },
  },
});
const traces = Number(values.traces);
const seconds = Number(values.seconds);
const decisionWaitMillis = Number(values['decision-wait']) * 1000;
for (const number of [traces, seconds, decisionWaitMillis]) {
  if (!(number > 0)) throw new Error('--traces, --seconds and --decision-wait are numbers above 0');
}

await builtCollector('slim');
if (values.hosts === undefined) {
  console.log(
    `${traces} traces in ${seconds} s, decision_wait ${values['decision-wait']} s, ${PERCENTAGE} % of the undecided\n`,
  );
  console.log(
    '| between services and gateways | what happens | traces parted | misjudged | spans missing | of these with a decision of their own | spans twice | undecided kept |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
}
for (const route of values.routes.split(',') as Route[]) {
  if (route === 'none') await row('none');
  else if (route === 'list') await rows('list', ['stop', 'crash']);
  else if (route === 'kafka') await overKafka();
  else if (values.hosts !== undefined) await rows('name', ['stop', 'crash'], { hosts: values.hosts });
  else await withHostsOfItsOwn();
}

async function rows(
  route: Route,
  faults: readonly Fault[],
  more: { broker?: string; hosts?: string } = {},
): Promise<void> {
  await row(route, undefined, more);
  for (const fault of faults) await row(route, fault, more);
}

async function row(route: Route, fault?: Fault, more: { broker?: string; hosts?: string } = {}): Promise<void> {
  const account = await runScenario({
    ...more,
    route,
    fault,
    traces,
    seconds,
    decisionWaitMillis,
    percentage: PERCENTAGE,
    seed: SEED,
  });
  const back = fault === undefined ? '' : ` ${seconds / 10} s`;
  console.log(`| ${BETWEEN[route]} | ${EVENTS[fault ?? 'nothing']}${back} | ${cells(account).join(' | ')} |`);
  if (isWrong(route, fault, account)) process.exitCode = 1;
}

function cells(account: Account): string[] {
  const { fates, missingSpans, lostSpans, spansComeTwice, spans } = account;
  const { traces: all, kept } = fates.undecided;
  return [
    `${partedTraces(account)}`,
    `${misjudgedTraces(account)}`,
    `${missingSpans} of ${spans}`,
    `${lostSpans}`,
    `${spansComeTwice}`,
    `${kept} of ${all} (${((100 * kept) / all).toFixed(1)} %, ${deviation(account, PERCENTAGE / 100).toFixed(1)} sd)`,
  ];
}

function isWrong(route: Route, fault: Fault | undefined, account: Account): boolean {
  const broken = partedTraces(account) + misjudgedTraces(account);
  // Without an edge decisions that one span carries are lost; where that does not show, nothing here would.
  if (route === 'none') return broken === 0;
  if (fault !== undefined) return false;
  return broken > 0 || Math.abs(deviation(account, PERCENTAGE / 100)) > MOST_DEVIATIONS;
}

async function overKafka(): Promise<void> {
  const { broker, close } = await startKafka();
  try {
    await rows('kafka', ['stop', 'crash'], { broker });
  } finally {
    await close();
  }
}

/** Runs the rows that need a name with several addresses in a mount namespace, in which a file of ours stands for `/etc/hosts`. */
async function withHostsOfItsOwn(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'scale-out-'));
  const hosts = join(folder, 'hosts');
  copyFileSync('/etc/hosts', hosts);
  const node = [process.execPath, ...process.execArgv, ...process.argv.slice(1), '--routes=name', `--hosts=${hosts}`];
  const script = 'mount --bind "$0" /etc/hosts && exec "$@"';
  try {
    const child = spawn('unshare', ['--map-root-user', '--mount', 'sh', '-c', script, hosts, ...node], {
      stdio: 'inherit',
    });
    const [code] = await once(child, 'exit');
    if (code !== 0) process.exitCode = 1;
  } catch (error) {
    console.error(`no rows for a name of the gateways: ${error}`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
