import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The name in the `package.json` nearest to the application's main script, which dd-trace too takes for the service's name where
 * none is configured; `undefined` if there is none.
 * https://docs.datadoghq.com/tracing/trace_collection/library_config/nodejs/
 */
export function applicationName(script: string | undefined): string | undefined {
  if (script === undefined || !existsSync(script)) return undefined;
  for (let folder = dirname(realpathSync(script)); ; folder = dirname(folder)) {
    const name = nameIn(join(folder, 'package.json'));
    if (name !== undefined || folder === dirname(folder)) return name;
  }
}

function nameIn(manifest: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined;
  }
}
