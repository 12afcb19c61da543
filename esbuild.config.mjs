// Bundles the preload, `dist/register.js`, and the extractor, `dist/datadog-extractor.js`, with the licences of what is in them beside them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const CONVENTIONS = '@opentelemetry/semantic-conventions';

/** For each CommonJS module only the conventions that it names: required as a whole they are a quarter of the bundle. */
const namedConventions = {
  name: 'named-conventions',
  setup(plugin) {
    plugin.onResolve({ filter: new RegExp(`^${CONVENTIONS}$`) }, ({ kind, importer }) =>
      kind === 'require-call' ? { path: importer, namespace: 'named-conventions' } : undefined,
    );
    plugin.onLoad({ filter: /.*/, namespace: 'named-conventions' }, ({ path }) => {
      const names = new Set(readFileSync(path, 'utf8').match(/(?<=\bsemantic_conventions_1\.)\w+/g));
      if (names.size === 0) throw new Error(`${path} reads the conventions in a way that is not known here`);
      return { contents: `export { ${[...names].join(', ')} } from '${CONVENTIONS}'`, resolveDir: process.cwd() };
    });
  },
};

const { metafile } = await build({
  entryPoints: ['src/register.ts'],
  outfile: 'dist/register.js',
  bundle: true,
  platform: 'node',
  target: 'node20.6',
  format: 'cjs',
  // The ES modules of OpenTelemetry's packages: of these, what is not used can be left out.
  mainFields: ['module', 'main'],
  alias: {
    '@opentelemetry/api': './src/preload/newest-api.ts',
    // Of a dependency, for its own debugging; it loads half of Node's streams to find out about colours.
    debug: './src/preload/no-debug.ts',
  },
  plugins: [namedConventions],
  inject: ['./src/preload/timers.ts'],
  // Its registry must be the one that an application's own loader hooks fill.
  external: ['import-in-the-middle'],
  // As `import()`, `node:http` has all that it exports read at once, and with it comes the whole of undici.
  supported: { 'dynamic-import': false },
  // Names stay, for stack traces and for those that read a class's name.
  minifySyntax: true,
  minifyWhitespace: true,
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
