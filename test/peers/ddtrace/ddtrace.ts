import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startOracle } from '../../differential/oracle-process.ts';
import type { Configuration, Peer } from '../../differential/peer.ts';
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

/** The folder has its name only when it is complete; other requirements, or another Python, make another one. */
async function installedVenv(): Promise<string> {
  const hash = createHash('sha256')
    .update(readFileSync(REQUIREMENTS))
    .update(await run('python3', '-VV'));
  const venv = join(FOLDER, `.venv-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(venv)) return venv;
  const incomplete = mkdtempSync(join(FOLDER, '.venv-incomplete-'));
  try {
    await run('python3', '-m', 'venv', incomplete);
    // `python -m pip`, since pip's own script names the folder that is about to be renamed.
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps'];
    await run(join(incomplete, 'bin', 'python'), ...pip, '--requirement', REQUIREMENTS);
    if (!existsSync(venv)) renameSync(incomplete, venv);
  } finally {
    rmSync(incomplete, { recursive: true, force: true });
  }
  return venv;
}

async function run(command: string, ...argv: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, argv, { timeout: INSTALL_MILLIS })).stdout;
  } catch (error) {
    const { message, stdout } = error as Error & { stdout?: string };
    throw new Error(`ddtrace is not installed: ${message}\n${stdout}`);
  }
}
