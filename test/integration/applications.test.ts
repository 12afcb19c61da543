// Applications of every kind under the preload, by --require and by --import, and the tools that run under the same variable.
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import type { Span } from '../../demo/span.ts';
import { nodeBinary } from '../node/node-binary.mjs';
import { ROOT, runNode } from './run-node.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
/** The name is found from here, and not from where a child process may be. */
const DEMO = join(ROOT, 'demo');

let receiver: Receiver;
let spans: readonly Span[];
beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.close());

const KINDS: [kind: string, file: string, majors: string[]][] = [
  ['a CommonJS module', 'one-request.cjs', ['20', '22', '24', '26']],
  ['an ES module with named imports', 'applications/module.mjs', ['20', '22', '24', '26']],
  ['TypeScript, its types stripped by Node', 'applications/typed.ts', ['22', '24', '26']],
  ['a worker thread', 'applications/worker-thread.cjs', ['20', '24', '26']],
  ["a cluster's worker", 'applications/clustered.cjs', ['20', '24', '26']],
  ['a child process in another folder', 'applications/child.cjs', ['20', '24', '26']],
];
const RUNS = KINDS.flatMap(([kind, file, majors]) => majors.map((major) => [kind, file, major] as const));

describe.each(['--require', '--import'])('by %s', (option) => {
  const env = () => ({
    NODE_OPTIONS: `${option} otel-datadog-bridge/register`,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
  });

  test.each(RUNS)('%s (%s) is traced on Node %s', async (_kind, file, major) => {
    spans = receiver.begin();
    const application = runNode([join(FIXTURES, file)], { major, cwd: DEMO, env: env() });
    expect(await application.end, application.stderr).toBe(0);
    expect(application.stdout).toBe('done\n');
    expect(application.stderr).not.toContain('otel-datadog-bridge');
    if (!file.endsWith('.ts')) expect(application.stderr).toBe('');
    const [client, server, ...others] = spans.toSorted((a, b) => a.kind.localeCompare(b.kind));
    expect(others).toEqual([]);
    expect([client?.kind, server?.kind]).toEqual(['CLIENT', 'SERVER']);
    expect(server).toMatchObject({ traceId: client?.traceId, parentSpanId: client?.spanId });
  });

  test.each([
    ['npm', '--version'],
    ['npm', 'run'],
    ['npm', 'exec', '--call', 'node --print 1'],
    ['npx', '--no-install', 'tsc', '--version'],
    ['node', '--print', '1'],
  ])('%s %s is as quiet as it is, and ends as it does', async (...argv) => {
    const [tool = '', ...args] = argv;
    const { PATH = '', HOME = '', TMPDIR = '' } = process.env;
    const run = (tracing: Record<string, string>) =>
      promisify(execFile)(tool, args, {
        cwd: DEMO,
        env: {
          HOME,
          TMPDIR,
          PATH: `${dirname(nodeBinary('24'))}:${PATH}`,
          npm_config_update_notifier: 'false',
          ...tracing,
        },
      });
    expect(await run({ ...env(), OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })).toEqual(await run({}));
  });
});
