import type { Attributes } from '@opentelemetry/api';
import { type Environment, firstSet } from '../configuration/environment';

const BYTES_PER_MB = 1024 * 1024;

/**
 * Resource attributes of a Lambda function, from what Lambda sets in its environment; none elsewhere.
 * https://opentelemetry.io/docs/specs/semconv/resource/faas/
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function lambdaResourceAttributes(env: Environment): Attributes {
  const name = firstSet(env, 'AWS_LAMBDA_FUNCTION_NAME');
  if (name === undefined) return {};
  const memory = Number(firstSet(env, 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE'));
  const logGroup = firstSet(env, 'AWS_LAMBDA_LOG_GROUP_NAME');
  const attributes = {
    'service.name': name,
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_lambda',
    'cloud.region': firstSet(env, 'AWS_REGION'),
    'faas.name': name,
    'faas.version': firstSet(env, 'AWS_LAMBDA_FUNCTION_VERSION'),
    'faas.instance': firstSet(env, 'AWS_LAMBDA_LOG_STREAM_NAME'),
    'faas.max_memory': memory > 0 ? memory * BYTES_PER_MB : undefined,
    'aws.log.group.names': logGroup && [logGroup],
  };
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
