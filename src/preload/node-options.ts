import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * `NODE_OPTIONS` with the preload's name (`otel-datadog-bridge/<name of the file>`) replaced by its file: children inherit the variable, and
 * one that starts in another folder would die because the name is not found from there.
 */
export function withAbsolutePreload(nodeOptions: string, file: string): string {
  const name = `otel-datadog-bridge/${basename(file, '.js')}`;
  const quoted = `"${file.replace(/[\\"]/g, '\\$&')}"`;
  return nodeOptions.replace(
    new RegExp(`(^|\\s)(--require|-r|--import)([= ]+)(["']?)${name}\\4(?=\\s|$)`, 'g'),
    (_match, before, option, separator) =>
      `${before}${option}${separator}${option === '--import' ? pathToFileURL(file).href : quoted}`,
  );
}
