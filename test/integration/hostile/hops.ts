// A trace that goes on from service to service, ours and dd-trace's in turn, over queues and HTTP in turn. Prints how long the carrier
// is at each hop, but for the one field whose length is chance: a parent's id in decimal.
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import {
  contextGetter,
  contextSetter,
} from '@opentelemetry/instrumentation-aws-sdk/build/src/services/MessageAttributes.js';
import ddTrace from 'dd-trace';
import type * as Bridge from '../../../src/index.ts';

type TextMap = Record<string, string>;
type Attributes = Record<string, { DataType: string; StringValue: string }>;

const { values } = parseArgs({ options: { hops: { type: 'string', default: '10000' } } });
const require = createRequire(import.meta.url);
const { DatadogPropagator }: typeof Bridge = require('otel-datadog-bridge');
const propagator = new DatadogPropagator();
const tracer = ddTrace.init({ plugins: false, startupLogs: false, service: 'hops' });

let textMap: TextMap = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '167372598629952624',
  'x-datadog-sampling-priority': '2',
  'x-datadog-origin': 'synthetics~;=web',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-4,_dd.p.usr.id=YWJj==,_dd.p.custom=value',
  traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-02529dff5c2440f0-01',
  tracestate: 'dd=s:2;o:synthetics___web;p:02529dff5c2440f0;t.dm:-4;t.usr.id:YWJj~~;x:y,vendor=value,other@v=w',
  baggage: 'user.id=42,session.id=a%20b,plain=text',
};
const lengths: number[] = [];
for (let hop = 1; hop <= Number(values.hops); hop += 1) {
  textMap = hop % 2 === 1 ? throughOurs(textMap, hop % 4 === 1) : throughDdTrace(textMap);
  const { 'x-datadog-parent-id': _decimal, ...rest } = textMap;
  lengths.push(JSON.stringify(rest).length);
}
console.log(JSON.stringify({ lengths, textMap }));
process.exit();

function throughOurs(received: TextMap, overQueue: boolean): TextMap {
  if (!overQueue) {
    const headers: TextMap = {};
    const context = propagator.extract(ROOT_CONTEXT, received, defaultTextMapGetter);
    propagator.inject(childOf(context), headers, defaultTextMapSetter);
    return headers;
  }
  const attributes: Attributes = { _datadog: { DataType: 'String', StringValue: JSON.stringify(received) } };
  const sent: Attributes = {};
  propagator.inject(childOf(propagator.extract(ROOT_CONTEXT, attributes, contextGetter)), sent, contextSetter);
  return JSON.parse(sent._datadog?.StringValue ?? '');
}

function throughDdTrace(received: TextMap): TextMap {
  const parent = tracer.extract('text_map', received);
  if (parent === null) throw new Error(`dd-trace reads nothing of ${JSON.stringify(received)}`);
  const sent: TextMap = {};
  tracer.inject(tracer.startSpan('hop', { childOf: parent }), 'text_map', sent);
  return sent;
}

function childOf(context: Context): Context {
  const parent = trace.getSpanContext(context);
  if (parent === undefined) throw new Error('the context is lost');
  const spanId = BigInt.asUintN(64, BigInt(`0x${parent.spanId}`) * 6364136223846793005n + 1442695040888963407n);
  const child: SpanContext = { ...parent, spanId: spanId.toString(16).padStart(16, '0'), isRemote: false };
  return trace.setSpanContext(context, child);
}
