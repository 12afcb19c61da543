import { join } from 'node:path';
import { ROOT } from '../integration/run-node.ts';
import { nodeBinary } from '../node/node-binary.mjs';
import { npmProject } from '../peers/npm-project.ts';

/** The Node that programs of the fleet run on. */
export const NODE = nodeBinary('24');

/** Its name for itself, to copy from: a folder of `examples/`. */
export function example(name: string): string {
  return join(ROOT, 'examples', name);
}

/** A copy of an application beside what it needs: the fleet's packages and the built bridge. `packages` as `npmProject` has it. */
export function nodeProject(application: string, packages: Record<string, string> = {}): Promise<string> {
  return npmProject({ peer: 'fleet-node', application, packages });
}
