import type { Context } from '@opentelemetry/api';
import type { Random } from '../differential/random.ts';
import { type Bridge, OPTIONS } from './bridge.ts';
import { randomContext } from './contexts.ts';

/** Under what a message is sent. */
export interface Setting {
  readonly active: Context;
  /** Whether the caller's objects may not be changed. */
  readonly frozen: boolean;
  /** The index in `OPTIONS` of what the client has set. */
  readonly options: number;
}

export function randomSetting(random: Random, bridge: Bridge): Setting {
  return {
    options: random.chance(60) ? 0 : random.below(OPTIONS.length),
    frozen: random.chance(30),
    active: randomContext(random, bridge),
  };
}
