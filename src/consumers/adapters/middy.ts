import { kafkaRecords } from '../../carriers/kafka-record';
import { propertiesOf } from '../../carriers/properties-of';
import { withMessageContext } from '../message-context';
import { processMessages } from './process-span';
import { tracedFunction } from './traced-function';

/** The events whose records are messages. https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html */
const MESSAGE_SOURCES: readonly unknown[] = ['aws:sqs', 'aws:sns', 'aws:kinesis', 'aws:dynamodb'];

/**
 * A handler for middy. Given an event of messages (SQS, SNS, Kinesis, Kafka, DynamoDB streams, EventBridge) it runs in a span that is the child of the first record's
 * with a context, and linked to the others'; given one record, as by `event.Records.map(traced(handleRecord))`, in the child of that record's.
 * With any other event it runs as it is: what called the function is the business of what instruments Lambda. middy's hooks see neither span, since
 * they cannot run a handler inside of anything.
 * https://middy.js.org/docs/intro/how-it-works
 */
export function traced<Handler extends (...args: never[]) => unknown>(handler: Handler): Handler {
  return tracedFunction(handler, (call, [event]) => {
    const { Records = kafkaRecords(event) } = propertiesOf(event);
    if (Array.isArray(Records) && isMessage(Records[0])) return processMessages(Records, {}, call);
    return isMessage(event) ? withMessageContext(event, call) : call();
  });
}

function isMessage(record: unknown): boolean {
  const properties = propertiesOf(record);
  const { EventSource, eventSource = EventSource, 'detail-type': ofEventBridge, topic, headers } = properties;
  const isOfKafka = topic !== undefined && Array.isArray(headers);
  return MESSAGE_SOURCES.includes(eventSource) || ofEventBridge !== undefined || isOfKafka;
}
