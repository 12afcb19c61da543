// The worker as OpenTelemetry's documentation has it: extract from the attributes, start a span, run in its context.
const { propagation, ROOT_CONTEXT, SpanKind, trace } = require('@opentelemetry/api');
const { ship, work } = require('./ship.cjs');

const tracer = trace.getTracer('shipping');
const getter = {
  get: (attributes, name) => attributes?.[name]?.StringValue,
  keys: (attributes) => Object.keys(attributes ?? {}),
};

work((message) => {
  const parent = propagation.extract(ROOT_CONTEXT, message.MessageAttributes, getter);
  return tracer.startActiveSpan('process shipments', { kind: SpanKind.CONSUMER }, parent, async (span) => {
    await ship(message);
    span.end();
  });
});
