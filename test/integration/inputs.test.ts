import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RepeatedOutcome, SendOutcome } from './inputs/main.ts';
import { SHAPES } from './inputs/shapes.ts';
import { REGISTER, runNode } from './run-node.ts';

const MAIN = fileURLToPath(new URL('./inputs/main.ts', import.meta.url));
const OPERATIONS = 11;
const THROWING = SHAPES.filter(({ throws }) => throws).map(({ name }) => name);

interface Output {
  readonly sends: readonly SendOutcome[];
  readonly repeated: readonly RepeatedOutcome[];
}

async function output(...args: string[]): Promise<Output> {
  const run = runNode(args, { env: { OTEL_TRACES_EXPORTER: 'none' } });
  expect([await run.end, run.stderr]).toEqual([0, '']);
  return JSON.parse(run.stdout);
}

let without: Output;
beforeAll(async () => {
  without = await output(MAIN, 'plain');
  expect(without.sends).toHaveLength(OPERATIONS * SHAPES.length);
});

describe.each([
  ['by the plugin', [MAIN, 'plugin']],
  ['under the preload', ['--require', REGISTER, MAIN, 'plain']],
])('%s', (_name, args) => {
  let sends: Output['sends'];
  let repeated: Output['repeated'];
  beforeAll(async () => {
    ({ sends, repeated } = await output(...args));
  });

  test('an input is sent as without the bridge and stays as it is, whatever it is made of', () => {
    const common = ({ operation, shape, end, texts }: SendOutcome) => ({
      operation,
      shape,
      end,
      texts,
      unchanged: true,
    });
    expect(sends.map(({ traces, ...each }) => each)).toEqual(without.sends.map(common));
  });

  test('every message carries the context of its send, if its input can be read', () => {
    for (const { operation, shape, end, traces } of sends) {
      expect(end, `${operation} ${shape}`).toBe('sent');
      const messages = /Batch|Records|Events/.test(operation) ? 3 : 1;
      const expected = THROWING.includes(shape) ? expect.stringMatching(/^(?:own|none)$/) : 'own';
      expect(traces, `${operation} ${shape}`).toEqual(Array(messages).fill(expected));
    }
  });

  test('one command, sent again and at once, carries the context of each send, on every attempt of it', () => {
    expect(repeated).toHaveLength(OPERATIONS);
    for (const { operation, unchanged, attempts, expected } of repeated) {
      const calls = [...new Set(attempts.map(({ call }) => call))];
      const ofCalls = calls.map((call) => attempts.filter((attempt) => attempt.call === call));
      expect(
        ofCalls.map(({ length }) => length),
        operation,
      ).toEqual([2, 2, 2, 2]);
      const traces = ofCalls.map((each) => [...new Set(each.flatMap((attempt) => attempt.traces))]);
      expect(traces.sort(), operation).toEqual(expected.map((traceId) => [traceId]));
      expect(unchanged).toBe(true);
    }
  });
});
