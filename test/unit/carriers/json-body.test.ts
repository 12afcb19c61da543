import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBody, parseData } from '../../../src/carriers/json-body.ts';

const id = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 2 });
const note = fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', ':', ' ', '1234567890123456', '_datadog', 'a') });
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('ids that are numbers keep their digits, whatever stands around them', () => {
  fc.assert(
    fc.property(id, id, space, note, fc.jsonValue(), (traceId, parentId, blank, text, other) => {
      const _datadog = `{"note":${JSON.stringify(text)},"t"${blank}:${blank}${traceId}${blank},"p":${blank}${parentId}}`;
      const members = `"before":${JSON.stringify({ other, text })},"_datadog"${blank}:${blank}${_datadog}`;
      const json = `${blank}{${members},"after":${JSON.stringify([text, other])}}`;
      const plain = JSON.parse(json);
      for (const parsed of [parseBody(json), parseData(base64(json)), parseData(Buffer.from(json.trim()))]) {
        const { _datadog: found, before, after } = parsed as Record<string, Record<string, unknown>>;
        const digits = [String(found?.t), String(found?.p)];
        const areExact = [plain._datadog.t, plain._datadog.p].every(Number.isSafeInteger);
        if (!areExact) expect(digits).toEqual([String(traceId), String(parentId)]);
        expect(found?.note).toBe(text);
        expect([before, after]).toEqual([plain.before, plain.after]);
      }
    }),
  );
});

test('data that is base64 twice is the same', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), (object) => {
      const json = JSON.stringify({ ...object, _datadog: {} });
      expect(parseData(base64(base64(json)))).toEqual(JSON.parse(json));
      expect(parseData(Buffer.from(base64(json)))).toEqual(JSON.parse(json));
    }),
  );
});

test.each([
  undefined,
  null,
  1,
  {},
  [],
  new Uint16Array(2),
  '{"_datadog":1',
  '["_datadog"]',
  ' "_datadog"',
  '{"other":1}',
])('%o is no body with a context', (body) => {
  expect(parseBody(body)).toBeUndefined();
  expect(parseData(body)).toBeUndefined();
});
