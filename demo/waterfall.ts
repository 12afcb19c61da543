import { styleText } from 'node:util';
import { byTrace, isPoll, type Span } from './span.ts';

const COLOURS = ['cyan', 'yellow', 'green', 'magenta'] as const;
const MAX_NAME_WIDTH = 40;
const MAX_BAR_WIDTH = 34;
const MILLIS_WIDTH = 9;
const GAP = '  ';
const TRACED_BY_WIDTH = 'OpenTelemetry'.length;

type Colour = (typeof COLOURS)[number];
interface Row {
  readonly label: string;
  readonly service: string;
  readonly tracedBy: string;
  readonly start: number;
  readonly end: number;
  readonly fill: string;
}

export interface Terminal {
  readonly colours: boolean;
  /** How wide it is; a narrow one gets shorter names and bars. */
  readonly columns: number;
}

/** The traces of one fleet as text: a bar for each span, and one for each time in a queue. */
export function waterfall(title: string, spans: readonly Span[], { colours, columns }: Terminal): string {
  const services = [...new Set(spans.map(({ service }) => service))].sort();
  const paint = (service: string, text: string) =>
    colours ? styleText(colourOf(service), text, { validateStream: false }) : text;
  const colourOf = (service: string): Colour => COLOURS[services.indexOf(service) % COLOURS.length] ?? 'cyan';
  const bold = (text: string) => (colours ? styleText('bold', text, { validateStream: false }) : text);
  const serviceWidth = Math.max(...services.map((service) => visible(service).length));
  const free = columns - serviceWidth - TRACED_BY_WIDTH - MILLIS_WIDTH - 5 * GAP.length;
  const nameWidth = Math.max(10, Math.min(MAX_NAME_WIDTH, Math.floor(free * 0.6)));
  const barWidth = Math.max(5, Math.min(MAX_BAR_WIDTH, free - nameWidth));

  const polls = spans.filter(isPoll);
  const traces = [...byTrace(spans)].filter(([, trace]) => !trace.every(isPoll));
  const lines = [bold(`${title}: ${traces.length} ${traces.length === 1 ? 'trace' : 'traces'}`), ''];
  for (const [traceId, trace] of traces) {
    const begin = Math.min(...trace.map(({ start }) => start));
    const whole = Math.max(...trace.map(({ end }) => end)) - begin;
    lines.push(`trace ${traceId}`);
    for (const row of rowsOf(trace)) {
      const cells = [
        '',
        paint(row.service, visible(row.service).padEnd(serviceWidth)),
        cut(row.label, nameWidth),
        row.tracedBy.padEnd(TRACED_BY_WIDTH),
        paint(row.service, barOf(row, begin, whole, barWidth)),
        millis(row.end - row.start),
      ];
      lines.push(cells.join(GAP));
    }
    lines.push('');
  }
  for (const poll of polls.filter(({ traceId }) => !traces.some(([id]) => id === traceId))) {
    const received = poll.links.map((link) => `links to ${link.traceId}`).join(', ') || 'received nothing';
    lines.push(`${visible(poll.service)}'s poll "${visible(poll.name)}" is a trace of its own: ${received}`);
  }
  return lines.join('\n').trimEnd();
}

/** Children below their parent, in the order of their start. */
function rowsOf(trace: readonly Span[]): Row[] {
  const rows: Row[] = [];
  const ids = new Set(trace.map(({ spanId }) => spanId));
  const visit = (span: Span, depth: number) => {
    rows.push({ ...span, label: `${'  '.repeat(depth)}${visible(span.name)}`, fill: '█' });
    const children = trace.filter(({ parentSpanId }) => parentSpanId === span.spanId);
    for (const child of children) {
      const queued = timeInQueue(span, child, trace);
      if (queued)
        rows.push({
          ...span,
          ...queued,
          label: `${'  '.repeat(depth + 1)}in queue "${queueOf(span)}"`,
          tracedBy: '',
          fill: '░',
        });
      visit(child, depth + 1);
    }
  };
  for (const span of trace) if (!ids.has(span.parentSpanId ?? '')) visit(span, 0);
  return rows;
}

/** From the end of the send to the start of the work. Datadog's layer for Lambda makes a span of this time by itself. */
function timeInQueue(sent: Span, child: Span, trace: readonly Span[]): { start: number; end: number } | undefined {
  if (sent.kind !== 'PRODUCER' || child.service === sent.service) return undefined;
  const inferred = child.attributes['operation.name'] === 'aws.sqs';
  const work = inferred ? trace.find(({ parentSpanId }) => parentSpanId === child.spanId) : child;
  return work && { start: Math.min(sent.end, work.start), end: work.start };
}

function queueOf({ attributes }: Span): string {
  return visible(String(attributes['messaging.destination.name'] ?? attributes.queuename ?? ''));
}

function barOf({ start, end, fill }: Row, begin: number, whole: number, width: number): string {
  const scale = whole > 0 ? width / whole : 0;
  const before = Math.max(0, Math.min(width - 1, Math.floor((start - begin) * scale)));
  const length = Math.min(width - before, Math.max(1, Math.round((end - start) * scale)));
  return `${' '.repeat(before)}${fill.repeat(length)}`.padEnd(width);
}

function millis(duration: number): string {
  return `${duration.toFixed(duration < 10 ? 1 : 0)} ms`.padStart(MILLIS_WIDTH);
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}

/** Names come from messages: control characters and the marks that turn text around are shown, not obeyed. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
