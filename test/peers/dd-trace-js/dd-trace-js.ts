import { join } from 'node:path';
import { startOracle } from '../../differential/oracle-process.ts';
import type { Configuration, Peer } from '../../differential/peer.ts';

const ORACLE = join(import.meta.dirname, 'oracle.ts');

/** dd-trace for Node, from the lockfile, on the Node that runs this. */
export async function startDdTraceJs(configuration: Configuration): Promise<Peer> {
  return startOracle(process.execPath, [ORACLE], configuration);
}
