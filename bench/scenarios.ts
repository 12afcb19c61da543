import type { Operation, Scenario } from './rounds.ts';
import { type Attributes, consumeWritten, type Side } from './side.ts';
import { inboundTraces, received, type TraceShape } from './wire.ts';

const SPANS_PER_TRACE = 50;

/** The first message of a span in a trace that came in: a trace for each run. */
export function writeFirst(name: string, shape: TraceShape): Scenario {
  return {
    name,
    operations(sides, count) {
      const traces = inboundTraces(count, shape);
      const headers = traces.map((trace) => trace.headers);
      const baggage = traces[0]?.baggage ?? {};
      return sides.map((side) => writes(side, side.continueTraces(headers, 1), baggage));
    },
  };
}

/** Every further span of traces that have sent something already. */
export function writeFurther(name: string, shape: TraceShape): Scenario {
  return {
    name,
    operations(sides, count) {
      const traces = inboundTraces(Math.ceil(count / SPANS_PER_TRACE), shape);
      const baggage = traces[0]?.baggage ?? {};
      const headers = traces.map((trace) => trace.headers);
      return sides.map((side) => {
        const contexts = side.continueTraces(headers, SPANS_PER_TRACE + 1);
        side.enter(baggage);
        return writes(
          side,
          contexts.filter((context, index) => {
            if (index % (SPANS_PER_TRACE + 1) > 0) return true;
            side.write(context);
            return false;
          }),
          baggage,
        );
      });
    },
  };
}

/** The first message of a trace that starts here. */
export function writeRoot(name: string): Scenario {
  return { name, operations: (sides, count) => sides.map((side) => writes(side, side.startTraces(count), {})) };
}

/** Messages that each side wrote itself. */
export function readOwn(name: string, shape: TraceShape): Scenario {
  return reading(name, shape, (side) => side);
}

/** Messages that the writer wrote, for those of the sides that understand them; the others read their own. */
export function readFrom(writer: Side, readers: readonly Side[], name: string, shape: TraceShape): Scenario {
  return reading(name, shape, (side) => (readers.includes(side) ? writer : side));
}

/** The same, and then somebody asks for what the trace's state says. */
export function readStateFrom(writer: Side, readers: readonly Side[], name: string, shape: TraceShape): Scenario {
  return carrying(
    name,
    shape,
    (side) => (readers.includes(side) ? writer : side),
    (side, attributes) => {
      const read = side.read(attributes);
      return side.consume(read) + side.consumeState(read);
    },
  );
}

/** A message comes in, and its trace goes on to the next queue. */
export function relay(writer: Side, readers: readonly Side[], name: string, shape: TraceShape): Scenario {
  return carrying(
    name,
    shape,
    (side) => (readers.includes(side) ? writer : side),
    (side, attributes) => consumeWritten(side.write(side.child(side.read(attributes)))),
  );
}

function reading(name: string, shape: TraceShape, writerFor: (side: Side) => Side): Scenario {
  return carrying(name, shape, writerFor, (side, attributes) => side.consume(side.read(attributes)));
}

function carrying(
  name: string,
  shape: TraceShape,
  writerFor: (side: Side) => Side,
  use: (side: Side, attributes: Attributes) => number,
): Scenario {
  return {
    name,
    operations(sides, count) {
      const traces = inboundTraces(count, shape);
      const headers = traces.map((trace) => trace.headers);
      return sides.map((side) => {
        const writer = writerFor(side);
        const contexts = writer.continueTraces(headers, 1);
        writer.enter(traces[0]?.baggage ?? {});
        const carriers = contexts.map((context) => received(writer.write(context)));
        return {
          count: carriers.length,
          prepare: () => side.enter({}),
          run: (index) => use(side, carriers[index] as Attributes),
        };
      });
    },
  };
}

function writes(side: Side, contexts: readonly unknown[], baggage: Record<string, string>): Operation {
  return {
    count: contexts.length,
    prepare: () => side.enter(baggage),
    run: (index) => consumeWritten(side.write(contexts[index])),
  };
}
