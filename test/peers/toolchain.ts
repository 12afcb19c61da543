import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

/** One sentence that names the commands that are not on the `PATH`; `undefined` where none is missing. */
export function missingCommands(...names: string[]): string | undefined {
  const missing = names.filter((name) => !isOnPath(name));
  if (missing.length === 0) return undefined;
  return `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not installed`;
}

/**
 * A `describe` for tests that need a toolchain. Where something is missing they are skipped, and the run says why; in CI
 * (`CI=true`) they fail, since a suite that everybody skips tests nothing.
 */
export function describeWithToolchain(name: string, missing: string | undefined, tests: () => void): void {
  if (missing === undefined) {
    describe(name, tests);
    return;
  }
  if (process.env.CI === 'true') throw new Error(`${name} tests cannot run: ${missing}`);
  console.warn(`skipped: ${name} tests: ${missing}`);
  describe.skip(`${name} (${missing})`, tests);
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
