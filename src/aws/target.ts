import type { AwsSettings } from '../configuration/aws';

// arn:aws:lambda:eu-west-1:123456789012:function:name:alias, arn:aws:states:eu-west-1:123456789012:stateMachine:name:version
const QUALIFIED = /:(?:function|stateMachine):([^:/]+)/;

/**
 * The name of a queue, topic, stream, bus, function or state machine in its URL or ARN, or that name itself, without a
 * function's qualifier.
 */
export function targetName(target: string): string {
  const qualified = QUALIFIED.exec(target)?.[1];
  if (qualified !== undefined) return qualified;
  if (target.includes('://') || target.startsWith('arn:'))
    return target.slice(1 + Math.max(target.lastIndexOf('/'), target.lastIndexOf(':')));
  // `name:alias` or `123456789012:function:name`, which the above has.
  return target.split(':')[0] ?? target;
}

/** Whether `enabledFor` has what a call names as its target; what names none is not in any list. */
export function isEnabledFor(target: unknown, { enabledFor }: AwsSettings): boolean {
  return enabledFor === undefined || (typeof target === 'string' && enabledFor(targetName(target)));
}
