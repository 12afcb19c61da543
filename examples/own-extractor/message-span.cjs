const tracer = require('dd-trace');

/** Runs `work` in a span that is the child of what sent the record of an SQS event, traced by Datadog or by plain OpenTelemetry. */
exports.withMessageSpan = (record, work) => {
  let parent = null;
  for (const context of contexts(record)) parent ??= tracer.extract('text_map', context);
  return tracer.trace('process', { childOf: parent ?? undefined }, work);
};

/** What it may carry: in the event of EventBridge's or the envelope of SNS that its body is, and in its own attributes. */
function* contexts({ body, messageAttributes }) {
  const { detail, MessageAttributes } = parsed(body);
  yield Object(Object(detail)._datadog);
  for (const attributes of [Object(MessageAttributes), messageAttributes]) {
    const [datadog, traceparent, tracestate] = ['_datadog', 'traceparent', 'tracestate'].map((name) => {
      const { stringValue, binaryValue, Value } = attributes[name] ?? {};
      return stringValue ?? binaryValue ?? Value;
    });
    yield parsed(datadog?.startsWith('{') ? datadog : Buffer.from(datadog ?? '', 'base64'));
    yield { traceparent, tracestate };
  }
}

function parsed(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {}; // No JSON is no context.
  }
}
