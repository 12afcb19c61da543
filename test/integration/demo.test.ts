import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runFleet } from '../../demo/fleet.ts';
import { Receiver } from '../../demo/receiver.ts';
import { judge } from '../../demo/verdict.ts';
import { nodeBinary, nodeVersion } from '../node/node-binary.mjs';

const ROOT = join(import.meta.dirname, '../..');
const LAUNCHED_DEMO = ['test/node/launch.mjs', '24', 'demo/main.ts'];

async function demo(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [...LAUNCHED_DEMO, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, ...output };
}

test('the demo shows several broken traces, then one', async () => {
  const { code, stdout, stderr } = await demo();
  const lines = stdout.trimEnd().split('\n');
  expect(lines.at(-1)).toMatch(/^one trace [0-9a-f]{32}: 10 spans, 4 services$/);
  expect(code).toBe(0);
  const [, without = ''] = /^Without the bridge: (\d+) traces$/m.exec(stdout) ?? [];
  expect(Number(without)).toBeGreaterThan(2);
  expect(stdout).toMatch(/^With the bridge: 1 trace$/m);
  expect(stdout).toContain('in queue "orders"');
  expect(stdout).toContain('in queue "shipments"');
  expect(stdout).toMatch(/^shipping's poll "shipments receive" is a trace of its own: links to [0-9a-f]{32}$/m);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a pipe is no terminal, so nothing may steer one.
  expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
  expect(stderr).toMatch(/^node v24\./);
});

test('--json prints the traces, and nothing else', async () => {
  const { code, stdout } = await demo('--json');
  const traces = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(traces.joined).toBe(true);
  expect(
    new Set(traces.with.flatMap(({ spans }: { spans: { service: string }[] }) => spans.map((s) => s.service))),
  ).toEqual(new Set(['billing', 'shipping', 'shop', 'warehouse']));
  expect(traces.without.length).toBeGreaterThan(2);
});

test('what goes wrong is one sentence', async () => {
  expect(await demo('--xml')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^node v\S+\ndemo: Unknown option '--xml'.*\n$/),
  });
});

describe('one fleet', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
  });
  afterAll(() => receiver.close());

  test("the chain holds with OpenTelemetry's services on Node 20", async () => {
    const node = nodeBinary('20');
    expect(nodeVersion(node)).toMatch(/^v20\./);
    const spans = await runFleet({ receiver, bridge: true, node });
    expect(judge(spans)).toEqual({
      joined: true,
      sentence: expect.stringMatching(/^one trace .*: 10 spans, 4 services$/),
    });
  });

  test('without the bridge the verdict names what broke', async () => {
    const spans = await runFleet({ receiver, bridge: false });
    expect(judge(spans)).toMatchObject({
      joined: false,
      sentence: expect.stringMatching(/'s span ".*" is in trace [0-9a-f]{32}/),
    });
  });
});

describe.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('ended by %s', (signal) => {
  test.each(['the demo itself', 'its launcher'])('%s leaves no process behind', async (which) => {
    const launcher = which === 'its launcher';
    const args = launcher ? LAUNCHED_DEMO : ['demo/main.ts'];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    let progress = '';
    child.stderr.on('data', (chunk) => {
      progress += chunk;
    });
    for (let tries = 0; !progress.includes('POST /checkout') && tries < 400; tries++) await sleep(25);
    const family = descendantsOf(child.pid ?? 0);
    expect(family.length).toBeGreaterThanOrEqual(launcher ? 5 : 4);
    child.kill(signal);
    await once(child, 'exit');
    const survivors = () => processes().filter(({ pid }) => family.includes(pid));
    for (let tries = 0; survivors().length > 0 && tries < 100; tries++) await sleep(50);
    expect(survivors()).toEqual([]);
  });
});

interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** Every process that runs; one that has ended and waits to be reaped does not. */
function processes(): Process[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' });
  return table.split('\n').flatMap((line) => {
    const [, pid, parent, stat, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return stat === undefined || stat.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

function descendantsOf(ancestor: number): number[] {
  const table = processes();
  const family = [ancestor];
  for (const pid of family) family.push(...table.filter(({ parent }) => parent === pid).map((each) => each.pid));
  return family.slice(1);
}
