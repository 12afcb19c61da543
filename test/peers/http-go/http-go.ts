import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedFolder, installing } from '../installation.ts';
import { missingCommands } from '../toolchain.ts';

const FOLDER = import.meta.dirname;
const BUILD_MILLIS = 580_000;

/** One sentence that names what the service needs and this machine lacks. */
export function missingGo(): string | undefined {
  return missingCommands('go');
}

/** The version of what traces it, from its `go.mod`: `dd-trace-go/contrib/net/http 2.12.0`. */
export function netHttpVersion(): string {
  const version = /(dd-trace-go\/contrib\/net\/http)\/v2 v(\S+)\n/.exec(readFileSync(join(FOLDER, 'go.mod'), 'utf8'));
  if (version === null) throw new Error('go.mod has no contrib of net/http');
  return `${version[1]} ${version[2]}`;
}

/** The executable of the service. */
export async function goHttpService(): Promise<string> {
  const inputs = ['main.go', 'go.mod', 'go.sum'].map((name) => readFileSync(join(FOLDER, name)));
  const folder = await installedFolder(join(FOLDER, 'bin/'), inputs, (made) => {
    const command = ['go', 'build', '-mod=readonly', '-buildvcs=false', '-o', `${made}/`, '.'];
    return installing('the HTTP service in Go', command, { cwd: FOLDER, timeout: BUILD_MILLIS });
  });
  return join(folder, 'http-go');
}
