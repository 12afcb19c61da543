import type { Difference } from './facts.ts';
import type { Configuration, Headers, Observation, PeerName } from './peer.ts';
import {
  DATADOG_NAMES,
  datadogFieldsOf,
  datadogPairsOf,
  datadogTraceIdOf,
  hexId,
  isDatadogId,
  isOneTrace,
  membersOf,
  pairsOf,
  traceparentOf,
  withDatadogPairs,
  without,
} from './reading.ts';

/** A case as the table's predicates see it. */
export interface Case {
  readonly headers: Headers;
  readonly configuration: Configuration;
  /** What ours makes of the headers as they are. */
  readonly ours: Observation;
}

/**
 * A difference that is right and intended. It says what in the input triggers it, and what follows: either the peer reads the headers
 * as if they were others (then all that ours makes of those others must be what the peer says), or certain facts may differ.
 */
export interface AcceptedDifference {
  readonly name: string;
  readonly reason: string;
  readonly peers: readonly PeerName[];
  when(input: Case): boolean;
  readAs?(headers: Headers): Headers;
  covers?(difference: Difference, input: Case): boolean;
}

const JS: readonly PeerName[] = ['dd-trace-js'];
const PYTHON: readonly PeerName[] = ['ddtrace'];
const GO: readonly PeerName[] = ['dd-trace-go'];
const ALL: readonly PeerName[] = [...JS, ...PYTHON, ...GO];

/** Where a decision is written. */
const DECISION = /^(?:forwarded|child) (?:x-datadog-sampling-priority|traceparent sampled|dd s)$/;
const DECISION_MAKER = /^(?:tag|(?:forwarded|child) x-datadog-tags) _dd\.p\.dm$|^(?:forwarded|child) dd t\.dm$/;
/** What a tracer adds that says its own sampling in OpenTelemetry's words. */
const OWN_SAMPLING = /^rv:[0-9a-f]{14};th:0$/;

