import { copyWith } from '../../carriers/copy';
import { isObject } from '../../carriers/is-object';
import { propertiesOf } from '../../carriers/properties-of';
import { processMessage, processMessages, type Source } from './process-span';
import { tracedFunction } from './traced-function';

/** What is looked at of the configuration for kafkajs' `consumer.run`. */
export interface KafkaConsumerRunConfig {
  eachMessage?(payload: unknown): unknown;
  eachBatch?(payload: unknown): unknown;
}

/**
 * The configuration for kafkajs' `consumer.run`, with `eachMessage` in a span that is the child of the one which sent the message, and `eachBatch`
 * in the child of the first message's with a context, linked to the others'. The given configuration is not changed.
 * https://kafka.js.org/docs/consuming
 */
export function traced<Config extends KafkaConsumerRunConfig | undefined>(config: Config): Config {
  if (!isObject(config)) return config;
  const { eachMessage, eachBatch } = config;
  const changes: Partial<KafkaConsumerRunConfig> = {};
  if (eachMessage) {
    changes.eachMessage = tracedFunction(eachMessage, (call, [payload]) => {
      const { message, topic, partition } = propertiesOf(payload);
      return processMessage(message, sourceOf(topic, partition), call);
    });
  }
  if (eachBatch) {
    changes.eachBatch = tracedFunction(eachBatch, (call, [payload]) => {
      const { messages, topic, partition } = propertiesOf(propertiesOf(payload).batch);
      return processMessages(messages, sourceOf(topic, partition), call);
    });
  }
  return copyWith(config, changes as Partial<typeof config>);
}

/** What kafkajs gives beside the message. https://opentelemetry.io/docs/specs/semconv/messaging/kafka/ */
function sourceOf(topic: unknown, partition: unknown): Source {
  return {
    destination: String(topic),
    attributes: { 'messaging.system': 'kafka', 'messaging.destination.partition.id': String(partition) },
  };
}
