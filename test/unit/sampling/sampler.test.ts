import { context as active, INVALID_SPAN_CONTEXT, ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import { AlwaysOnSampler, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SamplingRule } from '../../../src/configuration/sampling.ts';
import { DatadogSampler } from '../../../src/tracing/sampler.ts';
import { setSamplingPriority } from '../../../src/tracing/sampling-decision.ts';
import { decisionIn, fromDatadog, received, tracedProcess } from './traced.ts';

let warnings: string[];
beforeEach(() => {
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => {
    warnings.push(String(warning));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const decided = (env: Record<string, string>, headers?: Record<string, string>) =>
  decisionIn(tracedProcess(new DatadogSampler({ env })).start('span', headers && received(headers)).context);

const BY_DEFAULT = { priority: '1', tags: { '_dd.p.dm': '-0' }, flags: '01', s: '1' };
const byRule = (rate: string) => ({
  priority: '2',
  tags: { '_dd.p.dm': '-3', '_dd.p.ksr': rate },
  flags: '01',
  s: '2',
});
const droppedByRule = (rate: string) => ({ priority: '-1', tags: { '_dd.p.ksr': rate }, flags: '00', s: '-1' });

describe('an inherited decision wins over rules and rates', () => {
  test.each([
    [2, ',_dd.p.dm=-4', { priority: '2', tags: { '_dd.p.dm': '-4' }, flags: '01', s: '2' }],
    [
      1,
      ',_dd.p.dm=-1,_dd.p.ksr=0.25',
      { priority: '1', tags: { '_dd.p.dm': '-1', '_dd.p.ksr': '0.25' }, flags: '01', s: '1' },
    ],
    [0, '', { priority: '0', tags: {}, flags: '00', s: '0' }],
    [-1, ',_dd.p.ksr=0.25', { priority: '-1', tags: { '_dd.p.ksr': '0.25' }, flags: '00', s: '-1' }],
  ])('%i, with its tags', (priority, tags, decision) => {
    for (const rate of ['0', '1']) {
      expect(decided({ DD_TRACE_SAMPLE_RATE: rate }, fromDatadog(priority, tags))).toEqual(decision);
    }
  });

  test.each([
    ['01', '1'],
    ['00', '0'],
  ])('W3C with the flag %s alone', (flags, priority) => {
    const headers = { traceparent: `00-6b0305aa00000000079f1ce5c3953e3c-0252a07dde78ec70-${flags}` };
    expect(decided({ DD_TRACE_SAMPLE_RATE: flags === '01' ? '0' : '1' }, headers)).toMatchObject({ priority, flags });
  });

  test('that no propagator of ours has read', () => {
    const parent = { traceId: '6b0305aa00000000079f1ce5c3953e3c', spanId: '0252a07dde78ec70', isRemote: true };
    const sampler = new DatadogSampler({ sampleRate: 0, env: {} });
    const sampled = trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: TraceFlags.SAMPLED });
    const dropped = trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: TraceFlags.NONE });
    const { start } = tracedProcess(sampler);
    expect(decisionIn(start('span', sampled).context)).toEqual(BY_DEFAULT);
    expect(decisionIn(start('span', dropped).context)).toEqual({ priority: '0', tags: {}, flags: '00', s: '0' });
  });
});

describe('an undecided trace is decided', () => {
  test.each([
    [{}, BY_DEFAULT],
    [{ DD_TRACE_SAMPLE_RATE: '1' }, byRule('1')],
    [{ DD_TRACE_SAMPLE_RATE: '0' }, droppedByRule('0')],
  ])('under %j', (env, decision) => {
    expect(decided(env)).toEqual(decision);
    expect(decided(env, fromDatadog(undefined))).toEqual(decision);
  });

  // What a browser sends.
  test('and keeps the other tags, its origin, other vendors and who decided', () => {
    const headers = {
      traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-0252a07dde78ec70-00',
      tracestate: 'dd=o:rum;t.dm:-8;t.usr.id:u,foo=1',
    };
    const { start } = tracedProcess(new DatadogSampler({ sampleRate: 1, env: {} }));
    const { span, context } = start('span', received(headers));
    expect(decisionIn(context)).toMatchObject({
      priority: '2',
      tags: { '_dd.p.dm': '-8', '_dd.p.usr.id': 'u', '_dd.p.ksr': '1' },
    });
    expect(span.spanContext().traceState?.serialize()).toBe('dd=s:2;o:rum;t.dm:-8;t.usr.id:u;t.ksr:1,foo=1');
  });
});

