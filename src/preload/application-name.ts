import { manifestsFrom } from './manifests';

/**
 * The name in the nearest `package.json` from the folder upwards, which dd-trace too takes for the service's name where
 * none is configured; `undefined` if there is none.
 * https://docs.datadoghq.com/tracing/trace_collection/library_config/nodejs/
 */
export function applicationName(folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined;
  for (const { name } of manifestsFrom(folder)) {
    if (typeof name === 'string' && name !== '') return name;
  }
  return undefined;
}
