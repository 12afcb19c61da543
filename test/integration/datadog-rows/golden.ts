import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COLLECTOR } from '../../peers/collector/collector.ts';
import { differencesBetween } from './differences.ts';
import { type Golden, withTables } from './tables.ts';

const FILE = join(import.meta.dirname, 'golden.json');
const README = join(COLLECTOR, 'README.md');

/** The rows as they should be. */
export function readGolden(): Golden {
  return JSON.parse(readFileSync(FILE, 'utf8'));
}

export function writeGolden(golden: Golden): void {
  writeFileSync(FILE, `${JSON.stringify(golden, null, 2)}\n`);
  writeFileSync(README, readmeOf(golden));
}

/** What `collector/README.md` should be with these rows. */
export function readmeOf(golden: Golden, readme: string = readReadme()): string {
  return withTables(readme, golden, differencesBetween(golden.ours, golden.theirs));
}

export function readReadme(): string {
  return readFileSync(README, 'utf8');
}
