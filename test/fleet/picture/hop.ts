import type { Span } from '../../../demo/span.ts';

const LANGUAGES: Readonly<Record<string, string>> = { nodejs: 'JavaScript', python: 'Python', go: 'Go', java: 'Java' };

/** What an order came through from the service of the parent to that of the child, by what their tracers say of it. */
function hopOf(parent: Span, child: Span): string {
  const said = (span: Span, ...names: string[]) =>
    names.map((name) => String(span.attributes[name] ?? '').toLowerCase()).join(' ');
  if (said(child, 'operation.name') === 'aws.lambda') return 'Lambda';
  const sent = said(parent, 'messaging.system', 'aws_service');
  if (sent.includes('kafka')) return 'Kafka';
  if (sent.includes('eventbridge')) return 'EventBridge';
  if (sent.includes('sns')) return 'SNS';
  if (said(child, 'messaging.system') === 'aws_sqs') return 'SQS';
  if (child.kind === 'SERVER') return 'HTTP';
  throw new Error(`nothing says how ${child.service} got what ${parent.service} sent`);
}

/** The language of the span's program, by its resource. What stands in for PHP's tracer says none. */
function languageOf({ resource }: Span): string {
  const said = resource['telemetry.sdk.language'];
  return said === undefined ? 'PHP' : (LANGUAGES[String(said)] ?? String(said));
}

/** The spans with names that say what the viewer's rows have no place for: the service, and where the order enters it, the hop and the language. */
export function labelled(spans: readonly Span[]): Span[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.map((span) => {
    const parent = byId.get(span.parentSpanId ?? '');
    if (parent?.service === span.service) return { ...span, name: `${span.service}: ${span.name}` };
    const hop = parent === undefined ? '' : `${hopOf(parent, span)} ▸ `;
    return { ...span, name: `${hop}${span.service} (${languageOf(span)}): ${span.name}` };
  });
}
