import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { installedFolder, installing } from '../installation.ts';
import { copyJars, startJvm } from '../jvm.ts';

const FOLDER = import.meta.dirname;
const POM = join(FOLDER, 'pom.xml');
const CONFIGURATION = join(FOLDER, 'kafka.properties');
const LIB = join(FOLDER, 'lib/');

/** An id that Kafka takes: sixteen bytes in base64. */
const CLUSTER = 'b3RlbC1kYXRhZG9nLWJyaQ';
const FORMAT_MILLIS = 60_000;

export interface Kafka {
  /** `127.0.0.1:PORT` */
  readonly broker: string;
  close(): Promise<void>;
}

/** A Kafka broker of one node (KRaft) with no topics in it; none is made by itself. */
export async function startKafka(): Promise<Kafka> {
  const installed = await installedFolder(LIB, [readFileSync(POM), readFileSync(CONFIGURATION)], install);
  const [broker, controller] = await freeAddresses();
  const overrides = [
    `listeners=PLAINTEXT://${broker},CONTROLLER://${controller}`,
    `controller.quorum.voters=1@${controller}`,
  ];
  const server = [
    '-Xmx256m',
    // Without it log4j prints errors only, and the broker does not say that it is up.
    '-Dlog4j2.level=INFO',
    '-cp',
    join(installed, 'jars/*'),
    'kafka.Kafka',
    CONFIGURATION,
    ...overrides.flatMap((override) => ['--override', override]),
  ];
  const { close } = await startJvm('Kafka', server, /Kafka Server started/, join(installed, 'storage'));
  return { broker, close };
}

/** The jars, and a storage as a broker wants to find it. */
async function install(folder: string): Promise<void> {
  const jars = join(folder, 'jars');
  const storage = join(folder, 'storage');
  await copyJars('Kafka', POM, jars);
  mkdirSync(storage);
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', CLUSTER, '--config', CONFIGURATION];
  await installing('Kafka', ['java', '-cp', join(jars, '*'), ...format], { timeout: FORMAT_MILLIS, cwd: storage });
}

/** Both sides of Kafka's controller are told its address, so that the system cannot choose the port at the start. */
async function freeAddresses(): Promise<[string, string]> {
  const servers = [createServer(), createServer()] as const;
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  const [broker, controller] = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return [broker as string, controller as string];
}
