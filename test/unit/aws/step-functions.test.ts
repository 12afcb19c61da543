import { SFNClient, StartExecutionCommand, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import { writeStartExecution } from '../../../src/aws/step-functions.ts';
import { type AwsSdkPluginOptions, awsConfiguration } from '../../../src/configuration/aws.ts';
import type { Fields } from '../../../src/propagation/fields.ts';
import { sentBody } from './sent-body.ts';

const FIELDS: Fields = {
  traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-0252a07dde78ec70-01',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000',
};
const MEMBER = `"_datadog":${JSON.stringify(FIELDS)}`;
const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:orders';

interface Start {
  stateMachineArn: string;
  name?: string | undefined;
  input?: string | undefined;
}

function write(start: object, options: AwsSdkPluginOptions = {}, fields = FIELDS): Start {
  const settings = awsConfiguration({ env: {}, ...options });
  return writeStartExecution(Object.freeze(start), () => fields, settings, Date.now) as Start;
}

describe('the input on the wire', () => {
  const OWN = '{\n  "id": 9007199254740993,\n  "id": -0\n}\n';

  test('has the context last, and is else as it was', async () => {
    const start = write({ stateMachineArn, input: OWN });
    const input = `${OWN.slice(0, -2)},${MEMBER}}\n`;
    expect(await sentBody(SFNClient, new StartExecutionCommand(start))).toEqual({ stateMachineArn, input });
    expect(await sentBody(SFNClient, new StartSyncExecutionCommand(start))).toEqual({ stateMachineArn, input });
  });

  test('has the newest context only', () => {
    const once = write({ stateMachineArn, input: '{"_datadog":{"x-datadog-trace-id":{"id":1}},"a":"é"}' });
    expect(once.input).toBe(`{"a":"é",${MEMBER}}`);
    expect(write(once).input).toBe(once.input);
  });
});

describe('an input is left alone', () => {
  test.each<[name: string, input: unknown]>([
    ['that is not there', undefined],
    ['that is null', null],
    ['that is empty', ''],
    ['that is text', 'plain'],
    ['that is a list', '[{}]'],
    ['that is a string', '"{}"'],
    ['with a byte order mark', '\ufeff{}'],
    ['with trailing text', '{}x'],
    ['that is an object', {}],
    ['that is bytes', Buffer.from('{}')],
  ])('%s', (_name, input) => {
    const start = { stateMachineArn, input };
    expect(write(start)).toBe(start);
  });

  test('of a start by name, which must be the same start when it is sent again, but for the option', () => {
    const named = { stateMachineArn, name: 'order-1', input: '{}' };
    expect(write(named)).toBe(named);
    expect(write(named, { namedExecutions: true })).toEqual({ ...named, input: `{${MEMBER}}` });
    expect(write({ stateMachineArn, name: undefined, input: '{}' }).input).toBe(`{${MEMBER}}`);
  });

  test.each<[name: string, fields: Fields]>([
    ['no context', {}],
    ['baggage alone', { baggage: 'a=1' }],
  ])('where there is %s to write, and what it has stays', (_name, fields) => {
    const start = { stateMachineArn, input: '{"_datadog":{"x-datadog-trace-id":"1"}}' };
    expect(write(start, {}, fields)).toBe(start);
  });

  test('that would have more than 262,144 bytes', () => {
    const room = 262_144 - Buffer.byteLength(`{"é":"",${MEMBER}}`);
    const fits = write({ stateMachineArn, input: `{"é":"${'x'.repeat(room)}"}` });
    expect(Buffer.byteLength(fits.input ?? '')).toBe(262_144);
    const tooLong = { stateMachineArn, input: `{"é":"${'x'.repeat(room + 1)}"}` };
    expect(write(tooLong)).toBe(tooLong);
  });

  test('without a question for the context', () => {
    let asked = 0;
    const fields = () => {
      asked += 1;
      return FIELDS;
    };
    for (const start of [{}, { name: 'n', input: '{}' }, { input: 'x'.repeat(262_145) }]) {
      expect(writeStartExecution(start, fields, awsConfiguration({ env: {} }), Date.now)).toBe(start);
    }
    expect(asked).toBe(0);
  });
});
