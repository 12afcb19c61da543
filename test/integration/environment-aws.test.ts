import { beforeAll, expect, test } from 'vitest';
import { REGISTER, runNode } from './run-node.ts';

type Written = Record<string, boolean[]>;

const ALL: Written = {
  sqs: [true, true],
  sns: [true, true],
  lambda: [true],
  kinesis: [true, true],
  eventbridge: [true, true],
  stepfunctions: [true],
};
const first = (entries: boolean[]) => entries.map((_entry, index) => index === 0);
const none = (entries: boolean[]) => entries.map(() => false);
const only = (service: string, change: (entries: boolean[]) => boolean[]) => ({
  [service]: change(ALL[service] ?? []),
});
const every = (change: (entries: boolean[]) => boolean[]) =>
  Object.fromEntries(Object.entries(ALL).map(([service, entries]) => [service, change(entries)]));

/** `group`: variables that are set in one process, each for another service; `expected`: of the services that the variable is about. */
const SETTINGS: [group: string, variable: string, value: string, expected: Written][] = [
  ['off', 'DD_TRACE_AWS_SDK_ENABLED', 'false', every(none)],
  ['each off', 'DD_TRACE_AWS_SDK_SQS_ENABLED', 'false', only('sqs', none)],
  ['each off', 'DD_TRACE_AWS_SDK_SNS_ENABLED', 'false', only('sns', none)],
  ['each off', 'DD_TRACE_AWS_SDK_LAMBDA_ENABLED', 'false', only('lambda', none)],
  ['each off', 'DD_TRACE_AWS_SDK_KINESIS_ENABLED', 'false', only('kinesis', none)],
  ['each off', 'DD_TRACE_AWS_SDK_EVENTBRIDGE_ENABLED', 'false', only('eventbridge', none)],
  ['each off', 'DD_TRACE_AWS_SDK_STEPFUNCTIONS_ENABLED', 'false', only('stepfunctions', none)],
  ['each first', 'DD_TRACE_AWS_SDK_SQS_BATCH_PROPAGATION_ENABLED', 'false', only('sqs', first)],
  ['each first', 'DD_TRACE_AWS_SDK_SNS_BATCH_PROPAGATION_ENABLED', 'false', only('sns', first)],
  ['each first', 'DD_TRACE_AWS_SDK_KINESIS_BATCH_PROPAGATION_ENABLED', 'false', only('kinesis', first)],
  ['each first', 'DD_TRACE_AWS_SDK_EVENTBRIDGE_BATCH_PROPAGATION_ENABLED', 'false', only('eventbridge', first)],
  ['each first', 'DD_TRACE_AWS_SDK_SFN_ENABLED', 'false', only('stepfunctions', none)],
  ['first', 'DD_TRACE_AWS_SDK_BATCH_PROPAGATION_ENABLED', 'false', every(first)],
  // Messages are not sent to a host.
  ['nobody', 'OTEL_DATADOG_PROPAGATE_TO', '!*', ALL],
];

const written = new Map<string, Written>();

beforeAll(async () => {
  for (const group of ['default', ...new Set(SETTINGS.map(([each]) => each))]) {
    const set = SETTINGS.filter(([each]) => each === group).map(([, variable, value]) => [variable, value]);
    const application = runNode(['--require', REGISTER, `${import.meta.dirname}/fixtures/environment-aws.cjs`], {
      env: { OTEL_TRACES_EXPORTER: 'none', AWS_EC2_METADATA_DISABLED: 'true', ...Object.fromEntries(set) },
    });
    expect(await application.end, application.stderr).toBe(0);
    expect(application.stderr).toBe('');
    written.set(group, JSON.parse(application.stdout) as Written);
  }
});

test('without a variable every entry of every service has the context', () => {
  expect(written.get('default')).toEqual(ALL);
});

test.each(SETTINGS)('%s: %s=%s', (group, _variable, _value, expected) => {
  expect(written.get(group)).toMatchObject(expected);
});
