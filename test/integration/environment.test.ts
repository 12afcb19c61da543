import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CERTIFICATE, KEY, Recorder } from './environment/recorder.ts';
import { BESIDE, INBOUND, type Observed, SETTINGS } from './environment/settings.ts';
import { REGISTER, ROOT, type Run, runNode } from './run-node.ts';

const FIXTURES = `${import.meta.dirname}/fixtures`;

let recorder: Recorder;
beforeAll(async () => {
  recorder = await Recorder.start();
});
afterAll(() => recorder.close());

function start(env: Record<string, string>): Run {
  return runNode(['--require', REGISTER, `${FIXTURES}/environment.cjs`], { env });
}

async function call(application: Run, headers: Record<string, string> = {}): Promise<Record<string, string>> {
  const url = await application.printed(/listens on (\S+)/);
  return (await (await fetch(`${url}/front`, { headers })).json()) as Record<string, string>;
}

async function end(application: Run): Promise<void> {
  application.child.kill('SIGTERM');
  expect(await application.end).toBe('SIGTERM');
}

async function observe(env: Record<string, string>): Promise<Observed> {
  recorder.exports.length = 0;
  const application = start({
    OTEL_EXPORTER_OTLP_ENDPOINT: recorder.endpoint,
    ...(!env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL && { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }),
    ...env,
  });
  const continued = await call(application, INBOUND);
  const fresh = await call(application);
  await end(application);
  const { stdout, stderr } = application;
  return { continued, fresh, exports: [...recorder.exports], stdout, stderr };
}

