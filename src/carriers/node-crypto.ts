/** Loaded when it is first needed: most processes that load this package need no digest of ours. */
export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule?.('node:crypto') ?? (require('node:crypto') as typeof import('node:crypto'));
}
