import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startOracle } from '../../differential/oracle-process.ts';
import type { Configuration, Peer } from '../../differential/peer.ts';
import { missingCommands } from '../toolchain.ts';

const FOLDER = import.meta.dirname;
const SOURCES = ['go.mod', 'go.sum', 'main.go'].map((name) => join(FOLDER, name));
const BIN = join(FOLDER, 'bin');
const BUILD_MILLIS = 290_000;

/** One sentence that names what the Go tracer needs and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingCommands('go');
}

/** dd-trace-go, which the first call builds. */
export async function startDdTraceGo(configuration: Configuration): Promise<Peer> {
  return startOracle(await builtOracle(), [], configuration);
}

/** The program has its name only when it is complete, and other sources make another one. */
async function builtOracle(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) hash.update(readFileSync(source));
  const oracle = join(BIN, `oracle-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(oracle)) return oracle;
  mkdirSync(BIN, { recursive: true });
  const folder = mkdtempSync(join(BIN, 'incomplete-'));
  try {
    const incomplete = join(folder, 'oracle');
    await build(incomplete);
    renameSync(incomplete, oracle);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return oracle;
}

async function build(output: string): Promise<void> {
  const argv = ['build', '-mod=readonly', '-buildvcs=false', '-o', output, '.'];
  try {
    await promisify(execFile)('go', argv, { cwd: FOLDER, timeout: BUILD_MILLIS });
  } catch (error) {
    throw new Error(`dd-trace-go is not built: ${(error as Error).message}`);
  }
}
