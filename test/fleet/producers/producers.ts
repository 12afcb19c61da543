import type { Producer } from '../peer.ts';
import { GO_PRODUCERS } from './go.ts';
import { JAVA_PRODUCERS } from './java.ts';
import { NODE_PRODUCERS } from './node.ts';
import { PHP_PRODUCERS } from './php.ts';
import { PYTHON_PRODUCERS } from './python.ts';

export const PRODUCERS: readonly Producer[] = [
  ...NODE_PRODUCERS,
  ...PYTHON_PRODUCERS,
  ...PHP_PRODUCERS,
  ...GO_PRODUCERS,
  ...JAVA_PRODUCERS,
];
