// Sends every operation's command in every shape, and one command several times, and writes what became of it to stdout, as JSON:
// `main.ts plain`, without the bridge; `main.ts plugin`, with it added by hand; `--require ./dist/register.js main.ts plain`.
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type * as Bridge from '../../../src/index.ts';
import { serverError, success } from '../../peers/aws-api/answers.ts';
import { type SentMessage, sentMessages } from '../../peers/aws-api/sent-messages.ts';
import { startAwsApi } from '../../peers/aws-api/server.ts';
import { awsCommands, type SentCommand, type Shaped } from './commands.ts';
import { SHAPES } from './shapes.ts';

/** What became of a send. */
export interface SendOutcome {
  readonly operation: string;
  readonly shape: string;
  /** `sent`, or the error. */
  readonly end: string;
  readonly unchanged: boolean;
  /** The texts without a context. */
  readonly texts: readonly string[];
  /** Of each message the trace in its context; `own` where it was sent in that one, `none` where there is none. */
  readonly traces: readonly string[];
}

/** What became of one command, sent in four spans, two of them at once, with every first attempt refused. */
export interface RepeatedOutcome {
  readonly operation: string;
  readonly unchanged: boolean;
  /** For each attempt, its call and the traces in the contexts of its messages. */
  readonly attempts: readonly { readonly call: string; readonly traces: readonly string[] }[];
  readonly expected: readonly string[];
}

const require = createRequire(import.meta.url);
const { DatadogPropagator, awsSdkPlugin }: typeof Bridge = require('otel-datadog-bridge');

if (process.argv[2] === 'plugin') new NodeTracerProvider().register({ propagator: new DatadogPropagator() });
const plugin = awsSdkPlugin({ bodyCarriers: ['kinesis', 'eventbridge', 'stepfunctions'] });

let refuseFirst = false;
let attempts: { call: string; messages: SentMessage[] }[] = [];
const api = await startAwsApi((request) => {
  const call = String(request.headers['amz-sdk-invocation-id']);
  const again = attempts.some((attempt) => attempt.call === call);
  attempts.push({ call, messages: sentMessages(request) });
  return refuseFirst && !again ? serverError(request) : success(request);
});
const commands = awsCommands(api.endpoint, process.argv[2] === 'plugin' ? plugin : undefined);

let spans = 0;
function newTraceId(): string {
  spans += 1;
  return spans.toString(16).padStart(32, 'a');
}

/** Sends it in a span of that trace; gives what went wrong. */
async function sendIn(traceId: string, { send }: SentCommand): Promise<string> {
  const span = { traceId, spanId: 'fedcba9876543210', traceFlags: TraceFlags.SAMPLED };
  try {
    await context.with(trace.setSpanContext(ROOT_CONTEXT, span), send);
    return 'sent';
  } catch (error) {
    return String(error);
  }
}

function traceIdOf(message: SentMessage): string {
  return message.context.traceparent?.split('-')[1] ?? 'none';
}

function withoutContext({ text }: SentMessage): string {
  return text.replace(/,?\s*"_datadog":\s*\{[^}]*\}/, '');
}

const sends: SendOutcome[] = [];
const repeated: RepeatedOutcome[] = [];
for (const [operation, make] of Object.entries(commands)) {
  for (const { name: shape, shaped } of SHAPES) {
    attempts = [];
    const command = make(shaped as Shaped);
    const before = inspect(command.input, { depth: null, showHidden: true });
    const traceId = newTraceId();
    const end = await sendIn(traceId, command);
    const messages = attempts.flatMap((attempt) => attempt.messages);
    sends.push({
      operation,
      shape,
      end,
      unchanged: inspect(command.input, { depth: null, showHidden: true }) === before,
      texts: messages.map(withoutContext),
      traces: messages.map(traceIdOf).map((id) => (id === traceId ? 'own' : id)),
    });
  }

  attempts = [];
  refuseFirst = true;
  const command = make((object) => object);
  const before = inspect(command.input, { depth: null });
  const expected = [newTraceId(), newTraceId(), newTraceId(), newTraceId()] as const;
  await sendIn(expected[0], command);
  await sendIn(expected[1], command);
  await Promise.all([sendIn(expected[2], command), sendIn(expected[3], command)]);
  refuseFirst = false;
  repeated.push({
    operation,
    unchanged: inspect(command.input, { depth: null }) === before,
    attempts: attempts.map(({ call, messages }) => ({ call, traces: messages.map(traceIdOf) })),
    expected,
  });
}
await api.close();
process.stdout.write(JSON.stringify({ sends, repeated }), () => process.exit());
