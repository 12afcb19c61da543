import { isDeepStrictEqual } from 'node:util';
import type { Context } from '@opentelemetry/api';
import { under } from './contexts.ts';

/** What became of one send. */
export interface Outcome {
  /** `undefined` where it failed. */
  readonly output: Record<string, unknown> | undefined;
  /** The error's name, and what it says. */
  readonly error: { readonly name: string; readonly message: string } | undefined;
}

/** What became of the same send without the bridge and with it. */
export interface Pair {
  readonly plain: Outcome;
  readonly bridged: Outcome;
  /** What differs that must not. */
  readonly problems: string[];
}

/** One kind of send, to a peer that answers. */
export interface Sends<Input extends object> {
  readonly active: Context;
  readonly frozen: boolean;
  /** The same input each time, in objects of its own. */
  plainInput(): Input;
  bridgedInput(): Input;
  plain(input: Input): Promise<object>;
  bridged(input: Input): Promise<object>;
}

/** Sends without the bridge, then with it: both succeed or fail alike, and the caller's objects are as they were. */
export async function sendBoth<Input extends object>(sends: Sends<Input>): Promise<Pair> {
  const plain = await outcomeOf(sends.plain(sends.plainInput()));
  const input = sends.bridgedInput();
  if (sends.frozen) deepFreeze(input);
  const bridged = await outcomeOf(under(sends.active, async () => sends.bridged(input)));
  const problems: string[] = [];
  if (plain.error?.name !== bridged.error?.name) {
    problems.push(`without the bridge: ${said(plain)}; with it: ${said(bridged)}`);
  }
  if (!isDeepStrictEqual(input, sends.bridgedInput())) problems.push("the caller's input is changed");
  return { plain, bridged, problems };
}

async function outcomeOf(sending: Promise<object>): Promise<Outcome> {
  try {
    return { output: (await sending) as Record<string, unknown>, error: undefined };
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    // Neither is an answer: a peer that is gone proves nothing.
    if (name === 'TimeoutError' || ('code' in (error as object) && $metadata?.httpStatusCode === undefined))
      throw error;
    return { output: undefined, error: { name, message } };
  }
}

function said({ error }: Outcome): string {
  return error === undefined ? 'it succeeds' : `${error.name}: ${error.message.slice(0, 200)}`;
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  for (const part of Object.values(value)) deepFreeze(part);
  Object.freeze(value);
}
