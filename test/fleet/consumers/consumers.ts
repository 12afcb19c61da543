import type { Consumer } from '../peer.ts';
import { GO_CONSUMERS } from './go.ts';
import { JAVA_CONSUMERS } from './java.ts';
import { FUNCTIONS } from './lambda.ts';
import { WORKERS } from './workers.ts';

export const CONSUMERS: readonly Consumer[] = [...FUNCTIONS, ...WORKERS, ...GO_CONSUMERS, ...JAVA_CONSUMERS];
