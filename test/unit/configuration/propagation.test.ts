import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DatadogPropagatorOptions } from '../../../src/configuration/propagation.ts';

let warned: string[];
beforeEach(() => {
  warned = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warned.push(String(warning)));
});
afterEach(() => vi.restoreAllMocks());

/** A module of its own each time: what has been warned of once is not warned of again. */
async function configured(options: DatadogPropagatorOptions) {
  vi.resetModules();
  const { propagatorConfiguration } = await import('../../../src/configuration/propagation.ts');
  const { settings, extractBehavior } = propagatorConfiguration(options);
  return {
    ...settings,
    injectStyles: [...settings.injectStyles],
    baggageTagKeys: [...settings.baggageTagKeys],
    extractBehavior,
  };
}

const DEFAULTS = {
  injectStyles: ['datadog', 'tracecontext', 'baggage'],
  extractStyles: ['datadog', 'tracecontext', 'baggage'],
  extractFirst: false,
  extractBehavior: 'continue',
  tagsMaxLength: 512,
  baggageMaxItems: 64,
  baggageMaxBytes: 8192,
  baggageTagKeys: ['user.id', 'session.id', 'account.id'],
};

const STYLE = 'DD_TRACE_PROPAGATION_STYLE';
const KNOWN = 'datadog, tracecontext, baggage, b3, b3multi, none';

describe('the environment', () => {
  test.each<[name: string, env: Record<string, string>, expected: object]>([
    ['nothing in it', {}, {}],
    ['a style for both ways', { [STYLE]: 'b3' }, { injectStyles: ['b3'], extractStyles: ['b3'] }],
    [
      'a style for each way',
      { [`${STYLE}_INJECT`]: 'b3', [`${STYLE}_EXTRACT`]: 'b3multi' },
      { injectStyles: ['b3'], extractStyles: ['b3multi'] },
    ],
    [
      'the one for a way before the one for both',
      { [STYLE]: 'datadog', [`${STYLE}_EXTRACT`]: 'baggage' },
      { injectStyles: ['datadog'], extractStyles: ['baggage'] },
    ],
    [
      'names in any case, with spaces',
      { [STYLE]: ' DataDog , B3 single header,B3Multi ' },
      { injectStyles: ['datadog', 'b3', 'b3multi'], extractStyles: ['datadog', 'b3', 'b3multi'] },
    ],
    ['an order', { [`${STYLE}_EXTRACT`]: 'tracecontext,datadog' }, { extractStyles: ['tracecontext', 'datadog'] }],
    ['empty variables', { [STYLE]: '', [`${STYLE}_INJECT`]: ' , ', DD_TRACE_BAGGAGE_MAX_ITEMS: '' }, {}],
    [
      'OTEL_PROPAGATORS',
      { OTEL_PROPAGATORS: 'tracecontext,b3,xray' },
      { injectStyles: [...DEFAULTS.injectStyles, 'b3'], extractStyles: [...DEFAULTS.extractStyles, 'b3'] },
    ],
    ['OTEL_PROPAGATORS of nothing of ours', { OTEL_PROPAGATORS: 'none,jaeger,ottrace' }, {}],
    [
      'OTEL_PROPAGATORS beside DD_*',
      { OTEL_PROPAGATORS: 'b3', [STYLE]: 'datadog' },
      { injectStyles: ['datadog'], extractStyles: ['datadog'] },
    ],
    [
      'numbers',
      { DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH: '0', DD_TRACE_BAGGAGE_MAX_ITEMS: '3', DD_TRACE_BAGGAGE_MAX_BYTES: '100' },
      { tagsMaxLength: 0, baggageMaxItems: 3, baggageMaxBytes: 100 },
    ],
    ['keys', { DD_TRACE_BAGGAGE_TAG_KEYS: 'a, b.c ,' }, { baggageTagKeys: ['a', 'b.c'] }],
    ['no keys', { DD_TRACE_BAGGAGE_TAG_KEYS: '' }, { baggageTagKeys: [] }],
    ['first', { DD_TRACE_PROPAGATION_EXTRACT_FIRST: 'TRUE' }, { extractFirst: true }],
    ['a behaviour', { DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT: 'Restart' }, { extractBehavior: 'restart' }],
  ])('%s', async (_name, env, expected) => {
    expect(await configured({ env })).toEqual({ ...DEFAULTS, ...expected });
    expect(warned).toEqual([]);
  });

  test.each<[env: Record<string, string>, expected: object, warning: string]>([
    [
      { [STYLE]: 'datadog,haystack' },
      { injectStyles: ['datadog'], extractStyles: ['datadog'] },
      `${STYLE}: haystack is not a propagation style; the known ones are ${KNOWN}`,
    ],
    [{ [`${STYLE}_INJECT`]: 'x' }, {}, `${STYLE}_INJECT: x is not a propagation style; the known ones are ${KNOWN}`],
    [
      { DD_TRACE_BAGGAGE_MAX_ITEMS: '-1' },
      {},
      'DD_TRACE_BAGGAGE_MAX_ITEMS=-1 is not a whole number; 64 is used instead',
    ],
    [
      { DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH: 'many' },
      {},
      'DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH=many is not a whole number; 512 is used instead',
    ],
    [
      { DD_TRACE_PROPAGATION_EXTRACT_FIRST: 'yes' },
      {},
      'DD_TRACE_PROPAGATION_EXTRACT_FIRST=yes is neither true nor false; false is used instead',
    ],
    [
      { DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT: 'stop' },
      {},
      'DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT=stop is none of continue, restart, ignore; continue is used instead',
    ],
  ])('%j is one warning, and the rest works', async (env, expected, warning) => {
    expect(await configured({ env })).toEqual({ ...DEFAULTS, ...expected });
    expect(warned).toEqual([warning]);
  });
});

describe('the options', () => {
  test('win over the environment, and leave it the rest', async () => {
    const env = {
      [STYLE]: 'b3',
      DD_TRACE_PROPAGATION_EXTRACT_FIRST: 'true',
      DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT: 'ignore',
      DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH: '1',
      DD_TRACE_BAGGAGE_MAX_ITEMS: '2',
      DD_TRACE_BAGGAGE_MAX_BYTES: '3',
      DD_TRACE_BAGGAGE_TAG_KEYS: 'x',
    };
    const options: DatadogPropagatorOptions = {
      injectStyles: ['datadog'],
      extractFirst: false,
      extractBehavior: 'restart',
      tagsMaxLength: 0,
      baggageMaxItems: 10,
      baggageMaxBytes: 20,
      baggageTagKeys: ['*'],
    };
    const { env: _env, ...expected } = { ...options, env, extractStyles: ['b3'] };
    expect(await configured({ ...options, env })).toEqual(expected);
  });

  test.each<[options: object, message: RegExp]>([
    [{ injectStyles: ['datadog', 'haystack'] }, /^injectStyles: haystack is none of datadog, /],
    [{ extractStyles: [1] }, /^extractStyles: 1 is none of/],
    [{ extractBehavior: 'stop' }, /^extractBehavior: stop is none of continue, restart, ignore, and no function$/],
    [{ tagsMaxLength: -1 }, /^tagsMaxLength: -1 is not a whole number$/],
    [{ baggageMaxItems: 1.5 }, /^baggageMaxItems: 1.5 is not/],
    [{ baggageMaxBytes: '10' }, /^baggageMaxBytes: 10 is not/],
  ])('%j is a TypeError at once', async (options, message) => {
    await expect(configured({ ...options, env: {} })).rejects.toThrow(message);
  });
});
