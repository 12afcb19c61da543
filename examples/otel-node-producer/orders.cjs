// A service that takes orders and sends each on. It has no line of tracing.
const { createServer } = require('node:http');
const { json } = require('node:stream/consumers');
const { EventBridgeClient, PutEventsCommand } = require('@aws-sdk/client-eventbridge');
const { PublishCommand, SNSClient } = require('@aws-sdk/client-sns');
const { SendMessageBatchCommand, SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');

const { QUEUE_URL, FIFO_QUEUE_URL, TOPIC_ARN, EVENT_BUS, PORT = '3000' } = process.env;
const [sqs, sns, eventBridge] = [new SQSClient(), new SNSClient(), new EventBridgeClient()];
const text = JSON.stringify;

const sends = {
  '/single': (order) => sqs.send(new SendMessageCommand({ QueueUrl: QUEUE_URL, MessageBody: text(order) })),
  '/batch': (orders) => {
    const Entries = orders.map((order, index) => ({ Id: String(index), MessageBody: text(order) }));
    return sqs.send(new SendMessageBatchCommand({ QueueUrl: QUEUE_URL, Entries }));
  },
  '/fifo': (order) => {
    const message = { MessageBody: text(order), MessageGroupId: 'orders' };
    return sqs.send(new SendMessageCommand({ QueueUrl: FIFO_QUEUE_URL, ...message }));
  },
  '/topic': (order) => sns.send(new PublishCommand({ TopicArn: TOPIC_ARN, Message: text(order) })),
  '/event': (order) => {
    const event = { EventBusName: EVENT_BUS, Source: 'shop', DetailType: 'order', Detail: text(order) };
    return eventBridge.send(new PutEventsCommand({ Entries: [event] }));
  },
};

createServer(async (request, response) => {
  try {
    await sends[request.url](await json(request));
    response.end('sent');
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(Number(PORT), '127.0.0.1');
