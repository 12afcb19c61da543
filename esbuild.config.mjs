// Bundles the preload, `dist/register.js`, and the extractor, `dist/datadog-extractor.js`, with the licences of what is in them beside them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const { metafile } = await build({
  entryPoints: ['src/register.ts'],
  outfile: 'dist/register.js',
  bundle: true,
  platform: 'node',
  target: 'node20.6',
  format: 'cjs',
  // The ES modules of OpenTelemetry's packages: of these, what is not used can be left out.
  mainFields: ['module', 'main'],
  alias: { '@opentelemetry/api': './src/preload/newest-api.ts' },
  inject: ['./src/preload/timers.ts'],
  // Its registry must be the one that an application's own loader hooks fill.
  external: ['import-in-the-middle'],
  legalComments: 'none',
  metafile: true,
});

// Datadog's layer loads it at each cold start. It shares no state with the application's copy of the API.
const extractor = await build({
  entryPoints: ['src/datadog-extractor.ts'],
  outfile: 'dist/datadog-extractor.js',
  // tsc has put it there, and its types.
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  target: 'node20.6',
  format: 'cjs',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  metafile: true,
});

const PACKAGE_FOLDER = /^node_modules\/(?:@[^/]+\/)?[^/]+/;

function licencesOf({ inputs }) {
  const folders = [...new Set(Object.keys(inputs).flatMap((path) => PACKAGE_FOLDER.exec(path) ?? []))];
  const notices = folders.sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} ${version} is bundled and has no licence file`);
    return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
  });
  return notices.join(`\n${'-'.repeat(80)}\n\n`);
}
writeFileSync('dist/register.licenses.txt', licencesOf(metafile));
writeFileSync('dist/datadog-extractor.licenses.txt', licencesOf(extractor.metafile));
writeFileSync('dist/register.d.ts', 'export {};\n');
