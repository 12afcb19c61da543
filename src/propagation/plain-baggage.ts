import { asciiBytes, codesOf } from './ascii';

const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
/** Of a token all but `%`, which would be decoded. https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const IN_KEY = codesOf(`!#$&'*+-.^_\`|~${ALPHANUMERIC}`);
/** What `encodeURIComponent` leaves as it is. */
const IN_VALUE = codesOf(`!'()*-._~${ALPHANUMERIC}`);
const EQUALS = 61;
const COMMA = 44;

/** By a key's hash: the last header that had such a key. */
const lastHeaderWith = new Uint32Array(8192);
let headers = 0;

/**
 * How many members a baggage header has in which nothing is left to decode, to trim or to encode, and no key comes twice: written again it
 * is the same. 0 for any other, and now and then for one of these whose keys have the same hash: whoever reads the members sees that.
 */
export function plainMembers(header: string): number {
  const bytes = asciiBytes(header);
  if (bytes === undefined) return 0;
  const { length } = header;
  headers = (headers + 1) >>> 0;
  let members = 0;
  for (let index = 0; ; index += 1) {
    const start = index;
    let hash = 0;
    for (; IN_KEY[bytes[index] as number] === 1; index += 1)
      hash = (Math.imul(hash, 31) + (bytes[index] as number)) | 0;
    if (index === start || bytes[index] !== EQUALS) return 0;
    const slot = (hash ^ (hash >>> 13)) & (lastHeaderWith.length - 1);
    if (lastHeaderWith[slot] === headers) return 0;
    lastHeaderWith[slot] = headers;
    const equals = index;
    for (index += 1; IN_VALUE[bytes[index] as number] === 1; ) index += 1;
    if (index === equals + 1) return 0;
    members += 1;
    if (index === length) return members;
    if (bytes[index] !== COMMA) return 0;
  }
}
