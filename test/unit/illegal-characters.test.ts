import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Context, defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT } from '@opentelemetry/api';
import { contextSetter } from '@opentelemetry/instrumentation-aws-sdk/build/src/services/MessageAttributes.js';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatadogPropagator } from '../../src/index.ts';

const propagator = new DatadogPropagator();
const LEGAL = /^[\x20-\x7e]*$/;

const VALID = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '167372598629952624',
  'x-datadog-sampling-priority': '1',
  'x-datadog-origin': 'synthetics',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-0,_dd.p.usr.id=dXNlcg==',
  traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-0252a07dde78ec70-01',
  tracestate: 'dd=s:1;o:synthetics;p:0252a07dde78ec70;t.dm:-0;x:y,ot=th:0,foo=bar',
  baggage: 'user=alice;prop=1,team=a%20b',
};
const IDS = ['x-datadog-trace-id', 'x-datadog-parent-id', 'traceparent'];

const server = createServer((incoming, response) => response.end(JSON.stringify(incoming.headers)));
let url: string;
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function written(context: Context): Record<string, string> {
  const fields: Record<string, string> = {};
  propagator.inject(context, fields, defaultTextMapSetter);
  return fields;
}

async function receivedFromHttp(headers: Record<string, string>): Promise<IncomingHttpHeaders> {
  const [response] = await once(request(url, { headers }).end(), 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return JSON.parse(body);
}

async function receivedFromFetch(headers: Record<string, string>): Promise<IncomingHttpHeaders> {
  return (await fetch(url, { headers })).json() as Promise<IncomingHttpHeaders>;
}

const ILLEGAL = {
  'CR LF': '\r\nx: y',
  NUL: '\0',
  DEL: '\x7f',
  'Latin-1': 'é',
  'an emoji': '🐶',
  'half an emoji': '\ud83d',
};

test.each(Object.keys(VALID).flatMap((field) => Object.entries(ILLEGAL).map(([name, text]) => [field, name, text])))(
  '%s with %s in it',
  async (field = '', _name, text = '') => {
    const value = VALID[field as keyof typeof VALID];
    // At every boundary inside the value: each sub-field has a key, a value and an end.
    const places = [...value.matchAll(/$|[^\w.]/g)].map(({ index }) => index).concat(0);
    for (const place of places) {
      const fields = { ...VALID, [field]: value.slice(0, place) + text + value.slice(place) };
      for (const carrier of [fields, { _datadog: JSON.stringify(fields) }, { _datadog: fields }]) {
        const onwards = written(propagator.extract<object>(ROOT_CONTEXT, carrier, defaultTextMapGetter));
        for (const [name, outbound] of Object.entries(onwards)) expect(outbound, name).toMatch(LEGAL);
        // Whatever else is dropped, the trace goes on.
        if (!IDS.includes(field)) expect(onwards).toMatchObject({ 'x-datadog-trace-id': VALID['x-datadog-trace-id'] });
      }
    }
    const onwards = written(
      propagator.extract(ROOT_CONTEXT, { ...VALID, [field]: value + text }, defaultTextMapGetter),
    );
    expect(await receivedFromHttp(onwards)).toMatchObject(onwards);
    expect(await receivedFromFetch(onwards)).toMatchObject(onwards);
  },
);

test('without anything illegal all fields go on', async () => {
  const onwards = written(propagator.extract(ROOT_CONTEXT, VALID, defaultTextMapGetter));
  expect(Object.keys(onwards).sort()).toEqual(Object.keys(VALID).sort());
  expect(await receivedFromFetch(onwards)).toMatchObject(onwards);
});

test('whatever comes in, what goes out is legal, and is read as it was written', () => {
  const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 40 }));
  const near = Object.values(VALID).map((valid) =>
    fc.tuple(fc.nat(valid.length), anything).map(([place, text]) => valid.slice(0, place) + text + valid.slice(place)),
  );
  const value = fc.oneof(anything, ...near, fc.constantFrom(...Object.values(VALID)));
  const field = fc.constantFrom(...Object.keys(VALID));
  const inbound = fc
    .dictionary(field, value)
    .chain((fields) => fc.constantFrom({ ...VALID, ...fields }, fields))
    .chain((fields) => fc.constantFrom<object>(fields, { _datadog: JSON.stringify(fields) }));

  fc.assert(
    fc.property(inbound, (carrier) => {
      const context = propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
      const onwards = written(context);
      for (const outbound of Object.values(onwards)) expect(outbound).toMatch(LEGAL);
      const again = written(propagator.extract(ROOT_CONTEXT, onwards, defaultTextMapGetter));
      // An origin that only `dd` can hold, as it is written there, ends after one hop.
      expect({ ...again, tracestate: '' }).toEqual({ ...onwards, tracestate: '' });

      const attributes: Record<string, { StringValue: string }> = {};
      propagator.inject(context, attributes, contextSetter);
      for (const { StringValue } of Object.values(attributes)) {
        expect(StringValue).toMatch(LEGAL);
        expect(StringValue).not.toBe('');
      }
      expect(written(propagator.extract(ROOT_CONTEXT, attributes, defaultTextMapGetter))).toEqual(again);
    }),
    { numRuns: 500 },
  );
});
