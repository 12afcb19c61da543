import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as bridge from '../../src/index.ts';
import { seeds } from '../fuzz/seeds.ts';
import { fuzzTarget } from '../fuzz/target.ts';

const FUZZ = join(import.meta.dirname, '../fuzz');

const fuzz = fuzzTarget(bridge);

/** A failure as the bytes that make it again, and why. */
function failure(input: Buffer): string | undefined {
  try {
    fuzz(input);
    return undefined;
  } catch (error) {
    return `${input.toString('base64')}: ${error}`;
  }
}

function filesIn(folder: string): string[] {
  const path = join(FUZZ, folder);
  return existsSync(path) ? readdirSync(path).map((file) => join(path, file)) : [];
}

test('nothing fails on what the fuzzer begins with', () => {
  expect(seeds().flatMap((seed) => failure(seed) ?? [])).toEqual([]);
});

test('nothing fails on what the fuzzer has found to take other branches', () => {
  expect(filesIn('corpus').flatMap((file) => failure(readFileSync(file)) ?? [])).toEqual([]);
});

test('nothing fails on what the fuzzer has found to fail', () => {
  expect(filesIn('finds').flatMap((file) => failure(readFileSync(file)) ?? [])).toEqual([]);
});
