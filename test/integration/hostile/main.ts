// The whole number of hostile contexts: `npm run hostile`, or after `npm run build`
// node test/node/launch.mjs 24 test/integration/hostile/main.ts --contexts 1000000
import { parseArgs } from 'node:util';
import { startElasticMq } from '../../peers/elasticmq/elasticmq.ts';
import { missingToolchain } from '../../peers/jvm.ts';
import { startKafka } from '../../peers/kafka/kafka.ts';
import { KafkaRoundTrip } from './kafka-round-trip.ts';
import { runHostile, type Shares } from './run.ts';
import { SqsSender } from './sqs-sender.ts';

const { values } = parseArgs({
  options: {
    contexts: { type: 'string', default: '1000000' },
    'http-every': { type: 'string', default: '1' },
    'fetch-every': { type: 'string', default: '1' },
    'sqs-every': { type: 'string', default: '100' },
    'kafka-every': { type: 'string', default: '1' },
  },
});
const shares: Shares = {
  contexts: Number(values.contexts),
  httpEvery: Number(values['http-every']),
  fetchEvery: Number(values['fetch-every']),
  sqsEvery: Number(values['sqs-every']),
  kafkaEvery: Number(values['kafka-every']),
};
for (const event of ['disconnect', 'SIGINT', 'SIGTERM']) process.on(event, () => process.exit(1));

const start = performance.now();
const missing = missingToolchain();
if (missing) console.log(`nothing is sent to SQS and Kafka: ${missing}`);
const elasticMq = missing ? undefined : await startElasticMq();
const kafka = missing ? undefined : await startKafka();
try {
  using sqs = elasticMq && (await SqsSender.to(elasticMq.endpoint));
  await using roundTrip = kafka && (await KafkaRoundTrip.over(kafka.broker));
  const { failures, ...counts } = await runHostile(shares, { sqs, kafka: roundTrip });
  console.log(
    'Each context was injected into headers and checked as http, fetch and kafkajs do, and into attributes by the',
  );
  console.log(
    'rules of SQS; sent, and read from Kafka with the same headers and the same trace, were those that are counted so.',
  );
  console.table({ ...counts, failures: failures.size, seconds: Math.round((performance.now() - start) / 1000) });
  for (const [message, count] of failures) console.log(`${count} times: ${message}`);
  const lost = counts.sentToKafka - counts.readFromKafka;
  process.exitCode = failures.size > 0 || lost > 0 || counts.contexts !== shares.contexts ? 1 : 0;
} finally {
  await elasticMq?.close();
  await kafka?.close();
}
process.exit();
