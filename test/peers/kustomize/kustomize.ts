import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedFolder, installing } from '../installation.ts';

const FOLDER = import.meta.dirname;
const SOURCES = ['go.mod', 'go.sum', 'main.go'].map((name) => join(FOLDER, name));
const BUILD_MILLIS = 290_000;
const RUN_MILLIS = 30_000;

/** The objects, as YAML, that the `kustomization.yaml` in a folder makes; it may name files outside of it. */
export async function kustomized(folder: string): Promise<string> {
  return installing('Kustomize', [join(await builtKustomize(), 'kustomize'), folder], { timeout: RUN_MILLIS });
}

/** Builds it, once. */
export async function builtKustomize(): Promise<string> {
  const inputs = SOURCES.map((source) => readFileSync(source));
  return installedFolder(join(FOLDER, 'bin/'), inputs, (folder) => {
    const build = ['go', 'build', '-mod=readonly', '-buildvcs=false', '-o', join(folder, 'kustomize'), '.'];
    return installing('Kustomize', build, { cwd: FOLDER, timeout: BUILD_MILLIS });
  });
}
