import { copyWith } from '../carriers/copy';
import { isObject } from '../carriers/is-object';

const givenInputs = new WeakMap<object, object>();

/** The command with a copy of its input where contrib would change the caller's before any hook, and fail where that is frozen. */
export function withOwnInput(command: unknown): unknown {
  if (command?.constructor?.name !== 'ReceiveMessageCommand') return command;
  const { input } = command as { input?: unknown };
  if (!isObject(input)) return command;
  const copy = copyWith(input);
  givenInputs.set(copy, input);
  return Object.create(command as object, {
    input: { value: copy, writable: true, enumerable: true, configurable: true },
  });
}

/** What the application gave, where this is the copy of it. */
export function givenInput(copy: object): object | undefined {
  return givenInputs.get(copy);
}
