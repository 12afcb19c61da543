import { diag } from '@opentelemetry/api';
import { isObject } from '../carriers/is-object';
import type { Operation } from './operation';
import {
  type BatchEntryResult,
  type BatchOutput,
  entriesOf,
  type RefusedSizes,
  type Send,
  withOnly,
} from './refused-sizes';

/** What one middleware of the AWS SDK gives the next, and what it gets. */
export interface MiddlewareCall {
  readonly input: object;
}
export interface MiddlewareResult {
  readonly output?: unknown;
}
export type Next = (call: MiddlewareCall) => Promise<MiddlewareResult>;

// InvalidParameterValue, "... Message must be shorter than 262144 bytes" (SQS), BatchRequestTooLong (SQS, SNS), InvalidParameter, "Message too
// long" (SNS), RequestTooLargeException (Lambda), ValidationException, "... less than or equal to 262144" (Step Functions), "Total size of the
// entries in the request is over the limit" (EventBridge)
const TOO_LONG =
  /TooLong|TooLarge|too long|too large|(?:shorter|longer|larger) than|(?:length|size) (?:must )?(?:be )?less than|over the limit|size .*exceed|exceed.* size/i;

/** Whether the service refused what it was sent because of its size: nothing has become of it then. */
function isTooLong(refusal: unknown): boolean {
  const { name, Code, message, Message } = (isObject(refusal) ? refusal : {}) as Record<string, unknown>;
  return [name, Code, message, Message].some((text) => typeof text === 'string' && TOO_LONG.test(text));
}

/**
 * Sends what was written, and what the service refuses as too long, the call or some entries of a batch, once more as it was given.
 * Nothing that was accepted is sent again.
 */
export function send(
  next: Next,
  call: MiddlewareCall,
  written: object,
  operation: Operation,
  refusedSizes: RefusedSizes,
): Promise<MiddlewareResult> {
  // A middleware of the application's own may give what it has, instead of a promise of it.
  return Promise.resolve(next({ ...call, input: written })).then(
    (result) => {
      const again = readSafely(() => refusedEntries(operation, { given: call.input, written }, result.output));
      if (again === undefined || again.length === 0) return result;
      readSafely(() => refusedSizes.rememberEntries(operation, call.input, again));
      return sendEntries(next, call, again, operation, result);
    },
    (error) => {
      // The client's own errors, of a broken connection for example, leave open what became of the call.
      if ((error as { $fault?: unknown } | undefined)?.$fault !== 'client' || !isTooLong(error)) throw error;
      readSafely(() => refusedSizes.remember(operation, written));
      return next(call);
    },
  );
}

/** Sends these entries of a batch alone, as they were given. */
async function sendEntries(
  next: Next,
  call: MiddlewareCall,
  sent: readonly Send[],
  operation: Operation,
  result: MiddlewareResult,
): Promise<MiddlewareResult> {
  try {
    const entries = sent.map(({ given }) => given);
    const second = await next({ ...call, input: withOnly(operation, call.input, entries) });
    return { ...result, output: merged(result.output as BatchOutput, second.output as BatchOutput, entries) };
  } catch {
    // What the first answer says still holds: these have failed.
    return result;
  }
}

/** The application's objects may have getters, and these may throw: the send is done all the same. */
function readSafely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    diag.warn('otel-datadog-bridge: the answer to a send is passed on as it is', error);
    return undefined;
  }
}

/** The entries of ours that the service refused because of their size. */
function refusedEntries(operation: Operation, sent: Send, output: unknown): Send[] {
  const { Failed } = (isObject(output) ? output : {}) as BatchOutput;
  if (!Array.isArray(Failed) || Failed.length === 0) return [];
  const refused = new Set(Failed.filter(isTooLong).map(({ Id }) => Id));
  return entriesOf(operation, sent).filter(({ given, written }) => given !== written && refused.has(idOf(written)));
}

function merged(first: BatchOutput, second: BatchOutput, sentAgain: readonly object[]): BatchOutput {
  const ids = new Set(sentAgain.map(idOf));
  const failed = first.Failed?.filter(({ Id }) => !ids.has(Id)) ?? [];
  return {
    ...first,
    Successful: [...(first.Successful ?? []), ...(second.Successful ?? [])],
    // A batch without failures has no such list.
    Failed: failed.length === 0 ? second.Failed : [...failed, ...(second.Failed ?? [])],
  };
}

function idOf(entry: object): unknown {
  return (entry as BatchEntryResult).Id;
}
