import { join } from 'node:path';
import { startOracle } from '../../differential/oracle-process.ts';
import type { Configuration, Peer } from '../../differential/peer.ts';
import { missingPython, venvPython } from '../python-venv.ts';

const FOLDER = import.meta.dirname;
const ORACLE = join(FOLDER, 'oracle.py');

/** One sentence that names what the Python tracer needs and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingPython();
}

/** ddtrace, which the first call installs. */
export async function startDdtrace(configuration: Configuration): Promise<Peer> {
  return startOracle(await venvPython('ddtrace', FOLDER), [ORACLE], configuration);
}
