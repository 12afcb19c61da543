import { dirname, join } from 'node:path';
import { missingPython, venvPython } from '../../peers/python-venv.ts';
import { datadogEnv, openTelemetryEnv } from '../environment.ts';
import { example } from '../node-project.ts';
import { orderService } from '../order-service.ts';
import type { Fleet, Producer, StartedProducer } from '../peer.ts';
import { pipVersion } from '../versions.ts';

const PEERS = join(import.meta.dirname, '../../peers');

/** The service of the example, started by the command of a tracer's package. */
async function orders(
  service: string,
  peer: string,
  starter: string,
  env: Record<string, string>,
  { aws }: Fleet,
): Promise<StartedProducer> {
  const python = await venvPython(peer, join(PEERS, peer));
  return orderService({
    service,
    // By their path: what stands in a venv's scripts is the folder that it was made in.
    command: [python, join(dirname(python), starter), python, 'orders.py'],
    env: { ...aws, ...env, PYTHONDONTWRITEBYTECODE: '1' },
    cwd: example('datadog-python-producer'),
  });
}

const common = { missing: missingPython, hasBridge: false, keeps: ['origin', 'userId', 'baggage'] } as const;

export const PYTHON_PRODUCERS: readonly Producer[] = [
  {
    ...common,
    name: 'ddtrace Python, botocore',
    version: pipVersion('datadog-lambda-python', 'ddtrace'),
    ways: ['single', 'batch', 'fifo', 'topic', 'event'],
    start: (_mode, fleet) => {
      const service = 'ddtrace-python';
      return orders(service, 'datadog-lambda-python', 'ddtrace-run', datadogEnv(service, fleet), fleet);
    },
  },
  {
    ...common,
    name: 'OpenTelemetry Python, boto3sqs',
    version: pipVersion('opentelemetry-python', 'opentelemetry-instrumentation-boto3sqs'),
    ways: ['single', 'batch', 'fifo'],
    start: (_mode, fleet) => {
      const service = 'otel-python';
      const env = openTelemetryEnv(service, fleet);
      return orders(service, 'opentelemetry-python', 'opentelemetry-instrument', env, fleet);
    },
  },
];
