import { describe, expect, test } from 'vitest';
import { formatTags, parseTags, upperHalfIn } from '../../../src/propagation/propagation-tags.ts';

const UPPER = '6b0305aa00000000';

describe('x-datadog-tags in', () => {
  test.each<[name: string, header: string, tags: [string, string][]]>([
    ['empty', '', []],
    [
      'in their order',
      '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-0',
      [
        ['_dd.p.tid', UPPER],
        ['_dd.p.dm', '-0'],
      ],
    ],
    ['a value with =', '_dd.p.usr.id=dXNlcg==', [['_dd.p.usr.id', 'dXNlcg==']]],
    ['an empty value', '_dd.p.ts=', [['_dd.p.ts', '']]],
    [
      'spaces around',
      ' _dd.p.dm = -0 , _dd.p.ts=02',
      [
        ['_dd.p.dm', '-0'],
        ['_dd.p.ts', '02'],
      ],
    ],
    [
      'unknown ones',
      '_dd.p.ksr=1.000000,_dd.p.new=a b',
      [
        ['_dd.p.ksr', '1.000000'],
        ['_dd.p.new', 'a b'],
      ],
    ],
    ['foreign keys are dropped alone', 'x=1,_dd.p.dm=-0,_dd.x=1,_dd.p.=1', [['_dd.p.dm', '-0']]],
    ['what is no pair is dropped alone', '_dd.p.a,_dd.p.dm=-0,,=1', [['_dd.p.dm', '-0']]],
    ['illegal characters are dropped alone', '_dd.p.a=é,_dd.p.b c=1,_dd.p.d=\u0001x,_dd.p.dm=-0', [['_dd.p.dm', '-0']]],
  ])('%s', (_name, header, tags) => {
    expect([...parseTags(header)]).toEqual(tags);
  });

  test.each([
    [`_dd.p.tid=${UPPER}`, UPPER],
    [`_dd.p.tid=${UPPER},_dd.p.dm=-0`, UPPER],
    [`_dd.p.dm=-0,_dd.p.tid=${UPPER}`, UPPER],
    [`_dd.p.dm=-0, _dd.p.tid = ${UPPER} ,x=1`, UPPER],
    [`_dd.p.tid=${UPPER},_dd.p.tid=1111111111111111`, '1111111111111111'],
    [`_dd.p.a=_dd.p.tid,_dd.p.tid=${UPPER}`, UPPER],
    [`_dd.p.a=_dd.p.tid=1111111111111111,_dd.p.b=1`, undefined],
    [`x_dd.p.tid=${UPPER}`, undefined],
    ['_dd.p.tid=abc,_dd.p.dm=-0', 'abc'],
    [`_dd.p.tid=${UPPER}00`, `${UPPER}00`],
    ['_dd.p.tid=', ''],
    ['_dd.p.tid', undefined],
    ['_dd.p.dm=-0', undefined],
    ['', undefined],
  ])('the trace id half in %j is %j, as with all tags parsed', (header, upperHalf) => {
    expect(upperHalfIn(header)).toBe(upperHalf);
    expect(parseTags(header).get('_dd.p.tid')).toBe(upperHalf);
  });
});

describe('x-datadog-tags out', () => {
  test.each<[name: string, tags: [string, string][], upperHalf: string | undefined, header: string | undefined]>([
    ['none', [], undefined, undefined],
    [
      'in their order',
      [
        ['_dd.p.b', '2'],
        ['_dd.p.a', '1'],
      ],
      undefined,
      '_dd.p.b=2,_dd.p.a=1',
    ],
    ['the upper half of the trace id', [['_dd.p.dm', '-0']], UPPER, `_dd.p.dm=-0,_dd.p.tid=${UPPER}`],
    [
      'in the place where it came',
      [
        ['_dd.p.tid', UPPER],
        ['_dd.p.dm', '-0'],
      ],
      UPPER,
      `_dd.p.tid=${UPPER},_dd.p.dm=-0`,
    ],
    ['as the trace id says it', [['_dd.p.tid', '1111111111111111']], UPPER, `_dd.p.tid=${UPPER}`],
    ['not for a trace id of 64 bits', [['_dd.p.tid', UPPER]], undefined, undefined],
  ])('%s', (_name, tags, upperHalf, header) => {
    expect(formatTags(new Map(tags), upperHalf, 512)).toBe(header);
  });

  test('over the length that is configured none go out, the upper half counted in', () => {
    const tags = (length: number) => new Map([['_dd.p.a', 'v'.repeat(length - '_dd.p.a='.length)]]);
    expect(formatTags(tags(512), undefined, 512)).toHaveLength(512);
    expect(formatTags(tags(513), undefined, 512)).toBeUndefined();
    const withUpperHalf = ',_dd.p.tid='.length + UPPER.length;
    expect(formatTags(tags(512 - withUpperHalf), UPPER, 512)).toHaveLength(512);
    expect(formatTags(tags(513 - withUpperHalf), UPPER, 512)).toBeUndefined();
    expect(formatTags(tags(8), undefined, 0)).toBeUndefined();
  });
});
