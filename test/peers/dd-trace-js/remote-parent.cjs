const tracer = require('dd-trace');

/**
 * What dd-trace made of the message that it traces now: the parent that no span of this process is, and the decision. Ids are
 * lower-case hex.
 */
exports.remoteParent = () => {
  const context = tracer.scope().active().context();
  const spans = context._trace.started.map((span) => span.context());
  const own = new Set(spans.map((span) => span.toSpanId(true)));
  const parents = spans.map((span) => span._parentId?.toString(16).padStart(16, '0')).filter(Boolean);
  return {
    traceId: context.toTraceId(true),
    spanId: parents.find((id) => !own.has(id)) ?? null,
    priority: context._sampling.priority,
    origin: context._trace.origin ?? null,
  };
};