export const ACCEPTED_DIFFERENCES: readonly AcceptedDifference[] = [
  {
    name: 'an undecided trace leaves decided',
    reason:
      'Without a priority we decide when we send, and send the result: kept, by default. The tracers decide for a span of their own only, and forward none.',
    peers: ALL,
    when: isUndecided,
    covers: ({ fact, ours, theirs }) =>
      fact.startsWith('forwarded ') &&
      ((DECISION.test(fact) && (theirs === undefined || theirs === 'undefined' || theirs === '0' || theirs === 'no')) ||
        (DECISION_MAKER.test(fact) && ours === '-0' && theirs === undefined)),
  },
  {
    name: 'the decision of a sampler of the tracer itself',
    reason:
      "A kept trace of nobody's decision is '-0' for us, as for most tracers; for Go's it is the Agent's rate, though there is no Agent.",
    peers: GO,
    when: isUndecided,
    covers: ({ fact, ours, theirs }) => DECISION_MAKER.test(fact) && ours === '-0' && theirs === '-1',
  },
  {
    name: 'sampling of its own in ot',
    reason: 'A tracer that samples a trace says with what rate; we sample nothing, and never make up an ot member.',
    peers: ALL,
    when: isUndecided,
    covers: isOwnSampling,
  },
  {
    name: "W3C's decision where Datadog's headers have none",
    reason:
      'A trace that traceparent calls dropped, or kept, is one: we follow it as dd-trace-js does, the others decide anew and tear it apart.',
    peers: [...PYTHON, ...GO],
    when: ({ headers, ours }) =>
      isOneTrace(headers) && !hasPriority(headers) && ours.context !== null && ours.context.priority !== null,
    covers: (difference) =>
      difference.fact === 'priority' ||
      DECISION.test(difference.fact) ||
      DECISION_MAKER.test(difference.fact) ||
      isOwnSampling(difference),
  },
  {
    name: 'kept by the flag alone',
    reason:
      'Where the sampled flag keeps a trace that has no priority, the decision maker is -0, as on a flag that overrides one: so every kept trace has one.',
    peers: ALL,
    when: ({ headers }) => {
      const w3c = traceparentOf(headers);
      return w3c !== undefined && (w3c.flags & 1) === 1 && !datadogFieldsOf(headers).has('s');
    },
    covers: ({ fact, ours, theirs }) => DECISION_MAKER.test(fact) && ours === '-0' && theirs === undefined,
  },
  {
    name: 'the random flag goes on',
    reason:
      'W3C level 2: whoever knows the flag passes it on, since it says something of the trace id. dd-trace-js and -go write 00 and 01 only.',
    peers: [...JS, ...GO],
    when: ({ headers }) => ((traceparentOf(headers)?.flags ?? 0) & 2) === 2,
    covers: ({ fact, theirs }) => / traceparent random$/.test(fact) && theirs === undefined,
  },
  {
    name: 'a baggage item without key and value discards the header',
    reason: 'Also where it has properties. dd-trace-js skips such an item.',
    peers: JS,
    when: ({ headers }) => (headers.baggage ?? '').split(',').some((item) => /^\s*;/.test(item)),
    readAs: (headers) =>
      changed(headers, ['baggage'], (text) =>
        text
          .split(',')
          .filter((item) => !/^\s*;/.test(item))
          .join(','),
      ),
  },
  {
    name: 'properties of baggage go on',
    reason: 'W3C wants an item to be passed on with its properties. dd-trace-js drops them.',
    peers: JS,
    when: hasProperties,
    readAs: (headers) => changed(headers, ['baggage'], (text) => text.replace(/;[^,]*/g, '')),
  },
  {
    name: 'properties of baggage are none of its value',
    reason: 'W3C: the value ends at the semicolon. ddtrace and dd-trace-go take the rest for a part of it.',
    peers: [...PYTHON, ...GO],
    when: hasProperties,
    covers: ({ fact }, { headers }) =>
      pairsOf(headers.baggage, ',', '=').some(
        ([key, value]) =>
          value.includes(';') && [`baggage ${key}`, `properties ${key}`].some((end) => fact.endsWith(end)),
      ),
  },
  {
    name: "no field of W3C's dd beside Datadog's headers",
    reason:
      "Of one trace Datadog's headers have the say (origin, tags), and both formats leave with the same. dd-trace-js, and ddtrace where it has nothing of its own to say, keep in tracestate what traceparent's sender had there.",
    peers: [...JS, ...PYTHON],
    when: ({ headers }) => isOneTrace(headers),
    covers: ({ fact, ours, theirs }, { headers }) => {
      const field = /^(?:forwarded|child) dd (.*)$/.exec(fact)?.[1];
      return field !== undefined && ours === undefined && theirs === datadogFieldsOf(headers).get(field);
    },
  },
  {
    name: "a browser's trace is undecided",
    reason:
      'Flag 00 beside the origin rum and no priority says that nobody has decided yet. dd-trace-js and -go drop such a trace.',
    peers: [...JS, ...GO],
    when: (input) => {
      const fields = datadogFieldsOf(input.headers);
      return isUndecided(input) && fields.get('o') === 'rum' && !fields.has('s');
    },
    covers: ({ fact }) => fact === 'priority' || DECISION.test(fact) || DECISION_MAKER.test(fact),
  },
  {
    name: 'the last Datadog parent goes on',
    reason:
      'A service that starts no span passes on the p that it got. ddtrace and dd-trace-go lose it where both formats name the same span.',
    peers: [...PYTHON, ...GO],
    when: ({ headers, ours }) => isOneTrace(headers) && traceparentOf(headers)?.spanId === ours.context?.spanId,
    covers: ({ fact, theirs }) => fact === 'forwarded dd p' && theirs === undefined,
  },
  {
    name: 'a context that came is no span of ours',
    reason:
      "Forwarded without a span, p stays who it was. dd-trace-go writes the parent there, when it is Datadog's headers that name it.",
    peers: GO,
    when: ({ headers }) => isDatadogId(headers['x-datadog-trace-id']),
    covers: ({ fact, theirs }, { headers, ours }) =>
      fact === 'forwarded dd p' &&
      (theirs === ours.context?.spanId || theirs === hexId(headers['x-datadog-parent-id'])),
  },
  {
    name: 'a context without priority and tags is forwarded',
    reason: "dd-trace-go's injection of such a context panics, once what Datadog's headers say is written.",
    peers: GO,
    when: ({ headers }) =>
      isDatadogId(headers['x-datadog-trace-id']) &&
      headers['x-datadog-sampling-priority'] === undefined &&
      headers['x-datadog-tags'] === undefined,
    covers: ({ fact, theirs }) => fact.startsWith('forwarded ') && theirs === undefined,
  },
  {
    name: 'a trace id has 128 bits',
    reason:
      'Two ids that share their lower half only are two traces: no state of one goes into the other. dd-trace-js compares the lower halves there.',
    peers: JS,
    when: ({ headers }) => {
      const datadog = datadogTraceIdOf(headers);
      const w3c = traceparentOf(headers)?.traceId;
      return datadog !== w3c && datadog?.slice(16) === w3c?.slice(16);
    },
    covers: ({ fact, ours }, input) =>
      (/ (?:member .*|members in order|dd .*)$/s.test(fact) && ours === undefined) ||
      (isUndecided(input) && (fact === 'priority' || DECISION.test(fact) || DECISION_MAKER.test(fact))),
  },
  {
    name: 'a space in baggage is %20',
    reason: 'In a URI component + is itself; a space is + in forms only, which is how dd-trace-go writes and reads it.',
    peers: GO,
    when: ({ headers }) => /[ +]|%20/.test(headers.baggage ?? ''),
    covers: ({ fact, ours, theirs }) =>
      /(?:^| )baggage /.test(fact) && ours?.replaceAll('+', ' ') === theirs?.replaceAll('+', ' '),
  },
  {
    name: 'a space in an origin goes on',
    reason: 'tracestate can hold a space. dd-trace-go makes it _.',
    peers: GO,
    when: ({ ours }) => ours.context?.origin?.includes(' ') ?? false,
    covers: ({ fact, ours, theirs }) => / dd o$/.test(fact) && ours?.replace(/ +/g, '_') === theirs,
  },
  {
    name: 'a threshold goes on as it came',
    reason: 'dd-trace-go cuts the trailing zeros of th, which say nothing.',
    peers: GO,
    when: ({ headers }) =>
      membersOf(headers).some(([key, value]) => key === 'ot' && /th:[0-9a-f]+0(?:;|$)/.test(value)),
    covers: ({ fact, ours, theirs }) =>
      / member ot$/.test(fact) && ours?.replace(/(th:[0-9a-f]+?)0+(?=;|$)/, '$1') === theirs,
  },
  {
    name: 'a threshold goes on beside a decision that contradicts it',
    reason:
      "An inherited th is forwarded. dd-trace-js drops it where Datadog's priority and traceparent's flag differ.",
    peers: JS,
    when: ({ headers, ours }) =>
      isOneTrace(headers) &&
      ours.context !== null &&
      Number(ours.context.priority) > 0 !== ((traceparentOf(headers)?.flags ?? 0) & 1) > 0,
    covers: ({ fact, ours, theirs }) =>
      (/ member ot$/.test(fact) &&
        ours
          ?.split(';')
          .filter((field) => !field.startsWith('th:'))
          .join(';') === (theirs ?? '')) ||
      (/ members in order$/.test(fact) && ours?.replace(/^ot ?| ot(?= |$)/, '') === (theirs ?? '')),
  },
  {
    name: 'a Datadog id is decimal, of 64 bits',
    reason:
      'What is none is rejected whole. dd-trace-js takes the digits that it begins with, and wraps what is too big or negative.',
    peers: JS,
    when: ({ headers }) => ID_NAMES.some((name) => isMisreadByJs(headers[name]) && idReadByJs(headers[name]) !== 0n),
    readAs: (headers) => changed(headers, ID_NAMES, (text) => (isMisreadByJs(text) ? String(idReadByJs(text)) : text)),
  },
  {
    name: 'a trace id without a digit is none',
    reason: 'dd-trace-js goes on with the trace of id 0.',
    peers: JS,
    when: ({ headers }) =>
      isMisreadByJs(headers['x-datadog-trace-id']) && idReadByJs(headers['x-datadog-trace-id']) === 0n,
    covers: isNotBaggage,
  },
  {
    name: 'a parent id of 0 is no parent',
    reason:
      'OpenTelemetry knows no span of id 0: the span is that of traceparent, and without one of the same trace there is no context. dd-trace-js goes on in the trace.',
    peers: JS,
    when: ({ headers }) => {
      const { 'x-datadog-trace-id': traceId, 'x-datadog-parent-id': parentId = '' } = headers;
      return parentId !== '' && idReadByJs(parentId) === 0n && idReadByJs(traceId) !== 0n;
    },
    covers: (difference, { headers }) =>
      isOneTrace(headers)
        ? difference.fact === 'forwarded dd p' && difference.theirs === '0'.repeat(16)
        : isNotBaggage(difference),
  },
  {
    name: 'without a parent id the parent is that of traceparent',
    reason: "Trace, decision and tags are still Datadog's. dd-trace-js ignores headers that have no parent id.",
    peers: JS,
    when: ({ headers }) => !headers['x-datadog-parent-id'],
    readAs: (headers) => without(headers, DATADOG_NAMES),
  },
  {
    name: 'a tag that is none goes alone',
    reason: 'The other tags of x-datadog-tags are good. dd-trace-js drops the header whole.',
    peers: JS,
    when: ({ headers }) => hasTagThatJsRefuses(headers),
    readAs: (headers) => without(headers, ['x-datadog-tags']),
  },
  {
    name: 'a malformed tid takes back what an earlier one said',
    reason:
      'Of a tag that comes twice the last counts; a malformed tid is then none. dd-trace-js keeps the earlier one.',
    peers: JS,
    when: ({ headers }) => {
      const tids = upperHalvesOf(headers);
      return tids.length > 1 && !UPPER_HALF.test(tids.at(-1) ?? '');
    },
    readAs: (headers) => ({
      ...headers,
      'x-datadog-tags': (headers['x-datadog-tags'] ?? '')
        .split(',')
        .filter((tag) => !tag.startsWith('_dd.p.tid=') || UPPER_HALF.test(tag.slice('_dd.p.tid='.length)))
        .join(','),
    }),
  },
  {
    name: 'an upper half is written in lower case',
    reason:
      'W3C knows lower-case hex only, and an upper-case traceparent is refused by whoever gets it. dd-trace-js keeps the case.',
    peers: JS,
    when: ({ headers }) => upperHalvesOf(headers).some((tid) => /[A-F]/.test(tid)),
    covers: ({ fact, ours, theirs }) => /trace id$|tid$/.test(fact) && ours === theirs?.toLowerCase(),
  },
  {
    name: 'an origin that no header can hold stays out of it',
    reason:
      'Control characters and what is not ASCII end the process at the next request: only tracestate has a way to write them.',
    peers: ALL,
    when: ({ ours }) => /[^\x20-\x7e]/.test(ours.context?.origin ?? ''),
    covers: ({ fact, ours }) => / x-datadog-origin$/.test(fact) && ours === undefined,
  },
  {
    name: 'an empty origin is none',
    reason: 'It says nothing. dd-trace-js and ddtrace pass it on.',
    peers: [...JS, ...PYTHON],
    when: ({ headers }) => headers['x-datadog-origin'] === '',
    covers: ({ fact, theirs }) => /origin$| dd o$/.test(fact) && theirs === '',
  },
  {
    name: 'a dd member over 256 characters is read',
    reason: 'W3C allows it. dd-trace-js ignores a member of more characters than it writes.',
    peers: JS,
    when: ({ headers }) => membersOf(headers).some(([key, value]) => key === 'dd' && value.length > MAX_MEMBER),
    readAs: withoutLongMembers,
  },
  {
    name: 'of a field that comes twice in dd the last counts',
    reason: 'As with ddtrace and dd-trace-go; for dd-trace-js it is the first.',
    peers: JS,
    when: ({ headers }) => {
      const keys = datadogPairsOf(headers).map(([key]) => key);
      return new Set(keys).size < keys.length;
    },
    readAs: (headers) =>
      withDatadogPairs(
        headers,
        datadogPairsOf(headers)
          .filter(([, value]) => value !== '')
          .reverse(),
      ),
  },
  {
    name: 'a baggage key need not be a token',
    reason: 'What is read is percent-encoded again when it leaves. dd-trace-js discards a header that has such a key.',
    peers: JS,
    when: ({ headers }) => pairsOf(headers.baggage, ',', '=').some(([key]) => key !== '' && !TOKEN.test(key)),
    readAs: (headers) => without(headers, ['baggage']),
  },
  {
    name: 'a baggage key is decoded',
    reason:
      'As it is encoded where it is no token, also by ddtrace and dd-trace-go. dd-trace-js takes it as it stands.',
    peers: JS,
    when: ({ headers }) => pairsOf(headers.baggage, ',', '=').some(([key]) => key.includes('%')),
    covers: ({ fact, ours, theirs }, { headers }) =>
      pairsOf(headers.baggage, ',', '=').some(
        ([key]) =>
          (fact === `baggage ${decoded(key)}` && theirs === undefined) ||
          (fact === `baggage ${key}` && ours === undefined),
      ),
  },
  {
    name: 'any baggage key is one',
    reason: 'dd-trace-js loses an item whose key is __proto__.',
    peers: JS,
    when: ({ headers }) => headers.baggage?.includes('__proto__') ?? false,
    covers: ({ fact, theirs }) => /(?:^| )baggage __proto__$/.test(fact) && theirs === undefined,
  },
  {
    name: 'a priority is a whole number',
    reason:
      "What is none is no decision, and one of ten digits is none. dd-trace-js takes the number that the text begins with, and each of traceparent's dd too.",
    peers: JS,
    when: ({ headers }) => prioritiesOf(headers).some((text) => !isPriority(text)),
    readAs: (headers) => {
      const read = changed(headers, ['x-datadog-sampling-priority'], priorityReadByJs);
      const fields = datadogPairsOf(headers).map(
        ([key, value]) => [key, key === 's' ? priorityReadByJs(value) : value] as const,
      );
      return withDatadogPairs(read, fields);
    },
  },
  {
    name: 'traceparent leaves in version 00',
    reason: 'W3C: who writes, writes the version that it knows. dd-trace-js passes on that of the header that it got.',
    peers: JS,
    when: ({ headers }) => /^\s*(?!00)[0-9a-f]{2}-/i.test(headers.traceparent ?? ''),
    covers: ({ fact, ours }) => / traceparent version$/.test(fact) && ours === '00',
  },
  {
    name: 'an empty tag goes on',
    reason: 'Tags are forwarded as they came. dd-trace-js leaves out those without a value.',
    peers: JS,
    when: ({ ours }) => Object.values(ours.context?.tags ?? {}).includes(''),
    covers: ({ fact, ours, theirs }) =>
      / (?:x-datadog-tags _dd\.p|dd t)\./.test(fact) && ours === '' && theirs === undefined,
  },
  {
    name: 'an upper half of zeros is no tag',
    reason: 'It says what its absence says. dd-trace-js passes it on.',
    peers: JS,
    when: ({ headers }) => upperHalvesOf(headers).some((tid) => /^0{16}$/.test(tid)),
    covers: ({ fact, ours, theirs }) => /tid$/.test(fact) && ours === undefined && theirs === '0'.repeat(16),
  },
  {
    name: 'a decision maker in dd goes on as it came',
    reason: 'Like any other tag. dd-trace-js reads a number in it, and writes that.',
    peers: JS,
    when: ({ headers }) => datadogPairsOf(headers).some(([key, value]) => key === 't.dm' && !/^-\d+$/.test(value)),
    covers: ({ fact }) => DECISION_MAKER.test(fact),
  },
  {
    name: 'an origin that fills dd leaves the rest in it',
    reason: 'What does not fit is left out alone. dd-trace-js then writes no dd member.',
    peers: JS,
    when: ({ ours }) => (ours.context?.origin?.length ?? 0) > 150,
    covers: ({ fact, theirs }) => / dd (?:[sop]|t\..*)$/.test(fact) && theirs === undefined,
  },
  {
    name: 'which fields fit into dd',
    reason: 'Within 256 characters each tracer has its own order. All tags leave in x-datadog-tags.',
    peers: ALL,
    when: ({ headers, ours }) => datadogLengthOf(headers, ours) > MAX_MEMBER,
    covers: ({ fact }) => /^(?:forwarded|child) dd t\./.test(fact),
  },
  {
    name: 'hex digits of traceparent are lower case',
    reason: 'So W3C and ddtrace have it. dd-trace-js reads upper case too, even the version FF, and passes it on.',
    peers: JS,
    when: ({ headers }) => /[A-F]/.test(headers.traceparent ?? ''),
    readAs: (headers) => changed(headers, ['traceparent'], (text) => text.trim().toLowerCase().replace(/^ff/, '00')),
    covers: ({ fact, ours, theirs }) =>
      (/ traceparent version$/.test(fact) && theirs === 'FF') ||
      (/trace id$|tid$/.test(fact) && ours === theirs?.toLowerCase()),
  },
  {
    name: 'a list of members that W3C does not allow is discarded',
    reason:
      'An illegal key or value, a key twice, more than 32 members: the list goes, dd is read all the same. The tracers keep what they can.',
    peers: ALL,
    when: ({ headers }) => !isLegalList(headers),
    covers: ({ fact, ours }) => / member(?: .*|s in order)$/s.test(fact) && ours === undefined,
  },
  {
    name: 'a priority has at most nine digits',
    reason: 'Numbers that no tracer has ever meant are no decision.',
    peers: ALL,
    when: ({ headers }) => prioritiesOf(headers).some((text) => /\d{10}/.test(text)),
    covers: ({ fact }) => fact === 'priority' || DECISION.test(fact) || DECISION_MAKER.test(fact),
  },
  {
    name: 'dd is found wherever it stands',
    reason: 'Our own member counts before all others. dd-trace-js reads the first 32 members only.',
    peers: JS,
    when: ({ headers }) => (headers.tracestate?.split(',') ?? []).length > 32,
    readAs: (headers) => changed(headers, ['tracestate'], (text) => text.split(',').slice(0, 32).join(',')),
  },
  {
    name: 'a tid in dd is none',
    reason: 'The upper half is what traceparent says. dd-trace-js passes the field on beside it.',
    peers: JS,
    when: ({ headers }) => datadogFieldsOf(headers).has('t.tid'),
    covers: ({ fact, ours, theirs }, { headers }) =>
      / dd t\.tid$/.test(fact) && ours === undefined && theirs === datadogFieldsOf(headers).get('t.tid'),
  },
  {
    name: 'a field of dd that is no tag is left out alone',
    reason: 'dd-trace-js makes a tag of it that no header can hold, and then writes none of the others.',
    peers: JS,
    when: ({ headers }) => datadogPairsOf(headers).some(isNoTag),
    covers: ({ fact, ours, theirs }) =>
      (/^tag | dd t\./.test(fact) && ours === undefined) || (/ x-datadog-tags /.test(fact) && theirs === undefined),
  },
  {
    name: 'a tag without a value is none',
    reason: 'A pair has =. dd-trace-js keeps the key, but does not send it.',
    peers: JS,
    when: ({ headers }) => (headers['x-datadog-tags'] ?? '').split(',').some((tag) => !tag.includes('=')),
    covers: ({ fact, ours, theirs }) => /^tag | dd t\./.test(fact) && ours === undefined && theirs === '',
  },
  {
    name: 'spaces around a tag are none of it',
    reason: 'ddtrace cuts them too. For dd-trace-js those around a value belong to it.',
    peers: JS,
    when: ({ headers }) => /= | (?:,|$)/.test(headers['x-datadog-tags'] ?? ''),
    covers: ({ fact, ours, theirs }) => /^tag | x-datadog-tags | dd t\./.test(fact) && ours === theirs?.trim(),
  },
  {
    name: 'an override has its own decision maker',
    reason:
      "Where traceparent's flag and dd's priority contradict each other the flag wins, and whoever decided before did not decide this: -0 for a kept trace, none for a dropped one. dd-trace-js and ddtrace leave the decision maker alone.",
    peers: [...JS, ...PYTHON],
    when: ({ headers }) => {
      const sampled = ((traceparentOf(headers)?.flags ?? 0) & 1) === 1;
      const priority = datadogFieldsOf(headers).get('s') ?? '';
      return traceparentOf(headers) !== undefined && isPriority(priority) && Number(priority) > 0 !== sampled;
    },
    covers: ({ fact }) => DECISION_MAKER.test(fact),
  },
  {
    name: 'a comma makes two headers of traceparent',
    reason:
      'HTTP joins what comes twice by a comma, and nobody knows which of the two is meant. The tracers find one in the tail of a later version.',
    peers: [...JS, ...PYTHON],
    when: ({ headers }) => /,/.test(headers.traceparent ?? ''),
    readAs: (headers) =>
      changed(headers, ['traceparent'], (text) => text.replace(/^(\s*(?!00|ff).{55}-.*?),.*$/s, '$1')),
  },
  {
    name: 'what no member can hold is no last parent',
    reason: 'p is not validated, but it must fit into tracestate.',
    peers: ALL,
    when: ({ headers }) => /[^\x21-\x7e]|[,;=~]/.test(datadogFieldsOf(headers).get('p') ?? ''),
    covers: ({ fact, ours }) => fact === 'forwarded dd p' && ours === undefined,
  },
  {
    name: 'a tag with ; or : in its key',
    reason: 'In dd these two characters are syntax: we write _. dd-trace-js writes them as they are.',
    peers: JS,
    when: ({ ours }) => Object.keys(ours.context?.tags ?? {}).some((key) => /[;:]/.test(key)),
    covers: ({ fact }) => /^(?:forwarded|child) dd (?:t\.|$)/.test(fact),
  },
  {
    name: "Datadog's decision maker stays beside W3C's decision",
    reason: "It came with the trace that goes on. dd-trace-js takes W3C's, or none where W3C has none.",
    peers: JS,
    when: ({ headers }) =>
      isOneTrace(headers) && !hasPriority(headers) && (headers['x-datadog-tags']?.includes('_dd.p.dm=') ?? false),
    covers: ({ fact }) => DECISION_MAKER.test(fact),
  },
];

