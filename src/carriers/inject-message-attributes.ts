import { type Context, context as contextApi, diag } from '@opentelemetry/api';
import { type SnsDataType, snsDataType } from '../configuration/aws';
import type { Environment } from '../configuration/environment';
import { copyWith } from './copy';
import {
  contextAttributes,
  type MessageAttribute,
  type MessageAttributes,
  withContextAttributes,
} from './message-attributes';
import { fieldsInForce } from './propagator-in-force';

export interface InjectMessageAttributesOptions {
  /** The service that takes the message; default `sqs`. */
  service?: 'sqs' | 'sns' | undefined;
  /** Default: the active context. */
  context?: Context | undefined;
  /** The type of SNS's `_datadog`. `OTEL_DATADOG_SNS_DATA_TYPE`; default `Binary`. */
  snsDataType?: SnsDataType | undefined;
  /** Default: `process.env`. */
  env?: Environment | undefined;
}

/**
 * A copy of the attributes of an SQS or SNS message with the context added, as `awsSdkPlugin` adds it, for code that sends without the
 * AWS SDK's client: `_datadog`, `traceparent`, `tracestate` and `baggage`, as far as there is room within ten. Without a context it is a
 * plain copy. The given object is not changed.
 *
 * @throws TypeError for an option that is none.
 */
export function injectMessageAttributes<Own extends object = MessageAttribute>(
  attributes: Readonly<Record<string, Own>> = {},
  options: InjectMessageAttributesOptions = {},
): Record<string, Own | MessageAttribute> {
  const { service = 'sqs', context = contextApi.active(), env } = options;
  if (service !== 'sqs' && service !== 'sns') throw new TypeError(`service: ${service} is none of sqs, sns`);
  const dataType = service === 'sns' ? snsDataType(options) : 'String';
  const copy = copyWith(attributes) as MessageAttributes;
  try {
    return withContextAttributes(copy, contextAttributes(fieldsInForce(context, env), dataType));
  } catch (error) {
    diag.warn('otel-datadog-bridge: a message gets no context', error);
    return copy;
  }
}
