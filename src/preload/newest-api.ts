/**
 * Stands in for `@opentelemetry/api` where the preload's bundle requires it; `newest-api-module.ts` does where it imports it. Where the application has a copy of its own, only the
 * newer of the two may register what both then use: a copy refuses a global that an older one made.
 * https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/semver.ts
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { applicationFolder } from './application-folder';
import { manifestsFrom } from './manifests';

const API = '@opentelemetry/api';
const SUPPORTED = /^1\.(\d+)\.(\d+)/;

interface Copy {
  readonly entry: string;
  readonly minor: number;
  readonly patch: number;
}

/** Where the application may keep its copy; a script that is no file (`node -e`) finds it from the working directory. */
function applicationFolders(): string[] {
  const folders = [applicationFolder(process.argv[1]) ?? process.cwd(), process.env.LAMBDA_TASK_ROOT];
  return folders.filter((folder) => folder !== undefined);
}

function copyVisibleFrom(folder: string): Copy[] {
  try {
    const entry = createRequire(join(folder, 'noop.js')).resolve(API);
    const version = versionOf(entry);
    return version ? [{ entry, ...version }] : [];
  } catch {
    return [];
  }
}

function versionOf(entry: string): { minor: number; patch: number } | undefined {
  for (const { name, version } of manifestsFrom(dirname(entry))) {
    const match = name === API ? SUPPORTED.exec(String(version)) : null;
    if (match) return { minor: Number(match[1]), patch: Number(match[2]) };
  }
  return undefined;
}

function newestCopy(): string {
  const copies = [__dirname, ...applicationFolders()].flatMap(copyVisibleFrom);
  const [newest] = copies.sort((a, b) => b.minor - a.minor || b.patch - a.patch);
  if (newest === undefined) throw new Error(`${API} 1.9 or newer is not installed`);
  return newest.entry;
}

export = createRequire(__filename)(newestCopy()) as typeof import('@opentelemetry/api');
