/** What a dd-trace service sends: the vector of ../vectors/js, without its message. */
export const FROM_DATADOG = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '2389016664841884869',
  'x-datadog-sampling-priority': '2',
  'x-datadog-origin': 'synthetics',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-4',
};

/** Its trace and its span, in hex. */
export const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
export const PARENT_SPAN_ID = '21277dffc66394c5';
