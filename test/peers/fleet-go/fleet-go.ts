import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedFolder, installing } from '../installation.ts';
import { missingCommands } from '../toolchain.ts';

const FOLDER = import.meta.dirname;
const EXAMPLES = join(FOLDER, '../../../examples');
/** Each is a module of its own, with the versions of the fleet's. */
const EXAMPLE_NAMES = ['go-producer', 'go-lambda'] as const;
const BUILD_MILLIS = 580_000;

/** A folder with a `main.go` in it, beside this file or in `examples/`. */
export type GoProgram = 'by-hand' | 'contrib' | 'opentelemetry' | 'worker' | (typeof EXAMPLE_NAMES)[number];

/** One sentence that names what the programs need and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingCommands('go');
}

/** The version in the module's `go.mod`: `dd-trace-go/v2 v2.12.0`. */
export function goVersion(module: string): string {
  const found = readFileSync(join(FOLDER, 'go.mod'), 'utf8').match(new RegExp(`/(${module} v\\S+)\n`))?.[1];
  if (found === undefined) throw new Error(`go.mod has no ${module}`);
  return found;
}

/** The program's executable. The first call builds all of them. */
export async function goProgram(name: GoProgram): Promise<string> {
  return join(await built(), name);
}

function built(): Promise<string> {
  const folders = [FOLDER, ...EXAMPLE_NAMES.map((name) => join(EXAMPLES, name))];
  const sources = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.go$|^go\.(mod|sum)$/.test(name))
      .sort()
      .map((name) => join(folder, name)),
  );
  const inputs = sources.map((source) => readFileSync(source));
  return installedFolder(join(FOLDER, 'bin/'), inputs, async (made) => {
    for (const cwd of folders) {
      const command = ['go', 'build', '-mod=readonly', '-buildvcs=false', '-o', `${made}/`, './...'];
      await installing('a Go program of the fleet', command, { cwd, timeout: BUILD_MILLIS });
    }
  });
}
