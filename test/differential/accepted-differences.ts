import type { AcceptedDifference } from './accepted-difference.ts';
import {
  BAGGAGE,
  DECISION,
  DECISION_MAKER,
  datadogLengthOf,
  forAllPeers,
  forJsAndGo,
  forJsAndPython,
  forPythonAndGo,
  isDecodable,
  isEvicted,
  isNotBaggage,
  isOfDecision,
  isOwnSampling,
  isSameBut,
  isUndecided,
  isZero,
  keysWithSpacesAround,
  maxBaggageOf,
  maxTagsOf,
  samplingFields,
  TAG,
  tagsLengthOf,
  withoutSpaces,
  withoutThreshold,
  withSpaces,
} from './covering.ts';
import { headersInGo } from './go-reading.ts';
import {
  allDatadogPairsOf,
  b3SpanIdOf,
  b3TraceIdOf,
  baggagePairsOf,
  datadogFieldsOf,
  datadogMemberOf,
  datadogPairsOf,
  datadogTraceIdOf,
  decoded,
  hexId,
  isDatadogId,
  isDecisionAlone,
  isLegalList,
  isNoField,
  isOneTrace,
  isPriority,
  isUpperHalf,
  MAX_MEMBER,
  MAX_MEMBERS,
  membersOf,
  ORIGIN,
  PARENT_ID,
  PRIORITY,
  pairsOf,
  repeatedKeys,
  TAGS,
  TRACE_ID,
  traceparentOf,
  upperHalvesOf,
} from './reading.ts';
import * as readings from './tracer-readings.ts';

