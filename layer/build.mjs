// Makes `dist/otel-datadog-bridge-layer.zip`, a Lambda layer, of what `npm run build` made: the same bytes for the same input.
import { readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { zipSync } from 'fflate';

const UNIX = 3;
const REGULAR_FILE = 0o100000;
// ZIP knows no time before that, and writes local time as it is.
const MTIME = new Date(1980, 0, 1);

/** The API in one file: half a hundred are a good part of a function's cold start. */
const API = 'node_modules/@opentelemetry/api';
const { outputFiles } = await build({
  entryPoints: ['@opentelemetry/api'],
  bundle: true,
  platform: 'node',
  target: 'node20.6',
  format: 'cjs',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
  write: false,
});

const files = [
  ['otel-datadog-handler', 'layer/otel-datadog-handler', 0o755],
  ['otel-datadog/preload.js', 'layer/preload.cjs'],
  ['otel-datadog/register.js', 'dist/register.js'],
  ['otel-datadog/register-installed.js', 'dist/register-installed.js'],
  ['otel-datadog/register.cdx.json', 'dist/register.cdx.json'],
  ['otel-datadog/register.licenses.txt', 'dist/register.licenses.txt'],
  ['otel-datadog/lambda-handler.mjs', 'dist/lambda-handler.mjs'],
  ['otel-datadog/node_modules/import-in-the-middle/index.js', 'layer/import-in-the-middle.cjs'],
  ['otel-datadog/LICENSE', 'LICENSE'],
  ...['package.json', 'LICENSE'].map((file) => [`otel-datadog/${API}/${file}`, `${API}/${file}`]),
  [`otel-datadog/${API}/build/src/index.js`, outputFiles[0].contents],
];

const entries = files
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, source, mode = 0o644]) => {
    const attrs = (REGULAR_FILE | mode) * 0x10000;
    const content = typeof source === 'string' ? readFileSync(source) : source;
    return [name, [content, { level: 9, mtime: MTIME, os: UNIX, attrs }]];
  });
writeFileSync('dist/otel-datadog-bridge-layer.zip', zipSync(Object.fromEntries(entries)));
