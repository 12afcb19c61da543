import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unpack } from '../test/integration/lambda/unpacked-layer.ts';
import type { FunctionOptions } from '../test/peers/lambda-runtime/lambda-runtime.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const HANDLER = 'index.handler';
const BESIDE_EXTENSION = `--require ${fileOf('../test/peers/lambda-runtime/datadog-extension.cjs')}`;

/** What traces the function. */
export interface LambdaSide {
  readonly name: string;
  /** How many spans it makes of an invocation at least. */
  readonly spans: number;
  /** What the function is started with, by the sink's URL. */
  options(sink: string): Pick<FunctionOptions, 'handler' | 'env' | 'wrapper'>;
}

/** The function in a folder of its own, where it sees no packages, and our layer as Lambda unpacks it. */
export interface LambdaHome {
  readonly taskRoot: string;
  readonly opt: string;
  remove(): Promise<void>;
}

export async function makeHome(): Promise<LambdaHome> {
  const home = await mkdtemp(join(tmpdir(), 'otel-datadog-bridge-'));
  const [taskRoot, opt] = [join(home, 'task'), join(home, 'opt')];
  await mkdir(taskRoot);
  await copyFile(fileURLToPath(new URL('./lambda-function.cjs', import.meta.url)), join(taskRoot, 'index.js'));
  await promisify(execFile)(process.execPath, ['layer/build.mjs'], { cwd: ROOT });
  unpack(await readFile(join(ROOT, 'dist/otel-datadog-bridge-layer.zip')), opt);
  return { taskRoot, opt, remove: () => rm(home, { recursive: true, force: true }) };
}

/** The first is what the others add to, the last is ours. */
export function lambdaSides({ opt }: LambdaHome, major: number): LambdaSide[] {
  return [
    { name: 'nothing', spans: 0, options: () => ({ handler: HANDLER }) },
    {
      name: 'contrib',
      // Handlers that the newest runtime client imports have no span under contrib.
      spans: major < 24 ? 1 : 0,
      options: (sink) => ({
        handler: HANDLER,
        env: {
          NODE_OPTIONS: `--require ${fileOf('./lambda-contrib.cjs')}`,
          OTEL_EXPORTER_OTLP_ENDPOINT: sink,
          OTEL_METRICS_EXPORTER: 'none',
          OTEL_LOGS_EXPORTER: 'none',
        },
      }),
    },
    {
      name: 'datadog',
      spans: 1,
      options: (sink) => ({
        handler: join(dirname(require.resolve('datadog-lambda-js/package.json')), 'dist/handler.handler'),
        env: {
          NODE_OPTIONS: BESIDE_EXTENSION,
          DD_LAMBDA_HANDLER: HANDLER,
          DD_TRACE_AGENT_URL: sink,
        },
      }),
    },
    {
      name: 'bridge',
      spans: 1,
      options: (sink) => ({
        handler: HANDLER,
        wrapper: join(opt, 'otel-datadog-handler'),
        // On a busy machine an answer may be late, and then there would be fewer exports.
        env: {
          NODE_OPTIONS: BESIDE_EXTENSION,
          OTEL_EXPORTER_OTLP_ENDPOINT: sink,
          DD_OTLP_CONFIG_RECEIVER_PROTOCOLS_HTTP_ENDPOINT: new URL(sink).host,
          OTEL_DATADOG_FLUSH_TIMEOUT: '5000',
        },
      }),
    },
  ];
}

function fileOf(path: string): string {
  return JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
}
