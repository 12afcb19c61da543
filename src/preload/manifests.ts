import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A `package.json`, of which nothing is certain. */
export interface Manifest {
  readonly name?: unknown;
  readonly version?: unknown;
}

/** Every `package.json` that can be read, from the folder upwards. */
export function* manifestsFrom(folder: string): Iterable<Manifest> {
  const manifest = readManifest(join(folder, 'package.json'));
  if (manifest !== undefined) yield manifest;
  if (folder !== dirname(folder)) yield* manifestsFrom(dirname(folder));
}

function readManifest(file: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) ?? undefined;
  } catch {
    return undefined;
  }
}
