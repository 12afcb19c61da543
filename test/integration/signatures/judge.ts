import { createHash } from 'node:crypto';
import type { SpanContext } from '@opentelemetry/api';
import type { Random } from '../../differential/random.ts';
import { serverError, success, throttling } from '../../peers/aws-api/answers.ts';
import { sentMessages } from '../../peers/aws-api/sent-messages.ts';
import type { AwsAnswer, AwsRequest } from '../../peers/aws-api/server.ts';
import { type Credentials, refusal } from '../../peers/aws-api/signature.ts';

/** What is counted of all requests. */
export interface SignatureOutcome {
  readonly sends: Readonly<Record<string, number>>;
  readonly requests: number;
  readonly retries: number;
  readonly messages: number;
  /** Requests that carry a tracer's headers. */
  readonly traced: number;
  /** Messages with baggage of 8 KiB in their context. */
  readonly withBaggage: number;
  readonly mismatches: number;
  readonly firstMismatches: readonly string[];
}

/** Whether the context that a message carries has the span for its parent, or one that has it for its own. */
export type Expected = 'span' | 'trace';

const TRACERS_HEADERS = ['traceparent', 'tracestate', 'x-datadog-trace-id', 'x-datadog-parent-id', 'baggage', 'b3'];
const SEND_NUMBER = /send-(\d+)/;
const LONG_BAGGAGE = 8_000;

/** Checks every request as AWS would and as the bridge promises, and refuses most good ones for a while. */
export class Judge {
  readonly #random: Random;
  readonly #credentials: Credentials;
  readonly #spans = new Map<number, { readonly span: SpanContext; readonly expected: Expected }>();
  /** Digest of what the first attempt of a call sent, by the call. */
  readonly #calls = new Map<string, string>();
  readonly #sends: Record<string, number> = {};
  readonly #mismatches: string[] = [];
  #requests = 0;
  #retries = 0;
  #messages = 0;
  #traced = 0;
  #withBaggage = 0;

  constructor(random: Random, credentials: Credentials) {
    this.#random = random;
    this.#credentials = credentials;
  }

  expect(sendNumber: number, span: SpanContext, expected: Expected): void {
    this.#spans.set(sendNumber, { span, expected });
  }

  async answer(request: AwsRequest): Promise<AwsAnswer> {
    this.#requests += 1;
    if (TRACERS_HEADERS.some((name) => name in request.headers)) this.#traced += 1;
    const refused = await refusal(request, this.#credentials);
    if (refused !== undefined) this.#mismatches.push(`${request.operation}: ${refused}`);

    const call = String(request.headers['amz-sdk-invocation-id']);
    const digest = digestOf(request);
    const before = this.#calls.get(call);
    this.#calls.set(call, digest);
    if (before !== undefined) this.#retries += 1;
    else this.#checkMessages(request);
    if (before !== undefined && before !== digest) this.#mismatches.push(`${request.operation}: a retry differs`);

    switch (this.#random.below(4)) {
      case 0:
        return serverError(request);
      case 1:
        return throttling(request, this.#random.pick([400, 429]));
      default:
        this.#calls.delete(call);
        this.#sends[request.operation] = (this.#sends[request.operation] ?? 0) + 1;
        return success(request);
    }
  }

  outcome(): SignatureOutcome {
    return {
      sends: this.#sends,
      requests: this.#requests,
      retries: this.#retries,
      messages: this.#messages,
      traced: this.#traced,
      withBaggage: this.#withBaggage,
      mismatches: this.#mismatches.length,
      firstMismatches: this.#mismatches.slice(0, 5),
    };
  }

  #checkMessages(request: AwsRequest): void {
    for (const { text, written, context } of sentMessages(request)) {
      this.#messages += 1;
      if ((context.baggage?.length ?? 0) > LONG_BAGGAGE) this.#withBaggage += 1;
      const wrong = this.#contextMismatch(text, context);
      if (written !== 1) this.#mismatches.push(`${request.operation}: the context is written ${written} times`);
      else if (wrong !== undefined) this.#mismatches.push(`${request.operation}: ${wrong}`);
    }
  }

  #contextMismatch(text: string, context: Readonly<Record<string, string>>): string | undefined {
    const { span, expected } = this.#spans.get(Number(SEND_NUMBER.exec(text)?.[1])) ?? {};
    if (span === undefined) return `nobody sent ${text}`;
    const [, traceId = '', spanId = ''] = context.traceparent?.split('-') ?? [];
    const parent = BigInt(context['x-datadog-parent-id'] ?? 0);
    if (traceId !== span.traceId) return `the trace is ${traceId}, and not ${span.traceId}`;
    if (parent !== BigInt(`0x${spanId}`)) return `${spanId} is not ${parent}`;
    return (spanId === span.spanId) === (expected === 'span') ? undefined : `the parent is ${spanId}`;
  }
}

function digestOf({ body, headers }: AwsRequest): string {
  return createHash('sha256')
    .update(body)
    .update(String(headers['x-amz-client-context'] ?? ''))
    .digest('hex');
}
