// Answers how dd-trace's own sampler decides about spans under rules: see rules.ts.
'use strict';
const tracer = require('dd-trace').init({ plugins: false, experimental: { exporter: 'log' } });

process.on('message', ({ rules, env, spans }) => {
  // As it is done for the rules of the environment and for those that come from afar.
  tracer._tracer._prioritySampler.configure(env, { rules, rateLimit: -1 });
  process.send({ decisions: spans.map(decision) });
});
process.on('disconnect', () => process.exit());
process.send({});

function decision({ headers, name, service, tags }) {
  const childOf = tracer.extract('text_map', headers);
  const sent = {};
  tracer.inject(tracer.startSpan(name, { childOf, tags: { ...tags, service } }), 'text_map', sent);
  return { priority: sent['x-datadog-sampling-priority'], tags: sent['x-datadog-tags'] };
}
