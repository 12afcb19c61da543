import { HTTP } from './http.ts';
import { KAFKA } from './kafka.ts';
import type { Transport } from './transport.ts';

export const TRANSPORTS: readonly Transport[] = [KAFKA, HTTP];