describe('the first span here says at which rate', () => {
  test('in its attributes, and no other span does', async () => {
    const { start, exported } = tracedProcess(new DatadogSampler({ sampleRate: 0.999999999, env: {} }));
    const root = start('root');
    start('child', root.context).span.end();
    root.span.end();
    const [child, first] = await exported();
    expect(first?.attributes).toMatchObject({ '_dd.rule_psr': 0.999999999, '_dd.limit_psr': 1, '_dd.p.ksr': '1' });
    expect(Object.keys(child?.attributes ?? {})).not.toContain('_dd.rule_psr');
  });

  test.each([
    [1, '1'],
    [0.5, '0.5'],
    [1 / 3, '0.333333'],
    [0.1 + 0.2, '0.3'],
    [0.0000004, '0'],
    [0.000001, '0.000001'],
    [0.1234567, '0.123457'],
    [0, '0'],
  ])('%d as %s', (sampleRate, text) => {
    expect(decided({ DD_TRACE_SAMPLE_RATE: String(sampleRate) }).tags['_dd.p.ksr']).toBe(text);
  });
});

describe('rules', () => {
  const SERVER = {
    kind: SpanKind.SERVER,
    attributes: { 'http.request.method': 'GET', 'url.path': '/users/7', 'url.scheme': 'http' },
  };
  const CLIENT = {
    kind: SpanKind.CLIENT,
    attributes: { 'http.request.method': 'POST', 'url.full': 'http://127.0.0.1:80/a/b?c=d' },
  };
  const env = { DD_SERVICE: 'Shop', DD_ENV: 'prod', DD_VERSION: '7', DD_TAGS: 'team:blue,env:other' };

  function isMatched(rule: Omit<SamplingRule, 'sampleRate'>, span: object, naming = {}): boolean {
    const sampler = new DatadogSampler({ rules: [{ ...rule, sampleRate: 1 }], env: { ...env, ...naming } });
    const { tracer } = tracedProcess(sampler);
    const { tags } = decisionIn(trace.setSpan(ROOT_CONTEXT, tracer.startSpan('work', span, ROOT_CONTEXT)));
    return tags['_dd.p.ksr'] === '1';
  }

  test.each<[rule: Omit<SamplingRule, 'sampleRate'>, span: object, matched: boolean]>([
    [{}, {}, true],
    [{ service: 'shop' }, {}, true],
    [{ service: 'sh?p*' }, {}, true],
    [{ service: 'sho' }, {}, false],
    [{ service: 'billing' }, { attributes: { 'service.name': 'Billing' } }, true],
    [{ name: 'web.request' }, SERVER, true],
    [{ name: 'http.request' }, CLIENT, true],
    [{ name: 'WEB.*' }, CLIENT, false],
    [{ name: 'work' }, {}, true],
    [{ name: 'mine' }, { attributes: { 'operation.name': 'mine' } }, true],
    [{ resource: 'GET /users/*' }, SERVER, true],
    [{ resource: 'get /users/?' }, SERVER, true],
    [{ resource: 'GET /users' }, SERVER, false],
    [{ resource: 'POST /a/b' }, CLIENT, true],
    [{ resource: 'GET /old' }, { attributes: { 'http.method': 'GET', 'http.target': '/old?x=1' } }, true],
    [
      { resource: 'GET /r/:id' },
      { attributes: { 'http.method': 'GET', 'http.route': '/r/:id', 'url.path': '/r/1' } },
      true,
    ],
    [{ resource: 'mine' }, { attributes: { 'resource.name': 'mine' } }, true],
    [{ resource: 'GET' }, { attributes: { 'http.method': 'GET' } }, true],
    [{ resource: 'work' }, {}, true],
    [{ tags: { env: 'prod', version: '7', team: 'b*' } }, {}, true],
    [{ tags: { env: 'other' } }, {}, false],
    [{ tags: { 'user.tier': 'gold' } }, { attributes: { 'user.tier': 'Gold' } }, true],
    [{ tags: { 'user.tier': 'gold' } }, {}, false],
    [{ tags: { 'user.tier': '*' } }, {}, true],
    [{ tags: { 'user.tier': '?*' } }, {}, false],
    [{ tags: { n: '2?' } }, { attributes: { n: 20 } }, true],
    [{ tags: { n: '2*' } }, { attributes: { n: 2.5 } }, false],
    [{ tags: { n: '*' } }, { attributes: { n: 2.5 } }, true],
    [{ tags: { on: 'true' } }, { attributes: { on: true } }, false],
    [{ service: 'shop', name: 'web.*', resource: '*7', tags: { env: 'prod' } }, SERVER, true],
    [{ service: 'shop', name: 'web.*', resource: '*8', tags: { env: 'prod' } }, SERVER, false],
  ])('%j is for a span with %j: %s', (rule, span, matched) => {
    expect(isMatched(rule, span)).toBe(matched);
  });

  test.each([
    [{ DD_TRACE_SPAN_ATTRIBUTE_SCHEMA: 'v1' }, true],
    [{ OTEL_DATADOG_OPERATION_NAMES: 'v1' }, true],
    [{ DD_TRACE_SPAN_ATTRIBUTE_SCHEMA: 'v1', OTEL_DATADOG_OPERATION_NAMES: 'v0' }, false],
    [{ OTEL_DATADOG_OPERATION_NAMES: 'false' }, false],
  ])('with %j the operation http.server.request is meant: %s', (naming, isMeant) => {
    expect(isMatched({ name: 'http.server.request' }, SERVER, naming)).toBe(isMeant);
    expect(isMatched({ name: 'web.request' }, SERVER, naming)).toBe(!isMeant);
  });

  test('the first that matches decides, else the rate', () => {
    const rules = [
      { service: 'billing', sample_rate: 0.1 },
      { name: 'work', sample_rate: 0 },
      { sample_rate: '0.75', resource: 'work*' },
    ];
    const sampler = new DatadogSampler({
      env: { ...env, DD_TRACE_SAMPLING_RULES: JSON.stringify(rules), DD_TRACE_SAMPLE_RATE: '0.5' },
    });
    const { start } = tracedProcess(sampler);
    expect(decisionIn(start('work').context)).toEqual(droppedByRule('0'));
    expect(decisionIn(start('works').context).tags['_dd.p.ksr']).toBe('0.75');
    expect(decisionIn(start('rest').context).tags['_dd.p.ksr']).toBe('0.5');
  });

  test('a rule keeps as many a second as it may', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { start } = tracedProcess(new DatadogSampler({ rules: [{ sampleRate: 1, maxPerSecond: 3 }], env: {} }));
    const priorities = () => Array.from({ length: 5 }, () => decisionIn(start('span').context).priority);
    expect(priorities()).toEqual(['2', '2', '2', '-1', '-1']);
    vi.advanceTimersByTime(1000);
    expect(priorities()).toEqual(['2', '2', '2', '-1', '-1']);
  });

  test.each([
    ['0', 0],
    ['5', 5],
    ['-1', 200],
    ['lots', 100],
    [undefined, 100],
  ])('DD_TRACE_RATE_LIMIT=%s keeps %i of 200 at once', (limit, kept) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const rules = { DD_TRACE_SAMPLING_RULES: '[{"sample_rate":1}]' };
    const { start } = tracedProcess(
      new DatadogSampler({ env: { ...rules, ...(limit !== undefined && { DD_TRACE_RATE_LIMIT: limit }) } }),
    );
    const priorities = Array.from({ length: 200 }, () => decisionIn(start('span').context).priority);
    expect(priorities.filter((priority) => priority === '2')).toHaveLength(kept);
  });
});

