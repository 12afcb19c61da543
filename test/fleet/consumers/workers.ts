import { dirname, join } from 'node:path';
import { missingPython, venvPython } from '../../peers/python-venv.ts';
import { datadogEnv, openTelemetryEnv } from '../environment.ts';
import { example, NODE, nodeProject } from '../node-project.ts';
import type { Consumer, Fleet, NewQueue, StartedConsumer } from '../peer.ts';
import { bridgeVersion, npmVersion, pipVersion } from '../versions.ts';
import { worker } from '../worker.ts';

const PROGRAMS = join(import.meta.dirname, '../programs');
const DATADOG_PYTHON = join(import.meta.dirname, '../../peers/datadog-lambda-python');
const AUTO = '@opentelemetry/auto-instrumentations-node/register';
const REGISTER = 'otel-datadog-bridge/register';
const EVERYTHING = ['origin', 'userId', 'baggage'] as const;

interface NodeWorker {
  readonly service: string;
  readonly folder: string;
  readonly file: string;
  readonly preload: string;
  readonly env: Readonly<Record<string, string>>;
}

async function nodeWorker(
  { service, folder, file, preload, env }: NodeWorker,
  { aws, shipping }: Fleet,
  newQueue: NewQueue,
): Promise<StartedConsumer> {
  const cwd = await nodeProject(folder);
  const options = { ...aws, ...env, SHIPPING_URL: shipping };
  return worker({ service, command: [NODE, '--require', preload, file], env: options, cwd }, newQueue);
}

const loop: Consumer = {
  name: 'OpenTelemetry JS worker, plain loop',
  version: bridgeVersion(),
  missing: () => undefined,
  hasBridge: true,
  keeps: EVERYTHING,
  start(mode, fleet, newQueue) {
    const service = `otel-js-loop-${mode}`;
    const [folder, preload] = mode === 'with' ? [example('otel-node-worker'), REGISTER] : [PROGRAMS, AUTO];
    return nodeWorker(
      { service, folder, file: 'worker.cjs', preload, env: openTelemetryEnv(service, fleet) },
      fleet,
      newQueue,
    );
  },
};

const sqsConsumer: Consumer = {
  name: 'OpenTelemetry JS worker, sqs-consumer',
  version: npmVersion('fleet-node', 'sqs-consumer'),
  missing: () => undefined,
  hasBridge: true,
  keeps: EVERYTHING,
  start(mode, fleet, newQueue) {
    const service = `otel-js-sqs-consumer-${mode}`;
    const [preload, without] = mode === 'with' ? [REGISTER, {}] : [AUTO, { WITHOUT_BRIDGE: 'true' }];
    const env = { ...openTelemetryEnv(service, fleet), ...without };
    return nodeWorker({ service, folder: PROGRAMS, file: 'sqs-consumer.cjs', preload, env }, fleet, newQueue);
  },
};

const ddTrace: Consumer = {
  name: 'dd-trace-js worker',
  version: npmVersion('fleet-node', 'dd-trace'),
  missing: () => undefined,
  hasBridge: false,
  keeps: EVERYTHING,
  start(_mode, fleet, newQueue) {
    const service = 'dd-trace-js-worker';
    const env = datadogEnv(service, fleet);
    return nodeWorker(
      { service, folder: PROGRAMS, file: 'worker.cjs', preload: 'dd-trace/init', env },
      fleet,
      newQueue,
    );
  },
};

const pluggedDdTrace: Consumer = {
  ...ddTrace,
  name: 'dd-trace-js worker, our plugin',
  hasBridge: true,
  start(mode, fleet, newQueue) {
    const service = `dd-trace-js-plugin-${mode}`;
    const env = { ...datadogEnv(service, fleet), ...(mode === 'with' && { WITH_PLUGIN: 'true' }) };
    return nodeWorker(
      { service, folder: PROGRAMS, file: 'worker.cjs', preload: 'dd-trace/init', env },
      fleet,
      newQueue,
    );
  },
};

const ddtrace: Consumer = {
  name: 'ddtrace Python worker',
  joinsReceiveCall: true,
  version: pipVersion('datadog-lambda-python', 'ddtrace'),
  missing: missingPython,
  hasBridge: false,
  keeps: EVERYTHING,
  async start(_mode, fleet, newQueue) {
    const service = 'ddtrace-python-worker';
    const python = await venvPython('ddtrace', DATADOG_PYTHON);
    const command = [python, join(dirname(python), 'ddtrace-run'), python, 'worker.py'];
    const env = {
      ...fleet.aws,
      ...datadogEnv(service, fleet),
      DD_BOTOCORE_PROPAGATION_ENABLED: 'true',
      PYTHONDONTWRITEBYTECODE: '1',
      SHIPPING_URL: fleet.shipping,
    };
    return worker({ service, command, env, cwd: PROGRAMS }, newQueue);
  },
};

export const WORKERS: readonly Consumer[] = [loop, sqsConsumer, ddTrace, pluggedDdTrace, ddtrace];
