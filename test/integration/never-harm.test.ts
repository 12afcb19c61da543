import { expect, test } from 'vitest';
import * as bridge from '../../src/index.ts';
import { failuresText } from '../never-harm/report.ts';
import { runNeverHarm } from '../never-harm/run.ts';
import type { Service } from '../never-harm/service.ts';
import { SERVICE_NAMES, SERVICES, type ServiceName } from '../never-harm/services.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';

/** `npm run never-harm` has more. */
const SENDS = 2_000;
const SEED = Number(process.env.NEVER_HARM_SEED ?? 1);

const missing = SERVICE_NAMES.flatMap((name) => SERVICES[name].missing() ?? []);

describeWithToolchain('never harm', missing[0], () => {
  test(`${SENDS} random sends go through with the bridge as they do without it`, { timeout: 300_000 }, async () => {
    const services = new Map<ServiceName, Service>();
    try {
      for (const name of SERVICE_NAMES) services.set(name, await SERVICES[name].start(bridge));
      const result = await runNeverHarm({ services, sends: SENDS, seed: SEED });

      expect(failuresText(SEED, result)).toBe('');
      for (const [operation, { sends, succeeded, written }] of Object.entries(result.counts)) {
        expect(succeeded, operation).toBeGreaterThan(sends / 2);
        // AWS drops a client context there.
        if (operation !== 'lambda InvokeAsync') expect(written, operation).toBeGreaterThan(sends / 5);
      }
    } finally {
      for (const service of services.values()) await service.close();
    }
  });
});
