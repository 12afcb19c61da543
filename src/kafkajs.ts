export { type KafkaConsumerRunConfig, traced } from './consumers/adapters/kafkajs';
