import {
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type SpanContext,
  type TextMapPropagator,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  contextGetter,
  contextSetter,
} from '@opentelemetry/instrumentation-aws-sdk/build/src/services/MessageAttributes.js';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace-node';
import type { Attributes, Side } from './side.ts';

/** Any propagator of OpenTelemetry's, with the getter and the setter of its AWS SDK instrumentation. */
export function propagatorSide(name: string, propagator: TextMapPropagator): Side<Context, Context> {
  return {
    name,
    continueTraces: (inbound, spans) =>
      inbound.flatMap((headers) => {
        const context = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
        return Array.from({ length: spans }, () => childOf(context));
      }),
    startTraces: (count) => Array.from({ length: count }, rootContext),
    enter() {},
    write(context) {
      const attributes: Attributes = {};
      propagator.inject(context, attributes, contextSetter);
      return attributes;
    },
    read: (attributes) => propagator.extract(ROOT_CONTEXT, attributes, contextGetter),
    child: childOf,
    consume(context) {
      const { traceId = '', spanId = '', traceFlags = 0 } = trace.getSpanContext(context) ?? {};
      return traceId.charCodeAt(16) + spanId.charCodeAt(8) + traceFlags;
    },
    consumeState: (context) => trace.getSpanContext(context)?.traceState?.get('dd')?.charCodeAt(0) ?? 1,
    idsOf: (context) => trace.getSpanContext(context) ?? { traceId: '', spanId: '' },
    idsRead: (context) => trace.getSpanContext(context),
  };
}

/** What an application has that nobody told of Datadog: OpenTelemetry's default propagators. */
export function openTelemetrySide(): Side<Context, Context> {
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  return propagatorSide('OpenTelemetry', new CompositePropagator({ propagators }));
}

const ids = new RandomIdGenerator();

/** As an SDK makes a child: an id of its own, flags and trace state of the parent. */
function childOf(context: Context): Context {
  const { traceId = '', traceFlags = TraceFlags.NONE, traceState } = trace.getSpanContext(context) ?? {};
  const child: SpanContext = { traceId, spanId: ids.generateSpanId(), traceFlags, ...(traceState && { traceState }) };
  return trace.setSpanContext(context, child);
}

function rootContext(): Context {
  const traceId = ids.generateTraceId();
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: ids.generateSpanId(), traceFlags: TraceFlags.SAMPLED });
}
