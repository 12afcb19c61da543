import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Validation } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import { describe, expect, test } from 'vitest';
import { ROOT } from './run-node.ts';

const DIST = join(ROOT, 'dist');
const BUNDLES = ['datadog-extractor', 'node-sdk', 'register', 'register-installed', 'register-propagation'];

const text = (name: string) => readFile(join(DIST, name), 'utf8');

test('each bundle has a bill of materials', async () => {
  const bills = (await readdir(DIST)).filter((name) => name.endsWith('.cdx.json'));
  expect(bills.sort()).toEqual(BUNDLES.map((name) => `${name}.cdx.json`).sort());
});

describe.each(BUNDLES)('that of %s', (name) => {
  test('is CycloneDX 1.6, by its schema, and the same each time', async () => {
    const bill = await text(`${name}.cdx.json`);
    const { specVersion, serialNumber, metadata } = JSON.parse(bill);
    expect(await new Validation.JsonStrictValidator(specVersion).validate(bill)).toBeNull();
    expect([specVersion, serialNumber, metadata.timestamp]).toEqual(['1.6', undefined, undefined]);
    expect(bill).not.toContain(ROOT);
  });

  test('names the packages whose code and whose licences the bundle has, in the installed versions', async () => {
    const { components } = JSON.parse(await text(`${name}.cdx.json`)) as { components?: { purl: string }[] };
    const listed = (components ?? []).map(({ purl }) => {
      const { namespace, name: rest, version } = PackageURL.fromString(purl);
      return { name: [namespace, rest].filter(Boolean).join('/'), version };
    });
    const licensed = [...(await text(`${name}.licenses.txt`)).matchAll(/^(\S+) (\d\S*) \([\w. -]+\)$/gm)];
    expect(listed.map((each) => `${each.name} ${each.version}`).sort()).toEqual(
      licensed.map(([, licensedName, version]) => `${licensedName} ${version}`).sort(),
    );
    // The bundler names each module that it wraps.
    const bundled = (await text(`${name}.js`)).matchAll(/"node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//g);
    const names = listed.map((each) => each.name);
    for (const [, bundledName] of bundled) expect(names).toContain(bundledName);
    for (const each of listed) {
      const manifest = await readFile(join(ROOT, 'node_modules', each.name, 'package.json'), 'utf8');
      expect(JSON.parse(manifest).version).toBe(each.version);
    }
  });
});

test("the preload's has all of OpenTelemetry's API, SDK and instrumentations, and who uses them", async () => {
  const { dependencies } = JSON.parse(await text('register.cdx.json'));
  const uses = new Map(
    (dependencies as { ref: string; dependsOn?: string[] }[]).map(({ ref, dependsOn = [] }) => [
      ref.replace(/(?<=.)@[\d.]+/, ''),
      dependsOn.map((each) => each.replace(/(?<=.)@[\d.]+/, '')),
    ]),
  );
  expect(uses.get('pkg:npm/otel-datadog-bridge#dist/register.js')).toEqual(
    expect.arrayContaining(
      ['api', 'sdk-trace-node', 'instrumentation-http', 'instrumentation-undici', 'instrumentation-aws-sdk'].map(
        (each) => `pkg:npm/%40opentelemetry/${each}`,
      ),
    ),
  );
  expect(uses.get('pkg:npm/%40opentelemetry/instrumentation')).toContain('pkg:npm/require-in-the-middle');
});
