import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedFolder } from '../installation.ts';
import { copyJars, startJvm } from '../jvm.ts';

export { missingToolchain } from '../jvm.ts';

const FOLDER = import.meta.dirname;
const POM = join(FOLDER, 'pom.xml');
const CONFIGURATION = join(FOLDER, 'elasticmq.conf');
const LIB = join(FOLDER, 'lib/');

export interface ElasticMq {
  /** `http://127.0.0.1:PORT`; queue URLs have the same host. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** An SQS server that enforces the quotas and the attribute names of the real one, with no queues in it. */
export async function startElasticMq(): Promise<ElasticMq> {
  const jars = await installedFolder(LIB, [readFileSync(POM)], (folder) => copyJars('ElasticMQ', POM, folder));
  const server = ['-Xmx128m', `-Dconfig.file=${CONFIGURATION}`, '-cp', join(jars, '*'), 'org.elasticmq.server.Main'];
  const { ready, close } = await startJvm('ElasticMQ', server, /bind address (127\.0\.0\.1:\d+)/);
  return { endpoint: `http://${ready[1]}`, close };
}
