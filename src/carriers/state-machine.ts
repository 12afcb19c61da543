import type { Fields } from '../propagation/fields';
import { isObject } from './is-object';
import { nodeCrypto } from './node-crypto';
import { propertiesOf } from './properties-of';

/**
 * The carrier that follows from the context object of a state machine, where a task passes that on: Datadog makes the span of each state
 * itself, with ids that are digests of what the context object says, so whoever has that knows the parent. The trace is the one
 * that started the execution, as far as the context object tells; else it is a digest too. `undefined` if it is no context object.
 * https://github.com/DataDog/datadog-lambda-js/blob/main/src/trace/step-function-service.ts
 */
export function carrierOfState(contextObject: unknown): Fields | undefined {
  const { Execution, State, ...members } = propertiesOf(contextObject);
  const { Id, Input, RedriveCount = 0 } = propertiesOf(Execution);
  const { Name, EnteredTime, RetryCount = 0 } = propertiesOf(State);
  if (typeof Id !== 'string' || typeof Name !== 'string' || typeof EnteredTime !== 'string') return undefined;
  const trace = traceOf(Id, propertiesOf(Input)._datadog, members);
  if (trace === undefined) return undefined;
  const isRepeated = String(RetryCount) !== '0' || String(RedriveCount) !== '0';
  const state = `${Id}#${Name}#${EnteredTime}${isRepeated ? `#${RetryCount}#${RedriveCount}` : ''}`;
  return { ...trace, 'x-datadog-parent-id': String(digest(state).upper) };
}

/** `members` are what Datadog's tools put beside `Execution` and `State`, if they have defined the task. */
function traceOf(execution: string, started: unknown, members: Record<string, unknown>): Fields | undefined {
  if (members['serverless-version'] !== 'v1') return isObject(started) ? startedBy(started) : rootOf(execution);
  const { RootExecutionId } = members;
  return typeof RootExecutionId === 'string' ? rootOf(RootExecutionId) : startedBy(members);
}

const OF_THE_TRACE: readonly string[] = [
  'x-datadog-trace-id',
  'x-datadog-sampling-priority',
  'x-datadog-tags',
  'x-datadog-origin',
];

function startedBy(datadog: object): Fields | undefined {
  const given = propertiesOf(datadog);
  if (typeof given['x-datadog-trace-id'] !== 'string') return undefined;
  const fields: Fields = { 'x-datadog-sampling-priority': '1' };
  for (const name of OF_THE_TRACE) if (typeof given[name] === 'string') fields[name] = given[name];
  return fields;
}

function rootOf(execution: string): Fields {
  const { upper, lower } = digest(execution);
  return {
    'x-datadog-trace-id': String(lower),
    'x-datadog-sampling-priority': '1',
    'x-datadog-tags': `_dd.p.tid=${upper.toString(16).padStart(16, '0')}`,
  };
}

/** 63 bits each, and never zero. */
function digest(text: string): { upper: bigint; lower: bigint } {
  const bytes = nodeCrypto().createHash('sha256').update(text).digest();
  const id = (offset: number) => BigInt.asUintN(63, bytes.readBigUInt64BE(offset)) || 1n;
  return { upper: id(0), lower: id(8) };
}