const ID_NAMES = ['x-datadog-trace-id', 'x-datadog-parent-id'];
const UPPER_HALF = /^[0-9a-f]{16}$/i;
const MAX_MEMBER = 256;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function isMisreadByJs(text: string | undefined): boolean {
  return text !== undefined && text !== '' && !(isDatadogId(text) && /^\d/.test(text));
}

/** The digits at the beginning, modulo 2^64. */
function idReadByJs(text: string | undefined): bigint {
  return BigInt.asUintN(64, BigInt(/^-?\d+/.exec(text ?? '')?.[0] ?? 0));
}

function hasTagThatJsRefuses(headers: Headers): boolean {
  const tags = headers['x-datadog-tags'];
  if (tags === undefined || tags === '' || tags.length > 512) return false;
  return tags
    .split(',')
    .some((tag) => !/^_dd\.p\.[\x21-\x2b\x2d-\x3c\x3e-\x7e]+(?:=[\x20-\x2b\x2d-\x7e]*)?$/.test(tag));
}

function upperHalvesOf(headers: Headers): string[] {
  return pairsOf(headers['x-datadog-tags'], ',', '=').flatMap(([key, value]) => (key === '_dd.p.tid' ? [value] : []));
}

function withoutLongMembers(headers: Headers): Headers {
  const members = headers.tracestate?.split(',') ?? [];
  return { ...headers, tracestate: members.filter((member) => member.trim().length <= MAX_MEMBER + 3).join(',') };
}

