import { beforeAll, expect, test } from 'vitest';
import * as bridge from '../../src/index.ts';
import { PEER_NAMES } from '../differential/peer.ts';
import { PEERS } from '../differential/peers.ts';
import { runSampling } from '../differential/sampling.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';

/** `npm run differential -- --sampling` has more of both. */
const RATES = [0, 0.000001, 0.123456789, 0.5, 2 / 3, 1];
const IDS = 500;
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 1);

for (const peer of PEER_NAMES) {
  describeWithToolchain(`sampling with ${peer}`, PEERS[peer].missingToolchain(), () => {
    beforeAll(async () => {
      const installed = await PEERS[peer].start({});
      await installed.close();
    });

    test.each(RATES)('keeps the same traces at %d', async (rate) => {
      const { kept, dropped, failures } = await runSampling({ bridge, peer, rate, ids: IDS, seed: SEED });

      expect(failures).toEqual([]);
      expect(kept > 0 || rate === 0).toBe(true);
      expect(dropped > 0 || rate === 1).toBe(true);
    });
  });
}
