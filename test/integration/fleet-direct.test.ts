// The mixed fleet over Kafka and HTTP: what `npm run fleet -- --only kafka` shows, and what it must be.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DirectRun, runDirect } from '../fleet/direct/run.ts';
import { TRANSPORTS } from '../fleet/direct/transports.ts';
import { markdown, worst } from '../fleet/table.ts';
import { verdict } from '../fleet/verdict.ts';
import { missingJava } from '../peers/kafka-java/kafka-java.ts';
import { missingPython } from '../peers/python-venv.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { ROOT } from './run-node.ts';

const RUN_MILLIS = 600_000;
/** How many limits of peers are known. One more is to be looked at, and not to be added. */
const EXCUSES = 0;

describeWithToolchain('the fleet without queues', missingJava() ?? missingPython(), () => {
  test('what peers cannot do is what is known', () => {
    expect(TRANSPORTS.flatMap(({ excused }) => excused)).toHaveLength(EXCUSES);
  });

  describe.each(TRANSPORTS)('over $name', (transport) => {
    let run: DirectRun;
    beforeAll(async () => {
      run = await runDirect(transport, [], () => {});
      for (const sentence of run.skipped) console.warn(`skipped: ${sentence}`);
    }, RUN_MILLIS);

    test('in CI no peer is left out', () => {
      if (process.env.CI === 'true') expect(run.skipped).toEqual([]);
    });

    test('every program runs, and every message is worked on', () => {
      expect(run.failures).toEqual([]);
      expect(run.cells.length).toBeGreaterThan(0);
      expect(run.cells.filter((cell) => worst(cell) === 'nothing')).toEqual([]);
    });

    test('with the bridge each message joins its trace whole', () => {
      expect(verdict(run, transport.excused)).toEqual({ unexcused: [], unused: [] });
    });

    test('docs/compatibility.md says what this run has found', () => {
      if (run.skipped.length > 0) return;
      const document = readFileSync(join(ROOT, 'docs/compatibility.md'), 'utf8');
      for (const mode of ['without', 'with'] as const)
        expect(document).toContain(markdown(run.cells, mode, run.consumers));
    });
  });
});
