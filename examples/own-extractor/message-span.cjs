const tracer = require('dd-trace');

/** Runs `work` in a span that is the child of what sent the message: by its attributes, from `_datadog`, else from `traceparent`. */
exports.withMessageSpan = ({ _datadog, traceparent, tracestate }, work) => {
  const w3c = { traceparent: traceparent?.stringValue, tracestate: tracestate?.stringValue };
  const parent = tracer.extract('text_map', fieldsOf(_datadog)) ?? tracer.extract('text_map', w3c);
  return tracer.trace('process', { childOf: parent ?? undefined }, work);
};

function fieldsOf({ stringValue, binaryValue = '' } = {}) {
  try {
    return Object(JSON.parse(stringValue ?? Buffer.from(binaryValue, 'base64')));
  } catch {
    return {}; // No JSON is no context.
  }
}
