import { describe, expect, test } from 'vitest';
import { extractEventContext, extractMessageContext } from '../../src/index.ts';
import {
  type Delivery,
  eventBridgeDeliveries,
  kinesisDeliveries,
  snsDeliveries,
  sqsDeliveries,
  stepFunctionsDeliveries,
} from './deliveries.ts';
import { bodyVectors, invocationVectors, requestVectors, snsVectors, sqsVectors } from './vectors.ts';
import { carriedBy, extractedTo, type Fields, fieldsOn } from './wire-formats.ts';

interface Delivered {
  readonly file: string;
  readonly index: number;
  readonly source: string;
  readonly traceId: string | undefined;
  readonly fields: Fields;
  readonly deliveries: Delivery[];
}

/** The fields in JSON that a tracer has written into: `_datadog` holds them all. */
function fieldsInJson(text: string): Fields {
  return text.startsWith('{') ? (JSON.parse(text)._datadog ?? {}) : {};
}

const deliveriesOf = {
  kinesis: kinesisDeliveries,
  eventbridge: eventBridgeDeliveries,
  stepfunctions: stepFunctionsDeliveries,
};

const KINDS: Record<string, Delivered[]> = {
  SQS: sqsVectors().map((vector) => ({
    ...vector,
    fields: fieldsOn(vector.attributes),
    deliveries: sqsDeliveries(vector.attributes),
  })),
  SNS: snsVectors().map((vector) => ({
    ...vector,
    fields: fieldsOn(vector.attributes),
    deliveries: snsDeliveries(vector.attributes),
  })),
  Invoke: invocationVectors().map(({ clientContext, payload, ...vector }) => ({
    ...vector,
    fields: (clientContext?.custom ?? payload.headers ?? {}) as Fields,
    deliveries: [{ how: 'to a function', event: payload, lambdaContext: { clientContext } }],
  })),
  request: requestVectors().map(({ headers, event, ...vector }) => ({
    ...vector,
    fields: headers,
    deliveries: [{ how: 'to a function', event }],
  })),
};
for (const { kind, text, ...vector } of bodyVectors()) {
  KINDS[kind] ??= [];
  KINDS[kind].push({ ...vector, fields: fieldsInJson(text), deliveries: deliveriesOf[kind](text) });
}

test('the vectors are all there', () => {
  const counts = Object.entries(KINDS).map(([kind, vectors]) => [
    kind,
    [vectors.length, vectors.filter(({ fields }) => carriedBy(fields)).length],
  ]);
  // Messages, and those of them that carry a context.
  expect(Object.fromEntries(counts)).toEqual({
    SQS: [43, 36],
    SNS: [23, 18],
    Invoke: [7, 6],
    request: [6, 6],
    eventbridge: [13, 7],
    kinesis: [21, 7],
    stepfunctions: [7, 4],
  });
});

describe.each(Object.entries(KINDS))('%s', (_kind, vectors) => {
  describe.each(vectors)('$file $index ($source)', ({ fields, traceId, deliveries }) => {
    const expected = carriedBy(fields);

    test.each(deliveries)('$how', ({ message, event, lambdaContext }) => {
      if (expected && traceId) expect(expected.traceId).toBe(traceId);
      if (message) expect(extractedTo(extractMessageContext(message))).toEqual(expected);
      if (event) expect(extractedTo(extractEventContext(event, lambdaContext))).toEqual(expected);
    });
  });
});
