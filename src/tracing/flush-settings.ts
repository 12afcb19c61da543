import { existsSync } from 'node:fs';
import { type Environment, firstGood, firstSet, positiveInteger } from '../configuration/environment';
import type { OtlpDestination } from './otlp';

/** What a flush waits for: that the answers to what it sends have come, or that what it sends has left this process. */
export type FlushUntil = 'answered' | 'sent';

const LOOPBACK = /^(?:localhost|sandbox\.localdomain|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** https://github.com/DataDog/datadog-lambda-js/blob/main/src/metrics/extension.ts */
const DATADOG_EXTENSION = '/opt/extensions/datadog-agent';
/** Its own setting, `localhost:4318`; without it it takes no spans of ours. https://docs.datadoghq.com/serverless/aws_lambda/opentelemetry/ */
const EXTENSION_ENDPOINT = 'DD_OTLP_CONFIG_RECEIVER_PROTOCOLS_HTTP_ENDPOINT';

/** What a Lambda function's flush may wait, in milliseconds: `OTEL_DATADOG_FLUSH_TIMEOUT`, else little where the receiver is beside it. */
export function flushTimeout(destination: OtlpDestination, env: Environment): number {
  return positiveInteger(env, 'OTEL_DATADOG_FLUSH_TIMEOUT', isBeside(destination) ? 300 : 1500);
}

/**
 * What a Lambda function's flush waits for: `OTEL_DATADOG_FLUSH_UNTIL`, else until all has left where Datadog's extension takes it, as
 * Datadog's own layers do: on loopback that is there as soon as it has left, and the extension goes on with it after the function's answer.
 * What another receiver has not answered may be frozen with the function.
 */
export function flushUntil(destination: OtlpDestination, env: Environment): FlushUntil {
  const read = (text: string) => (text === 'answered' || text === 'sent' ? text : undefined);
  const usual = isToExtension(destination, env) ? 'sent' : 'answered';
  return firstGood<FlushUntil>(env, ['OTEL_DATADOG_FLUSH_UNTIL'], read, 'answered or sent', usual);
}

function isToExtension(destination: OtlpDestination, env: Environment): boolean {
  const port = firstSet(env, EXTENSION_ENDPOINT)?.split(':').at(-1);
  return port === new URL(destination.url).port && isBeside(destination) && existsSync(DATADOG_EXTENSION);
}

function isBeside({ url }: OtlpDestination): boolean {
  return LOOPBACK.test(new URL(url).hostname);
}
