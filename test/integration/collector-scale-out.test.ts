import { beforeAll, expect, test } from 'vitest';
import { builtCollector } from '../peers/collector/build.ts';
import { BUILD_MILLIS, missingToolchain } from '../peers/collector/collector.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { deviation, misjudgedTraces, partedTraces } from './scale-out/account.ts';
import { runScenario, type Scenario } from './scale-out/scenario.ts';

const PERCENTAGE = 25;
/** A share of what `npm run collector:scale-out` does. */
const LOAD = { traces: 1000, seconds: 3, decisionWaitMillis: 2000, percentage: PERCENTAGE };
const MOST_DEVIATIONS = 4;

const run = (scenario: Pick<Scenario, 'route' | 'fault' | 'seed'>) => runScenario({ ...LOAD, ...scenario });

describeWithToolchain('three gateways', missingToolchain(), () => {
  beforeAll(async () => {
    await builtCollector('slim');
  }, BUILD_MILLIS);

  test('behind an edge keep and drop whole traces, as their spans say', async () => {
    const account = await run({ route: 'list', seed: 1 });
    expect(account.fates).toMatchObject({
      kept: { dropped: 0, parted: 0 },
      'kept by one span': { dropped: 0, parted: 0 },
      dropped: { kept: 0, parted: 0 },
      'dropped by one span': { kept: 0, parted: 0 },
      undecided: { parted: 0 },
    });
    expect(account).toMatchObject({ missingSpans: 0, spansComeTwice: 0 });
    expect(Math.abs(deviation(account, PERCENTAGE / 100))).toBeLessThan(MOST_DEVIATIONS);
  });

  test('lose no span whose own decision is to keep it where one of them restarts', async () => {
    const { fates, lostSpans, spansComeTwice } = await run({ route: 'list', fault: 'stop', seed: 3 });
    expect(fates.kept).toMatchObject({ dropped: 0, parted: 0 });
    expect(fates.dropped).toMatchObject({ kept: 0, parted: 0 });
    expect([lostSpans, spansComeTwice]).toEqual([0, 0]);
  });

  test('part traces where no edge stands before them', async () => {
    const account = await run({ route: 'none', seed: 4 });
    expect(partedTraces(account) + misjudgedTraces(account)).toBeGreaterThan(LOAD.traces / 20);
  });
});
