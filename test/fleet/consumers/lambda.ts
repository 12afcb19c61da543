import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sqsEvent } from '../../integration/joins/events.ts';
import { unpack } from '../../integration/lambda/unpacked-layer.ts';
import { ROOT } from '../../integration/run-node.ts';
import { DatadogLambdaPython } from '../../peers/datadog-lambda-python/datadog-lambda-python.ts';
import {
  type FunctionOptions,
  LambdaFunction,
  missingForLambdaRuntime,
} from '../../peers/lambda-runtime/lambda-runtime.ts';
import { missingPython } from '../../peers/python-venv.ts';
import { datadogEnv, openTelemetryEnv } from '../environment.ts';
import { example, NODE, nodeProject, temporaryFolder } from '../node-project.ts';
import type { Consumer, Fleet, Mode, StartedConsumer } from '../peer.ts';
import type { QueuedMessage } from '../queued-message.ts';
import { bridgeVersion, npmVersion, pipVersion } from '../versions.ts';

/** The event by which Lambda hands a message of a queue to a function: one record. */
export function eventOf(message: QueuedMessage) {
  const { AWSTraceHeader } = message.Attributes ?? {};
  return sqsEvent(message, AWSTraceHeader === undefined ? {} : { AWSTraceHeader });
}

/** For ddtrace, which sends its spans to an Agent if it knows of one, and would else print them. */
const withAgent = ({ otlp }: Fleet) => ({ DD_TRACE_AGENT_URL: otlp });

const layer = (service: string, fleet: Fleet) => ({
  ...datadogEnv(service, fleet),
  DD_COLD_START_TRACING: 'false',
  SHIPPING_URL: fleet.shipping,
});

/** A function in Node, which is given one message after the other. */
async function nodeFunction(service: string, options: Omit<FunctionOptions, 'major'>): Promise<StartedConsumer> {
  const lambda = await LambdaFunction.start({ major: '24', ...options });
  return {
    service,
    async deliver(message) {
      const { error } = await lambda.invoke(eventOf(message));
      if (error) throw new Error(`${service}: ${error.errorMessage}: ${lambda.output}`);
    },
    close: () => lambda.close(),
  };
}

function pythonFunction(service: string, lambda: DatadogLambdaPython): StartedConsumer {
  return {
    service,
    async deliver(message) {
      await lambda.invoke(eventOf(message));
    },
    close: () => lambda.close(),
  };
}

async function datadogNode(service: string, fleet: Fleet, env: Record<string, string> = {}): Promise<StartedConsumer> {
  return nodeFunction(service, {
    taskRoot: await nodeProject(example('datadog-lambda-node')),
    handler: 'node_modules/datadog-lambda-js/dist/handler.handler',
    env: { ...layer(service, fleet), DD_LAMBDA_HANDLER: 'index.handler', ...env },
  });
}

async function datadogPython(
  service: string,
  fleet: Fleet,
  env: Record<string, string> = {},
): Promise<StartedConsumer> {
  const PYTHONPATH = example('datadog-lambda-python');
  const variables = {
    ...layer(service, fleet),
    ...withAgent(fleet),
    PYTHONPATH,
    DD_LAMBDA_HANDLER: 'shipping.handler',
    ...env,
  };
  return pythonFunction(service, await DatadogLambdaPython.start(variables));
}

/** The layer of this repository, unpacked as under `/opt`. */
async function bridgeLayer(): Promise<string> {
  await promisify(execFile)(NODE, ['layer/build.mjs'], { cwd: ROOT });
  const opt = temporaryFolder();
  unpack(await readFile(join(ROOT, 'dist/otel-datadog-bridge-layer.zip')), opt);
  return opt;
}

