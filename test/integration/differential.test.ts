import { beforeAll, expect, test } from 'vitest';
import * as bridge from '../../src/index.ts';
import { sharesOf } from '../differential/configurations.ts';
import { runDifferential } from '../differential/differential.ts';
import { PEER_NAMES, type PeerName } from '../differential/peer.ts';
import { PEERS } from '../differential/peers.ts';
import { failuresText } from '../differential/report.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';

/** `npm run differential` has more. */
const CASES: Readonly<Record<PeerName, number>> = { 'dd-trace-js': 3_000, ddtrace: 1_000, 'dd-trace-go': 1_000 };
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 1);

for (const peer of PEER_NAMES) {
  describeWithToolchain(`differential with ${peer}`, PEERS[peer].missingToolchain(), () => {
    beforeAll(async () => {
      const installed = await PEERS[peer].start({});
      await installed.close();
    });

    test.each(sharesOf(peer, CASES[peer]))('$name', async (configuration, cases) => {
      const outcome = await runDifferential({ bridge, peer, configuration, seed: SEED, cases });

      expect(failuresText(peer, configuration.name, SEED, outcome)).toBe('');
      expect(outcome.agreed).toBeGreaterThan(0);
    });
  });
}
