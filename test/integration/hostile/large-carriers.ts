const MEBIBYTE = 1024 * 1024;

const FIELDS: Readonly<Record<string, string>> = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '167372598629952624',
  'x-datadog-sampling-priority': '2',
  'x-datadog-origin': 'rum',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000',
  traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-02529dff5c2440f0-01',
  tracestate: 'dd=s:2;o:rum,vendor=value',
  baggage: 'user.id=42',
};

/** The fields that can be too large, among them `_datadog` as a whole. */
export const LARGE_FIELDS: readonly string[] = [...Object.keys(FIELDS), 'dd-pathway-ctx-base64', '_datadog'];

/** The same text map with nothing long in it. */
export function plainCarrier(): Record<string, string> {
  return { ...FIELDS };
}

/** A valid text map with 1 MiB of text behind what this field says; no two of them share that text. */
export function largeCarrier(field: string, number: number): Record<string, string> {
  const value = FIELDS[field] ?? '';
  if (field === '_datadog') return { _datadog: filled(`{"x":"${number}`, '"}') };
  return { ...FIELDS, [field]: filled(`${value}${separatorOf(field)}${number}`, '') };
}

/** Most of it as one item, and a list of many. */
function separatorOf(field: string): string {
  return { tracestate: ',long=', 'x-datadog-tags': ',_dd.p.long=', baggage: ',long=' }[field] ?? '';
}

function filled(start: string, end: string): string {
  // Not `repeat`, whose result is no memory until somebody looks at it.
  return Buffer.alloc(MEBIBYTE, 'x')
    .fill(start, 0, start.length)
    .fill(end, MEBIBYTE - end.length)
    .toString('latin1');
}
