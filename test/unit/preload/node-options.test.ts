import { expect, test } from 'vitest';
import { withAbsolutePreload } from '../../../src/preload/node-options.ts';

const FILE = '/srv/my "app"/register.js';
const QUOTED = '"/srv/my \\"app\\"/register.js"';

test.each([
  [
    '--require otel-datadog-bridge/register-propagation --require otel-datadog-bridge/register',
    `--require otel-datadog-bridge/register-propagation --require ${QUOTED}`,
  ],
  ['--require otel-datadog-bridge/register', `--require ${QUOTED}`],
  ['-r otel-datadog-bridge/register --enable-source-maps', `-r ${QUOTED} --enable-source-maps`],
  ['--trace-warnings --require="otel-datadog-bridge/register"', `--trace-warnings --require=${QUOTED}`],
  ['--import otel-datadog-bridge/register', '--import file:///srv/my%20%22app%22/register.js'],
  ['--require otel-datadog-bridge/register-propagation', '--require otel-datadog-bridge/register-propagation'],
  ['--require ./otel-datadog-bridge/register', '--require ./otel-datadog-bridge/register'],
  ['--max-old-space-size=100', '--max-old-space-size=100'],
  ['', ''],
])('%j becomes %j', (before, after) => {
  expect(withAbsolutePreload(before, FILE)).toBe(after);
});

test('each preload has a name of its own', () => {
  const options = '--require otel-datadog-bridge/register-propagation';
  expect(withAbsolutePreload(options, '/srv/register-propagation.js')).toBe('--require "/srv/register-propagation.js"');
});
