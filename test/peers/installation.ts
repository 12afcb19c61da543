import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/** What this process is filling, by the folder's name. */
const underway = new Map<string, Promise<string>>();

/**
 * A folder that `make` fills, once for these inputs: it has its name (`prefix` and their hash) only when it is complete, and other
 * inputs make another one.
 */
export async function installedFolder(
  prefix: string,
  inputs: readonly (string | Uint8Array)[],
  make: (folder: string) => Promise<unknown>,
): Promise<string> {
  const folder = folderOf(prefix, inputs);
  if (existsSync(folder)) return folder;
  const filled = underway.get(folder) ?? fill(folder, prefix, make).finally(() => underway.delete(folder));
  underway.set(folder, filled);
  return filled;
}

async function fill(folder: string, prefix: string, make: (folder: string) => Promise<unknown>): Promise<string> {
  mkdirSync(dirname(folder), { recursive: true });
  const incomplete = mkdtempSync(`${prefix}incomplete-`);
  try {
    await make(incomplete);
    if (!existsSync(folder)) renameSync(incomplete, folder);
  } finally {
    rmSync(incomplete, { recursive: true, force: true });
  }
  return folder;
}

/** That folder's name, whether it is there or not. */
export function folderOf(prefix: string, inputs: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(input);
  return prefix + hash.digest('hex').slice(0, 16);
}

/** What a command of an installation prints; where it fails, the error says what is not installed, and what it printed. */
export async function installing(
  what: string,
  [command = '', ...argv]: readonly string[],
  options: { timeout: number; cwd?: string },
): Promise<string> {
  try {
    return (await promisify(execFile)(command, argv, options)).stdout;
  } catch (error) {
    const { message, stdout } = error as Error & { stdout?: string };
    throw new Error(`${what} is not installed: ${message}\n${stdout}`);
  }
}