const EVERYTHING = ['origin', 'userId', 'baggage'] as const;
const NODE_LAYER = {
  version: npmVersion('fleet-node', 'datadog-lambda-js'),
  missing: missingForLambdaRuntime,
  keeps: EVERYTHING,
} as const;
const PYTHON_LAYER = {
  version: pipVersion('datadog-lambda-python', 'datadog-lambda'),
  missing: missingPython,
  keeps: [],
} as const;
const EXTRACTORS = {
  node: { DD_TRACE_EXTRACTOR: 'node_modules/otel-datadog-bridge/dist/datadog-extractor.extract' },
  python: { DD_TRACE_EXTRACTOR: 'extractor.extract' },
};

const openTelemetry: Consumer = {
  name: 'OpenTelemetry Lambda Node, our layer',
  version: bridgeVersion(),
  missing: missingForLambdaRuntime,
  hasBridge: true,
  keeps: EVERYTHING,
  async start(mode, fleet) {
    const service = `otel-lambda-node-${mode}`;
    const env = { ...openTelemetryEnv(service, fleet), SHIPPING_URL: fleet.shipping };
    const folder = { taskRoot: await nodeProject(example('otel-node-lambda')), handler: 'index.handler' };
    if (mode === 'with') {
      const wrapper = join(await bridgeLayer(), 'otel-datadog-handler');
      return nodeFunction(service, { ...folder, wrapper, env });
    }
    const NODE_OPTIONS = '--require @opentelemetry/auto-instrumentations-node/register';
    return nodeFunction(service, { ...folder, env: { ...env, NODE_OPTIONS } });
  },
};

const ownExtractorNode: Consumer = {
  name: 'own extraction, dd-trace-js',
  version: npmVersion('fleet-node', 'dd-trace'),
  missing: missingForLambdaRuntime,
  hasBridge: false,
  keeps: EVERYTHING,
  start: async (_mode, fleet) => {
    const service = 'own-extractor-node';
    const taskRoot = await nodeProject(example('own-extractor'));
    const env = { ...layer(service, fleet), NODE_OPTIONS: '--require dd-trace/init' };
    return nodeFunction(service, { taskRoot, handler: 'index.handler', env });
  },
};

const ownExtractorPython: Consumer = {
  name: 'own extraction, ddtrace Python',
  version: pipVersion('datadog-lambda-python', 'ddtrace'),
  missing: missingPython,
  hasBridge: false,
  keeps: EVERYTHING,
  start: async (_mode, fleet) => {
    const service = 'own-extractor-python';
    const env = { ...layer(service, fleet), ...withAgent(fleet), PYTHONPATH: example('own-extractor') };
    return pythonFunction(service, await DatadogLambdaPython.startWithoutLayer('shipping.handler', env));
  },
};

export const FUNCTIONS: readonly Consumer[] = [
  {
    ...NODE_LAYER,
    name: 'Datadog Lambda Node',
    hasBridge: false,
    start: (_mode, fleet) => datadogNode('datadog-lambda-node', fleet),
  },
  {
    ...NODE_LAYER,
    name: 'Datadog Lambda Node, our extractor',
    hasBridge: true,
    // With any extractor the layer extracts after an await, and what dd-trace keeps of baggage is then in no context that the handler has.
    keeps: ['origin', 'userId'],
    start: (mode, fleet) =>
      datadogNode(`datadog-lambda-node-extractor-${mode}`, fleet, mode === 'with' ? EXTRACTORS.node : {}),
  },
  {
    ...PYTHON_LAYER,
    name: 'Datadog Lambda Python',
    hasBridge: false,
    start: (_mode, fleet) => datadogPython('datadog-lambda-python', fleet),
  },
  {
    ...PYTHON_LAYER,
    name: 'Datadog Lambda Python, our extractor',
    hasBridge: true,
    start: (mode: Mode, fleet: Fleet) =>
      datadogPython(`datadog-lambda-python-extractor-${mode}`, fleet, mode === 'with' ? EXTRACTORS.python : {}),
  },
  openTelemetry,
  ownExtractorNode,
  ownExtractorPython,
];
