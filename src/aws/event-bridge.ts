import { copyWith } from '../carriers/copy';
import { parseDatadogAttribute } from '../carriers/datadog-attribute';
import { isPrintable } from '../propagation/fields';
import { bodyContext, withBodyContext } from './body-context';
import { isEnabledFor, targetName } from './target';
import { type Writer, withEntriesWithin } from './writer';

/** What a target gets is the entry in an envelope, which must not pass the same limit of a queue or a function because of us. */
const ENVELOPE_BYTES = 1024;
/** Bytes of all entries of a request. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const MAX_BYTES = 256 * 1024 - ENVELOPE_BYTES;
const TIME_BYTES = 14;

const DEFAULT_BUS = 'default';

interface EventEntry {
  readonly Detail?: unknown;
  readonly DetailType?: unknown;
  readonly EventBusName?: unknown;
  readonly Resources?: unknown;
  readonly Source?: unknown;
  readonly Time?: unknown;
}

/**
 * Writes `_datadog` into each `Detail`, and beside the fields in it when the event was sent and by which bus, of which Datadog's consumers make
 * a span for its way.
 */
export const writePutEvents: Writer = (input, fields, settings, now) => {
  const context = bodyContext(fields());
  if (context === undefined) return input;
  const sent = now();
  const write = (entry: EventEntry) => {
    const { Detail, EventBusName } = entry;
    const bus = typeof EventBusName === 'string' && EventBusName !== '' ? EventBusName : DEFAULT_BUS;
    if (typeof Detail !== 'string' || Detail.length > MAX_BYTES || !isEnabledFor(bus, settings)) return entry;
    const detail = withBodyContext(Detail, withWay(context, sent, targetName(bus)));
    return detail === undefined ? entry : copyWith(entry, { Detail: detail });
  };
  return withEntriesWithin(MAX_BYTES, sizeOf, input, 'Entries', write, settings.batchPropagation.has('eventbridge'));
};

/** The context as it is where it would be longer than what is read. */
function withWay(context: string, sent: number, bus: string): string {
  const start = `${context.slice(0, -1)},"x-datadog-start-time":"${sent}"`;
  const full = isPrintable(bus) ? `${start},"x-datadog-resource-name":${JSON.stringify(bus)}}` : `${start}}`;
  return parseDatadogAttribute(full) === undefined ? context : full;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
function sizeOf({ Detail, DetailType, Resources, Source, Time }: EventEntry): number {
  let size = Time === undefined || Time === null ? 0 : TIME_BYTES;
  for (const text of [Source, DetailType, Detail, ...(Array.isArray(Resources) ? Resources : [])]) {
    if (typeof text === 'string') size += Buffer.byteLength(text);
  }
  return size;
}
