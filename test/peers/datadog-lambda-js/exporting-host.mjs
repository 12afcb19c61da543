// AWS's runtime with Datadog's layer: calls its handler once for each event that it is sent, and gives the spans that leave dd-trace.
import { handler } from 'datadog-lambda-js/dist/handler.mjs';
import tracer from 'dd-trace';

let exported = [];
// What it would write, it writes to here: spans as they are encoded for the Agent.
tracer._tracer._exporter.export = (spans) => exported.push(...spans);

process.on('disconnect', () => process.exit());
process.on('message', async ({ event, context }) => {
  exported = [];
  try {
    await handler(event, { ...context, getRemainingTimeInMillis: () => 3000 });
    process.send({ spans: exported.map(spanOf) });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.send({});

function spanOf({
  trace_id,
  span_id,
  parent_id,
  name,
  resource,
  service,
  type,
  start,
  duration,
  error,
  meta,
  metrics,
}) {
  const [traceId, spanId, parentId] = [trace_id, span_id, parent_id].map((id) => id.toString(16).padStart(16, '0'));
  return { traceId, spanId, parentId, name, resource, service, type, start, duration, error, meta, metrics };
}
