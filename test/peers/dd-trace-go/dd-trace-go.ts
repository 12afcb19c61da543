import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startOracle } from '../../differential/oracle-process.ts';
import type { Configuration, Peer } from '../../differential/peer.ts';
import { installedFolder, installing } from '../installation.ts';
import { missingCommands } from '../toolchain.ts';

const FOLDER = import.meta.dirname;
const SOURCES = ['go.mod', 'go.sum', 'main.go'].map((name) => join(FOLDER, name));
const BIN = join(FOLDER, 'bin/');
const ORACLE = 'oracle';
const BUILD_MILLIS = 290_000;

/** One sentence that names what the Go tracer needs and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingCommands('go');
}

/** dd-trace-go, which the first call builds. */
export async function startDdTraceGo(configuration: Configuration): Promise<Peer> {
  return startOracle(await builtOracle(), [], configuration);
}

async function builtOracle(): Promise<string> {
  const inputs = SOURCES.map((source) => readFileSync(source));
  const folder = await installedFolder(BIN, inputs, (folder) => {
    const build = ['go', 'build', '-mod=readonly', '-buildvcs=false', '-o', join(folder, ORACLE), '.'];
    return installing('dd-trace-go', build, { cwd: FOLDER, timeout: BUILD_MILLIS });
  });
  return join(folder, ORACLE);
}
