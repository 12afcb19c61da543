import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memberText, withMember, withoutMember } from '../../../src/carriers/json-member.ts';

const NAME = '_datadog';
const VALUE = '{"x-datadog-trace-id":"1","tracestate":"dd=s:1;o:\\"}"}';
const MEMBER = `"${NAME}":${VALUE}`;

const deep = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);

describe('an object gets the member before its closing brace, and nothing else changes', () => {
  test.each<[name: string, before: string, after?: string]>([
    ['one member', '{"a":1'],
    ['spaces', ' {\t"a" :\r\n1 ', '}\n\t '],
    ['printed over lines', '{\n  "a": {\n    "b": []\n  }\n'],
    ['an integer above 2^53', '{"id":9007199254740993'],
    ['an integer of 64 bits', '{"id":18446744073709551615,"min":-9223372036854775808'],
    ['a number too large for a double', '{"a":1E400,"b":-1e+400'],
    ['a number too small for one', '{"a":1e-400,"b":5E-324'],
    ['more digits than a double has', `{"a":0.${'1'.repeat(400)},"b":${'9'.repeat(400)}`],
    ['zeros', '{"a":-0,"b":-0.0,"c":0e0,"d":0E+00,"e":1.0,"f":1.10'],
    ['keys that come twice', '{"a":1,"a":2,"b":{"c":1,"c":[]},"a":3'],
    ['keys in no order', '{"b":1,"10":2,"a":3,"2":4'],
    ['an empty key', '{"":0,"":1'],
    ['a key that is a prototype', '{"__proto__":{"a":1},"constructor":0,"hasOwnProperty":1,"toString":null'],
    ['escapes', String.raw`{"\"\\\/\b\f\n\r\t\u0000\u001F\uabcD":"\"\\\/\b\f\n\r\t\u0000\u001F\uabcD"`],
    ['an escape where none is needed', String.raw`{"\u0061":"\u0041"`],
    ['backslashes before quotes', String.raw`{"a\\\"":"\\\\\"","b":"\\"`],
    ['brackets in strings', '{"}]":"{[","{":"}","[":"]","a":"\\"}"'],
    ['what looks like the member, in strings', String.raw`{"a":"\"_datadog\":{}","b":",\"_datadog\":1}"`],
    ['the member inside of others', '{"a":{"_datadog":1},"b":[{"_datadog":{}}]'],
    ['keys like it', '{"_Datadog":1,"_datadog ":2,"datadog":3,"_datadog\\u0000":4'],
    ['characters beyond ASCII', '{"é":"\u{1f600}\u2028\u2029\u007f\ufeff\ufffe\u0080"'],
    ['a byte order mark in a string', '{"\ufeff":"\ufeff"'],
    ['halves of surrogate pairs, escaped', String.raw`{"\uD800":"\uDFAA","a":"\uD800\uD800\n","b":"\uD83D\uDE00"`],
    ['halves of surrogate pairs, plain', '{"\ud800":"\udfaa","a":"\udc00\ud800"'],
    ['literals', '{"a":true,"b":false,"c":null'],
    ['values of the last kind each', '{"a":[1,{"b":"c"},[]],"d":{}'],
    ['deep lists', `{"a":${deep('[', ']', 100_000)}`],
    ['deep objects', `{"a":${'{"a":'.repeat(50_000)}0${'}'.repeat(50_000)}`],
    ['a long string', `{"a":"${'x'.repeat(1_000_000)}"`],
    ['a long string of escapes', `{"a":"${'\\"'.repeat(500_000)}"`],
    ['a long string of backslashes', `{"a":"${'\\\\'.repeat(500_000)}"`],
    ['much space', `${' '.repeat(100_000)}{${'\n'.repeat(100_000)}"a"${'\t'.repeat(100_000)}:1${'\r'.repeat(100_000)}`],
  ])('%s', (_name, before, after = '}') => {
    const json = before + after;
    const edited = withMember(json, NAME, VALUE);
    expect(edited === `${before},${MEMBER}${after}`).toBe(true);
    expect(withoutMember(edited ?? '', [], NAME) === json).toBe(true);
  });

  test.each([
    ['{', '}'],
    ['{ ', '}'],
    [' \n{\r\n\t', '} '],
  ])('no comma where it is the only one: %j %j', (before, after) => {
    const edited = before + MEMBER + after;
    expect(withMember(before + after, NAME, VALUE)).toBe(edited);
    expect(withoutMember(edited, [], NAME)).toBe(before + after);
  });
});

