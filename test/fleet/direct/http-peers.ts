import { dirname, join } from 'node:path';
import { goHttpService, missingGo, netHttpVersion } from '../../peers/http-go/http-go.ts';
import { missingPython, venvPython } from '../../peers/python-venv.ts';
import { datadogEnv, openTelemetryEnv } from '../environment.ts';
import { NODE, nodeProject } from '../node-project.ts';
import { orderService } from '../order-service.ts';
import type { Mode } from '../peer.ts';
import { freePort, Program } from '../program.ts';
import { bridgeVersion, npmVersion, pipVersion } from '../versions.ts';
import type { DirectConsumer, DirectFleet, DirectMessage, DirectProducer } from './transport.ts';

const PROGRAMS = join(import.meta.dirname, '../programs');
const DATADOG_PYTHON = join(import.meta.dirname, '../../peers/datadog-lambda-python');
const DELIVERY_MILLIS = 30_000;

/** A service that passes what it gets on to `NEXT_URL`: to the fleet as a producer, to `shipping` as a consumer. */
interface Service extends Pick<DirectProducer, 'name' | 'version' | 'missing' | 'hasBridge' | 'keeps'> {
  readonly service: string;
  readonly env: (service: string, fleet: DirectFleet) => Record<string, string>;
  readonly command: (mode: Mode) => Promise<readonly string[]>;
  readonly cwd: () => Promise<string>;
}

const node = (preload: (mode: Mode) => string) => ({
  missing: () => undefined,
  command: async (mode: Mode) => [NODE, '--require', preload(mode), 'http-service.cjs'],
  cwd: () => nodeProject(PROGRAMS),
});

const EVERYTHING = ['origin', 'userId', 'baggage'] as const;

const SERVICES: readonly Service[] = [
  {
    name: 'OpenTelemetry JS, HTTP, /register',
    version: bridgeVersion(),
    hasBridge: true,
    keeps: EVERYTHING,
    service: 'otel-js-http',
    env: openTelemetryEnv,
    ...node((mode) =>
      mode === 'with' ? 'otel-datadog-bridge/register' : '@opentelemetry/auto-instrumentations-node/register',
    ),
  },
  {
    name: 'dd-trace-js 6, HTTP',
    version: npmVersion('fleet-node', 'dd-trace'),
    hasBridge: false,
    keeps: EVERYTHING,
    service: 'dd-trace-js-http',
    env: datadogEnv,
    ...node(() => 'dd-trace/init'),
  },
  {
    // It neither writes nor reads W3C's headers, as Datadog's older tracers, and many a fleet's settings.
    name: 'dd-trace-js 6, HTTP, DD_TRACE_PROPAGATION_STYLE=datadog',
    version: npmVersion('fleet-node', 'dd-trace'),
    hasBridge: false,
    keeps: ['origin', 'userId'],
    service: 'dd-trace-js-http-datadog',
    env: (service, fleet) => ({ ...datadogEnv(service, fleet), DD_TRACE_PROPAGATION_STYLE: 'datadog' }),
    ...node(() => 'dd-trace/init'),
  },
  {
    name: 'ddtrace Python, HTTP (flask)',
    version: pipVersion('datadog-lambda-python', 'ddtrace'),
    missing: missingPython,
    hasBridge: false,
    keeps: EVERYTHING,
    service: 'ddtrace-python-http',
    env: (service, fleet) => ({ ...datadogEnv(service, fleet), PYTHONDONTWRITEBYTECODE: '1' }),
    async command() {
      const python = await venvPython('ddtrace', DATADOG_PYTHON);
      return [python, join(dirname(python), 'ddtrace-run'), python, 'http_service.py'];
    },
    cwd: async () => PROGRAMS,
  },
  {
    name: 'dd-trace-go, HTTP (net/http)',
    version: netHttpVersion(),
    missing: missingGo,
    hasBridge: false,
    keeps: EVERYTHING,
    service: 'dd-trace-go-http',
    env: datadogEnv,
    command: async () => [await goHttpService()],
    cwd: async () => PROGRAMS,
  },
];

const peerOf = ({ name, version, missing, hasBridge, keeps }: Service) => ({
  name,
  version,
  missing,
  hasBridge,
  keeps,
});

async function started(
  { service, env, command, cwd, hasBridge }: Service,
  role: string,
  mode: Mode,
  fleet: DirectFleet,
) {
  const name = `${service}-${role}${hasBridge ? `-${mode}` : ''}`;
  return {
    service: name,
    command: await command(mode),
    env: { ...fleet.env, ...env(name, fleet) },
    cwd: await cwd(),
  };
}

export const HTTP_PRODUCERS: readonly DirectProducer[] = SERVICES.map((service) => ({
  ...peerOf(service),
  ways: ['single'],
  start: async (mode, fleet) => orderService(await started(service, 'sender', mode, fleet)),
}));

export const HTTP_CONSUMERS: readonly DirectConsumer[] = SERVICES.map((service) => ({
  ...peerOf(service),
  async start(mode, fleet) {
    const { service: name, command, env, cwd } = await started(service, 'receiver', mode, fleet);
    const port = await freePort();
    const program = await Program.listening(command, { ...env, NEXT_URL: fleet.shipping }, cwd, port);
    return {
      service: name,
      async deliver({ headers, body }: DirectMessage) {
        const signal = AbortSignal.timeout(DELIVERY_MILLIS);
        const answer = await fetch(`http://127.0.0.1:${port}/single`, { method: 'POST', headers, body, signal });
        if (!answer.ok) throw new Error(`${name} answers ${answer.status}: ${program.output}`);
      },
      close: () => program.close(),
    };
  },
}));
