import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { installedFolder, installing } from '../installation.ts';
import { copyJars } from '../jvm.ts';
import { missingCommands } from '../toolchain.ts';

const FOLDER = import.meta.dirname;
const COMPILE_MILLIS = 60_000;

/** The example; it has a `pom.xml` of its own. */
export const WORKER = join(FOLDER, '../../../examples/java-worker');

export type JavaAgent = 'dd-java-agent' | 'opentelemetry-javaagent';

/** One sentence that names what the programs need and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingCommands('java', 'javac', 'mvn');
}

/** The version in that folder's `pom.xml`: `dd-java-agent 1.68.1`. */
export function javaVersion(artifact: string, folder = FOLDER): string {
  const pom = readFileSync(join(folder, 'pom.xml'), 'utf8');
  const version = new RegExp(`<artifactId>${artifact}</artifactId>\\s*<version>([^<]+)`).exec(pom)?.[1];
  if (version === undefined) throw new Error(`the pom.xml has no ${artifact}`);
  return `${artifact} ${version}`;
}

/** The order service under an agent. */
export function ordersCommand(agent: JavaAgent): Promise<string[]> {
  return javaCommand(agent, FOLDER, ['Orders']);
}

/** The example under an agent. */
export function workerCommand(agent: JavaAgent): Promise<string[]> {
  return javaCommand(agent, WORKER, ['Worker']);
}

// Half the time to start, for programs that do little.
const QUICK_START = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx192m'];

/** The command of the first of a project's programs, under an agent that its `pom.xml` has. The first call compiles all of these. */
export async function javaCommand(
  agent: JavaAgent,
  project: string,
  [main, ...others]: readonly [string, ...string[]],
): Promise<string[]> {
  const folder = await compiled(project, [main, ...others].sort());
  const jar = `${javaVersion(agent, project).replace(' ', '-')}.jar`;
  const classPath = `${folder}:${join(folder, 'lib/*')}`;
  return ['java', ...QUICK_START, `-javaagent:${join(folder, 'lib', jar)}`, '-cp', classPath, main];
}

/** A folder with the classes, and in `lib` the jars of their project. */
function compiled(project: string, programs: readonly string[]): Promise<string> {
  const pom = join(project, 'pom.xml');
  const sources = programs.map((name) => join(project, `${name}.java`));
  const inputs = [pom, ...sources].map((file) => readFileSync(file));
  return installedFolder(join(FOLDER, 'lib/'), inputs, async (made) => {
    const lib = join(made, 'lib');
    const what = programs.join(' and ');
    await mkdir(lib);
    await copyJars(what, pom, lib);
    const compile = ['javac', '-d', made, '-cp', join(lib, '*'), ...sources];
    await installing(what, compile, { timeout: COMPILE_MILLIS });
  });
}
