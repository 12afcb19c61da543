import type { ReadField } from './fields';

/**
 * Where Data Streams Monitoring keeps how a message has come so far: a hash that only counts where its statistics
 * are sent to the Agent too. We send none, so the value goes on as it came.
 * https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/datastreams/pathway.js
 */
export const PATHWAY = 'dd-pathway-ctx-base64';

const BASE64 = /^[A-Za-z0-9+/]{1,256}={0,2}$/;

export function extractPathway(sources: readonly ReadField[]): string | undefined {
  for (const read of sources) {
    const value = read(PATHWAY);
    if (value !== undefined && BASE64.test(value)) return value;
  }
  return undefined;
}
