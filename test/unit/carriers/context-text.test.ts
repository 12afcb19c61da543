import { expect, test } from 'vitest';
import { contextText } from '../../../src/carriers/context-text.ts';
import { extractMessageContext } from '../../../src/index.ts';
import {
  type Delivery,
  eventBridgeDeliveries,
  kinesisDeliveries,
  snsDeliveries,
  sqsDeliveries,
  stepFunctionsDeliveries,
} from '../deliveries.ts';
import { bodyVectors, kafkaVectors, snsVectors, sqsVectors } from '../vectors.ts';
import { extractedTo } from '../wire-formats.ts';

const DELIVERIES = {
  kinesis: kinesisDeliveries,
  eventbridge: eventBridgeDeliveries,
  stepfunctions: stepFunctionsDeliveries,
};
const messages: readonly (readonly [name: string, message: object])[] = [
  ...named(sqsVectors(), ({ attributes }) => sqsDeliveries(attributes)),
  ...named(snsVectors(), ({ attributes }) => snsDeliveries(attributes)),
  ...named(bodyVectors(), ({ kind, text }) => DELIVERIES[kind](text)),
  ...named(kafkaVectors(), ({ headers }) => [{ how: 'with text', message: { headers } }]),
];

function named<T extends { file: string; index: number }>(vectors: T[], deliveriesOf: (vector: T) => Delivery[]) {
  return vectors.flatMap((vector) =>
    deliveriesOf(vector).flatMap(({ how, message }) =>
      message ? [[`${vector.file} ${vector.index} ${how}`, message] as const] : [],
    ),
  );
}

test('every message that carries a context has a text of it, and those with the same text carry the same', () => {
  const contexts = new Map<string, unknown>();
  let carrying = 0;
  for (const [name, message] of messages) {
    const text = contextText(message);
    const context = extractedTo(extractMessageContext(message));
    if (context !== undefined) {
      carrying += 1;
      expect(text, name).not.toBe('');
    }
    if (contexts.has(text)) expect(context, name).toEqual(contexts.get(text));
    contexts.set(text, context);
  }
  expect(carrying).toBeGreaterThan(150);
});

test.each([
  ['no message', undefined],
  ['text', 'text'],
  ['nothing of ours', { Body: '{"order":1}', MessageAttributes: { tenant: { StringValue: 'a', DataType: 'String' } } }],
  ['baggage alone', { Body: 'b', MessageAttributes: { baggage: { StringValue: 'a=1', DataType: 'String' } } }],
  ['a body that is no JSON', { Body: 'traceparent' }],
])('%s has none', (_name, message) => {
  expect(contextText(message)).toBe('');
});
