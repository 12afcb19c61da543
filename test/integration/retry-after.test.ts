// An Agent that refuses one request, with `Retry-After` in all of its forms: what the next ones are, and what is lost.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installedRuntimes, LambdaFunction, missingForLambdaRuntime } from '../peers/lambda-runtime/lambda-runtime.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { FaultyAgent } from './faults/agent.ts';
import { REGISTER, runNode } from './run-node.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures/faults');
/** After the first request and five more of the same spans the exporter gives up. */
const MAX_REQUESTS = 6;

type Form = [name: string, status: number, retryAfter: () => string | undefined];

const inMillis = (millis: number) => new Date(Date.now() + millis).toUTCString();
const KEPT_TO: Form[] = [
  ['seconds', 429, () => '1'],
  ['a date', 503, () => inMillis(2000)],
  ['none', 429, () => undefined],
  ['no seconds', 503, () => '0'],
  ['a date that is past', 429, () => inMillis(-60_000)],
  ['seconds below zero', 503, () => '-30'],
  ['words', 429, () => 'soon'],
];
const TOO_LATE: Form[] = [
  ['seconds that are more than an export may take', 503, () => '3600'],
  ['more seconds than a timer can wait', 429, () => '99999999999999999999'],
  ['a date that is far off', 503, () => 'Fri, 31 Dec 9999 23:59:59 GMT'],
];

let agent: FaultyAgent;
beforeEach(async () => {
  agent = await FaultyAgent.start();
});
afterEach(() => agent.close());

function exportTo({ port }: FaultyAgent): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '20',
  };
}

/** Refuses so many requests, and takes those after them. */
async function refuse(status: number, retryAfter: Form[2], times: number): Promise<void> {
  let left = times;
  await agent.behave({
    request: (request, response, take) =>
      request.on('end', () => {
        left -= 1;
        if (left < 0) return take();
        const value = retryAfter();
        response.writeHead(status, value === undefined ? {} : { 'retry-after': value }).end();
      }),
  });
}

const linesOf = (output: string) => output.split('\n').filter((line) => line.includes('otel-datadog-bridge: '));

describe('a server', () => {
  async function serveOnce(until: (stderr: string) => boolean): Promise<string[]> {
    const run = runNode(['--require', REGISTER, join(FIXTURES, 'server.cjs')], { env: exportTo(agent) });
    const url = await run.printed(/http:\S+/);
    expect(await (await fetch(url)).text()).toBe('well');
    await expect.poll(() => until(run.stderr), { timeout: 20_000 }).toBe(true);
    run.child.kill('SIGTERM');
    expect(await run.end).toBe('SIGTERM');
    return linesOf(run.stderr);
  }

  test.each(KEPT_TO)('with %s, %i: the spans are sent once more, and arrive', async (_name, status, retryAfter) => {
    await refuse(status, retryAfter, 1);
    expect(await serveOnce(() => agent.spanIds.size > 0)).toEqual([]);
    expect(agent.requests).toBe(2);
  });

  test.each(TOO_LATE)('with %s, %i: the spans are lost at once, and counted', async (_name, status, retryAfter) => {
    await refuse(status, retryAfter, 1);
    expect(await serveOnce((stderr) => stderr.includes('; 1 lost so far'))).toHaveLength(1);
    expect([agent.requests, agent.spanIds.size]).toEqual([1, 0]);
  });

  test('with words each time: the requests are few', async () => {
    await refuse(429, () => 'soon', Number.POSITIVE_INFINITY);
    expect(await serveOnce((stderr) => stderr.includes('1 lost so far'))).toHaveLength(1);
    expect(agent.requests).toBe(MAX_REQUESTS);
  });
});

describeWithToolchain('a function', missingForLambdaRuntime(), () => {
  beforeEach(async () => {
    await installedRuntimes();
  }, 600_000);

  test.each([...KEPT_TO, ...TOO_LATE])(
    'with %s, %i: its spans are lost and counted, and it waits for nothing',
    async (_name, status, retryAfter) => {
      const lambda = await LambdaFunction.start({
        major: '24',
        handler: 'function.handler',
        taskRoot: FIXTURES,
        env: { ...exportTo(agent), NODE_OPTIONS: `--require ${REGISTER}` },
      });
      await refuse(status, retryAfter, 1);
      for (let invocations = 1; invocations <= 2; invocations++) {
        expect(JSON.parse((await lambda.invoke({})).body)).toBe('well');
        await lambda.idle();
        expect([agent.requests, agent.spanIds.size]).toEqual([invocations, invocations - 1]);
      }
      await lambda.close('SIGTERM');
      expect(linesOf(lambda.output)).toEqual([
        expect.stringContaining('; 1 lost so far'),
        expect.stringContaining('; 1 were lost in between'),
      ]);
    },
  );
});
