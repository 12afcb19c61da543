import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
} from '@opentelemetry/api';
import {
  contextGetter,
  contextSetter,
} from '@opentelemetry/instrumentation-aws-sdk/build/src/services/MessageAttributes.js';
import { expect } from 'vitest';
import { extractEventContext, extractMessageContext } from '../../src/index.ts';
import { GrpcMetadata } from './grpc-metadata.ts';
import type { Fields, Headers as HeaderFields } from './wire.ts';

/** A kind of carrier that headers are put on and the context is read from. */
export interface ReadableCarrier {
  readonly kind: string;
  /** Throws where it cannot hold these headers. */
  put(headers: HeaderFields): unknown;
  read(propagator: TextMapPropagator, carrier: unknown): Context;
  /** Whether `read` finds nothing on it, though the headers hold something: what differs by its nature. */
  ignores?(carried: Carried): boolean;
}

interface Carried {
  readonly headers: HeaderFields;
  readonly hasSpan: boolean;
  readonly hasLinks: boolean;
}

/** A kind of carrier that a context is written to. */
export interface WritableCarrier {
  readonly kind: string;
  write(propagator: TextMapPropagator, context: Context): Fields;
  /** Whether it holds all of these; where it does not, baggage is left out, and then foreign members from the right. */
  holds(fields: Fields): boolean;
}

/** What is read and written of a `_datadog`. */
const MAX_DATADOG_ATTRIBUTE = 16 * 1024;
const MAX_MESSAGE_ATTRIBUTES = 10;

/** Three quarters of what Node's HTTP servers take. */
const MAX_HEADERS = 12 * 1024;

function fitsHeaders(fields: Fields): boolean {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return lines.join('').length <= MAX_HEADERS;
}

const DATADOG_ATTRIBUTE = {
  ignores: ({ headers }: Carried) => jsonOf(headers).length > MAX_DATADOG_ATTRIBUTE,
};

/** A message's context is a span, or links; baggage alone leaves the context of the receiver as it is. */
const MESSAGE = {
  ignores: (carried: Carried) => DATADOG_ATTRIBUTE.ignores(carried) || !(carried.hasSpan || carried.hasLinks),
};

const emptyLists = { stringListValues: [], binaryListValues: [] };
const lambdaString = (text: string) => ({ ...emptyLists, dataType: 'String', stringValue: text });
const lambdaBinary = (text: string) => ({
  ...emptyLists,
  dataType: 'Binary',
  binaryValue: Buffer.from(text).toString('base64'),
});
const readRecord = (propagator: TextMapPropagator, record: unknown) =>
  inForce(propagator, () => extractMessageContext(record, ROOT_CONTEXT));
const readEvent = (propagator: TextMapPropagator, record: unknown) =>
  inForce(propagator, () => extractEventContext({ Records: [record] }));

/** Every kind that context is read from. */
export const READABLE: readonly ReadableCarrier[] = [
  {
    kind: 'a text map',
    put: (headers) => ({ ...lowerCased(headers) }),
    read: (propagator, carrier) => propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter),
  },
  {
    kind: "Node's HTTP headers",
    put: (headers) => mapped(lowerCased(headers), (values) => values.map(asHttp).join(', ')),
    read: (propagator, carrier) => propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter),
  },
  {
    kind: 'Headers',
    put: (headers) => {
      const carrier = new Headers();
      for (const [name, values] of entries(headers)) for (const value of values) carrier.append(name, value);
      return carrier;
    },
    read: (propagator, carrier) =>
      propagator.extract(ROOT_CONTEXT, carrier as Headers, {
        get: (headers, name) => headers.get(name) ?? undefined,
        keys: (headers) => [...headers.keys()],
      }),
  },
  {
    kind: 'gRPC metadata',
    put: (headers) => {
      const carrier = new GrpcMetadata();
      for (const [name, values] of entries(headers)) for (const value of values) carrier.add(name, value);
      return carrier;
    },
    read: (propagator, carrier) =>
      propagator.extract(ROOT_CONTEXT, carrier as GrpcMetadata, {
        get: (metadata, name) => metadata.get(name),
        keys: (metadata) => metadata.names(),
      }),
  },
  {
    kind: 'Kafka headers',
    put: (headers) =>
      mapped(inLowerCase(headers), (values) => {
        const [value, ...more] = values.map((text) => Buffer.from(text));
        return more.length > 0 ? [value, ...more] : value;
      }),
    read: (propagator, carrier) => propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter),
  },
  {
    kind: 'SQS attributes, one for each header',
    put: (headers) => {
      const attributes = mapped(inLowerCase(headers), (values) => stringAttribute(values.join(',')));
      if (Object.keys(attributes).length > MAX_MESSAGE_ATTRIBUTES) throw new RangeError('too many attributes');
      return attributes;
    },
    read: (propagator, carrier) => propagator.extract(ROOT_CONTEXT, carrier, contextGetter),
  },
  {
    ...DATADOG_ATTRIBUTE,
    kind: 'SQS attributes, _datadog',
    put: (headers) => ({ _datadog: stringAttribute(jsonOf(inLowerCase(headers))) }),
    read: (propagator, carrier) => propagator.extract(ROOT_CONTEXT, carrier, contextGetter),
  },
  ...[lambdaString, lambdaBinary].flatMap((spelled): ReadableCarrier[] => {
    const put = (headers: HeaderFields) => ({
      messageAttributes: { _datadog: spelled(jsonOf(inLowerCase(headers))) },
    });
    const spelling = spelled === lambdaString ? 'stringValue' : 'binaryValue';
    return [
      { ...MESSAGE, kind: `a record of Lambda, ${spelling}`, put, read: readRecord },
      { ...MESSAGE, kind: `an event of Lambda, ${spelling}`, put, read: readEvent },
    ];
  }),
];

