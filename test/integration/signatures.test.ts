import { fileURLToPath } from 'node:url';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { success } from '../peers/aws-api/answers.ts';
import { startAwsApi } from '../peers/aws-api/server.ts';
import { refusal } from '../peers/aws-api/signature.ts';
import { QUIET_TRACER } from '../peers/dd-trace-js/remote-parent.ts';
import { REGISTER, runNode } from './run-node.ts';
import type { SignatureOutcome } from './signatures/judge.ts';

const MAIN = fileURLToPath(new URL('./signatures/main.ts', import.meta.url));
const SENDS = 150;
/** Nothing leaves the process but what it sends to AWS. */
const QUIET = { ...QUIET_TRACER, DD_TRACE_AGENT_URL: 'http://127.0.0.1:1' };

describe('every request is signed right, and all attempts of a send carry the same context, written once', () => {
  test.each<[string, string[], string[], boolean]>([
    ['by the plugin alone', [], [], false],
    ['under the preload', ['--require', REGISTER], [], false],
    ["where OpenTelemetry's HTTP instrumentation writes headers too", [], ['--second', 'opentelemetry'], true],
    ['where dd-trace writes headers and messages too', ['--require', 'dd-trace/init'], [], true],
  ])('%s', async (_name, preload, second, traced) => {
    const run = runNode([...preload, MAIN, '--sends', String(SENDS), ...second], {
      env: preload.includes(REGISTER) ? { OTEL_TRACES_EXPORTER: 'none' } : QUIET,
    });
    const end = await run.end;
    const outcome: SignatureOutcome & { firstFailures: string[] } = JSON.parse(run.stdout);
    expect([...outcome.firstFailures, ...outcome.firstMismatches]).toEqual([]);
    expect([end, run.stderr]).toEqual([0, '']);
    const sends = Object.values(outcome.sends).reduce((sum, count) => sum + count);
    expect([sends, Object.keys(outcome.sends).length]).toEqual([SENDS, 9]);
    expect(outcome.requests).toBe(sends + outcome.retries);
    expect(outcome.retries).toBeGreaterThan(SENDS / 2);
    expect(outcome.withBaggage).toBeGreaterThan(SENDS / 4);
    expect(outcome.traced).toBe(traced ? outcome.requests : 0);
  });
});

test('the endpoint refuses what is changed after it was signed', async () => {
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const refusals: (string | undefined)[] = [];
  const api = await startAwsApi(async (request) => {
    refusals.push(await refusal(request, credentials));
    return success(request);
  });
  const sqs = new SQSClient({ endpoint: api.endpoint, region: 'us-east-1', credentials });
  const send = async (change?: (request: { headers: Record<string, string>; body: unknown }) => void) => {
    const command = new SendMessageCommand({ QueueUrl: `${api.endpoint}/0/queue`, MessageBody: 'body' });
    command.middlewareStack.add(
      (next) => (args) => {
        change?.(args.request as never);
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    // What the endpoint gives it the MD5 of is not always what it sent.
    await sqs.send(command).catch(() => {});
  };
  await send();
  await send((request) => {
    // By bytes, since the SDK warns of whoever reads it as text.
    const bytes = Uint8Array.from(request.body as Uint8Array);
    // A letter in upper case.
    bytes[bytes.lastIndexOf(0x79)] = 0x59;
    request.body = bytes;
  });
  await send(({ headers }) => {
    headers['x-amz-target'] += '1';
  });
  await send(({ headers }) => {
    headers.traceparent = '00-6b0305aa12345678f0e1d2c3b4a59687-fedcba9876543210-01';
  });
  sqs.destroy();
  await api.close();
  expect(refusals).toEqual([
    undefined,
    'x-amz-content-sha256 is not that of the body',
    expect.stringMatching(/^the signature of .*x-amz-target.* is \w{64}, and not \w{64}$/),
    undefined,
  ]);
});
