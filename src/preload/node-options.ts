import { pathToFileURL } from 'node:url';

/**
 * `NODE_OPTIONS` with the preload's name replaced by its file: children inherit the variable, and one that starts in another folder
 * would die because the name is not found from there.
 */
export function withAbsolutePreload(nodeOptions: string, file: string): string {
  const quoted = `"${file.replace(/[\\"]/g, '\\$&')}"`;
  return nodeOptions.replace(
    /(^|\s)(--require|-r|--import)([= ]+)(["']?)otel-datadog-bridge\/register\4(?=\s|$)/g,
    (_match, before, option, separator) =>
      `${before}${option}${separator}${option === '--import' ? pathToFileURL(file).href : quoted}`,
  );
}