/** Every kind that context is written to. */
export const WRITABLE: readonly WritableCarrier[] = [
  {
    kind: 'a text map',
    holds: fitsHeaders,
    write: (propagator, context) => {
      const carrier: Record<string, string> = {};
      propagator.inject(context, carrier, defaultTextMapSetter);
      return carrier;
    },
  },
  {
    kind: 'Headers',
    holds: fitsHeaders,
    write: (propagator, context) => {
      const carrier = new Headers();
      propagator.inject(context, carrier, { set: (headers, name, value) => headers.set(name, value) });
      return Object.fromEntries(carrier);
    },
  },
  {
    kind: 'gRPC metadata',
    holds: fitsHeaders,
    write: (propagator, context) => {
      const carrier = new GrpcMetadata();
      propagator.inject(context, carrier, { set: (metadata, name, value) => metadata.set(name, value) });
      return Object.fromEntries(carrier.names().map((name) => [name, carrier.get(name).join()]));
    },
  },
  {
    kind: 'Kafka headers',
    holds: fitsHeaders,
    write: (propagator, context) => {
      const carrier: Record<string, Buffer> = {};
      propagator.inject(context, carrier, {
        set: (headers, name, value) => {
          headers[name] = Buffer.from(value);
        },
      });
      return mapped(carrier, ([value]) => String(value));
    },
  },
  {
    kind: 'a setter that ignores its carrier',
    holds: fitsHeaders,
    write: (propagator, context) => {
      const fields = new Map<string, string>();
      propagator.inject(context, undefined, { set: (_carrier, name, value) => fields.set(name, value) });
      return Object.fromEntries(fields);
    },
  },
  {
    kind: 'SQS attributes',
    holds: (fields) => jsonOf(fields).length <= MAX_DATADOG_ATTRIBUTE,
    write: (propagator, context) => {
      const carrier: Record<string, { StringValue: string }> = {};
      propagator.inject(context, carrier, contextSetter);
      const { _datadog, ...beside } = carrier;
      const fieldsBeside = Object.fromEntries(Object.entries(beside).map(([name, each]) => [name, each.StringValue]));
      if (!_datadog) return fieldsBeside;
      const fields: Fields = JSON.parse(_datadog.StringValue);
      // Only what is inside had to be shortened.
      const inside = Object.entries(fieldsBeside).map(([name, value]) => [name, value.slice(0, fields[name]?.length)]);
      expect(fields, 'inside of _datadog as beside it').toMatchObject(Object.fromEntries(inside));
      return fields;
    },
  },
];

/** The carrier, or nothing where this kind cannot hold these headers. */
export function carrierWith({ put }: ReadableCarrier, headers: HeaderFields): { carrier: unknown } | undefined {
  try {
    return { carrier: put(headers) };
  } catch {
    return undefined;
  }
}

/** Lambda's extractors ask the application's propagator. */
function inForce<T>(propagator: TextMapPropagator, read: () => T): T {
  propagation.setGlobalPropagator(propagator);
  try {
    return read();
  } finally {
    propagation.disable();
  }
}

function stringAttribute(text: string): { DataType: string; StringValue: string } {
  if (text === '') throw new RangeError('SQS refuses an empty attribute');
  return { DataType: 'String', StringValue: text };
}

function jsonOf(headers: HeaderFields): string {
  return JSON.stringify(mapped(headers, (values) => values.join(',')));
}

function asHttp(value: string): string {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new RangeError('HTTP cannot hold this');
  return value.replace(/^[\t ]+|[\t ]+$/g, '');
}

function lowerCased(headers: HeaderFields): HeaderFields {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Where names have a case, no other is a header of ours. */
function inLowerCase(headers: HeaderFields): HeaderFields {
  for (const name of Object.keys(headers)) if (name !== name.toLowerCase()) throw new RangeError(name);
  return headers;
}

function entries<T>(record: Readonly<Record<string, T | readonly T[]>>): [name: string, values: readonly T[]][] {
  return Object.entries(record).map(([name, value]) => [name, Array.isArray(value) ? value : [value as T]]);
}

function mapped<T, U>(record: Readonly<Record<string, T | readonly T[]>>, map: (values: readonly T[]) => U) {
  return Object.fromEntries(entries(record).map(([name, values]) => [name, map(values)]));
}
