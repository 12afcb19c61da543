import { mutated } from './mutations.ts';
import type { Headers } from './peer.ts';
import { Random } from './random.ts';
import { validHeaders } from './valid-headers.ts';

const VALID_PERCENT = 34;

/** The header set that has this number under this seed: a third of them as tracers write them, the others mutated. */
export function headerSet(seed: number, index: number, styles: readonly string[]): Headers {
  const random = new Random(seed, index);
  const valid = validHeaders(random, styles);
  return random.chance(VALID_PERCENT) ? valid : mutated(valid, random);
}
