import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { installedFolder, installing } from './installation.ts';

const INSTALL_MILLIS = 300_000;
const ROOT = join(import.meta.dirname, '../..');

/** A peer that is a set of npm packages with a lockfile of its own, in the folder of that name. */
export type NpmPeer =
  | 'fleet-node'
  | 'opentelemetry-sdk-2'
  | 'opentelemetry-sdk-3'
  | 'package-managers'
  | 'trace-viewer';

/** The `node_modules` of the peer, by its lockfile. */
export async function installedModules(peer: NpmPeer): Promise<string> {
  const here = join(import.meta.dirname, peer);
  const inputs = ['package.json', 'package-lock.json'].map((name) => join(here, name));
  const contents = await Promise.all(inputs.map((file) => readFile(file)));
  const folder = await installedFolder(join(here, 'node_modules', '.installed-'), contents, async (incomplete) => {
    for (const file of inputs) await cp(file, join(incomplete, basename(file)));
    const ci = ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await installing(peer, ci, { timeout: INSTALL_MILLIS, cwd: incomplete });
  });
  return join(folder, 'node_modules');
}

export interface ProjectOptions {
  /** Without one the project has no packages but ours. */
  readonly peer?: NpmPeer | undefined;
  /** Of the peer's packages only these. */
  readonly only?: readonly string[];
  /** Names at which another one of the peer's packages stands. */
  readonly packages?: Readonly<Record<string, string>>;
  /** A folder whose files are the application. */
  readonly application?: string | undefined;
}

/** A project of its own, in a temporary folder, that has the peer's packages, the built one of this repository, and the application's files. */
export async function npmProject({ peer, only, packages = {}, application }: ProjectOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'otel-datadog-bridge-'));
  const modules = join(folder, 'node_modules');
  await mkdir(modules);
  if (peer !== undefined) {
    const installed = await installedModules(peer);
    for (const name of only ?? (await packageNames(installed))) await link(name, join(installed, name));
    for (const [name, other] of Object.entries(packages)) {
      await rm(join(modules, name));
      await link(name, join(installed, other));
    }
  }
  const own = join(modules, 'otel-datadog-bridge');
  await cp(join(ROOT, 'dist'), join(own, 'dist'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(own, 'package.json'));
  if (application !== undefined) await cp(application, folder, { recursive: true });
  return folder;

  async function link(name: string, target: string): Promise<void> {
    await mkdir(join(modules, name, '..'), { recursive: true });
    await symlink(target, join(modules, name), 'junction');
  }
}

async function packageNames(modules: string): Promise<string[]> {
  const entries = await readdir(modules);
  const names = await Promise.all(
    entries.map(async (entry) => {
      if (entry.startsWith('.')) return [];
      return entry.startsWith('@') ? (await readdir(join(modules, entry))).map((name) => `${entry}/${name}`) : [entry];
    }),
  );
  return names.flat();
}
