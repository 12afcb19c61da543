import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startOracle } from '../../differential/oracle-process.ts';
import type { Configuration, Peer } from '../../differential/peer.ts';
import { installedFolder, installing } from '../installation.ts';
import { missingCommands } from '../toolchain.ts';

const FOLDER = import.meta.dirname;
const REQUIREMENTS = join(FOLDER, 'requirements.txt');
const ORACLE = join(FOLDER, 'oracle.py');
const INSTALL_MILLIS = 240_000;

/** One sentence that names what the Python tracer needs and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingCommands('python3') ?? missingModules();
}

/** ddtrace, which the first call installs. */
export async function startDdtrace(configuration: Configuration): Promise<Peer> {
  return startOracle(join(await installedVenv(), 'bin', 'python'), [ORACLE], configuration);
}

// Debian has these two in a package of their own.
function missingModules(): string | undefined {
  const { status } = spawnSync('python3', ['-c', 'import ensurepip, venv']);
  return status === 0 ? undefined : "python3's venv is not installed";
}

/** Another Python makes another one. */
async function installedVenv(): Promise<string> {
  const inputs = [readFileSync(REQUIREMENTS), await run('python3', '-VV')];
  return installedFolder(join(FOLDER, '.venv-'), inputs, async (folder) => {
    await run('python3', '-m', 'venv', folder);
    // `python -m pip`, since pip's own script names the folder that is about to be renamed.
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps'];
    await run(join(folder, 'bin', 'python'), ...pip, '--requirement', REQUIREMENTS);
  });
}

function run(...command: string[]): Promise<string> {
  return installing('ddtrace', command, { timeout: INSTALL_MILLIS });
}