describe('setting a variable changes what is seen', () => {
  const groups = [...new Set(SETTINGS.map(({ group }) => group))];
  const seen = new Map<string, Observed>();
  /** The same environment is looked at once. */
  const observed = new Map<string, Observed>();

  beforeAll(async () => {
    for (const group of groups) {
      const set = SETTINGS.filter((setting) => setting.group === group);
      const variables = set.map(({ variable, value }) => [variable, value.replace('RECEIVER', recorder.endpoint)]);
      const without = BESIDE[group] ?? {};
      const environments = {
        [group]: { ...without, ...Object.fromEntries(variables) },
        [`${group}, without`]: without,
      };
      for (const [name, env] of Object.entries(environments)) {
        const key = JSON.stringify(env);
        const result = observed.get(key) ?? (await observe(env));
        observed.set(key, result);
        seen.set(name, result);
      }
    }
  });

  test.each(SETTINGS)('$variable=$value', ({ group, seen: look, was, is }) => {
    expect(look(seen.get(`${group}, without`) as Observed)).toEqual(was);
    expect(look(seen.get(group) as Observed)).toEqual(is);
  });

  test('and costs no warning, and stdout stays what the application prints', () => {
    for (const [group, { stdout, stderr }] of seen) {
      expect(stdout).toMatch(/^listens on \S+\n$/);
      const warnings = stderr.match(/^\(node.* otel-datadog-bridge: .*/gm) ?? [];
      expect(
        warnings.filter((each) => !each.includes('spans do not reach')),
        group,
      ).toEqual([]);
    }
  });

  test('whatever the limits, a span says what the Agent needs to know', () => {
    for (const group of ['second', 'third']) {
      for (const { spans } of seen.get(group)?.exports ?? []) {
        for (const { traceId, attributes } of spans) {
          expect(attributes).toMatchObject({ '_dd.p.tid': traceId.slice(0, 16), 'sampling.priority': 1 });
        }
      }
    }
  });
});

test('OTEL_DATADOG_EXPORT_UNSAMPLED: the spans of a dropped trace leave too', async () => {
  const sent = async (env: Record<string, string>) => {
    const { exports } = await observe({ DD_TRACE_SAMPLE_RATE: '0', ...env });
    return exports.flatMap(({ spans }) => spans.map(({ attributes }) => attributes['sampling.priority'])).sort();
  };
  expect(await sent({})).toEqual([1, 1, 1, 1]);
  expect(await sent({ OTEL_DATADOG_EXPORT_UNSAMPLED: 'true' })).toEqual([-1, -1, -1, -1, 1, 1, 1, 1]);
});

describe('how an export goes', () => {
  /** Waits while the application runs, so that nothing of its end is seen. */
  async function until(what: () => boolean): Promise<void> {
    for (let tries = 0; !what() && tries < 200; tries++) await sleep(25);
    expect(what()).toBe(true);
  }

  test.each([
    ['OTEL_EXPORTER_OTLP_CERTIFICATE', 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE', 'OTEL_EXPORTER_OTLP_CLIENT_KEY'],
    [
      'OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE',
      'OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE',
      'OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY',
    ],
  ])('%s, %s and %s', async (authority, certificate, key) => {
    const secure = await Recorder.start({ secure: true });
    const send = async (env: Record<string, string>) => {
      const protocol = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
      const application = start({ OTEL_EXPORTER_OTLP_ENDPOINT: secure.endpoint, ...protocol, ...env });
      await call(application);
      await end(application);
      return application.stderr;
    };
    expect(await send({})).toContain(`spans do not reach ${secure.endpoint}/v1/traces: DEPTH_ZERO_SELF_SIGNED_CERT`);
    expect(await send({ [authority]: CERTIFICATE })).toBe('');
    expect(await send({ [authority]: CERTIFICATE, [certificate]: CERTIFICATE, [key]: KEY })).toBe('');
    secure.close();
    expect(secure.exports.map(({ client, spans }) => [client, spans.length])).toEqual([
      [undefined, 4],
      ['localhost', 4],
    ]);
  });

  test('OTEL_BSP_SCHEDULE_DELAY: spans leave while the application runs', async () => {
    recorder.exports.length = 0;
    const application = start({ OTEL_EXPORTER_OTLP_ENDPOINT: recorder.endpoint, OTEL_BSP_SCHEDULE_DELAY: '10' });
    await call(application);
    await until(() => recorder.exports.length > 0);
    await end(application);
  });

  test('OTEL_BSP_MAX_QUEUE_SIZE: spans past it are lost, and told of', async () => {
    const application = runNode(['--require', REGISTER, `${FIXTURES}/many-spans.cjs`], {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: recorder.endpoint, SPANS: '100', OTEL_BSP_MAX_QUEUE_SIZE: '3' },
    });
    expect(await application.end).toBe(0);
    expect(application.stderr).toContain('more than 3 spans (OTEL_BSP_MAX_QUEUE_SIZE) wait to leave');
  });

  // Whoever waits for a receiver that does not answer waits longer than a test does.
  test.each(['OTEL_EXPORTER_OTLP_TIMEOUT', 'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT'])('%s', async (variable) => {
    const silent = await Recorder.start({ silent: true });
    const beside = { OTEL_EXPORTER_OTLP_TIMEOUT: '600000', OTEL_BSP_SCHEDULE_DELAY: '10' };
    const application = start({ OTEL_EXPORTER_OTLP_ENDPOINT: silent.endpoint, ...beside, [variable]: '50' });
    await call(application);
    await application.complained(/spans do not reach/);
    application.child.kill('SIGKILL');
    silent.close();
  });

  test('OTEL_BSP_EXPORT_TIMEOUT: the next batch does not wait for one that hangs', async () => {
    const silent = await Recorder.start({ silent: true });
    const application = start({
      OTEL_EXPORTER_OTLP_ENDPOINT: silent.endpoint,
      OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
      OTEL_BSP_SCHEDULE_DELAY: '10',
      OTEL_BSP_EXPORT_TIMEOUT: '50',
    });
    await call(application);
    await until(() => silent.exports.length > 0);
    await call(application);
    await until(() => silent.exports.length > 1);
    expect(application.stderr).not.toContain('spans do not reach');
    application.child.kill('SIGKILL');
    silent.close();
  });
});

test.each<[env: Record<string, string>, warning: string | undefined]>([
  [{ OTEL_SDK_DISABLED: 'true' }, undefined],
  [{ OTEL_SDK_DISABLED: ' TRUE ', DD_TRACE_ENABLED: 'true' }, undefined],
  [{ DD_TRACE_ENABLED: 'false' }, undefined],
  [
    { DD_TRACE_ENABLED: '0', OTEL_SDK_DISABLED: 'maybe' },
    'OTEL_SDK_DISABLED=maybe is neither true nor false; false is used',
  ],
])('with %j nothing is loaded and nothing patched', async (env, warning) => {
  const look = async (preload: string[]) => {
    const application = runNode([...preload, `${FIXTURES}/untouched.cjs`], { env });
    expect(await application.end).toBe(0);
    return { ...(JSON.parse(application.stdout) as { loaded: string[] }), stderr: application.stderr };
  };
  const { loaded: without, stderr: _none, ...bare } = await look([]);
  for (const file of [REGISTER, `${ROOT}/dist/register-propagation.js`]) {
    const { loaded, stderr, ...rest } = await look(['--require', file]);
    expect(rest).toEqual(bare);
    expect(loaded).toEqual([file, ...without]);
    if (warning === undefined) expect(stderr).toBe('');
    else expect(stderr.match(/otel-datadog-bridge: .*/g)).toEqual([expect.stringContaining(warning)]);
  }
});

test('DD_TRACE_ENABLED=maybe is one warning, and tracing starts', async () => {
  const { exports, stderr } = await observe({ DD_TRACE_ENABLED: 'maybe' });
  expect(stderr.match(/otel-datadog-bridge: .*/g)).toEqual([
    'otel-datadog-bridge: DD_TRACE_ENABLED=maybe is neither true nor false; true is used instead',
  ]);
  expect(exports[0]?.spans).toHaveLength(8);
});

test('each bad value is one warning that names the variable, the value and what is used instead', async () => {
  const bad: [variable: string, value: string, text: string][] = [
    ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', '-1', '=-1 is not a whole number; 128 is used instead'],
    ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', '0', '=0 is not a whole number above zero; 50 is used instead'],
    ['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', '50', ''],
    ['OTEL_SPAN_EVENT_COUNT_LIMIT', 'many', '=many is not a whole number; 128 is used instead'],
    ['OTEL_SPAN_LINK_COUNT_LIMIT', '1.5', '=1.5 is not a whole number; 128 is used instead'],
    ['OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', 'x', '=x is not a whole number; 7 is used instead'],
    ['OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT', '7', ''],
    ['OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', 'y', '=y is not a whole number; 128 is used instead'],
    ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', '0', '=0 is not a number above zero; 3000 is used instead'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '3000', ''],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd', '=zstd is not gzip or none; none is used instead'],
    ['OTEL_EXPORTER_OTLP_CERTIFICATE', '/nowhere', '=/nowhere is not a file that can be read; none is used instead'],
    [
      'OTEL_EXPORTER_OTLP_HEADERS',
      'api-key=secret,secret',
      ': its entry 2 is not key=value; the other entries are used',
    ],
    [
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      'agent:4318',
      '=agent:4318 makes no http or https URL; spans go to RECEIVER/v1/traces instead',
    ],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '100', ''],
    ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '200', '=200 is more than OTEL_BSP_MAX_QUEUE_SIZE; 100 is used instead'],
    ['OTEL_BSP_SCHEDULE_DELAY', '-5', '=-5 is not a whole number above zero; 5000 is used instead'],
    ['OTEL_TRACES_SAMPLER', 'traceidratio', ''],
    ['OTEL_TRACES_SAMPLER_ARG', '2', '=2 is not a number from 0 to 1; 1 is used instead'],
    [
      'OTEL_RESOURCE_ATTRIBUTES',
      'a=1,b',
      '=a=1,b is not key=value,key=value with what is special percent-encoded (b); none of it is used',
    ],
    [
      'OTEL_PROPAGATORS',
      'xray,b3',
      ": xray is none of tracecontext, baggage, b3, b3multi, datadog, none; Datadog's styles and the known ones are used",
    ],
    [
      'OTEL_LOG_LEVEL',
      'loud',
      '=loud is not one of NONE, ERROR, WARN, INFO, DEBUG, VERBOSE, ALL; NONE is used instead',
    ],
    ['OTEL_CONFIG_FILE', 'otel.yaml', '=otel.yaml is not supported under otel-datadog-bridge/register'],
    ['DD_TAGS', 'team:a,none', ': none is not key:value; the other tags are used'],
    ['DD_TRACE_AGENT_URL', 'unix:///var/run/datadog/apm.socket', ''],
    ['DD_TRACE_RATE_LIMIT', 'few', '=few is not a number; 100 is used instead'],
    ['DD_TRACE_SAMPLING_RULES', '{}', '={} is not a JSON array; no rules are used instead'],
    ['DD_TRACE_PROPAGATION_EXTRACT_FIRST', 'yes', '=yes is neither true nor false; false is used instead'],
    [
      'DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT',
      'stop',
      '=stop is none of continue, restart, ignore; continue is used instead',
    ],
    ['DD_TRACE_PROPAGATION_STYLE', 'datadog,jaeger', ': jaeger is not a propagation style'],
    ['DD_TRACE_BAGGAGE_MAX_ITEMS', 'all', '=all is not a whole number; 64 is used instead'],
  ];
  const { exports, stderr } = await observe(Object.fromEntries(bad));
  const expected = bad
    .filter(([, , text]) => text !== '')
    .map(([variable, , text]) => variable + text.replace('RECEIVER', recorder.endpoint));
  const warnings = (stderr.match(/(?<=otel-datadog-bridge: ).*/g) ?? []).sort();
  expect(warnings).toEqual(expected.sort().map((text) => expect.stringContaining(text)));
  expect(warnings.join()).not.toContain('secret');
  expect(exports[0]).toMatchObject({ path: '/v1/traces', headers: { 'api-key': 'secret' }, resource: { team: 'a' } });
});

// Of these Node's client throws.
test.each(['a=x%0Ay', 'a b=c'])('headers that cannot be sent (%s) cost the spans alone', async (headers) => {
  const { stderr, exports } = await observe({ OTEL_EXPORTER_OTLP_HEADERS: headers });
  expect(exports).toEqual([]);
  expect(stderr.match(/^\(node.*/gm)).toEqual([expect.stringMatching(/spans do not reach \S+ .*8 lost so far/)]);
});

test.each([
  ['unix:///var/run/datadog/apm.socket', '127.0.0.9'],
  ['http://', '127.0.0.9'],
])('DD_TRACE_AGENT_URL=%s is one warning, and DD_AGENT_HOST counts', async (url, host) => {
  const application = start({ DD_TRACE_AGENT_URL: url, DD_AGENT_HOST: host });
  await call(application);
  await end(application);
  const to = `http://${host}:4318/v1/traces`;
  expect(application.stderr.match(/(?<=otel-datadog-bridge: ).*/g)).toEqual([
    `DD_TRACE_AGENT_URL=${url} makes no http or https URL; spans go to ${to} instead`,
    expect.stringContaining(`spans do not reach ${to}`),
  ]);
});
