import { isObject } from '../carriers/is-object';
import type { Operation } from './operation';
import { type BatchOutput, entriesOf, type RefusedSizes, type Send, withOnly } from './refused-sizes';

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
export async function send(
  next: Next,
  call: MiddlewareCall,
  written: object,
  operation: Operation,
  refusedSizes: RefusedSizes,
): Promise<MiddlewareResult> {
  const sent: Send = { given: call.input, written };
  let result: MiddlewareResult;
  try {
    result = await next({ ...call, input: written });
  } catch (error) {
    if (!isTooLong(error) || (error as { $fault?: unknown }).$fault === 'server') throw error;
    refusedSizes.remember(operation, written);
    return next(call);
  }
  const { output } = result;
  if (!isObject(output) || !Array.isArray((output as BatchOutput).Failed)) return result;
  return sendRefusedEntries(next, call, result, sent, operation, refusedSizes);
}

async function sendRefusedEntries(
  next: Next,
  call: MiddlewareCall,
  result: MiddlewareResult,
  sent: Send,
  operation: Operation,
  refusedSizes: RefusedSizes,
): Promise<MiddlewareResult> {
  const output = result.output as BatchOutput;
  const failed = output.Failed ?? [];
  const refused = new Set(failed.filter(isTooLong).map(({ Id }) => Id));
  const again = entriesOf(operation, sent).filter(
    ([given, written]) => given !== written && refused.has((given as { Id?: unknown }).Id),
  );
  if (again.length === 0) return result;
  for (const [, written] of again) refusedSizes.rememberEntry(operation, sent.given, written);

  const givenAgain = again.map(([given]) => given);
  let second: BatchOutput;
  try {
    second = ((await next({ ...call, input: withOnly(operation, sent.given, givenAgain) })).output ??
      {}) as BatchOutput;
  } catch {
    // What the first answer says still holds: these have failed.
    return result;
  }
  const sentAgain = new Set(givenAgain.map((entry) => (entry as { Id?: unknown }).Id));
  const stillFailed = failed.filter(({ Id }) => !sentAgain.has(Id));
  const merged: BatchOutput = {
    ...output,
    Successful: joined(output.Successful, second.Successful),
    // A batch without failures has no such list.
    Failed: stillFailed.length === 0 ? second.Failed : joined(stillFailed, second.Failed),
  };
  return { ...result, output: merged };
}

function joined<T>(first: readonly T[] | undefined, second: readonly T[] | undefined): readonly T[] {
  return [...(first ?? []), ...(second ?? [])];
}