describe('the environment', () => {
  test.each([
    ['always_on', undefined, byRule('1')],
    ['parentbased_always_on', undefined, byRule('1')],
    ['always_off', undefined, droppedByRule('0')],
    ['parentbased_always_off', undefined, droppedByRule('0')],
    ['traceidratio', '0', droppedByRule('0')],
    ['parentbased_traceidratio', '1', byRule('1')],
    ['parentbased_traceidratio', undefined, byRule('1')],
  ])('OTEL_TRACES_SAMPLER=%s, _ARG=%s', (sampler, argument, decision) => {
    const env = { OTEL_TRACES_SAMPLER: sampler, ...(argument && { OTEL_TRACES_SAMPLER_ARG: argument }) };
    expect(decided(env)).toEqual(decision);
    expect(decided({ ...env, DD_TRACE_SAMPLE_RATE: '1' })).toEqual(byRule('1'));
    expect(decided(env, fromDatadog(1))).toMatchObject({ priority: '1' });
  });

  test('options win over variables', () => {
    const env = { DD_TRACE_SAMPLE_RATE: '0', DD_TRACE_RATE_LIMIT: '0', DD_TRACE_SAMPLING_RULES: '[{"sample_rate":0}]' };
    const sampler = new DatadogSampler({ env, rules: [], sampleRate: 1, rateLimit: 10 });
    expect(decisionIn(tracedProcess(sampler).start('span').context)).toEqual(byRule('1'));
  });

  test.each<[env: Record<string, string>, warning: string, decision: object]>([
    [
      { DD_TRACE_SAMPLE_RATE: 'half' },
      'DD_TRACE_SAMPLE_RATE=half is not a number from 0 to 1; it counts for nothing',
      BY_DEFAULT,
    ],
    [
      { DD_TRACE_SAMPLE_RATE: '50' },
      'DD_TRACE_SAMPLE_RATE=50 is not a number from 0 to 1; 1 is used instead',
      byRule('1'),
    ],
    [
      { DD_TRACE_SAMPLE_RATE: '-1' },
      'DD_TRACE_SAMPLE_RATE=-1 is not a number from 0 to 1; 0 is used instead',
      droppedByRule('0'),
    ],
    [
      { DD_TRACE_SAMPLING_RULES: '{' },
      'DD_TRACE_SAMPLING_RULES={ is not a JSON array; no rules are used instead',
      BY_DEFAULT,
    ],
    [{ DD_TRACE_SAMPLING_RULES: '[7]' }, 'DD_TRACE_SAMPLING_RULES: 7 is no object; the rule is left out', BY_DEFAULT],
    [
      { DD_TRACE_SAMPLING_RULES: '[{"service":"a"}]' },
      'DD_TRACE_SAMPLING_RULES: {"service":"a"} has the sample rate NaN, which is not a number from 0 to 1; the rule is left out',
      BY_DEFAULT,
    ],
    [
      { DD_TRACE_SAMPLING_RULES: '[{"service":7,"sample_rate":0}]' },
      'DD_TRACE_SAMPLING_RULES: {"service":7,"sample_rate":0} can never match: its service is no text; the rule is left out',
      BY_DEFAULT,
    ],
    [
      { DD_TRACE_SAMPLING_RULES: '[{"sample_rate":1,"max_per_second":"x"}]' },
      'DD_TRACE_SAMPLING_RULES: {"sample_rate":1,"max_per_second":"x"} has "x" for what may be kept in a second, which is not a number; the rule is left out',
      BY_DEFAULT,
    ],
    [{ DD_TRACE_RATE_LIMIT: 'x' }, 'DD_TRACE_RATE_LIMIT=x is not a number; 100 is used instead', BY_DEFAULT],
    [
      { OTEL_TRACES_SAMPLER: 'jaeger_remote' },
      'OTEL_TRACES_SAMPLER=jaeger_remote is not supported; all traces are kept',
      BY_DEFAULT,
    ],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '7' },
      'OTEL_TRACES_SAMPLER_ARG=7 is not a number from 0 to 1; 1 is used instead',
      byRule('1'),
    ],
  ])('%j is one warning', (env, warning, decision) => {
    expect(decided(env)).toEqual(decision);
    expect(decided(env)).toEqual(decision);
    expect(warnings).toEqual([warning]);
  });

  test.each([
    [
      [{ sampleRate: 0.5 }, { service: 'never', sampleRate: 1 }],
      'the one before it, {"sampleRate":0.5}, matches everything',
    ],
    [
      [
        { name: '*', sampleRate: 0.5 },
        { service: 'never', sampleRate: 0 },
      ],
      'the one before it, {"name":"*","sampleRate":0.5}, matches everything',
    ],
    [[{ service: '', sampleRate: 0.5 }], 'nothing has an empty service'],
    [
      [{ tags: { 'http.status_code': '5??' }, sampleRate: 1 }],
      'the tag http.status_code is not known yet when a trace starts',
    ],
    [
      [{ tags: { 'http.response.status_code': '5*' }, sampleRate: 1 }],
      'the tag http.response.status_code is not known yet when a trace starts',
    ],
  ])('of %j one can never match', (rules, reason) => {
    new DatadogSampler({ rules, env: {} });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`can never match: ${reason}`);
  });

  test('rules that can match are no warning', () => {
    const rules = [
      { service: 'other', sampleRate: 0.5 },
      { tags: { 'http.status_code': '*', env: 'prod' }, sampleRate: 1 },
      { sampleRate: 0.1 },
    ];
    new DatadogSampler({ rules, env: {} });
    expect(warnings).toEqual([]);
  });

  test.each([
    { sampleRate: 2 },
    { sampleRate: Number.NaN },
    { rateLimit: Number.NaN },
    { rules: [{ sampleRate: 7 }] },
    { rules: [{ sampleRate: 1, service: 7 as unknown as string }] },
    { rules: [{ sampleRate: 1, tags: [] as unknown as Record<string, string> }] },
  ])('%j is a TypeError', (options) => {
    expect(() => new DatadogSampler({ ...options, env: {} })).toThrow(TypeError);
  });
});

