// docs/compatibility.md is written by a run of the fleet: what stands in it must be of the versions that are pinned now.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONSUMERS } from '../fleet/consumers/consumers.ts';
import { TRANSPORTS } from '../fleet/direct/transports.ts';
import { versionLines } from '../fleet/document.ts';
import { PRODUCERS } from '../fleet/producers/producers.ts';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLES = join(ROOT, 'examples');
const MAX_LINES = 60;

const document = readFileSync(join(ROOT, 'docs/compatibility.md'), 'utf8');
const cellsOf = (line: string) => line.split('|').map((cell) => cell.trim());

test('it has the versions that are pinned (npm run fleet -- --write)', () => {
  const lines = document.split('\n').filter((line) => line.startsWith('- '));
  const [first] = versionLines(PRODUCERS);
  expect(lines.slice(lines.indexOf(first ?? ''))).toEqual([...versionLines(PRODUCERS), ...versionLines(CONSUMERS)]);
  for (const { producers } of TRANSPORTS) expect(document).toContain(`:\n\n${versionLines(producers).join('\n')}\n\n`);
});

test('its tables have each producer and each consumer, without the bridge and with it', () => {
  const lines = document.split('\n').filter((line) => line.startsWith('| '));
  const twice = (producers: readonly { name: string }[], consumers: readonly { name: string }[]) => {
    const table = [['', '', ...producers.map(({ name }) => name), ''], ...consumers.map(({ name }) => name)];
    return [...table, ...table];
  };
  const found = lines
    .filter((line) => !line.startsWith('| ---'))
    .map((line) => (line.startsWith('|  |') ? cellsOf(line) : cellsOf(line)[1]));
  expect(found).toEqual([
    ...twice(PRODUCERS, CONSUMERS),
    ...TRANSPORTS.flatMap(({ producers, consumers }) => twice(producers, consumers)),
  ]);
});

describe.each(readdirSync(EXAMPLES))('examples/%s', (name) => {
  const files = readdirSync(join(EXAMPLES, name), { withFileTypes: true }).filter((entry) => entry.isFile());
  const contentOf = (file: string) => readFileSync(join(EXAMPLES, name, file), 'utf8');

  test('tells what it shows', () => {
    expect(files.map((file) => file.name)).toContain('README.md');
    expect(contentOf('README.md').split('\n').length).toBeLessThan(MAX_LINES / 2);
  });

  test('is short', () => {
    const code = files.filter((file) => /\.(c?js|mjs|py|php|go|java)$/.test(file.name));
    for (const file of code) {
      const lines = contentOf(file.name)
        .replace(/"""[\s\S]*?"""|\/\*[\s\S]*?\*\//g, '')
        .split('\n')
        .filter((line) => !/^\s*($|#|\/\/)/.test(line));
      expect(lines.length, file.name).toBeLessThan(MAX_LINES);
    }
  });
});
