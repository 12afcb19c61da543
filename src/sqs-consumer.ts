export { type SqsConsumerOptions, traced } from './consumers/adapters/sqs-consumer';
