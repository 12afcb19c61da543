import { goProgram, goVersion, missingToolchain } from '../../peers/fleet-go/fleet-go.ts';
import { RuntimeApi } from '../../peers/lambda-runtime/runtime-api.ts';
import { datadogEnv } from '../environment.ts';
import type { Consumer } from '../peer.ts';
import { Program } from '../program.ts';
import { worker } from '../worker.ts';
import { eventOf } from './lambda.ts';

const common = {
  missing: missingToolchain,
  hasBridge: false,
  keeps: ['origin', 'userId', 'baggage'],
} as const;

export const GO_CONSUMERS: readonly Consumer[] = [
  {
    ...common,
    name: 'Go Lambda, own extraction code',
    version: `${goVersion('dd-trace-go/v2')}`,
    async start(_mode, fleet) {
      const service = 'go-lambda';
      const command = [await goProgram('go-lambda')];
      const api = await RuntimeApi.start();
      const env = { ...datadogEnv(service, fleet), SHIPPING_URL: fleet.shipping, AWS_LAMBDA_RUNTIME_API: api.host };
      const program = Program.start(command, env, import.meta.dirname);
      const ended = program.ended.then(() => {
        throw new Error(`${service} has ended: ${program.output}`);
      });
      ended.catch(() => {});
      return {
        service,
        async deliver(message) {
          const { error } = await Promise.race([api.invoke(eventOf(message)), ended]);
          if (error) throw new Error(`${error.errorMessage}: ${program.output}`);
        },
        async close() {
          await program.close();
          await api.close();
        },
      };
    },
  },
  {
    ...common,
    name: 'dd-trace-go worker',
    version: goVersion('dd-trace-go/v2'),
    async start(_mode, fleet, newQueue) {
      const service = 'go-worker';
      const env = { ...fleet.aws, ...datadogEnv(service, fleet), SHIPPING_URL: fleet.shipping };
      return worker({ service, command: [await goProgram('worker')], env, cwd: import.meta.dirname }, newQueue);
    },
  },
];
