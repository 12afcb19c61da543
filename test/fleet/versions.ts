import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PEERS = join(import.meta.dirname, '../peers');
const ROOT = join(import.meta.dirname, '../..');

/** What the lockfile of a set of npm packages has: `dd-trace 6.21.0`; of an alias, what it stands for. */
export function npmVersion(peer: 'fleet-node' | 'lambda-runtime', name: string): string {
  const { packages } = JSON.parse(readFileSync(join(PEERS, peer, 'package-lock.json'), 'utf8'));
  const { version, name: real = name } = packages[`node_modules/${name}`];
  return `${real} ${version}`;
}

/** What a `requirements.txt` has: `ddtrace 4.16.0`. */
export function pipVersion(peer: string, name: string): string {
  const requirements = readFileSync(join(PEERS, peer, 'requirements.txt'), 'utf8');
  const version = requirements.split('\n').find((line) => line.startsWith(`${name}==`));
  if (version === undefined) throw new Error(`${peer} has no ${name}`);
  return version.replace('==', ' ').replace(/ \\$/, '');
}

/** This package's, and that of what traces where it is not. */
export function bridgeVersion(): string {
  const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return `${name} ${version}, before ${npmVersion('fleet-node', '@opentelemetry/auto-instrumentations-node')}`;
}
