import { isDeepStrictEqual } from 'node:util';
import {
  InvokeAsyncCommand,
  type InvokeAsyncCommandInput,
  InvokeCommand,
  type InvokeCommandInput,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCommandInput,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import type { Random } from '../differential/random.ts';
import { type Bridge, CONFIGURATION, OPTIONS } from './bridge.ts';
import { isEmpty } from './contexts.ts';
import { randomJson } from './json.ts';
import { sendBoth } from './outcome.ts';
import { type RecordedRequest, type Recorder, startRecorder } from './recorder.ts';
import type { Lane, Service } from './service.ts';
import { randomSetting, type Setting } from './setting.ts';
import { textOf } from './text.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const MAX_CLIENT_CONTEXT = 3583;
const HEADER = 'x-amz-client-context';
/** Of requests, those that differ in them without the bridge too. */
const OF_ONE_REQUEST = [HEADER, 'authorization', 'x-amz-date', 'amz-sdk-invocation-id', 'amz-sdk-request'];
const OPERATIONS = ['Invoke', 'Invoke', 'Invoke', 'InvokeWithResponseStream', 'InvokeAsync'] as const;
/** What a send with a context replaces. */
const CONTEXT_NAMES = [
  '_datadog',
  'traceparent',
  'tracestate',
  'baggage',
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'x-datadog-sampling-priority',
  'x-datadog-origin',
  'x-datadog-tags',
  'dd-pathway-ctx-base64',
];

type Input = InvokeCommandInput | InvokeAsyncCommandInput | InvokeWithResponseStreamCommandInput;

interface Case extends Setting {
  readonly operation: (typeof OPERATIONS)[number];
  input(FunctionName: string): Input;
}

/** Calls of a function, recorded as they come over the wire. */
export async function startLambda(bridge: Bridge): Promise<Service> {
  const recorder = await startRecorder();
  const { endpoint } = recorder;
  const plain = new LambdaClient({ endpoint, ...CONFIGURATION });
  const bridged = OPTIONS.map((options) => {
    const client = new LambdaClient({ endpoint, ...CONFIGURATION });
    client.middlewareStack.use(bridge.awsSdkPlugin(options));
    return client;
  });
  let lanes = 0;
  return {
    async newLane() {
      lanes += 1;
      return newLane(`function-${lanes}`, recorder, plain, bridged, bridge);
    },
    async close() {
      for (const client of [plain, ...bridged]) client.destroy();
      await recorder.close();
    },
  };
}

function newLane(
  name: string,
  recorder: Recorder,
  plain: LambdaClient,
  bridged: readonly LambdaClient[],
  bridge: Bridge,
): Lane {
  return {
    async send(random) {
      const sending = randomCase(random(), bridge);
      const client = bridged[sending.options] as LambdaClient;
      const pair = await sendBoth({
        ...sending,
        plainInput: () => sending.input(name),
        bridgedInput: () => randomCase(random(), bridge).input(name),
        plain: async (input) => called(plain, sending, input),
        bridged: async (input) => called(client, sending, input),
      });
      const before = pair.plain.output as unknown as RecordedRequest | undefined;
      const after = pair.bridged.output as unknown as RecordedRequest | undefined;
      const problems = [...pair.problems];
      if (before !== undefined && after !== undefined) problems.push(...requestProblems(before, after, sending));
      return {
        problems,
        input: sending.input(name),
        operation: sending.operation,
        succeeded: before !== undefined,
        written: before?.headers[HEADER] !== after?.headers[HEADER],
      };
    },
  };

  async function called(client: LambdaClient, { operation }: Case, input: Input): Promise<object> {
    if (operation === 'Invoke') await client.send(new InvokeCommand(input as InvokeCommandInput));
    else if (operation === 'InvokeAsync') await client.send(new InvokeAsyncCommand(input as InvokeAsyncCommandInput));
    else await client.send(new InvokeWithResponseStreamCommand(input as InvokeWithResponseStreamCommandInput));
    const request = recorder.take(name);
    if (request === undefined) throw new Error('nothing was recorded');
    return request;
  }
}

function requestProblems(before: RecordedRequest, after: RecordedRequest, sending: Case): string[] {
  const problems: string[] = [];
  if (!before.body.equals(after.body)) problems.push('the payload is another one');
  const rest = ({ headers }: RecordedRequest) => {
    const others = Object.entries(headers).filter(([name]) => !OF_ONE_REQUEST.includes(name));
    return JSON.stringify(others.sort());
  };
  if (rest(before) !== rest(after)) problems.push(`the headers are ${rest(after)} and not ${rest(before)}`);
  const own = before.headers[HEADER] as string | undefined;
  const sent = after.headers[HEADER] as string | undefined;
  if (own === sent) return problems;
  const { InvocationType = 'RequestResponse' } = sending.input('') as InvokeCommandInput;
  const mayWrite = sending.operation !== 'InvokeAsync' && InvocationType === 'RequestResponse';
  if (!mayWrite || isEmpty(sending.active)) problems.push('there is a client context where none may be written');
  if (sent === undefined || sent.length > MAX_CLIENT_CONTEXT) return [...problems, `${sent?.length} bytes`];
  const { custom = {}, ...others } = decoded(sent) ?? {};
  const { custom: ownCustom = {}, ...ownOthers } = own === undefined ? {} : (decoded(own) ?? {});
  if (!isDeepStrictEqual(others, ownOthers))
    problems.push(`the client context has lost of ${JSON.stringify(ownOthers)}`);
  if (typeof ownCustom !== 'object' || ownCustom === null || Array.isArray(ownCustom)) {
    return [...problems, `custom is no longer ${JSON.stringify(ownCustom)}`];
  }
  for (const [name, value] of Object.entries(ownCustom)) {
    const kept = isDeepStrictEqual((custom as Record<string, unknown>)[name], value);
    if (!CONTEXT_NAMES.includes(name) && !kept) problems.push(`custom.${name} is lost`);
  }
  for (const [name, value] of Object.entries(custom as object)) {
    if (Object.hasOwn(ownCustom, name)) continue;
    const isObject = name === '_datadog' && OPTIONS[sending.options]?.clientContextDatadog === true;
    if (!CONTEXT_NAMES.includes(name) || typeof value !== (isObject ? 'object' : 'string')) {
      problems.push(`custom.${name} is ${JSON.stringify(value)}`);
    }
  }
  return problems;
}

function decoded(header: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(header, 'base64').toString());
  } catch {
    return undefined;
  }
}

