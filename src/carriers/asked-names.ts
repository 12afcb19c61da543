/**
 * The names of attributes that a receiver asks a queue for, with these added; `undefined` if it asks for them already.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
 */
export function namesWith(asked: unknown, names: readonly string[]): string[] | undefined {
  if (asksForAll(asked, names)) return undefined;
  return [...new Set<string>([...(Array.isArray(asked) ? asked : []), ...names])];
}

export function asksForAll(asked: unknown, names: readonly string[]): boolean {
  if (!Array.isArray(asked)) return false;
  return asked.includes('All') || asked.includes('.*') || names.every((name) => asked.includes(name));
}
