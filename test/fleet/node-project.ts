import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../integration/run-node.ts';
import { nodeBinary } from '../node/node-binary.mjs';
import { npmProject } from '../peers/npm-project.ts';

/** The Node that programs of the fleet run on. */
export const NODE = nodeBinary('24');

/** A folder of `examples/`. */
export function example(name: string): string {
  return join(ROOT, 'examples', name);
}

const projects = new Map<string, Promise<string>>();
process.once('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
const made: string[] = [];

/** A folder of its own that goes when this process does. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'otel-datadog-bridge-'));
  made.push(folder);
  return folder;
}

/**
 * A copy of an application beside what it needs: the fleet's packages, the built bridge, and an SDK of its own (`node-sdk.cjs`) that can be
 * preloaded. `packages` as `npmProject` has it.
 */
export function nodeProject(application: string, packages: Record<string, string> = {}): Promise<string> {
  const key = JSON.stringify([application, packages]);
  const project = projects.get(key) ?? make(application, packages);
  projects.set(key, project);
  return project;
}

async function make(application: string, packages: Record<string, string>): Promise<string> {
  const folder = await npmProject({ peer: 'fleet-node', application, packages });
  made.push(folder);
  copyFileSync(join(import.meta.dirname, 'programs/node-sdk.cjs'), join(folder, 'node-sdk.cjs'));
  return folder;
}
