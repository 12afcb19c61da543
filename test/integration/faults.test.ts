// What an Agent that does wrong, a clock that is set, and an end costs a server, a worker and a function: the table in docs/faults.md.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fauxqs, startFauxqs } from '../peers/fauxqs/fauxqs.ts';
import { installedRuntimes, missingForLambdaRuntime } from '../peers/lambda-runtime/lambda-runtime.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import type { Ending, Kind } from './faults/applications.ts';
import { FAULTS, type Fault } from './faults/faults.ts';
import { type EndState, endStateOf } from './faults/run.ts';
import { ROOT } from './run-node.ts';

const KINDS: readonly Kind[] = ['server', 'worker'];
const HANGS = FAULTS.find(({ name }) => name === 'reads and never answers') as Fault;
const NONE = FAULTS.find(({ name }) => name === 'none') as Fault;
const ENDINGS: readonly Ending[] = ['SIGTERM', 'SIGTERM with its own handler', 'an uncaught exception'];
const EXITS: Record<Ending, number | string> = {
  SIGTERM: 'SIGTERM',
  'SIGTERM with its own handler': 7,
  'an uncaught exception': 1,
};

let fauxqs: Fauxqs;
const rows = new Map<string, string>();
const endings = new Map<string, string>();

beforeAll(async () => {
  fauxqs = await startFauxqs();
});
afterAll(() => fauxqs.close());

/** Each span has arrived or is counted, and the lines are few: one at the begin of an outage, one at its end, one with the last count. */
function expectCounted({ failed, made, arrived, reportedLost, warnings }: EndState): void {
  expect({ failed, accounted: arrived + reportedLost }).toEqual({ failed: 0, accounted: made });
  expect(warnings).toBeLessThanOrEqual(3);
}

function lossOf({ reportedLost, warnings }: EndState): string {
  return reportedLost === 0 && warnings === 0 ? 'none lost' : 'lost, each counted';
}

async function outlives(fault: Fault, kind: Kind): Promise<void> {
  const state = await endStateOf(fault, kind, fauxqs);
  expectCounted(state);
  expect(state).toMatchObject({ resumed: true, end: 'SIGTERM' });
  expect(state.reportedLost > 0).toBe(fault.loses);
  rows.set(`${fault.name} ${kind}`, `| ${fault.name} | ${kind} | answers all | ${lossOf(state)} | resumes |`);
}

describe.concurrent('a fault', () => {
  test.each(FAULTS.flatMap((fault) => KINDS.map((kind) => [fault.name, kind, fault] as const)))(
    '%s: a %s',
    (_name, kind, fault) => outlives(fault, kind),
  );
});

describeWithToolchain('a fault of a function', missingForLambdaRuntime(), () => {
  beforeAll(async () => {
    await installedRuntimes();
  }, 600_000);
  describe.concurrent('is outlived', () => {
    test.each(FAULTS.map((fault) => [fault.name, fault] as const))('%s', (_name, fault) => outlives(fault, 'function'));
  });
  describe.concurrent('or its end', () => {
    test.each(ENDS)('by %s, while the Agent has the fault: %s', (ending, _name, fault) =>
      ends('function', ending, fault),
    );
  });
});

async function ends(kind: Kind, ending: Ending, fault: Fault): Promise<void> {
  const state = await endStateOf(fault, kind, fauxqs, { ending, during: true });
  // Lambda's runtime client outlives a `process.exit()`, with and without the preload: it is in a call that does not return.
  const exits = kind === 'function' && ending === 'SIGTERM with its own handler';
  expect(state.end).toBe(exits ? 'SIGKILL' : EXITS[ending]);
  // Nothing runs any more then, and after an exception: what waited is lost without a word.
  const isSudden = exits || ending === 'an uncaught exception';
  if (!isSudden) expectCounted(state);
  const loss = isSudden ? 'those that wait are lost' : lossOf(state);
  endings.set(`${ending} ${fault.name} ${kind}`, `| ${ending} | ${fault.name} | ${kind} | ${state.end} | ${loss} |`);
}

const ENDS = ENDINGS.flatMap((ending) => [NONE, HANGS].map((fault) => [ending, fault.name, fault] as const));

describe.concurrent.each(KINDS)('the end of a %s', (kind) => {
  test.each(ENDS)('by %s, while the Agent has the fault: %s', (ending, _name, fault) => ends(kind, ending, fault));
});

test('docs/faults.md has the tables', async () => {
  const made = [...rows.values(), ...endings.values()];
  console.log(made.toSorted().join('\n'));
  const lines = (await readFile(join(ROOT, 'docs/faults.md'), 'utf8')).split('\n');
  for (const row of made) expect(lines).toContain(row);
  const tables = lines.filter((line) => line.startsWith('| ') && !/^\| (?:fault|by) \|/.test(line));
  expect(tables).toHaveLength((KINDS.length + 1) * (FAULTS.length + ENDS.length));
});
