import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderOf, installedFolder, installing } from '../installation.ts';

/** `slim` is what needs no Datadog exporter; `datadog` has it. */
export const DISTRIBUTIONS = ['slim', 'datadog'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** The Collector's manifests, locks and configurations. */
export const COLLECTOR = join(import.meta.dirname, '../../../collector');

/** How long the first build takes at most, the download of its modules included. */
export const BUILD_MILLIS = 25 * 60_000;

const BUILDER = 'go.opentelemetry.io/collector/cmd/builder';
const BINARY = 'otelcol';
const MODULE_FILES = ['go.mod', 'go.sum'];

/**
 * The Collector's binary, which the first call builds from `collector/builder-<distribution>.yaml`. The builder writes the program; what it is
 * built from is the lock, so that every build has the same modules, byte by byte.
 */
export async function builtCollector(distribution: Distribution): Promise<string> {
  const { prefix, inputs } = cacheOf(distribution);
  const folder = await installedFolder(prefix, inputs, async (folder) => {
    await inSources(distribution, ['--skip-get-modules'], async (sources) => {
      for (const name of MODULE_FILES) copyFileSync(join(lockOf(distribution), name), join(sources, name));
      const build = ['go', 'build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags=-s -w'];
      const command = ['env', 'CGO_ENABLED=0', ...build, '-o', join(folder, BINARY), '.'];
      await installing(`the ${distribution} Collector`, command, { cwd: sources, timeout: BUILD_MILLIS });
    });
  });
  return join(folder, BINARY);
}

/** The binary where it has been built. */
export function collectorIfBuilt(distribution: Distribution): string | undefined {
  const { prefix, inputs } = cacheOf(distribution);
  const binary = join(folderOf(prefix, inputs), BINARY);
  return existsSync(binary) ? binary : undefined;
}

/** Writes the lock anew, for a manifest that has changed, with what every system needs. */
export async function lockCollector(distribution: Distribution): Promise<void> {
  await inSources(distribution, [], async (sources) => {
    for (const system of ['linux', 'darwin', 'windows']) {
      const list = ['env', `GOOS=${system}`, 'go', 'list', '-mod=mod', '-deps', '.'];
      await installing(`the ${distribution} Collector's modules`, list, { cwd: sources, timeout: BUILD_MILLIS });
    }
    mkdirSync(lockOf(distribution), { recursive: true });
    for (const name of MODULE_FILES) copyFileSync(join(sources, name), join(lockOf(distribution), name));
  });
}

function cacheOf(distribution: Distribution) {
  const files = [manifestOf(distribution), ...MODULE_FILES.map((name) => join(lockOf(distribution), name))];
  const inputs = [...files.map((file) => readFileSync(file)), process.platform, process.arch];
  return { prefix: join(COLLECTOR, '.cache', `${distribution}-`), inputs };
}

async function inSources(
  distribution: Distribution,
  argv: readonly string[],
  use: (sources: string) => Promise<void>,
): Promise<void> {
  const manifest = manifestOf(distribution);
  const dist = (field: string) => new RegExp(`^ {2}${field}: (\\S+)$`, 'm').exec(readFileSync(manifest, 'utf8'))?.[1];
  const folder = mkdtempSync(join(tmpdir(), 'collector-'));
  const sources = join(folder, `${dist('output_path')}`);
  // A builder of another version than the components' writes a program that does not fit them.
  const command = ['go', 'run', `${BUILDER}@v${dist('version')}`, '--skip-compilation', ...argv, '--config', manifest];
  try {
    // It ends with `go mod tidy`, which asks for modules that only tests of other modules use, and some proxies lack those.
    await installing("the Collector's builder", command, { cwd: folder, timeout: BUILD_MILLIS }).catch((error) => {
      if (!existsSync(join(sources, 'go.mod'))) throw error;
    });
    await use(sources);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function manifestOf(distribution: Distribution): string {
  return join(COLLECTOR, `builder-${distribution}.yaml`);
}

function lockOf(distribution: Distribution): string {
  return join(COLLECTOR, 'lock', distribution);
}