describe('what is no JSON object to a strict parser is left alone', () => {
  test.each<[name: string, json: string]>([
    ['nothing', ''],
    ['space', ' \n'],
    ['a byte order mark', '\ufeff{"a":1}'],
    ['bytes of a byte order mark', '\u00ef\u00bb\u00bf{"a":1}'],
    ['a list', '[{"a":1}]'],
    ['a string', '"{}"'],
    ['a number', '1'],
    ['true', 'true'],
    ['null', 'null'],
    ['trailing text', '{"a":1}x'],
    ['a trailing brace', '{"a":1}}'],
    ['a trailing comma', '{"a":1},'],
    ['a trailing comment', '{"a":1}//'],
    ['a trailing NUL', '{"a":1}\0'],
    ['two objects', '{"a":1}{"b":2}'],
    ['lines of objects', '{"a":1}\n{"b":2}\n'],
    ['a record separator', '\x1e{"a":1}'],
    ['a form feed for a space', '{"a":1\f}'],
    ['a no-break space', '{\u00a0"a":1}'],
    ['a line separator for a space', '{"a":1\u2028}'],
    ['a comma too many', '{"a":1,}'],
    ['commas alone', '{,}'],
    ['a comma first', '{,"a":1}'],
    ['a comma too few', '{"a":1 "b":2}'],
    ['no colon', '{"a" 1}'],
    ['two colons', '{"a"::1}'],
    ['no value', '{"a":}'],
    ['a key alone', '{"a"}'],
    ['no quotes', '{a:1}'],
    ['single quotes', "{'a':1}"],
    ['a number for a key', '{1:1}'],
    ['a comment', '{"a":/**/1}'],
    ['no end', '{"a":1'],
    ['no end of a string', '{"a":"}'],
    ['no beginning', '"a":1}'],
    ['another bracket', '{"a":1]'],
    ['nesting that crosses', '{"a":[1}]'],
    ['deep nesting without an end', `{"a":${'['.repeat(100_000)}}`],
    ['NaN', '{"a":NaN}'],
    ['Infinity', '{"a":-Infinity}'],
    ['True', '{"a":True}'],
    ['undefined', '{"a":undefined}'],
    ['a plus', '{"a":+1}'],
    ['a zero first', '{"a":01}'],
    ['a zero first, below zero', '{"a":-01}'],
    ['a point first', '{"a":.5}'],
    ['a point last', '{"a":1.}'],
    ['no exponent', '{"a":1e}'],
    ['a sign for an exponent', '{"a":1E+}'],
    ['a minus', '{"a":-}'],
    ['two minuses', '{"a":--1}'],
    ['hexadecimal', '{"a":0x1}'],
    ['a big integer', '{"a":1n}'],
    ['digits apart', '{"a":1 2}'],
    ['digits of other scripts', '{"a":\uff11}'],
    ['a tab in a string', '{"a":"\t"}'],
    ['a line feed in a string', '{"a":"\n"}'],
    ['a NUL in a string', '{"a":"\0"}'],
    ['a NUL in a key', '{"\0":1}'],
    ['an unknown escape', String.raw`{"a":"\x41"}`],
    ['an escape of a single quote', String.raw`{"a":"\'"}`],
    ['an escape with capitals', String.raw`{"a":"\U0041"}`],
    ['an escape of three digits', String.raw`{"a":"\u041"}`],
    ['an escape with braces', String.raw`{"a":"\u{41}"}`],
    ['an escaped quote last', String.raw`{"a":"\"}`],
  ])('%s', (_name, json) => {
    expect(withMember(json, NAME, VALUE)).toBeUndefined();
    expect(withoutMember(json, [], NAME)).toBeUndefined();
  });
});

