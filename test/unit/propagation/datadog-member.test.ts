import { ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { formatDatadogMember, parseDatadogMember } from '../../../src/propagation/datadog-member.ts';
import { NO_STATE } from '../../../src/propagation/datadog-state.ts';
import { DEFAULT_SETTINGS } from '../../../src/propagation/propagation-settings.ts';
import { extractFields } from '../../../src/propagation/text-map.ts';
import { injectFields } from './injected-fields.ts';

type Fields = Record<string, string>;
const passOn = (fields: Fields) =>
  injectFields(extractFields(ROOT_CONTEXT, [(name) => fields[name]], DEFAULT_SETTINGS), DEFAULT_SETTINGS);
const ddOf = ({ tracestate = '' }: Fields) => /(?:^|,)dd=([^,]*)/.exec(tracestate)?.[1] ?? '';

const DATADOG = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '167372598629952624',
  'x-datadog-sampling-priority': '1',
};
const W3C = { traceparent: '00-000000000000000006b0305aa79f1ce5-0252a07dde78ec70-01' };

describe('reading', () => {
  test.each([
    ['s:2', { samplingPriority: 2 }],
    ['s:-1', { samplingPriority: -1 }],
    ['s:abc', { samplingPriority: undefined }],
    ['s:', { samplingPriority: undefined }],
    ['o:rum', { origin: 'rum' }],
    ['o:a~b~', { origin: 'a=b=' }],
    ['o:a:b', { origin: 'a:b' }],
    ['p:00f067aa0ba902b7', { parentId: '00f067aa0ba902b7' }],
    ['p:XX!X', { parentId: 'XX!X' }],
    ['t.dm:-4', { tags: new Map([['_dd.p.dm', '-4']]) }],
    ['t.url:http://localhost', { tags: new Map([['_dd.p.url', 'http://localhost']]) }],
    ['t.usr.id:dXNlcg~~', { tags: new Map([['_dd.p.usr.id', 'dXNlcg==']]) }],
    ['t.a: b ', { tags: new Map([['_dd.p.a', 'b']]) }],
    ['t.ts:', { tags: new Map([['_dd.p.ts', '']]) }],
    [
      't.b:2;t.a:1',
      {
        tags: new Map([
          ['_dd.p.b', '2'],
          ['_dd.p.a', '1'],
        ]),
      },
    ],
    ['x:y;zz.z:1;s:1', { unknown: ['x:y', 'zz.z:1'], samplingPriority: 1 }],
    ['s:1;;o;:x;t.:y', { samplingPriority: 1 }],
  ])('%s', (member, expected) => {
    expect(parseDatadogMember(member)).toEqual({ ...NO_STATE, ...expected });
  });

  test('one of more than 256 characters is read', () => {
    const member = `s:2;${Array.from({ length: 30 }, (_, index) => `t.key${index}:value${index}`).join(';')}`;
    expect(parseDatadogMember(member).tags.size).toBe(30);
  });
});

describe('writing', () => {
  test.each([
    ['synthetics~;=web,z', 'synthetics__~web_z'],
    ['café\r\n', 'caf___'],
    ['a=b', 'a~b'],
    ['~', '_'],
  ])('the origin %j as %s', (origin, written) => {
    expect(formatDatadogMember({ ...NO_STATE, origin }, undefined).before).toBe(`o:${written}`);
  });

  test.each([
    ['_dd.p.usr.id', 'dXNlcg==', 't.usr.id:dXNlcg~~'],
    ['_dd.p.url', 'http://localhost', 't.url:http://localhost'],
    ['_dd.p.a,b=c;d:e f', 'é,;~', 't.a_b_c_d_e_f:____'],
  ])('the tag %s=%s as %s', (key, value, written) => {
    expect(formatDatadogMember({ ...NO_STATE, tags: new Map([[key, value]]) }, undefined).after).toBe(written);
  });

  test('what another Datadog tracer may have meant, as it came', () => {
    const state = parseDatadogMember('x:y;illegal:a=b;illegal:a,b;illegal:é');
    expect(formatDatadogMember(state, undefined).after).toBe('x:y');
  });
});

describe('what came with x-datadog-*', () => {
  test('keeps the origin raw there, encoded in dd', () => {
    const onwards = passOn({ ...DATADOG, 'x-datadog-origin': 'synthetics~;=web,z' });
    expect(onwards['x-datadog-origin']).toBe('synthetics~;=web,z');
    expect(ddOf(onwards)).toBe('s:1;o:synthetics__~web_z');
  });

  test('leaves whole in x-datadog-tags, and in dd as far as whole tags go', () => {
    const tags = Array.from({ length: 20 }, (_, index) => `_dd.p.tag${index}=${'v'.repeat(12)}`).join(',');
    expect(tags.length).toBeGreaterThan(400);
    const onwards = passOn({ ...DATADOG, 'x-datadog-tags': tags });
    expect(onwards['x-datadog-tags']).toBe(tags);
    expect(ddOf(onwards).length).toBeLessThanOrEqual(256);
    expect(ddOf(onwards)).toMatch(/^s:1(?:;t\.tag\d+:v{12}){10,}$/);
  });

  test('a tag that does not fit leaves room for the next that does', () => {
    const onwards = passOn({ ...DATADOG, 'x-datadog-tags': `_dd.p.long=${'v'.repeat(300)},_dd.p.dm=-4` });
    expect(ddOf(onwards)).toBe('s:1;t.dm:-4');
  });

  test.each([255, 256, 257])('the cap is on the member with p in it: %i characters', (length) => {
    const others = 's:1;p:0252a07dde78ec70;t.a:'.length;
    const tags = new Map([['_dd.p.a', 'v'.repeat(length - others)]]);
    const { after } = formatDatadogMember({ ...NO_STATE, samplingPriority: 1, tags }, undefined);
    expect(after.length).toBe(length > 256 ? 0 : length - 's:1;p:0252a07dde78ec70;'.length);
  });
});

describe('what came with traceparent', () => {
  test('keeps p, valid or not', () => {
    expect(ddOf(passOn({ ...W3C, tracestate: 'dd=s:1;p:XX!X;t.dm:-1' }))).toBe('s:1;p:XX!X;t.dm:-1');
  });

  test('has its origin and tags decoded for x-datadog-*', () => {
    const onwards = passOn({ ...W3C, tracestate: 'dd=s:2;o:a~b;t.usr.id:a~~;t.url:http://localhost' });
    expect(onwards).toMatchObject({
      'x-datadog-sampling-priority': '2',
      'x-datadog-origin': 'a=b',
      'x-datadog-tags': '_dd.p.usr.id=a==,_dd.p.url=http://localhost',
    });
    expect(ddOf(onwards)).toBe('s:2;o:a~b;t.usr.id:a~~;t.url:http://localhost');
  });

  test('a p with = in it is not passed on', () => {
    expect(ddOf(passOn({ ...W3C, tracestate: 'dd=s:1;p:a=b' }))).not.toContain('=');
  });
});

test.each([
  ['origin', { ...DATADOG, 'x-datadog-origin': 'o'.repeat(300) }],
  ['p', { ...W3C, tracestate: `dd=s:1;p:${'f'.repeat(300)}` }],
])('a long %s does not take dd over 256 characters', (_name, fields) => {
  expect(ddOf(passOn(fields)).length).toBeLessThanOrEqual(256);
});
