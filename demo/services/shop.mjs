import { createServer } from 'node:http';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const sqs = new SQSClient();

const server = createServer(async (request, response) => {
  if (request.method !== 'POST' || request.url !== '/checkout') return response.writeHead(404).end();
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.ORDERS_QUEUE_URL, MessageBody: '{"order":1}' }));
  response.writeHead(202).end();
});

server.listen(0, '127.0.0.1', () => console.log(`shop listens on http://127.0.0.1:${server.address().port}`));