describe('a member of that name makes way, and takes one comma with it', () => {
  test.each<[name: string, json: string, without: string]>([
    ['alone', '{"_datadog":1}', '{}'],
    ['alone in space', '{ "_datadog" : 1 }', '{  }'],
    ['first', '{"_datadog":{"a":1},"k":1}', '{"k":1}'],
    ['first in space', '{\n  "_datadog": {},\n  "k": 1\n}', '{\n  "k": 1\n}'],
    ['last', '{"k":1,"_datadog":[",}"]}', '{"k":1}'],
    ['last in space', '{\n  "k": 1,\n  "_datadog": {}\n}', '{\n  "k": 1\n}'],
    ['last, as dd-trace-java writes it', '{"k":1, "_datadog": {}}', '{"k":1}'],
    ['between', '{"a":1 , "_datadog":null , "b":2}', '{"a":1  , "b":2}'],
    ['twice', '{"_datadog":1,"a":1,"_datadog":2}', '{"a":1}'],
    ['twice at the beginning', '{ "_datadog":1, "_datadog":2, "a":1}', '{ "a":1}'],
    ['twice at the end', '{"a":1, "_datadog":1, "_datadog":2 }', '{"a":1 }'],
    ['twice and alone', '{"_datadog":1,"_datadog":"}"}', '{}'],
    ['spelled with an escape', String.raw`{"a":1,"\u005fdatadog":1}`, '{"a":1}'],
    [
      'spelled with escapes only',
      String.raw`{"\u005F\u0064\u0061\u0074\u0061\u0064\u006F\u0067":{"}":"\\"},"a":1}`,
      '{"a":1}',
    ],
    ['among keys that come twice', '{"a":1,"_datadog":1,"a":18446744073709551615}', '{"a":1,"a":18446744073709551615}'],
    ['a number', '{"_datadog":-1.5e+3,"a":1}', '{"a":1}'],
    ['a string of escapes', String.raw`{"_datadog":"\\\"\\","a":"\""}`, '{"a":"\\""}'],
  ])('%s', (_name, json, without) => {
    expect(withoutMember(json, [], NAME)).toBe(without);
    const replaced = withMember(json, NAME, VALUE);
    expect(replaced).toBe(withMember(without, NAME, VALUE));
    expect(withMember(replaced ?? '', NAME, VALUE)).toBe(replaced);
  });
});

describe('the member goes from inside, too', () => {
  const detail = `{"id":9007199254740993,"id":1 }`;
  const envelope = (body: string) => `{"version":"0", "detail-type":"d","detail":${body},"resources":["detail"]}`;

  test('an EventBridge envelope is what it would be without it', () => {
    const sent = withMember(detail, NAME, VALUE) ?? '';
    expect(withoutMember(envelope(sent), ['detail'], NAME)).toBe(envelope(detail));
    expect(withoutMember(`[${envelope(sent)}]`, ['detail'], NAME)).toBeUndefined();
  });

  test.each<[name: string, json: string, path: string[], without: string | undefined]>([
    ['at two levels', '{"a":{"b":{"_datadog":1,"c":2}}}', ['a', 'b'], '{"a":{"b":{"c":2}}}'],
    ['by an escaped key', '{"\\u0061":{"_datadog":1}}', ['a'], '{"\\u0061":{}}'],
    ['in the last of two', '{"a":{"_datadog":1},"a":{"_datadog":1}}', ['a'], '{"a":{"_datadog":1},"a":{}}'],
    ['not in another one', '{"a":{"_datadog":1},"a":{}}', ['a'], undefined],
    ['not above', '{"_datadog":1,"a":{}}', ['a'], undefined],
    ['not below', '{"a":{"b":{"_datadog":1}}}', ['a'], undefined],
    ['not in a list', '{"a":[{"_datadog":1}]}', ['a'], undefined],
    ['not in a string', '{"a":"{\\"_datadog\\":1}"}', ['a'], undefined],
    ['not in a number', '{"a":1}', ['a'], undefined],
    ['not where no such key is', '{"b":{"_datadog":1}}', ['a'], undefined],
    ['not of a prototype', '{"a":{}}', ['a', '__proto__'], undefined],
  ])('%s', (_name, json, path, without) => {
    expect(withoutMember(json, path, NAME)).toBe(without);
  });
});

test.each<[json: string, text: string | undefined]>([
  ['{"a":18446744073709551615}', '18446744073709551615'],
  ['{ "a" : [ 1 , "}" ] , "b":2 }', '[ 1 , "}" ]'],
  ['{"a":1,"\\u0061":"\\u0061","b":3}', '"\\u0061"'],
  ['{"b":{"a":1}}', undefined],
  ['{"__proto__":{"a":1}}', undefined],
  ['{}', undefined],
  ['[{"a":1}]', undefined],
  ['{"a":1', undefined],
])('the text of the value in %s', (json, text) => {
  expect(memberText(json, 'a')).toBe(text);
});

