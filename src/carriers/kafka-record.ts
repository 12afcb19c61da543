import { propertiesOf } from './properties-of';

/** `aws:kafka` for MSK, `aws:SelfManagedKafka`. https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html */
const KAFKA = /kafka$/i;

/** The records of an event of Lambda's for Kafka, which lists them by topic and partition; `undefined` for any other. */
export function kafkaRecords(event: unknown): readonly unknown[] | undefined {
  const { eventSource, records } = propertiesOf(event);
  if (typeof eventSource !== 'string' || !KAFKA.test(eventSource) || Array.isArray(records)) return undefined;
  return Object.values(propertiesOf(records)).filter(Array.isArray).flat();
}

/** Longer ones hold no context. */
const MAX_LENGTH = 32 * 1024;

/** The headers of such a record: a list of objects with a name each, and the bytes of its value as numbers. A name may come twice. */
export function kafkaHeaders(list: readonly unknown[]): Record<string, Buffer[]> {
  const headers = new Map<string, Buffer[]>();
  for (const header of list) {
    for (const [name, bytes] of Object.entries(propertiesOf(header))) {
      if (!Array.isArray(bytes) || bytes.length > MAX_LENGTH) continue;
      headers.set(name, [...(headers.get(name) ?? []), Buffer.from(bytes)]);
    }
  }
  return Object.fromEntries(headers);
}