function randomCase(random: Random, bridge: Bridge): Case {
  const setting = randomSetting(random, bridge);
  const operation = random.pick(OPERATIONS);
  const payload = Buffer.from(random.chance(70) ? randomJson(random) : textOf(random, random.between(0, 2_000)));
  if (operation === 'InvokeAsync') {
    return { ...setting, operation, input: (FunctionName) => ({ FunctionName, InvokeArgs: payload }) };
  }
  const parameters: Omit<InvokeWithResponseStreamCommandInput, 'FunctionName'> = {
    ...(random.chance(80) && { Payload: random.chance(80) ? payload : (payload.toString() as never) }),
    ...(random.chance(40) && { InvocationType: random.pick(['RequestResponse', 'Event', 'DryRun']) as 'DryRun' }),
    ...(random.chance(50) && { ClientContext: randomClientContext(random) }),
    ...(random.chance(20) && { Qualifier: '1' }),
  };
  return { ...setting, operation, input: (FunctionName) => ({ FunctionName, ...parameters }) };
}

function randomClientContext(random: Random): string {
  const kind = random.below(100);
  if (kind < 4) return '';
  if (kind < 8) return random.pick(['no base64!', '%%%', 'e30', '/w==', 'bnVsbA==', 'W10=']);
  if (kind < 14) return base64(randomJson(random));
  if (kind < 22) return base64(`{"client":{}, "custom" : ${randomJson(random)}}`);
  const custom: Record<string, unknown> = { user: random.hex(8), größe: 5, id: 1234567 };
  if (random.chance(20)) custom.traceparent = '00-00000000000000000000000000000007-0000000000000008-01';
  if (random.chance(10)) custom._datadog = { 'x-datadog-trace-id': '7' };
  const near = random.chance(30);
  const own = { client: { app_title: 'x' }, ...(random.chance(80) && { custom }), env: { locale: 'de' } };
  const length = near ? random.between(1_200, 2_700) : random.between(0, 200);
  return base64(JSON.stringify({ ...own, filler: 'f'.repeat(length) }, null, random.below(2) * 2));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
