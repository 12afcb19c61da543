const tracer = require('dd-trace');

/** Runs `work` in a span that is the child of what sent the record of an SQS event, traced by Datadog or by plain OpenTelemetry. */
exports.withMessageSpan = ({ messageAttributes: { _datadog, traceparent, tracestate } }, work) => {
  let parent = null;
  try {
    const { stringValue, binaryValue = '' } = _datadog ?? {};
    parent = tracer.extract('text_map', JSON.parse(stringValue ?? Buffer.from(binaryValue, 'base64')));
  } catch {} // No JSON is no context of Datadog's.
  parent ??= tracer.extract('text_map', { traceparent: traceparent?.stringValue, tracestate: tracestate?.stringValue });
  return tracer.trace('process', { childOf: parent ?? undefined }, work);
};
