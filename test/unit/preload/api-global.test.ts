import { propagation, ROOT_CONTEXT, type TextMapPropagator } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { wrapRegisteredPropagator } from '../../../src/preload/api-global.ts';

const KEY = Symbol.for('opentelemetry.js.api.1');
const root = globalThis as { [KEY]?: unknown };
let before: PropertyDescriptor | undefined;

beforeEach(() => {
  before = Object.getOwnPropertyDescriptor(root, KEY);
  delete root[KEY];
});
afterEach(() => {
  delete root[KEY];
  if (before !== undefined) Object.defineProperty(root, KEY, before);
});

const wrapped = (theirs: TextMapPropagator): TextMapPropagator => ({
  inject: theirs.inject.bind(theirs),
  extract: theirs.extract.bind(theirs),
  fields: () => ['ours', ...theirs.fields()],
});
const theirs = new W3CTraceContextPropagator();

test('one that is registered later is wrapped, and nothing is registered before', () => {
  wrapRegisteredPropagator(wrapped);
  expect(root[KEY]).toBeUndefined();
  expect(propagation.fields()).toEqual([]);
  expect(propagation.setGlobalPropagator(theirs)).toBe(true);
  expect(propagation.fields()).toEqual(['ours', 'traceparent', 'tracestate']);
  expect(propagation.setGlobalPropagator(theirs)).toBe(false);
});

test('one that is registered already is wrapped too', () => {
  propagation.setGlobalPropagator(theirs);
  wrapRegisteredPropagator(wrapped);
  expect(propagation.fields()).toEqual(['ours', 'traceparent', 'tracestate']);
});

test('so is the next after it has been disabled', () => {
  wrapRegisteredPropagator(wrapped);
  propagation.setGlobalPropagator(theirs);
  propagation.disable();
  expect(propagation.fields()).toEqual([]);
  expect(propagation.extract(ROOT_CONTEXT, {})).toBe(ROOT_CONTEXT);
  propagation.setGlobalPropagator(theirs);
  expect(propagation.fields()).toEqual(['ours', 'traceparent', 'tracestate']);
});
