// Bundles the preloads and the extractor, and beside each the licences of what is in it and a bill of materials.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { billOfMaterials, licencesOf } from './bundled-packages.mjs';

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

/**
 * `file` stands in for `@opentelemetry/api`; without one it is what Node finds. A require gets the API itself: what esbuild makes of an ES module for it, and of a CommonJS one
 * for an import, is read through getters.
 */
const apiFrom = (file) => ({
  name: 'api',
  setup(plugin) {
    plugin.onResolve({ filter: /^@opentelemetry\/api$/ }, ({ kind, path, importer }) => {
      // The one that the stand-in itself asks for is bundled.
      if (file !== undefined && importer === resolve(file)) return undefined;
      if (kind !== 'require-call') return { path: resolve('src/preload/api-module.ts') };
      return file === undefined ? { path, external: true } : { path: resolve(file) };
    });
  },
});

/** OpenTelemetry's packages are those that the application has installed. */
const installedPackages = {
  name: 'installed-packages',
  setup(plugin) {
    plugin.onResolve({ filter: /^@opentelemetry\// }, ({ path, kind }) =>
      path === '@opentelemetry/api' && kind !== 'require-call'
        ? { path: resolve('src/preload/api-module.ts') }
        : { path, namespace: 'installed' },
    );
    plugin.onLoad({ filter: /.*/, namespace: 'installed' }, ({ path }) => ({
      contents: `module.exports = require('./src/preload/installed-packages').installed(${JSON.stringify(path)});`,
      resolveDir: process.cwd(),
    }));
  },
};

const preload = (api) => ({
  // Of a dependency, for its own debugging; it loads half of Node's streams to find out about colours.
  alias: { debug: './src/preload/no-debug.ts' },
  plugins: [namedConventions, apiFrom(api)],
  // A name that the API's stand-in lacks would be undefined.
  logOverride: { 'import-is-undefined': 'error' },
  inject: ['./src/preload/timers.ts'],
  define: { BUNDLED_API_VERSION: JSON.stringify(versionOf('@opentelemetry/api')) },
  // Its registry must be the one that an application's own loader hooks fill.
  external: ['import-in-the-middle'],
  // As `import()`, `node:http` has all that it exports read at once, and with it comes the whole of undici.
  supported: { 'dynamic-import': false },
  // Names stay, for stack traces and for those that read a class's name.
  minifySyntax: true,
  minifyWhitespace: true,
});

await bundle('register', preload('src/preload/newest-api.ts'));
await bundle('register-installed', {
  ...preload(),
  entryPoints: ['src/preload/start.ts'],
  plugins: [installedPackages],
});
await bundle('register-propagation', preload('src/preload/oldest-api.ts'));
// tsc has put it there, and its types.
await bundle('node-sdk', { ...preload(), allowOverwrite: true });
writeFileSync('dist/register.d.ts', 'export {};\n');
writeFileSync('dist/register-propagation.d.ts', 'export {};\n');

// Datadog's layer loads it at each cold start. It shares no state with the application's copy of the API. tsc has put it there, and its types.
await bundle('datadog-extractor', { allowOverwrite: true });

async function bundle(name, options) {
  const { metafile } = await build({
    entryPoints: [`src/${name}.ts`],
    outfile: `dist/${name}.js`,
    bundle: true,
    platform: 'node',
    target: 'node20.6',
    format: 'cjs',
    // The ES modules of OpenTelemetry's packages: of these, what is not used can be left out.
    mainFields: ['module', 'main'],
    legalComments: 'none',
    metafile: true,
    ...options,
  });
  const licences = licencesOf(metafile);
  if (licences === '') return;
  writeFileSync(`dist/${name}.licenses.txt`, licences);
  writeFileSync(`dist/${name}.cdx.json`, billOfMaterials(metafile, `dist/${name}.js`));
}

function versionOf(name) {
  return JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
}
