import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { installedFolder, installing } from '../installation.ts';
import { copyJars } from '../jvm.ts';
import { missingCommands } from '../toolchain.ts';

const FOLDER = import.meta.dirname;
const POM = join(FOLDER, 'pom.xml');
const SOURCES = ['Orders.java', 'Shipping.java'].map((name) => join(FOLDER, name));
const COMPILE_MILLIS = 60_000;
// Half the time to start, for programs that do little.
const QUICK_START = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx192m'];

export type KafkaJavaAgent = 'dd-java-agent' | 'opentelemetry-javaagent';

/** One sentence that names what the programs need and this machine lacks. */
export function missingJava(): string | undefined {
  return missingCommands('java', 'javac', 'mvn', 'sh');
}

/** The agent's version in the `pom.xml`: `dd-java-agent 1.68.1`. */
export function agentVersion(agent: KafkaJavaAgent): string {
  const pom = readFileSync(POM, 'utf8');
  const version = new RegExp(`<artifactId>${agent}</artifactId>\\s*<version>([^<]+)`).exec(pom)?.[1];
  if (version === undefined) throw new Error(`the pom.xml has no ${agent}`);
  return `${agent} ${version}`;
}

let made: Promise<string> | undefined;

/** The command of one of the programs, under an agent. */
export async function kafkaJavaCommand(agent: KafkaJavaAgent, main: 'Orders' | 'Shipping'): Promise<string[]> {
  made ??= compiled();
  const folder = await made;
  const jar = join(folder, 'lib', `${agentVersion(agent).replace(' ', '-')}.jar`);
  return ['java', ...QUICK_START, `-javaagent:${jar}`, '-cp', `${folder}:${join(folder, 'lib/*')}`, main];
}

/** A folder with the classes, and in `lib` the jars. */
function compiled(): Promise<string> {
  const inputs = [POM, ...SOURCES].map((file) => readFileSync(file));
  return installedFolder(join(FOLDER, 'lib/'), inputs, async (folder) => {
    const lib = join(folder, 'lib');
    await mkdir(lib);
    await copyJars('Kafka clients in Java', POM, lib);
    const compile = ['javac', '-d', folder, '-cp', join(lib, '*'), ...SOURCES];
    await installing('Kafka clients in Java', compile, { timeout: COMPILE_MILLIS });
  });
}
