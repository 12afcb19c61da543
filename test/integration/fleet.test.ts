// The mixed fleet: what `npm run fleet` shows, and what it must be.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { FleetRun } from '../fleet/cell.ts';
import { EXCUSED, isExcuseFor } from '../fleet/excused.ts';
import { runFleet } from '../fleet/fleet.ts';
import { PRODUCERS } from '../fleet/producers/producers.ts';
import { markdown, worst } from '../fleet/table.ts';
import { verdict } from '../fleet/verdict.ts';
import { missingToolchain as missingJava } from '../peers/jvm.ts';
import { missingPython } from '../peers/python-venv.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { ROOT } from './run-node.ts';

const RUN_MILLIS = 900_000;
/** How many limits of peers are known. One more is to be looked at, and not to be added. */
const EXCUSES = 9;

describeWithToolchain('the fleet', missingJava() ?? missingPython(), () => {
  let run: FleetRun;
  beforeAll(async () => {
    run = await runFleet([], () => {});
    for (const sentence of run.skipped) console.warn(`skipped: ${sentence}`);
  }, RUN_MILLIS);

  test('in CI no peer is left out', () => {
    if (process.env.CI === 'true') expect(run.skipped).toEqual([]);
  });

  test('every program runs, and every message is worked on', () => {
    expect(run.failures).toEqual([]);
    expect(run.cells.filter((cell) => worst(cell) === 'nothing')).toEqual([]);
  });

  test.each(PRODUCERS.filter(({ hasBridge }) => hasBridge))('nothing breaks a trace of $name', ({ name }) => {
    const cells = run.cells.filter(({ producer, mode }) => producer.name === name && mode === 'with');
    expect(cells.length).toBeGreaterThan(0);
    const broken = cells.filter((cell) => worst(cell) === 'new trace');
    const excused = broken.filter((cell) => EXCUSED.some((excuse) => isExcuseFor(excuse, cell, 'new trace')));
    expect(broken).toEqual(excused);
    // The limit is the consumer's then, and there are other consumers for every way.
    for (const { consumer } of broken) expect(consumer.hasBridge).toBe(false);
  });

  test('with the bridge each message joins its trace whole, but for what peers cannot do', () => {
    expect(verdict(run).unexcused).toEqual([]);
  });

  test('what peers cannot do is what is known, and all of it is so', () => {
    expect(EXCUSED).toHaveLength(EXCUSES);
    if (run.skipped.length === 0) expect(verdict(run).unused).toEqual([]);
  });

  test('docs/compatibility.md says what this run has found', () => {
    if (run.skipped.length > 0) return;
    const document = readFileSync(join(ROOT, 'docs/compatibility.md'), 'utf8');
    for (const mode of ['without', 'with'] as const)
      expect(document).toContain(markdown(run.cells, mode, run.consumers));
  });
});