// JSON text, since no parsed value has what the text may: spaces, escapes, keys twice, numbers that no double holds.
const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 2 });
const character = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...'ab{}[],: _datadog0') },
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }).map((each) => JSON.stringify(each).slice(1, -1)),
  fc.constantFrom('\\"', '\\\\', '\\/', '\\n', '\\u0000', '\\ud800', '\udfff', '\u2028', '\\u005f'),
);
const string = fc.string({ unit: character, maxLength: 6 }).map((text) => `"${text}"`);
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => JSON.stringify(each)),
  fc.constantFrom('-0', '1E400', '1e-400', '18446744073709551615', '1.0', '-0.0e+0', '9007199254740993'),
);
interface MemberText {
  key: string;
  value: string;
  spaces: string[];
}
const spaces = fc.array(space, { minLength: 4, maxLength: 4 });
const textOf = (members: MemberText[], inner: string) =>
  members.length === 0
    ? `{${inner}}`
    : `{${members.map(({ key, value, spaces: [a, b, c, d] }) => `${a}${key}${b}:${c}${value}${d}`).join()}}`;

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(string, number, fc.constantFrom('true', 'false', 'null')),
    fc
      .tuple(fc.array(fc.record({ key: string, value: tie('value'), spaces }), { maxLength: 3 }), space)
      .map(([members, inner]) => textOf(members, inner)),
    fc.tuple(fc.array(tie('value'), { maxLength: 3 }), space).map(([values, inner]) => `[${inner}${values.join()}]`),
  ),
}));
const spelling = fc.constantFrom('"_datadog"', '"\\u005fdatadog"', '"_d\\u0061tadog"');
const membersOf = (key: fc.Arbitrary<string>) => fc.array(fc.record({ key, value, spaces }), { maxLength: 5 });
const others = string.filter((key) => JSON.parse(key) !== NAME);

/** The tokens, as they are spelled. */
const tokens = (json: string) => json.replace(/("(?:[^"\\]|\\.)*")|[ \n\r\t]+/g, '$1');

const RUNS = { numRuns: 500 };

describe('of any object', () => {
  test('without such a member: the text around the new one is the old text, and comes back', () => {
    fc.assert(
      fc.property(membersOf(others), space, space, space, (members, inner, before, after) => {
        const json = before + textOf(members, inner) + after;
        const edited = withMember(json, NAME, VALUE) ?? '';
        const at = edited.lastIndexOf(MEMBER);
        const end = json.lastIndexOf('}');
        expect(edited.slice(at + MEMBER.length)).toBe(json.slice(end));
        expect(edited.slice(0, at)).toBe(json.slice(0, end) + (members.length === 0 ? '' : ','));
        expect(withoutMember(edited, [], NAME)).toBe(json);
        expect(withoutMember(json, [], NAME)).toBeUndefined();
      }),
      RUNS,
    );
  });

  test('it reads as it did with the member last, and every other token is spelled as it was', () => {
    fc.assert(
      fc.property(membersOf(fc.oneof(others, spelling)), space, (members, inner) => {
        const json = textOf(members, inner);
        const edited = withMember(json, NAME, VALUE) ?? '';
        const { [NAME]: _old, ...own } = JSON.parse(json);
        const expected = { ...own, [NAME]: JSON.parse(VALUE) };
        expect(JSON.parse(edited)).toEqual(expected);
        expect(Object.keys(JSON.parse(edited))).toEqual(Object.keys(expected));
        const kept = members.filter(({ key }) => JSON.parse(key) !== NAME);
        const texts = [...kept.map((each) => `${each.key}:${each.value}`), MEMBER];
        expect(tokens(edited)).toBe(tokens(`{${texts.join()}}`));
      }),
      RUNS,
    );
  });

  test('inside of others', () => {
    fc.assert(
      fc.property(membersOf(string), membersOf(others), space, (around, members, inner) => {
        const envelope = (detail: string) =>
          textOf([...around, { key: '"detail"', value: detail, spaces: [inner, '', inner, ''] }], '');
        const detail = textOf(members, inner);
        const sent = envelope(withMember(detail, NAME, VALUE) ?? '');
        expect(withoutMember(sent, ['detail'], NAME)).toBe(envelope(detail));
      }),
      RUNS,
    );
  });
});

test('of any text it gives JSON or nothing', () => {
  const jsonLike = fc.string({ unit: fc.constantFrom(...'{}[]:,"\\_datadog 01eE+-.\n'), maxLength: 30 });
  fc.assert(
    fc.property(fc.oneof(jsonLike, fc.string({ unit: 'binary-ascii' }), value), (json) => {
      const edited = withMember(json, NAME, VALUE);
      if (edited !== undefined) expect(JSON.parse(edited)[NAME]).toEqual(JSON.parse(VALUE));
      withoutMember(json, ['a'], NAME);
    }),
    RUNS,
  );
});
