import type { Row, Rows } from './rows.ts';

/** What is accepted to differ between a row of ours and dd-trace's of the same hop. */
interface Difference {
  readonly name: string;
  readonly reason: string;
  /** Whether it is this that differs in that field; of a row that one side lacks, `field` is `row`. */
  covers(field: keyof Row | 'row', ours: Row | undefined, theirs: Row | undefined): boolean;
}

/** Tags that say once more what another one says, and that only one side has. */
const OTHER_NAMES = new Set([
  'messaging.destination.name',
  'aws.sns.topic.arn',
  'aws.kinesis.stream.name',
  'aws.step_functions.state_machine.arn',
  'faas.invoked_name',
  'aws.sqs.queue_name',
  'aws.sns.topic_arn',
  'aws.kinesis.stream_name',
  'kafka.topic',
]);

const isWork = (row: Row | undefined) => row?.name === 'aws.response';

export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'services',
    reason:
      "dd-trace's `v0` makes a service of its own of every library that calls out, and the first span in a service is a top-level one. Here a service keeps its name.",
    covers: (field, ours, theirs) =>
      (field === 'service' && theirs?.service.startsWith(`${ours?.service}-`) === true) ||
      (field === 'topLevel' && theirs?.topLevel === true && theirs.service !== ours?.service),
  },
  {
    name: 'types',
    reason:
      "dd-trace-js gives calls to AWS and what sends to Kafka no type. Here it is ddtrace's `http` and dd-trace-go's `queue`.",
    covers: (field, _, theirs) => field === 'type' && theirs?.type === '' && !isWork(theirs),
  },
  {
    name: 'work on a message',
    reason:
      "dd-trace-js' span says neither that it is a worker's nor which queue it is. Here it is a consumer's, with the queue in its resource and tags.",
    covers: (field, ours, theirs) =>
      isWork(ours) && isWork(theirs) && ['resource', 'type', 'kind', 'destination'].includes(field),
  },
  {
    name: 'kind of a notification',
    reason: "OpenTelemetry's conventions have a producer in what publishes a message, and dd-trace-js has a client.",
    covers: (field, ours, theirs) => field === 'kind' && ours?.kind === 'producer' && theirs?.kind === 'client',
  },
  {
    name: 'requests inside of AWS calls',
    reason: 'dd-trace-js has a span `http.request` in each. Here a call has one span.',
    covers: (field, ours, theirs) =>
      field === 'row' && ours === undefined && theirs?.name === 'http.request' && theirs.parent.endsWith('aws.request'),
  },
  {
    name: 'links',
    reason:
      'Here a receive links to the messages that it got, the work on one to the receive, and an invocation to the messages behind its first. dd-trace-js links the work on a batch to the messages behind its first, and its layer for Lambda nothing.',
    covers: (field, ours, theirs) =>
      field === 'links' && ours !== undefined && theirs?.links.every((link) => ours.links.includes(link)) === true,
  },
  {
    name: 'other names of a destination',
    reason:
      "Beside Datadog's tag there is OpenTelemetry's here, and a second one with URL or ARN in dd-trace-js. Datadog's is the same on both sides.",
    covers: (field, ours, theirs) =>
      field === 'destination' && !isWork(ours) && JSON.stringify(tags(ours)) === JSON.stringify(tags(theirs)),
  },
];

/** Of the tags that name a destination those that have no second name. */
function tags(row: Row | undefined): [string, string][] {
  return Object.entries(row?.destination ?? {}).filter(([tag]) => !OTHER_NAMES.has(tag));
}

/** A field of a row that is not the same on both sides. */
export interface Found {
  /** The row's. */
  readonly key: string;
  readonly field: keyof Row | 'row';
  /** The differences that cover it: it should be one. */
  readonly names: readonly string[];
}

export function differencesBetween(ours: Rows, theirs: Rows): Found[] {
  const found: Found[] = [];
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const [our, their] = [ours[key], theirs[key]];
    for (const field of differingFields(our, their)) {
      const names = DIFFERENCES.filter(({ covers }) => covers(field, our, their)).map(({ name }) => name);
      found.push({ key, field, names });
    }
  }
  return found;
}

function differingFields(ours: Row | undefined, theirs: Row | undefined): Found['field'][] {
  if (ours === undefined || theirs === undefined) return ['row'];
  const fields = Object.keys(ours) as (keyof Row)[];
  return fields.filter((field) => JSON.stringify(ours[field]) !== JSON.stringify(theirs[field]));
}
