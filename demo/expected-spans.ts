import { isPoll, type Span } from './span.ts';

/** What one checkout leaves behind in the services, whoever traces them. */
const EXPECTED: readonly [what: string, matches: (span: Span) => boolean][] = [
  ["shop's request", ({ service, kind }) => service === 'shop' && kind === 'SERVER'],
  ["shop's message", ({ service, kind }) => service === 'shop' && kind === 'PRODUCER'],
  ["billing's invocation", (span) => span.service === 'billing' && span.attributes['operation.name'] === 'aws.lambda'],
  ["billing's message", ({ service, name }) => service === 'billing' && name.includes('sendMessage')],
  ["shipping's message", ({ service, name }) => service === 'shipping' && name === 'process shipments'],
  [
    "shipping's request",
    ({ service, kind, name }) => service === 'shipping' && kind === 'CLIENT' && name.includes('POST'),
  ],
  ["shipping's deletion", ({ service, name }) => service === 'shipping' && name.includes('DeleteMessage')],
  ["warehouse's request", ({ service, kind }) => service === 'warehouse' && kind === 'SERVER'],
];

/** The spans expected of one checkout that are not among these. */
export function missingSpans(spans: readonly Span[]): string[] {
  return EXPECTED.filter(([, matches]) => !spans.some((span) => !isPoll(span) && matches(span))).map(([what]) => what);
}
