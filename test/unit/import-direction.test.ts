import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');

/** What each folder may import from, besides itself. Files right in `src` may import from anywhere. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  propagation: [],
  configuration: ['propagation'],
  carriers: ['configuration', 'propagation'],
  aws: ['carriers', 'configuration', 'propagation'],
  consumers: ['carriers', 'configuration', 'propagation'],
  tracing: ['configuration', 'propagation'],
  preload: ['aws', 'carriers', 'configuration', 'consumers', 'propagation', 'tracing'],
};

const IMPORT = /(?:from|import|require\()\s*'([^']+)'/g;

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

function importsOf(file: string): string[] {
  return [...readFileSync(join(SRC, file), 'utf8').matchAll(IMPORT)].map(([, specifier]) => specifier ?? '');
}

test.each(files.filter((file) => file.includes('/')))('%s imports only from what stands below it', (file) => {
  const [folder = ''] = file.split('/');
  const allowed = [folder, ...(MAY_IMPORT[folder] ?? [])];
  for (const specifier of importsOf(file).filter((each) => each.startsWith('.'))) {
    const [target] = relative(SRC, join(SRC, dirname(file), specifier)).split('/');
    expect(allowed, `${file} imports ${specifier}`).toContain(target);
  }
});

/** The packages that a file right in `src` loads, with every file of ours that it does. */
function packagesOf(entry: string): string[] {
  const loaded = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith('.')) visit(`${relative(SRC, join(SRC, dirname(file), specifier))}.ts`);
      // What Node has built in is loaded when it is first needed.
      else if (!specifier.startsWith('node:')) packages.add(specifier);
    }
  };
  visit(entry);
  expect(loaded.size).toBeGreaterThan(10);
  return [...packages];
}

// The libraries that these adapt to are the application's.
test.each(['index.ts', 'kafkajs.ts', 'middy.ts', 'powertools-batch.ts', 'sqs-consumer.ts'])(
  '%s loads @opentelemetry/api and nothing else',
  (entry) => {
    expect(packagesOf(entry)).toEqual(['@opentelemetry/api']);
  },
);
