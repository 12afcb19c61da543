import type { Ids, Side } from './side.ts';
import { inboundTraces, type TraceShape } from './wire.ts';

/** Whoever is fast because it leaves something out is not compared: what each side writes, the readers must read. */
export function verify(writers: readonly Side[], readers: readonly Side[], shape: TraceShape): void {
  const traces = inboundTraces(10, shape);
  for (const writer of writers) {
    const contexts = writer.continueTraces(
      traces.map(({ headers }) => headers),
      1,
    );
    for (const [index, context] of contexts.entries()) {
      const { traceId = '', baggage = {} } = traces[index] ?? {};
      const expected = writer.idsOf(context);
      writer.enter(baggage);
      const attributes = writer.write(context);
      for (const reader of readers) {
        const read = reader.idsRead(reader.read(attributes));
        if (expected.traceId !== traceId || !isSame(read, expected)) {
          const sent = JSON.stringify(attributes);
          throw new Error(`${reader.name} reads ${JSON.stringify(read)} of ${writer.name}'s ${traceId}: ${sent}`);
        }
      }
      for (const item of Object.entries(baggage)) {
        if (!JSON.stringify(attributes).includes(item.join('='))) throw new Error(`${writer.name} loses ${item}`);
      }
    }
  }
}

function isSame(a: Ids | undefined, b: Ids): boolean {
  return a?.traceId === b.traceId && a.spanId === b.spanId;
}
