// Sends with retries, whose signatures and contexts an endpoint checks, after `npm run build`:
// node test/node/launch.mjs 24 test/integration/signatures/main.ts --sends 10000 --second opentelemetry
// Under a preload it is that which writes: `--require ./dist/register.js` before the file, or `--require dd-trace/init` beside ours.
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type * as Bridge from '../../../src/index.ts';
import { Random } from '../../differential/random.ts';
import { startAwsApi } from '../../peers/aws-api/server.ts';
import { Judge } from './judge.ts';
import { awsSender } from './senders.ts';

const require = createRequire(import.meta.url);
const { DatadogPropagator, awsSdkPlugin }: typeof Bridge = require('otel-datadog-bridge');

const { values } = parseArgs({
  options: {
    sends: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    second: { type: 'string', default: 'none' },
  },
});
const AT_ONCE = 8;
const CREDENTIALS = { accessKeyId: 'key', secretAccessKey: 'secret/with+signs' };

const preloaded = propagation.fields().length > 0;
if (!preloaded) {
  new NodeTracerProvider().register({ propagator: new DatadogPropagator() });
  if (values.second === 'opentelemetry') registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });
}

const sends = Number(values.sends);
const random = new Random(Number(values.seed));
const judge = new Judge(random, CREDENTIALS);
const api = await startAwsApi((request) => judge.answer(request));
const plugin = awsSdkPlugin({ bodyCarriers: ['kinesis', 'eventbridge', 'stepfunctions'] });
const send = awsSender(api.endpoint, CREDENTIALS, random, preloaded ? undefined : plugin);
const failures: string[] = [];

let next = 0;
async function sendInTurn(): Promise<void> {
  while (next < sends) {
    const number = next++;
    const span = newSpan();
    judge.expect(number, span, preloaded ? 'trace' : 'span');
    try {
      await context.with(withBaggage(trace.setSpanContext(ROOT_CONTEXT, span)), () => send(number));
    } catch (error) {
      failures.push(`send ${number}: ${error}`);
    }
  }
}

function newSpan(): SpanContext {
  return { traceId: `6b0305aa${random.hex(24)}`, spanId: `1${random.hex(15)}`, traceFlags: TraceFlags.SAMPLED };
}

/** Half of the sends have as much baggage as there may be, in 32 items. */
function withBaggage(active: Context): Context {
  if (random.chance(50)) return active;
  const value = 'b'.repeat(8192 / 32 - 'item-00=,'.length);
  const items = Array.from({ length: 32 }, (_, index) => [`item-${String(index).padStart(2, '0')}`, { value }]);
  return propagation.setBaggage(active, propagation.createBaggage(Object.fromEntries(items)));
}

await Promise.all(Array.from({ length: AT_ONCE }, sendInTurn));
await api.close();
const outcome = judge.outcome();
console.log(JSON.stringify({ ...outcome, failures: failures.length, firstFailures: failures.slice(0, 5) }));
process.exit(failures.length + outcome.mismatches > 0 ? 1 : 0);