describe('spans of dropped traces', () => {
  test.each([
    [undefined, true],
    ['true', true],
    ['false', false],
  ])('are recorded with OTEL_DATADOG_RECORD_UNSAMPLED=%s: %s', (value, recorded) => {
    const env = { DD_TRACE_SAMPLE_RATE: '0', ...(value && { OTEL_DATADOG_RECORD_UNSAMPLED: value }) };
    const { start } = tracedProcess(new DatadogSampler({ env }));
    const root = start('root');
    expect(root.span.isRecording()).toBe(recorded);
    expect(start('child', root.context).span.isRecording()).toBe(recorded);
    expect(decisionIn(root.context)).toEqual(droppedByRule('0'));
    setSamplingPriority(2, root.context);
    const later = start('later', root.context);
    expect(later.span.isRecording()).toBe(true);
    expect(decisionIn(later.context)).toMatchObject({ priority: '2', flags: '01' });
  });

  test('are not exported, and with exportUnsampled they are, with their priority', async () => {
    for (const exportUnsampled of [false, true]) {
      const { start, exported } = tracedProcess(new DatadogSampler({ sampleRate: 0, env: {} }), { exportUnsampled });
      const root = start('root');
      start('child', root.context).span.end();
      root.span.end();
      const spans = (await exported()).map(({ name, attributes }) => [name, attributes['sampling.priority']]);
      expect(spans).toEqual(
        exportUnsampled
          ? [
              ['child', -1],
              ['root', -1],
            ]
          : [],
      );
    }
  });

  test('that ended after the first one are not held', async () => {
    const { start, exported } = tracedProcess(new DatadogSampler({ sampleRate: 0, env: {} }));
    const root = start('root');
    const late = start('late', root.context);
    const later = start('later', root.context);
    root.span.end();
    late.span.end();
    setSamplingPriority(2, later.context);
    later.span.end();
    expect((await exported()).map(({ name }) => name)).toEqual(['later']);
  });
});

describe("a user's own sampler", () => {
  test('its decision becomes 1 or 0', () => {
    const { start } = tracedProcess(new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.5) }));
    const seen = new Set<string>();
    for (let count = 0; count < 100; count += 1) {
      const { span, context } = start('span');
      const sampled = (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
      const decision = decisionIn(context);
      expect(decision).toEqual(sampled ? BY_DEFAULT : { priority: '0', tags: {}, flags: '00', s: '0' });
      seen.add(decision.priority ?? '');
    }
    expect([...seen].sort()).toEqual(['0', '1']);
  });

  test('beside ours, for the roots alone: whatever a child decides for itself is what it sends', () => {
    const { start } = tracedProcess(new DatadogSampler({ env: {} }));
    const other = tracedProcess(new AlwaysOnSampler());
    const root = start('root');
    expect(decisionIn(other.start('child', root.context).context)).toEqual(BY_DEFAULT);
  });
});

test('a parent without valid ids is none', () => {
  const invalid = trace.setSpanContext(active.active(), INVALID_SPAN_CONTEXT);
  const { start } = tracedProcess(new DatadogSampler({ sampleRate: 1, env: {} }));
  expect(decisionIn(start('root', invalid).context)).toEqual(byRule('1'));
});
