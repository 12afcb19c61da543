import type { Excuse } from '../excused.ts';

export const KAFKA_EXCUSED: readonly Excuse[] = [];

export const HTTP_EXCUSED: readonly Excuse[] = [];