/** Every difference from Datadog's tracers that is right and intended: whatever is not here is a failure. */
export const ACCEPTED_DIFFERENCES: readonly AcceptedDifference[] = [
  {
    name: 'a malformed header spoils nothing but itself',
    reason:
      'What of the others is valid goes on. dd-trace-go reads no header any more, baggage included, when it refuses one of the first format; and it takes for valid what others refuse (upper-case hex, negative ids), and refuses what they take (spaces, flags over 7f).',
    readAs: { 'dd-trace-go': headersInGo },
  },

  // Formats
  {
    name: 'extraction ends with the first context',
    reason: 'Not with the first format that could have one. ddtrace then reads no second format.',
    readAs: { ddtrace: readings.firstFormatInPython },
  },
  {
    name: 'a format that is not configured is not read',
    reason:
      "dd-trace-js takes decision and state from traceparent whenever it reads Datadog's headers, and the last Datadog parent from these whenever it reads traceparent.",
    covers: {
      'dd-trace-js': {
        when: ({ configuration, headers }) =>
          (!configuration.extractStyles.includes('tracecontext') && 'traceparent' in headers) ||
          (!configuration.extractStyles.includes('datadog') && PARENT_ID in headers),
        covers: ({ fact }, { configuration }) =>
          configuration.extractStyles.includes('tracecontext') ? fact === 'forwarded dd p' : isOfDecision(fact),
      },
    },
  },

  // B3
  {
    name: 'a B3 id has 16 or 32 digits',
    reason: 'All of them hex. ddtrace takes what Python calls a number, and dd-trace-go what of it is one.',
    readAs: { ddtrace: readings.b3IdsInPython },
    covers: forPythonAndGo({
      when: ({ headers }) => ('b3' in headers || 'x-b3-traceid' in headers) && b3TraceIdOf(headers) === undefined,
      covers: isNotBaggage,
    }),
  },
  {
    name: 'a decision alone is no context',
    reason:
      'There is nothing to continue. dd-trace-js and ddtrace make a context of it, before which no other format counts.',
    covers: forJsAndPython({ when: ({ headers }) => isDecisionAlone(headers), covers: isNotBaggage }),
  },
  {
    name: 'a 64-bit trace has 16 digits in B3',
    reason: 'However it came. dd-trace-js writes the zeros of an upper half that came.',
    covers: {
      'dd-trace-js': {
        when: ({ ours }) => /^0{16}/.test(ours.context?.traceId ?? ''),
        covers: ({ fact, ours, theirs }) =>
          / (?:b3 trace id|x-b3-traceid)$/.test(fact) && ours?.padStart(32, '0') === theirs,
      },
    },
  },
  {
    name: "B3's decision is sampled, not sampled or debug",
    reason:
      'What is none of these is no decision. dd-trace-go takes any number for a priority, and knows no debug; dd-trace-js takes all but 0 for sampled.',
    covers: forJsAndGo({
      when: ({ headers }) =>
        !/^[01]$/.test(headers['x-b3-sampled'] ?? '0') ||
        headers['x-b3-flags'] === '1' ||
        !/^[01]?$/.test(headers.b3?.split('-')[2] ?? ''),
      covers: ({ fact }) => isOfDecision(fact),
    }),
  },
  {
    name: "B3's decision is written for whoever knows no debug",
    reason: 'Sampled beside the flag of debug. ddtrace writes the flag, or d, alone; dd-trace-go never writes it.',
    covers: {
      ddtrace: {
        when: ({ ours }) => Number(ours.context?.priority) > 1,
        covers: ({ fact, theirs }) =>
          / x-b3-sampled$/.test(fact) ? theirs === undefined : / b3 sampled$/.test(fact) && theirs === 'd',
      },
      'dd-trace-go': {
        when: ({ ours }) => Number(ours.context?.priority) > 1,
        covers: ({ fact, theirs }) => / x-b3-flags$/.test(fact) && theirs === undefined,
      },
    },
  },
  {
    name: "traceparent's span is the parent beside B3, too",
    reason:
      "Of one trace it is the last span in any format that is not Datadog's. dd-trace-go does so only where Datadog's headers are read.",
    covers: {
      'dd-trace-go': {
        when: ({ headers }) => b3TraceIdOf(headers) !== undefined && isOneTrace(headers),
        covers: ({ fact }) => /^span id$|^forwarded (?:b3 span id|x-b3-spanid|traceparent span id|dd p)$/.test(fact),
      },
    },
  },

  // Ids and priorities
  {
    name: 'a priority is a whole number',
    reason:
      'What is none is no decision, and the trace goes on. dd-trace-js takes the number that the text begins with; ddtrace takes what Python calls a number, and goes without all of the headers for what it does not.',
    readAs: { 'dd-trace-js': readings.prioritiesInJs, ddtrace: readings.prioritiesInPython },
  },
  {
    name: 'a Datadog id is decimal, of 64 bits',
    reason:
      'What is none is rejected alone. dd-trace-js takes the digits that it begins with and wraps what is too big or negative; ddtrace takes what Python calls a number, and goes without all of the headers for what it does not. A parent id of 0, or none, is no parent for us: the span is that of traceparent.',
    readAs: { 'dd-trace-js': readings.idsInJs, ddtrace: readings.idsInPython },
  },
  {
    name: 'a trace or a parent of id 0 is none',
    reason:
      'OpenTelemetry knows no such span: without a traceparent of the same trace there is no context. The tracers go on in the trace.',
    covers: {
      'dd-trace-js': {
        when: ({ headers }) => readings.isZeroIdInJs(headers[TRACE_ID]) || readings.isZeroIdInJs(headers[PARENT_ID]),
        // Where extraction ends with Datadog's headers it has no other parent.
        covers: (difference, { headers }) =>
          isOneTrace(headers)
            ? /span id$|parent-id$| dd p$/.test(difference.fact) && isZero(difference.theirs)
            : isNotBaggage(difference),
      },
      ddtrace: {
        when: ({ headers }) => isDatadogId(headers[TRACE_ID]) && !isDatadogId(headers[PARENT_ID]),
        // It gives up on all of the headers where that id was to be told beside a traceparent's.
        covers: (difference, { headers }) =>
          difference.theirs === undefined ||
          (isOneTrace(headers) ? difference.fact === 'forwarded dd p' : isNotBaggage(difference)),
      },
      'dd-trace-go': {
        when: ({ headers }) =>
          (headers[ORIGIN] === 'synthetics' && /^-?0*$/.test(headers[PARENT_ID] ?? '')) ||
          (/^-?0*$/.test(headers[TRACE_ID] ?? '') && upperHalvesOf(headers).some(isUpperHalf)),
        covers: (difference) => isNotBaggage(difference) || difference.fact.startsWith('forwarded '),
      },
    },
  },
  {
    name: "a trace whose lower half is zero is not told in Datadog's headers",
    reason: 'They would say a trace id of 0, which is none. The tracers write it.',
    covers: forAllPeers({
      when: ({ ours }) => /0{16}$/.test(ours.context?.traceId ?? ''),
      covers: ({ fact, ours }) => / x-datadog-/.test(fact) && ours === undefined,
    }),
  },
  {
    name: 'a trace id has 128 bits',
    reason:
      'Two ids that share their lower half only are two traces: no state of one goes into the other. dd-trace-js compares the lower halves there.',
    covers: {
      'dd-trace-js': {
        when: ({ headers }) => {
          const datadog = datadogTraceIdOf(headers);
          const w3c = traceparentOf(headers)?.traceId;
          return datadog !== w3c && datadog?.slice(16) === w3c?.slice(16);
        },
        covers: ({ fact, ours }, input) =>
          (/ (?:member .*|members in order|dd .*)$/s.test(fact) && ours === undefined) ||
          (isUndecided(input) && isOfDecision(fact)),
      },
    },
  },

  // Decisions
  {
    name: 'a priority has at most nine digits',
    reason: 'A number that no tracer has ever meant is no decision.',
    readAs: forAllPeers(readings.longPriorities),
    covers: forAllPeers({
      when: ({ headers }) =>
        [headers[PRIORITY], datadogFieldsOf(headers).get('s')].some((text) => /\d{9}/.test(text ?? '')),
      covers: ({ fact, theirs }) =>
        (/priority$| dd s$/.test(fact) && /\d{10}|e\+/.test(theirs ?? '')) ||
        / (?:traceparent |b3 |x-b3-)sampled$/.test(fact),
    }),
  },
  {
    name: 'an undecided trace leaves decided',
    reason:
      'Without a priority we decide when we send, and send the result: kept, by default. The tracers decide for a span of their own only, and forward none.',
    covers: forAllPeers({
      when: isUndecided,
      covers: ({ fact, ours, theirs }) =>
        fact.startsWith('forwarded ') &&
        ((DECISION.test(fact) && [undefined, 'undefined', '', '0', 'no'].includes(theirs)) ||
          (DECISION_MAKER.test(fact) && ours === '-0' && theirs === undefined)),
    }),
  },
  {
    name: 'the decision of a sampler of the tracer itself',
    reason:
      "A kept trace of nobody's decision is -0 for us, as for most tracers, unless another came in; for dd-trace-go it is the Agent's rate, though there is no Agent.",
    covers: {
      'dd-trace-go': {
        when: isUndecided,
        covers: ({ fact, theirs }) => DECISION_MAKER.test(fact) && theirs === '-1',
      },
    },
  },
  {
    name: 'sampling of its own in ot',
    reason: 'A tracer that samples a trace says with what rate; we sample nothing, and never make up an ot member.',
    covers: forAllPeers({
      when: isUndecided,
      covers: (difference, input) => isOwnSampling(difference) || isEvicted(difference, input),
    }),
  },
  {
    name: "W3C's decision where Datadog's headers have none",
    reason:
      'A trace that traceparent calls dropped, or kept, is one: we follow it as dd-trace-js does, the others decide anew and tear it apart.',
    covers: forPythonAndGo({
      when: ({ headers, ours }) =>
        isOneTrace(headers) &&
        !isPriority(headers[PRIORITY]) &&
        ours.context !== null &&
        ours.context.priority !== null,
      covers: (difference, input) =>
        isOfDecision(difference.fact) || isOwnSampling(difference) || isEvicted(difference, input),
    }),
  },
  {
    name: "Datadog's decision maker stays beside W3C's decision",
    reason: "It came with the trace that goes on. dd-trace-js takes W3C's, or none where W3C has none.",
    covers: {
      'dd-trace-js': {
        when: ({ headers }) =>
          isOneTrace(headers) && !isPriority(headers[PRIORITY]) && (headers[TAGS]?.includes('_dd.p.dm=') ?? false),
        covers: ({ fact }) => DECISION_MAKER.test(fact),
      },
    },
  },
  {
    name: 'decided by the flag alone',
    reason:
      'Where the flag decides of a trace that has no priority, the decision maker is -0 for a kept one and none for a dropped one, as where it overrides a priority: so every kept trace has one.',
    covers: forAllPeers({
      when: ({ headers }) => traceparentOf(headers) !== undefined && !isPriority(datadogFieldsOf(headers).get('s')),
      covers: ({ fact, ours, theirs }, { headers }) =>
        DECISION_MAKER.test(fact) &&
        (traceparentOf(headers)?.sampled ? ours === '-0' && theirs === undefined : ours === undefined),
    }),
  },
  {
    name: 'an override has its own decision maker',
    reason:
      "Where traceparent's flag and dd's priority contradict each other the flag wins, and whoever decided before did not decide this: -0 for a kept trace, none for a dropped one. dd-trace-js and ddtrace leave the decision maker alone.",
    covers: forJsAndPython({
      when: ({ headers }) => {
        const w3c = traceparentOf(headers);
        const priority = datadogFieldsOf(headers).get('s');
        return w3c !== undefined && isPriority(priority) && Number(priority) > 0 !== w3c.sampled;
      },
      covers: ({ fact, ours }, { headers }) =>
        DECISION_MAKER.test(fact) && ours === (traceparentOf(headers)?.sampled ? '-0' : undefined),
    }),
  },
  {
    name: 'a dropped trace keeps its decision maker',
    reason: 'Tags go on as they came. dd-trace-go takes it away where the priority comes behind it.',
    covers: {
      'dd-trace-go': {
        when: ({ headers, ours }) =>
          ours.context !== null &&
          Number(ours.context.priority) <= 0 &&
          (isPriority(headers[PRIORITY]) || !(Number(datadogFieldsOf(headers).get('s')) > 0)),
        covers: ({ fact, theirs }) => DECISION_MAKER.test(fact) && theirs === undefined,
      },
    },
  },
  {
    name: 'any decision maker goes on',
    reason:
      'Like any other tag, as it came. dd-trace-js reads a number in that of dd; dd-trace-go keeps its ~; ddtrace refuses what it does not know, and then sends no tag.',
    covers: {
      'dd-trace-go': {
        when: ({ headers }) => datadogFieldsOf(headers).get('t.dm')?.includes('~') ?? false,
        covers: ({ fact }) => DECISION_MAKER.test(fact),
      },
      'dd-trace-js': {
        when: ({ headers }) => datadogPairsOf(headers).some(([key, value]) => key === 't.dm' && !/^-\d+$/.test(value)),
        covers: ({ fact }) => DECISION_MAKER.test(fact),
      },
      ddtrace: {
        when: ({ headers, ours }) =>
          TAGS in headers &&
          !/^(?:-(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5]))?$/.test(ours.context?.tags['_dd.p.dm'] ?? ''),
        covers: ({ fact, theirs }) =>
          DECISION_MAKER.test(fact) || (/ x-datadog-tags /.test(fact) && theirs === undefined),
      },
    },
  },
  {
    name: "a browser's trace is undecided",
    reason:
      'Flag 00 beside the origin rum and no priority says that nobody has decided yet. dd-trace-js and -go drop such a trace.',
    covers: forJsAndGo({
      when: (input) => {
        const fields = datadogFieldsOf(input.headers);
        return isUndecided(input) && fields.get('o') === 'rum' && !isPriority(fields.get('s'));
      },
      covers: ({ fact }) => isOfDecision(fact),
    }),
  },
  {
    name: "a browser's trace that is sampled is decided",
    reason: "Only flag 00 leaves a browser's trace undecided. For ddtrace flag 01 does too, and the priority 0.",
    covers: {
      ddtrace: {
        when: ({ headers }) => {
          const fields = datadogFieldsOf(headers);
          return fields.get('o') === 'rum' && Number(fields.get('s') ?? '0') === 0;
        },
        covers: (difference, input) =>
          isOfDecision(difference.fact) || isOwnSampling(difference) || isEvicted(difference, input),
      },
    },
  },

  // Tags
  {
    name: 'a tag that is none goes alone',
    reason: 'The other tags of x-datadog-tags are good. The tracers drop the header whole, each for other reasons.',
    readAs: { 'dd-trace-js': readings.tagsInJs, ddtrace: readings.tagsInPython, 'dd-trace-go': readings.tagsInGo },
  },
  {
    name: 'after a bad tag ddtrace sends none',
    reason: 'What one hop got wrong is no reason to lose the tags that are made, or read elsewhere, later.',
    covers: {
      ddtrace: {
        when: ({ headers }) =>
          (headers[TAGS]?.length ?? 0) > 512 ||
          readings.tagsInPython(headers) !== headers ||
          upperHalvesOf(headers).some((tid) => !/^[0-9a-f]{16}$/.test(tid) || /^0+$/.test(tid)),
        covers: ({ fact, theirs }) => / x-datadog-tags /.test(fact) && theirs === undefined,
      },
    },
  },
  {
    name: 'tags at their limit',
    reason:
      'What one adds of its own decision makes the header too long, and then it is not sent. We add -0 to a decision that has no maker, the tracers to one that they make.',
    covers: forAllPeers({
      when: ({ ours, configuration }) =>
        Math.abs(tagsLengthOf(ours) - maxTagsOf(configuration)) < '_dd.p.dm=-128,'.length,
      covers: ({ fact, ours, theirs }) => / x-datadog-tags /.test(fact) && (ours === undefined || theirs === undefined),
    }),
  },
  {
    name: 'an upper half may be in upper case, and have spaces around it',
    reason:
      'It is taken in lower case. ddtrace and dd-trace-go drop it, and ddtrace goes without all of the headers for a negative one; dd-trace-js keeps the case, and writes a traceparent that others refuse.',
    readAs: { ddtrace: readings.upperHalvesInPython, 'dd-trace-go': readings.strictUpperHalves },
    covers: {
      ddtrace: {
        when: ({ headers }) => upperHalvesOf(headers).some((tid) => tid.startsWith('-')),
        covers: ({ fact }) => fact.startsWith('link '),
      },
      'dd-trace-js': {
        when: ({ headers }) =>
          [...upperHalvesOf(headers), headers.b3, headers['x-b3-traceid']].some((id) => /[A-F]/.test(id ?? '')),
        // A traceparent of the same trace is one of another for it.
        covers: ({ fact, ours, theirs }, { headers }) =>
          (/trace id$|tid$|traceid$/.test(fact) && ours === theirs?.toLowerCase()) ||
          (fact.startsWith('link ') && ours === theirs?.toLowerCase()) ||
          (isOneTrace(headers) && /^link |span id$|parent-id$| dd p$/.test(fact)),
      },
    },
  },
  {
    name: 'a malformed tid takes back what an earlier one said',
    reason:
      'Of a tag that comes twice the last counts; a malformed tid is then none. dd-trace-js keeps the earlier one.',
    readAs: { 'dd-trace-js': readings.upperHalvesInJs },
  },
  {
    name: 'an upper half of zeros is no tag',
    reason: 'It says what its absence says. dd-trace-js and -go pass it on.',
    covers: forJsAndGo({
      when: ({ headers }) => upperHalvesOf(headers).some((tid) => /^0{16}$/.test(tid)),
      covers: ({ fact, ours, theirs }) => /tid$/.test(fact) && ours === undefined && theirs === '0'.repeat(16),
    }),
  },
  {
    name: 'spaces around a field are none of it',
    reason:
      'Neither of a tag, nor of a field of dd. ddtrace cuts those around a tag, too; else they belong to the field.',
    covers: forAllPeers({
      when: ({ headers }) =>
        /[=,]\s|\s(?:[=,]|$)|^\s/.test(headers[TAGS] ?? '') ||
        /^\s|[:;]\s|\s(?:[:;]|$)/.test(datadogMemberOf(headers) ?? ''),
      covers: ({ fact, ours, theirs }, { headers }) =>
        isOfDecision(fact) ||
        ((TAG.test(fact) || / dd |origin$/.test(fact)) &&
          (ours === undefined ||
            theirs === undefined ||
            withoutSpaces(ours) === withoutSpaces(theirs) ||
            // One of them counts a tag twice that is two for the other.
            repeatedKeys(pairsOf(headers[TAGS], ',', '=').map(([key]) => [key.trim(), ''])).some((key) =>
              fact.endsWith(key.slice('_dd.p.'.length)),
            ))),
    }),
  },
  {
    name: 'a tag without a value',
    reason:
      'With = it is one and goes on, without it is none. dd-trace-js keeps both, and sends neither, as dd-trace-go with one in dd; for such a one in dd ddtrace sends no tag.',
    readAs: { 'dd-trace-js': readings.bareTagsInJs },
    covers: {
      'dd-trace-go': {
        when: ({ ours }) => Object.values(ours.context?.tags ?? {}).includes(''),
        covers: ({ fact, ours, theirs }) => / x-datadog-tags /.test(fact) && ours === '' && theirs === undefined,
      },
      ddtrace: {
        when: ({ headers }) => datadogPairsOf(headers).some(([key, value]) => key.startsWith('t.') && value === ''),
        covers: ({ fact, ours, theirs }) =>
          (/ x-datadog-tags /.test(fact) && theirs === undefined) ||
          (TAG.test(fact) && (ours ?? '') === '' && (theirs ?? '') === ''),
      },
      'dd-trace-js': {
        when: ({ headers, ours }) =>
          Object.values(ours.context?.tags ?? {}).includes('') ||
          pairsOf(headers[TAGS], ',', '=').some(([, value]) => value === ''),
        covers: ({ fact, ours, theirs }) => TAG.test(fact) && (ours === '' || theirs === ''),
      },
    },
  },
  {
    name: 'only propagation tags go on',
    reason:
      'Keys that do not begin with _dd.p. are none, nor are those that no header can hold. dd-trace-go forwards the ones, and keeps the others; _dd.p. alone is a key for ddtrace, too.',
    covers: {
      ddtrace: {
        when: ({ headers }) => /(?:^|,)_dd\.p\.=/.test(headers[TAGS] ?? ''),
        covers: ({ fact, ours }) => /_dd\.p\.$| dd t\.$/.test(fact) && ours === undefined,
      },
      'dd-trace-go': {
        when: ({ headers }) =>
          (headers[TAGS] ?? '')
            .split(',')
            .some((tag) => !/^_dd\.p\.[\x21-\x2b\x2d-\x3c\x3e-\x7e]+=[\x20-\x7e]*$/.test(tag)),
        covers: ({ fact, ours }, { headers }) =>
          (DECISION_MAKER.test(fact) && ours === '-0') ||
          (TAG.test(fact) &&
            (ours === undefined ||
              repeatedKeys(pairsOf(headers[TAGS], ',', '=')).some((key) => fact.endsWith(key.slice('_dd.p.'.length))))),
      },
    },
  },
  {
    name: 'a tag whose name only begins with dm',
    reason: 'It is no decision maker. For dd-trace-go it is, and of several the first.',
    covers: {
      'dd-trace-go': {
        when: ({ headers }) => datadogPairsOf(headers).some(([key]) => /^t\.dm./.test(key)),
        covers: ({ fact }) => DECISION_MAKER.test(fact) || /(?: dd t|_dd\.p)\.dm./.test(fact),
      },
    },
  },
  {
    name: 'upstream_services is a tag like any other',
    reason: 'ddtrace has retired it. Unknown tags are forwarded.',
    covers: {
      ddtrace: {
        when: ({ headers }) => headers[TAGS]?.includes('_dd.p.upstream_services') ?? false,
        covers: ({ fact, theirs }) => /upstream_services$/.test(fact) && theirs === undefined,
      },
    },
  },
  {
    name: 'a tag with ; or : in its key',
    reason: 'In dd these two characters are syntax: we write _. The tracers write them as they are.',
    covers: forAllPeers({
      when: ({ ours }) => Object.keys(ours.context?.tags ?? {}).some((key) => /[;:]/.test(key)),
      covers: ({ fact }, { ours }) =>
        /^(?:forwarded|child) dd (?:t\.|[^sop]|$)/.test(fact) ||
        // What stands behind a semicolon is a field of dd then, which may be one that means something.
        Object.keys(ours.context?.tags ?? {}).some((key) => /;[sop]$/.test(key) && fact.endsWith(` dd ${key.at(-1)}`)),
    }),
  },

  // Origin
  {
    name: 'an origin that no header can hold stays out of it',
    reason:
      'Control characters and what is not ASCII end the process at the next request: only tracestate has a way to write them. dd-trace-js and -go send it raw; ddtrace has no origin then.',
    covers: {
      ...forJsAndGo({
        when: ({ ours }) => /[^\x20-\x7e]/.test(ours.context?.origin ?? ''),
        covers: ({ fact, ours }) => / x-datadog-origin$/.test(fact) && ours === undefined,
      }),
      ddtrace: {
        when: ({ ours }) => /[^\x20-\x7e]/.test(ours.context?.origin ?? ''),
        covers: ({ fact, theirs }, { headers }) =>
          /^origin$| dd o$/.test(fact) && (theirs === undefined || theirs === datadogFieldsOf(headers).get('o')),
      },
    },
  },
  {
    name: 'an empty origin is none',
    reason: 'It says nothing. dd-trace-js and ddtrace pass it on.',
    covers: forJsAndPython({
      when: ({ headers }) => headers[ORIGIN] === '' || datadogFieldsOf(headers).get('o') === '',
      covers: ({ fact, theirs }) => /origin$| dd o$/.test(fact) && theirs === '',
    }),
  },
  {
    name: 'a space in an origin goes on',
    reason:
      'tracestate can hold a space. dd-trace-go makes _ of it, and one of several characters that cannot be held.',
    covers: {
      'dd-trace-go': {
        when: ({ ours }) => /[^\x21-\x7e]/.test(ours.context?.origin ?? ''),
        covers: ({ fact, ours, theirs }) =>
          / dd o$/.test(fact) && ours?.replace(/[ _]+/g, '_') === theirs?.replace(/_+/g, '_'),
      },
    },
  },
  {
    name: 'an origin has at most 512 characters',
    reason: 'Those that tracers give have 20. What is longer is none. ddtrace drops other members for it.',
    covers: forAllPeers({
      when: ({ headers }) => (headers[ORIGIN]?.length ?? 0) > 512,
      covers: ({ fact }) => /origin$|^(?:forwarded|child) (?:dd|members?) /.test(fact),
    }),
  },
  {
    name: 'a space at the end of tracestate',
    reason: 'It belongs to the last value of dd when other members follow. ddtrace cuts it.',
    covers: {
      ddtrace: {
        when: ({ ours }) => / $/.test(ours.context?.origin ?? ''),
        covers: ({ fact, ours, theirs }) => / dd o$/.test(fact) && ours?.trimEnd() === theirs,
      },
    },
  },
  {
    name: 'an origin that fills dd',
    reason:
      'What does not fit into 256 characters is left out alone, and leaves in x-datadog-origin. dd-trace-js then writes no dd member, the others a longer one.',
    covers: forAllPeers({
      when: ({ ours }) => (ours.context?.origin?.length ?? 0) > 150,
      covers: ({ fact }, { headers }) =>
        /^(?:forwarded|child) dd /.test(fact) || (membersOf(headers).length >= MAX_MEMBERS && / members? /.test(fact)),
    }),
  },

  // traceparent
  {
    name: 'traceparent is what W3C says',
    reason:
      'Lower-case hex, flags of two digits, and around it no whitespace but spaces and tabs. dd-trace-js and ddtrace cut other whitespace too; dd-trace-js reads upper case, even the version FF, and passes it on.',
    readAs: {
      'dd-trace-js': readings.traceparentInJs,
      ddtrace: readings.traceparentInPython,
    },
    covers: {
      'dd-trace-js': {
        when: ({ headers }) => /[A-F]/.test(headers.traceparent ?? ''),
        covers: ({ fact, ours, theirs }) =>
          (/ traceparent version$/.test(fact) && theirs === 'FF') ||
          (/trace id$|tid$/.test(fact) && ours === theirs?.toLowerCase()),
      },
    },
  },
  {
    name: 'a comma makes two headers of traceparent',
    reason:
      'HTTP joins what comes twice by a comma, and nobody knows which of the two is meant. dd-trace-js and ddtrace find one in the tail of a later version; for ddtrace a tail that is empty is none.',
    readAs: { 'dd-trace-js': readings.tailInJs, ddtrace: readings.tailInPython },
  },
  {
    name: 'traceparent leaves in version 00',
    reason: 'W3C: who writes, writes the version that it knows. dd-trace-js passes on that of the header that it got.',
    covers: {
      'dd-trace-js': {
        when: ({ headers }) => /^\s*(?!00)[0-9a-f]{2}-/i.test(headers.traceparent ?? ''),
        covers: ({ fact, ours }) => / traceparent version$/.test(fact) && ours === '00',
      },
    },
  },
  {
    name: 'the random flag goes on',
    reason:
      'W3C level 2: whoever knows the flag passes it on, since it says something of the trace id. dd-trace-js and -go write 00 and 01 only.',
    covers: forJsAndGo({
      when: ({ headers }) => traceparentOf(headers)?.random ?? false,
      covers: ({ fact, theirs }) => / traceparent random$/.test(fact) && theirs === undefined,
    }),
  },
  {
    name: 'no flag goes on that nobody has defined',
    reason: 'W3C: they are set to zero. ddtrace passes them on.',
    covers: {
      ddtrace: {
        when: ({ headers }) => traceparentOf(headers) !== undefined,
        covers: ({ fact, ours }) => / traceparent other flags$/.test(fact) && ours === undefined,
      },
    },
  },

  // tracestate
  {
    name: 'whitespace around a member is spaces and tabs',
    reason: 'So HTTP has it. dd-trace-js and ddtrace cut other whitespace too.',
    readAs: { 'dd-trace-js': readings.trimmedMembers, ddtrace: readings.trimmedMembers },
  },
  {
    name: 'a list of members that W3C does not allow is discarded',
    reason:
      'An illegal key or value, or more than 32 members: the list goes, dd is read all the same. The tracers keep what they can.',
    covers: forAllPeers({
      when: ({ headers }) => !isLegalList(headers),
      covers: ({ fact, ours }) => / member(?: .*|s in order)$/s.test(fact) && ours === undefined,
    }),
  },
  {
    name: 'of a member that comes twice the first goes on',
    reason: 'W3C allows none. dd-trace-js puts it where the last was, the others send both.',
    covers: forAllPeers({
      when: ({ headers }) => repeatedKeys(membersOf(headers)).length > 0,
      covers: ({ fact }, { headers }) =>
        / members in order$/.test(fact) ||
        (membersOf(headers).length >= MAX_MEMBERS && / member /.test(fact)) ||
        repeatedKeys(membersOf(headers)).some((key) => fact.endsWith(` member ${key}`)),
    }),
  },
  {
    name: 'a dd member over 256 characters is read',
    reason: 'W3C allows it. dd-trace-js and -go ignore a member of more characters than they write.',
    readAs: { 'dd-trace-js': readings.longMemberInJs, 'dd-trace-go': readings.longMemberInGo },
    covers: {
      // It reads no member behind it either.
      'dd-trace-go': {
        when: ({ headers }) => readings.longMemberInGo(headers).tracestate !== headers.tracestate,
        covers: ({ fact, theirs }) => / member ot$/.test(fact) && theirs === undefined,
      },
    },
  },
  {
    name: 'an empty member is none',
    reason: 'So W3C says. For dd-trace-go it is one of the 32.',
    covers: {
      'dd-trace-go': {
        when: ({ headers }) =>
          /(?:^|,)\s*(?:,|$)/.test(headers.tracestate ?? '') && membersOf(headers).length >= MAX_MEMBERS - 1,
        covers: ({ fact, theirs }) => (/ member /.test(fact) ? theirs === undefined : / members in order$/.test(fact)),
      },
    },
  },
  {
    name: 'of two dd members the first is read',
    reason: 'As with dd-trace-js. ddtrace reads the last, dd-trace-go both.',
    readAs: { ddtrace: readings.repeatedMembersInPython, 'dd-trace-go': readings.repeatedMembersInGo },
  },
  {
    name: 'dd is read from a list that is not printable',
    reason: 'Our own member survives its neighbours. ddtrace ignores the header whole.',
    readAs: { ddtrace: readings.tracestateInPython },
  },
  {
    name: 'a key that only ends with dd',
    reason: 'ddtrace writes its p into such a member, too.',
    covers: {
      ddtrace: {
        when: ({ headers }) => membersOf(headers).some(([key]) => /.dd$/.test(key)),
        covers: ({ fact, ours, theirs }) =>
          / member .*dd$/.test(fact) && theirs?.replace(/^p:[0-9a-f]{16};/, '') === ours,
      },
    },
  },
  {
    name: 'dd is found wherever it stands, and as W3C writes it',
    reason:
      'Our own member counts before all others. dd-trace-js reads the first 32 members only, none with a tab, dd with a space behind it too, and skips one that is empty.',
    readAs: { 'dd-trace-js': readings.membersInJs },
  },
  {
    name: 'ot is a member like any other',
    reason: 'W3C evicts from the right. ddtrace and dd-trace-go move ot to the front, where nothing is evicted.',
    covers: forPythonAndGo({
      when: ({ headers }) => membersOf(headers).some(([key]) => key === 'ot'),
      covers: ({ fact, ours, theirs }, { headers }) =>
        (/ members in order$/.test(fact) && isSameBut(ours, theirs, 'ot', membersOf(headers).length)) ||
        (membersOf(headers).length > 31 && / member /.test(fact)),
    }),
  },
  {
    name: 'ot stays where it was',
    reason: 'It loses what is malformed in it, no more. dd-trace-js moves it to the front then.',
    covers: {
      'dd-trace-js': {
        when: ({ headers }) => membersOf(headers).some(([key]) => key === 'ot'),
        covers: ({ fact, ours, theirs }) => / members in order$/.test(fact) && isSameBut(ours, theirs, 'ot', 0),
      },
    },
  },
  {
    name: 'tracestate goes on whole',
    reason:
      'W3C asks for 512 characters at least, and sets no limit. ddtrace cuts it there, and drops members over 128 characters before others; dd-trace-go ignores one of more than 4096.',
    readAs: { 'dd-trace-go': readings.longTracestateInGo },
    covers: {
      ddtrace: {
        when: ({ headers, ours }) => (headers.tracestate?.length ?? 0) + (ours.context?.origin?.length ?? 0) > 256,
        covers: ({ fact }) => / members? /.test(fact),
      },
    },
  },
  {
    name: 'ot goes on as it came',
    reason:
      'But for what is malformed in it. dd-trace-go cuts the trailing zeros of th, which say nothing, and orders the fields, as ddtrace does; dd-trace-js keeps a field without a colon.',
    covers: forAllPeers({
      when: ({ headers }) => membersOf(headers).some(([key]) => key === 'ot'),
      covers: ({ fact, ours, theirs }, { headers }) =>
        (/ member ot$/.test(fact) && samplingFields(ours) === samplingFields(theirs)) ||
        (membersOf(headers).length >= MAX_MEMBERS - 1 && / members? /.test(fact)),
    }),
  },
  {
    name: 'a threshold goes on beside a decision that contradicts it',
    reason:
      "An inherited th is forwarded. dd-trace-js drops it where traceparent's flag and the priority of another format differ, and beside B3's debug.",
    covers: {
      'dd-trace-js': {
        when: ({ headers, ours }) =>
          isOneTrace(headers) &&
          (Number(ours.context?.priority) > 0 !== traceparentOf(headers)?.sampled ||
            b3TraceIdOf(headers) !== undefined),
        covers: ({ fact, ours, theirs }, { headers }) =>
          (/ member ot$/.test(fact) && withoutThreshold(ours) === (theirs ?? '')) ||
          (/ members in order$/.test(fact) && isSameBut(ours, theirs, 'ot', membersOf(headers).length)) ||
          (membersOf(headers).length >= MAX_MEMBERS && / member /.test(fact)),
      },
    },
  },

  // The dd member
  {
    name: 'which fields fit into dd',
    reason: 'Within 256 characters each tracer has its own order. All tags leave in x-datadog-tags.',
    covers: forAllPeers({
      when: ({ headers, ours }) => datadogLengthOf(headers, ours) > MAX_MEMBER,
      covers: ({ fact }) => /^(?:forwarded|child) dd (?![sop]$)/.test(fact),
    }),
  },
  {
    name: 'of a field that comes twice in dd the last counts',
    reason: 'As with ddtrace; for dd-trace-js it is the first, and dd-trace-go decides by each in turn.',
    readAs: { 'dd-trace-js': readings.repeatedFieldsInJs },
    covers: {
      'dd-trace-go': {
        when: ({ headers }) => repeatedKeys(datadogPairsOf(headers)).some((key) => key === 's' || key === 't.dm'),
        covers: ({ fact }) => isOfDecision(fact),
      },
    },
  },
  {
    name: 'a field of dd that is malformed goes alone',
    reason: 'The others are good. ddtrace reads nothing of dd then.',
    readAs: { ddtrace: readings.memberInPython },
  },
  {
    name: 'a field of dd that no header can hold is left out',
    reason:
      'dd-trace-js makes a tag of it all the same, and then sends no x-datadog-tags, as ddtrace; dd-trace-go sends it.',
    covers: {
      'dd-trace-js': {
        when: ({ headers }) => datadogPairsOf(headers).some(isNoField),
        covers: ({ fact, ours, theirs }) =>
          ((TAG.test(fact) || / dd /.test(fact)) && ours === undefined) ||
          (/ x-datadog-tags /.test(fact) && theirs === undefined),
      },
      ddtrace: {
        when: ({ headers }) => datadogPairsOf(headers).some(isNoField),
        covers: ({ fact, ours, theirs }) =>
          (TAG.test(fact) && ours === undefined) || (/ x-datadog-tags /.test(fact) && theirs === undefined),
      },
      'dd-trace-go': {
        when: ({ headers }) => datadogPairsOf(headers).some(isNoField),
        // Where it comes twice, and one of them can be held, that is ours.
        covers: ({ fact, ours }, { headers }) =>
          (TAG.test(fact) && (ours === undefined || repeatedKeys(datadogPairsOf(headers)).length > 0)) ||
          (DECISION_MAKER.test(fact) && ours === '-0'),
      },
    },
  },
  {
    name: 'an unknown field of dd goes on',
    reason:
      'It is from a tracer that knows more than we. ddtrace and dd-trace-go drop it, and dd-trace-js one with a space in its name, or without a value.',
    covers: {
      'dd-trace-js': {
        when: ({ headers }) => datadogPairsOf(headers).some(([key, value]) => /\s/.test(key) || value === ''),
        covers: ({ fact, ours, theirs }) =>
          / dd /.test(fact) && (/ dd .*\s/.test(fact) || ours === '') && theirs === undefined,
      },
      ...forPythonAndGo({
        when: ({ headers }) => datadogPairsOf(headers).some(([key]) => !/^(?:[sop]|t\..*)$/.test(key)),
        covers: ({ fact, theirs }) => /^(?:forwarded|child) dd (?![sop]$|t\.)/.test(fact) && theirs === undefined,
      }),
    },
  },
  {
    name: "no field of W3C's dd beside Datadog's headers",
    reason:
      "Of one trace Datadog's headers have the say (origin, tags), and both formats leave with the same. dd-trace-js, and ddtrace where it has nothing of its own to say, keep in tracestate what traceparent's sender had there.",
    covers: forJsAndPython({
      when: ({ headers }) => isOneTrace(headers),
      covers: ({ fact, ours, theirs }, { headers }) => {
        const field = /^(?:forwarded|child) dd (.*)$/s.exec(fact)?.[1];
        return (
          field !== undefined &&
          (/^(?:[op]|t\..*)$/s.test(field) || theirs === '') &&
          ((ours ?? '') === '' || field === 'p') &&
          allDatadogPairsOf(headers).some(([key, value]) => key === field && value === theirs)
        );
      },
    }),
  },
  {
    name: 'the upper half is told in dd, too',
    reason:
      "So whoever reads dd alone knows it. ddtrace and dd-trace-go do it only where they write Datadog's headers.",
    covers: forPythonAndGo({
      when: ({ configuration }) => configuration.variables.DD_TRACE_PROPAGATION_STYLE !== undefined,
      covers: ({ fact }) => / dd t\.tid$/.test(fact),
    }),
  },
  {
    name: 'a tid in dd is none',
    reason:
      'The upper half is what traceparent says. dd-trace-js passes the field on beside it, and ddtrace where that is zero.',
    covers: forJsAndPython({
      when: ({ headers }) => datadogFieldsOf(headers).has('t.tid'),
      covers: ({ fact, ours, theirs }, { headers }) =>
        /tid$/.test(fact) && ours === undefined && theirs === datadogFieldsOf(headers).get('t.tid'),
    }),
  },
  {
    name: 'the last Datadog parent goes on',
    reason:
      'A service that starts no span passes on the p that it got. ddtrace and dd-trace-go lose it where both formats name the same span.',
    covers: forPythonAndGo({
      when: ({ headers, ours }) =>
        isOneTrace(headers) && [hexId(headers[PARENT_ID]), b3SpanIdOf(headers)].includes(ours.context?.spanId),
      covers: ({ fact, theirs }) => fact === 'forwarded dd p' && theirs === undefined,
    }),
  },
  {
    name: 'the last Datadog parent is not validated',
    reason:
      'What tracestate can hold goes on as it came. ddtrace writes it as a number of 16 digits, and nothing where it is none.',
    covers: {
      ddtrace: {
        when: ({ headers }) => !/^[0-9a-f]{16}$/.test(datadogFieldsOf(headers).get('p') ?? '0'.repeat(16)),
        covers: ({ fact, theirs }) =>
          fact === 'forwarded dd p' || (/^forwarded (?:dd|member|members) /.test(fact) && theirs === undefined),
      },
    },
  },
  {
    name: 'what no member can hold is no last parent',
    reason: 'p is not validated, but it must fit into tracestate.',
    covers: forJsAndGo({
      when: ({ headers }) => /[^\x21-\x7e]|[,;=~]/.test(datadogFieldsOf(headers).get('p') ?? ''),
      covers: ({ fact }) => fact === 'forwarded dd p',
    }),
  },
  {
    name: 'a context that came is no span of ours',
    reason:
      "Forwarded without a span, p stays who it was. dd-trace-go writes the parent there, when it is Datadog's headers that name it.",
    covers: {
      'dd-trace-go': {
        when: ({ headers }) => isDatadogId(headers[TRACE_ID]) || b3TraceIdOf(headers) !== undefined,
        covers: ({ fact, theirs }, { headers, ours }) =>
          fact === 'forwarded dd p' && (theirs === ours.context?.spanId || theirs === hexId(headers[PARENT_ID])),
      },
    },
  },
  {
    name: 'a context without priority and tags is forwarded',
    reason: "dd-trace-go's injection of such a context panics, once what Datadog's headers say is written.",
    covers: {
      'dd-trace-go': {
        when: ({ headers }) =>
          isDatadogId(headers[TRACE_ID]) && headers[PRIORITY] === undefined && headers[TAGS] === undefined,
        covers: ({ fact, theirs }) => fact.startsWith('forwarded ') && theirs === undefined,
      },
    },
  },

  // Baggage
  {
    name: 'properties of baggage go on',
    reason:
      'W3C wants an item to be passed on with its properties, and one that has nothing else is malformed. dd-trace-js drops them.',
    readAs: { 'dd-trace-js': readings.propertiesInJs },
  },
  {
    name: 'properties of baggage are none of its value',
    reason: 'W3C: key and value end at the semicolon. ddtrace and dd-trace-go take the rest for a part of them.',
    covers: forPythonAndGo({
      when: ({ headers }) => headers.baggage?.includes(';') ?? false,
      covers: ({ fact, ours }, { headers }) =>
        (headers.baggage ?? '')
          .split(',')
          .filter((item) => item.includes(';'))
          .some((item) => {
            const key = decoded(item.slice(0, Math.max(0, item.indexOf('='))).trim());
            return /^[^=]*;|^[^=]*=\s*;/.test(item)
              ? BAGGAGE.test(fact) && ours === undefined
              : [`baggage ${key}`, `properties ${key}`].some((end) => fact.endsWith(end));
          }),
    }),
  },
  {
    name: 'an empty baggage item is skipped',
    reason:
      'An empty element of a list is nothing (RFC 9110, 5.6.1.2). ddtrace and dd-trace-go discard the header for it.',
    readAs: { ddtrace: readings.emptyItems, 'dd-trace-go': readings.emptyItems },
  },
  {
    name: 'what of baggage fits into 8192 bytes',
    reason:
      'Each tracer counts properties and commas in its own way, and those that write in a random order leave out a random one.',
    covers: forAllPeers({
      when: ({ headers }) => Buffer.byteLength(headers.baggage ?? '') > 8_000,
      covers: ({ fact }) => BAGGAGE.test(fact),
    }),
  },
  {
    name: 'a comma before the first item',
    reason: 'There is none. dd-trace-js counts one, so that an item that just fits does not.',
    covers: {
      'dd-trace-js': {
        when: ({ headers, configuration }) => {
          const items = headers.baggage?.split(',') ?? [];
          // As they came, and as they leave.
          const encoded = items.map((item) =>
            item.trim().replace(/[^=]*$/, (value) => encodeURIComponent(decoded(value))),
          );
          return [items, encoded].some((all) =>
            all.some(
              (_, index) => Buffer.byteLength(all.slice(0, index + 1).join(',')) === maxBaggageOf(configuration),
            ),
          );
        },
        covers: ({ fact }) => BAGGAGE.test(fact),
      },
    },
  },
  {
    name: 'the limit of baggage is one of bytes',
    reason: 'dd-trace-js counts characters, and so reads an item, which may be malformed, that does not fit in bytes.',
    covers: {
      'dd-trace-js': {
        when: ({ headers, configuration }) => {
          const items = headers.baggage?.split(',') ?? [];
          return items.some((_, index) => {
            const read = items.slice(0, index + 1).join(',');
            const limit = maxBaggageOf(configuration);
            return read.length < limit && Buffer.byteLength(read) > limit;
          });
        },
        covers: ({ fact }) => BAGGAGE.test(fact),
      },
    },
  },
  {
    name: 'a baggage key need not be a token',
    reason: 'What is read is percent-encoded again when it leaves. dd-trace-js discards a header that has such a key.',
    readAs: { 'dd-trace-js': readings.baggageKeysInJs },
  },
  {
    name: 'a baggage key is decoded',
    reason:
      'As it is encoded where it is no token, also by ddtrace and dd-trace-go. dd-trace-js takes it as it stands.',
    covers: {
      'dd-trace-js': {
        when: ({ headers }) => baggagePairsOf(headers).some(([key]) => key.includes('%')),
        covers: ({ fact, ours, theirs }, { headers }) =>
          baggagePairsOf(headers).some(
            ([key]) =>
              key.includes('%') &&
              ((fact === `baggage ${decoded(key.trim())}` && theirs === undefined) ||
                (fact === `baggage ${key.trim()}` && ours === undefined)),
          ),
      },
    },
  },
  {
    name: 'any baggage key is one',
    reason: 'dd-trace-js loses an item whose key is __proto__.',
    covers: {
      'dd-trace-js': {
        when: ({ headers }) => headers.baggage?.includes('__proto__') ?? false,
        covers: ({ fact, theirs }) => BAGGAGE.test(fact) && fact.endsWith(' __proto__') && theirs === undefined,
      },
    },
  },
  {
    name: 'what is no percent-encoding goes on',
    reason:
      'W3C: what is no UTF-8 becomes U+FFFD, and the rest of the item stays. dd-trace-go empties key or value, and has other numbers of U+FFFD; dd-trace-js loses characters beside it that are not Latin.',
    covers: {
      'dd-trace-js': {
        when: ({ headers }) => !isDecodable(headers.baggage) && /[^\x20-\x7e]/.test(headers.baggage ?? ''),
        covers: ({ fact }) => BAGGAGE.test(fact),
      },
      'dd-trace-go': {
        when: ({ headers }) => !isDecodable(headers.baggage),
        covers: ({ fact, theirs }) =>
          BAGGAGE.test(fact) && (!theirs || /\ufffd/.test(theirs) || /baggage $/.test(fact)),
      },
    },
  },
  {
    name: 'a percent sign of baggage leaves encoded',
    reason: 'Else whoever reads it decodes what was no encoding. ddtrace and dd-trace-go write it as it is.',
    covers: forPythonAndGo({
      when: ({ ours }) => Object.entries(ours.baggage).some((pair) => pair.some((text) => text.includes('%'))),
      covers: ({ fact, ours }) => / baggage /.test(fact) && `${fact}${ours}`.includes('%'),
    }),
  },
  {
    name: 'a space in baggage is %20',
    reason:
      'In a URI component + is itself; a space is + in forms only, which is how dd-trace-go writes and reads it. Those at the ends it cuts, as ddtrace does.',
    covers: {
      ddtrace: {
        when: ({ headers }) => /[ +]|%(?:20|0[9a-d])/i.test(headers.baggage ?? ''),
        covers: ({ fact, ours, theirs }, input) =>
          / baggage /.test(fact) &&
          (ours?.trim() === theirs || keysWithSpacesAround(input).some((key) => fact.endsWith(key))),
      },
      'dd-trace-go': {
        when: ({ headers }) => /[ +]|%(?:20|0[9a-d])/i.test(headers.baggage ?? ''),
        covers: ({ fact, ours, theirs }, input) =>
          BAGGAGE.test(fact) &&
          (/baggage .*[ +]/.test(fact) ||
            withSpaces(ours) === withSpaces(theirs) ||
            keysWithSpacesAround(input).some((key) => fact.endsWith(key))),
      },
    },
  },
];
