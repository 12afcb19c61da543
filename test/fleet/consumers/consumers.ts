import type { Consumer } from '../peer.ts';
import { FUNCTIONS } from './lambda.ts';
import { WORKERS } from './workers.ts';

export const CONSUMERS: readonly Consumer[] = [...FUNCTIONS, ...WORKERS];
