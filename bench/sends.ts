import type { SenderSide } from './sender-sides.ts';
import { type Load, type MessageAttributes, Queue, type Sent, sendInTurns } from './sending.ts';
import { median, type Spread, spreadOf } from './statistics.ts';

export interface MeasuredSends {
  readonly side: string;
  readonly cpuMicros: Spread;
  /** To the first side, in the same round. */
  readonly addedMicros: Spread;
  /** What the last side adds by what this one adds, in the same round. */
  readonly ratio: Spread;
  /** For a message. */
  readonly spans: number;
  readonly exportBytes: number;
  readonly attributes: number;
  readonly attributeBytes: number;
}

export interface SendsEffort {
  readonly rounds: number;
  readonly load: Load;
  /** A folder for a CPU profile of each process. */
  readonly profile?: string | undefined;
}

/** Each round has a new process for every side, in another order. */
export async function measureSends(
  sides: readonly SenderSide[],
  { rounds, load, profile }: SendsEffort,
): Promise<MeasuredSends[]> {
  const queue = await Queue.start();
  const flags = ({ name }: SenderSide) =>
    profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}/${name}`];
  const sent: Sent[][] = sides.map(() => []);
  try {
    for (let round = 0; round < rounds; round += 1) {
      const order = sides.map((_, index) => (index + round) % sides.length);
      const inOrder = order.flatMap((index) => sides[index] ?? []);
      const ofRound = await sendInTurns(inOrder, load, queue, flags);
      for (const [place, each] of ofRound.entries()) sent[order[place] ?? 0]?.push(each);
    }
  } finally {
    queue.close();
  }
  const added = sent.map((own) =>
    own.map((each, round) => each.cpuMicros - (sent[0]?.[round]?.cpuMicros ?? Number.NaN)),
  );
  return sides.map(({ name }, index) => {
    const own = sent[index] ?? [];
    const addedByOwn = added[index] ?? [];
    return {
      side: name,
      cpuMicros: spreadOf(own.map(({ cpuMicros }) => cpuMicros)),
      addedMicros: spreadOf(addedByOwn),
      ratio: spreadOf(addedByOwn.map((micros, round) => (added.at(-1)?.[round] ?? Number.NaN) / micros)),
      spans: median(own.map(({ exported }) => exported.spans / load.messages)),
      exportBytes: median(own.map(({ exported }) => exported.bytes / load.messages)),
      attributes: median(own.map(({ attributes }) => Object.keys(attributes).length)),
      attributeBytes: median(own.map(({ attributes }) => sizeOf(attributes))),
    };
  });
}

/** Bytes as SQS counts them. */
function sizeOf(attributes: MessageAttributes): number {
  const texts = Object.entries(attributes).flatMap(([name, { DataType, StringValue }]) => [
    name,
    DataType,
    StringValue,
  ]);
  return Buffer.byteLength(texts.join(''));
}
