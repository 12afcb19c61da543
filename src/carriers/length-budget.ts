import { BAGGAGE } from '../propagation/baggage';
import { TAGS } from '../propagation/datadog-headers';
import type { Fields } from '../propagation/fields';
import { TRACESTATE } from '../propagation/traceparent';

/**
 * The first cut of the fields that fits, the least important ones left out first: baggage, then the foreign members of `tracestate`
 * from the right, then the tags. Where nothing fits, the shortest.
 */
export function shortenedUntil(fields: Fields, fits: (fields: Fields) => boolean): Fields {
  let shortest = fields;
  for (const shorter of shortened(fields)) {
    shortest = shorter;
    if (fits(shorter)) break;
  }
  return shortest;
}

function* shortened(fields: Fields): Iterable<Fields> {
  yield fields;
  const { [BAGGAGE]: _baggage, ...rest } = fields;
  yield rest;
  let tracestate = rest[TRACESTATE];
  while (tracestate?.includes(',')) {
    tracestate = tracestate.slice(0, tracestate.lastIndexOf(','));
    yield { ...rest, [TRACESTATE]: tracestate };
  }
  const { [TAGS]: _tags, ...bare } = rest;
  yield tracestate === undefined ? bare : { ...bare, [TRACESTATE]: tracestate };
}
