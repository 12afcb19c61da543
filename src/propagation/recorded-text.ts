const MAX_LENGTH = 128;

/** Text that came from outside, as far as it is recorded on a span. */
export function recorded(text: string): string {
  return text.length > MAX_LENGTH ? text.slice(0, MAX_LENGTH) : text;
}
