/** Baggage, the longest text that is read so, as long as a Datadog tracer takes it. */
const MAX_LENGTH = 8192;
const MAX_BYTES_OF_CHARACTER = 3;

const bytes = Buffer.allocUnsafeSlow(MAX_LENGTH * MAX_BYTES_OF_CHARACTER);

/**
 * The characters of a text and a zero behind them, to be read before the next one's; `undefined` if one of them is not ASCII, or the text longer than 8,192. To
 * look at each character costs a fifth of what it does in a string that is part of another.
 */
export function asciiBytes(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length > MAX_LENGTH || bytes.write(text) !== length) return undefined;
  bytes[length] = 0;
  return bytes;
}

/** By character code 1 for each of these characters, of the first 256, else 0. */
export function codesOf(characters: string): Uint8Array {
  const codes = new Uint8Array(256);
  for (let index = 0; index < characters.length; index += 1) codes[characters.charCodeAt(index)] = 1;
  return codes;
}
