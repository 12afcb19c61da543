import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedFolder, installing } from './installation.ts';
import { missingCommands } from './toolchain.ts';

const INSTALL_MILLIS = 240_000;

/** One sentence that names what a peer in Python needs and this machine lacks. */
export function missingPython(): string | undefined {
  return missingCommands('python3') ?? missingModules();
}

// Debian has these two in a package of their own.
function missingModules(): string | undefined {
  const { status } = spawnSync('python3', ['-c', 'import ensurepip, venv']);
  return status === 0 ? undefined : "python3's venv is not installed";
}

/** The Python of a venv in that folder, with what its `requirements.txt` pins. Another Python makes another venv. */
export async function venvPython(peer: string, folder: string): Promise<string> {
  const run = (...command: string[]) => installing(peer, command, { timeout: INSTALL_MILLIS });
  const requirements = join(folder, 'requirements.txt');
  const inputs = [readFileSync(requirements), await run('python3', '-VV')];
  const venv = await installedFolder(join(folder, '.venv-'), inputs, async (incomplete) => {
    await run('python3', '-m', 'venv', incomplete);
    // `python -m pip`, since pip's own script names the folder that is about to be renamed.
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps'];
    await run(join(incomplete, 'bin', 'python'), ...pip, '--requirement', requirements);
  });
  return join(venv, 'bin', 'python');
}
