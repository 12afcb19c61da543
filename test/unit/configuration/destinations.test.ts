import { afterEach, expect, test, vi } from 'vitest';
import { destinationsFrom } from '../../../src/configuration/destinations.ts';

const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
afterEach(() => warnings.mockClear());

const CONTEXT = 'OTEL_DATADOG_PROPAGATE_TO';
const BAGGAGE = 'OTEL_DATADOG_BAGGAGE_TO';

test.each([{}, { [CONTEXT]: ' ' }, { [CONTEXT]: '', [BAGGAGE]: '' }])('with %j everything goes to everybody', (env) => {
  expect(destinationsFrom({ env })).toBeUndefined();
});

test.each<[globs: string, yes: string[], no: string[]]>([
  ['api.example.com', ['api.example.com', 'API.Example.com.'], ['example.com', 'xapi.example.com']],
  ['*.Example.com', ['api.example.com', 'a.b.example.com'], ['example.com', 'example.org']],
  ['api-?.local,localhost', ['api-1.local', 'localhost'], ['api-12.local', '127.0.0.1']],
  ['!*.partner.com', ['example.com', '::1'], ['api.partner.com']],
  ['!api.example.com, *.example.com', ['www.example.com'], ['api.example.com', 'example.org']],
  ['*,!*.partner.com,!10.*', ['example.com'], ['api.partner.com', '10.0.0.1']],
  ['!*', [], ['example.com', 'localhost']],
  ['::1,[fd00::*]', ['::1', '[::1]', 'fd00::7', '[FD00::7]'], ['127.0.0.1', 'fd01::7']],
])('%j', (globs, yes, no) => {
  const hosts = [...yes, ...no];
  const list = globs.split(/, ?/);
  for (const options of [{ env: { [CONTEXT]: globs } }, { propagateTo: list, env: {} }]) {
    const { isForContext, isForBaggage } = destinationsFrom(options) ?? {};
    expect(hosts.filter((host) => isForContext?.(host))).toEqual(yes);
    expect(hosts.filter((host) => isForBaggage?.(host))).toEqual(hosts);
  }
  const { isForContext, isForBaggage } = destinationsFrom({ env: { [BAGGAGE]: globs } }) ?? {};
  expect(hosts.filter((host) => isForBaggage?.(host))).toEqual(yes);
  expect(hosts.filter((host) => isForContext?.(host))).toEqual(hosts);
  expect(warnings).not.toHaveBeenCalled();
});

test('the options win, an empty one too', () => {
  const env = { [CONTEXT]: 'a', [BAGGAGE]: 'a' };
  const { isForContext, isForBaggage } = destinationsFrom({ propagateTo: [], baggageTo: ['!a'], env }) ?? {};
  expect(['a', 'b'].map((host) => isForContext?.(host))).toEqual([false, false]);
  expect(['a', 'b'].map((host) => isForBaggage?.(host))).toEqual([false, true]);
});

const BAD = ['https://a.example.com', 'a.example.com:443', 'a.example.com/path', 'user@a', 'a b', '!', '!!a'];

test.each(BAD)('%j is no host: one warning, and nobody is meant by it', (glob) => {
  const read = () => destinationsFrom({ env: { [CONTEXT]: `${glob},b` } });
  read();
  const hosts = ['a', 'a.example.com', glob, 'b'];
  expect(hosts.filter((host) => read()?.isForContext(host))).toEqual(['b']);
  expect(warnings).toHaveBeenCalledTimes(1);
  expect(warnings.mock.calls[0]?.[0]).toContain(`${CONTEXT}: ${glob} is no glob of a host`);
  expect(destinationsFrom({ env: { [BAGGAGE]: glob } })?.isForBaggage('b')).toBe(false);
});

test.each([...BAD, '', 7])('as an option %j throws', (glob) => {
  expect(() => destinationsFrom({ propagateTo: [glob as string] })).toThrow(TypeError);
  expect(() => destinationsFrom({ baggageTo: [glob as string] })).toThrow(TypeError);
});
