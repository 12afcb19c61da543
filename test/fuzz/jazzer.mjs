// What jazzer loads, which takes files of JavaScript only. `require`, since that is what it instruments.
import { createRequire } from 'node:module';
import { fuzzTarget } from './target.ts';

// Every comparison of numbers calls into native code otherwise, for each character that a parser looks at: that takes two thirds of
// the time, and numbers steer nothing here. Strings still do.
globalThis.Fuzzer.tracer.traceNumberCmp = (a, b, operator) => {
  switch (operator) {
    case '===':
      return a === b;
    case '!==':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    default:
      throw new Error(`no ${operator} is expected`);
  }
};

export const fuzz = fuzzTarget(createRequire(import.meta.url)('otel-datadog-bridge'));
