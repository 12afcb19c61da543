/**
 * Posts a body, once: resolves when the answer says that it was taken, rejects with a `NoAnswer` where nobody answered, and with another error
 * where the answer is a refusal.
 *
 * @param left called when all of it has been handed to the operating system, maybe more than once
 */
export type Post = (body: Uint8Array, left: () => void) => Promise<void>;

/** `undefined` for an answer that says that the request was taken. */
export function refusal(status: number, statusMessage: string): Error | undefined {
  return status >= 200 && status <= 299 ? undefined : new Error(`${status} ${statusMessage}`);
}
