// In JSON a run of digits outside of strings is a number, and nothing else is.
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON, or the start of one, with its numbers as strings of the same digits: as a JavaScript number a 64-bit id would be rounded, and name another trace. */
export function withNumbersQuoted(json: string): string {
  return json.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `"${token}"`));
}
