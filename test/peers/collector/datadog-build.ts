import { describe } from 'vitest';
import { collectorIfBuilt } from './build.ts';

/** A `describe` for tests that run where `npm run collector:build -- datadog` has been run; elsewhere, in CI too, the run says that they do not. */
export function describeWithDatadogBuild(name: string, tests: () => void): void {
  if (collectorIfBuilt('datadog') !== undefined) {
    describe(name, tests);
    return;
  }
  const reason = 'the datadog Collector has not been built: npm run collector:build -- datadog';
  console.warn(`skipped: ${name}: ${reason}`);
  describe.skip(`${name} (${reason})`, tests);
}
