import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const sqs = new SQSClient();

/** The Lambda function: every order becomes a shipment. */
export async function handler(event) {
  for (const { body } of event.Records) {
    await sqs.send(new SendMessageCommand({ QueueUrl: process.env.SHIPMENTS_QUEUE_URL, MessageBody: body }));
  }
}