function changed(headers: Headers, names: readonly string[], change: (text: string) => string): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name, names.includes(name) ? change(text) : text]),
  );
}

function isNotBaggage({ fact }: Difference): boolean {
  return !/^(?:forwarded )?baggage /.test(fact);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function prioritiesOf(headers: Headers): string[] {
  const header = headers['x-datadog-sampling-priority'];
  const fields = datadogPairsOf(headers).flatMap(([key, value]) => (key === 's' ? [value] : []));
  return header === undefined ? fields : [header, ...fields];
}

function isNoTag([key, value]: readonly [string, string]): boolean {
  return key.startsWith('t.') && !(/^t\.[\x21-\x2b\x2d-\x3c\x3e-\x7e]+$/.test(key) && /^[\x20-\x7e]*$/.test(value));
}

function isPriority(text: string): boolean {
  return /^\s*-?\d{1,9}\s*$/.test(text);
}

function priorityReadByJs(text: string): string {
  return /^\s*([-+]?\d+)/.exec(text)?.[1]?.replace('+', '') ?? '';
}

/** How long the dd member would be if it held all that the headers say. */
function datadogLengthOf(headers: Headers, { context }: Observation): number {
  const member = membersOf(headers).find(([key]) => key === 'dd')?.[1] ?? '';
  const origin = context?.origin ?? '';
  const tags = Object.entries(context?.tags ?? {}).map(([key, value]) => `;t.${key.slice(6)}:${value}`);
  return `s:-1;p:0123456789abcdef;t.tid:0123456789abcdef;o:${origin}${tags.join('')}`.length + member.length;
}

const MEMBER_KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const MEMBER_VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

function isLegalList(headers: Headers): boolean {
  const parts = (headers.tracestate ?? '').split(',').filter((part) => part.trim() !== '');
  const members = membersOf(headers);
  const others = members.filter(([key]) => key !== 'dd');
  if (others.length === members.length && others.length > 32) return false;
  if (parts.some((part) => !part.includes('='))) return false;
  return (
    new Set(others.map(([key]) => key)).size === others.length &&
    others.every(([key, value]) => MEMBER_KEY.test(key) && MEMBER_VALUE.test(value))
  );
}

/** Nobody has decided yet whether the trace is kept. */
function isUndecided({ ours }: Case): boolean {
  return ours.context !== null && ours.context.priority === null;
}

function isOwnSampling({ fact, ours, theirs }: Difference): boolean {
  if (fact === 'child member ot') return ours === undefined && theirs !== undefined && OWN_SAMPLING.test(theirs);
  return fact === 'child members in order' && theirs?.replace(/^ot ?/, '') === (ours ?? '');
}

function hasPriority(headers: Headers): boolean {
  return /^\s*-?\d+\s*$/.test(headers['x-datadog-sampling-priority'] ?? '');
}

function hasProperties({ headers }: Case): boolean {
  return headers.baggage?.includes(';') ?? false;
}
