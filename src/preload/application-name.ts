import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The name in the nearest `package.json` from the folder upwards, which dd-trace too takes for the service's name where
 * none is configured; `undefined` if there is none.
 * https://docs.datadoghq.com/tracing/trace_collection/library_config/nodejs/
 */
export function applicationName(folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined;
  const name = nameIn(join(folder, 'package.json'));
  return name !== undefined || folder === dirname(folder) ? name : applicationName(dirname(folder));
}

function nameIn(manifest: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined;
  }
}
