import { dirname } from 'node:path';
import { applicationFolders, requireFrom } from './application-folder';
import { manifestsFrom } from './manifests';

const API = '@opentelemetry/api';
const VERSION = /^(\d+)\.(\d+)\.(\d+)/;
const OLDEST = { major: 1, minor: 9 };

/** A copy of `@opentelemetry/api` on disk. */
interface Copy {
  readonly entry: string;
  readonly version: string;
  readonly minor: number;
  readonly patch: number;
}

/**
 * The copies of `@opentelemetry/api` that this package and the application see, the oldest first.
 * @throws Error that says what to install, where there is none, or none but older ones than 1.9.
 */
export function apiCopies(): Copy[] {
  copies ??= findCopies();
  return copies;
}

let copies: Copy[] | undefined;

/** Whether a copy reads what one of `registered`, a version, has made: that of its own minor version or of a newer one. */
export function reads({ minor }: Copy, registered: string): boolean {
  const [, , registeredMinor = 0] = (VERSION.exec(registered) ?? []).map(Number);
  return minor <= registeredMinor;
}

function findCopies(): Copy[] {
  const unsupported: string[] = [];
  const found = [__dirname, ...applicationFolders()].flatMap((folder) => copyVisibleFrom(folder, unsupported));
  if (found.length > 0) return found.sort((a, b) => a.minor - b.minor || a.patch - b.patch);
  const what = unsupported.length > 0 ? `is ${unsupported[0]}` : 'is not installed';
  throw new Error(`${API} ${what}, and 1.9 or newer is needed: npm install ${API}@1`);
}

function copyVisibleFrom(folder: string, unsupported: string[]): Copy[] {
  let entry: string;
  try {
    entry = requireFrom(folder).resolve(API);
  } catch {
    return [];
  }
  for (const { name, version } of manifestsFrom(dirname(entry))) {
    if (name !== API || typeof version !== 'string') continue;
    const [, major, minor, patch] = (VERSION.exec(version) ?? []).map(Number);
    if (major === OLDEST.major && minor !== undefined && minor >= OLDEST.minor) {
      return [{ entry, version, minor, patch: patch ?? 0 }];
    }
    unsupported.push(version);
    return [];
  }
  return [];
}
