import type { Span } from '../../../demo/span.ts';

const TRACE_ID = '0e23d3610d5dee992df4f85d3a3cf435';
const START = 1_795_370_000_000;

type Row = [
  spanId: string,
  parent: string | undefined,
  service: string,
  kind: string,
  name: string,
  operation?: string,
];

const ROWS: Row[] = [
  ['a1', undefined, 'shop', 'SERVER', 'POST'],
  ['a2', 'a1', 'shop', 'PRODUCER', 'orders send'],
  ['b1', 'a2', 'billing', 'SERVER', 'orders', 'aws.sqs'],
  ['b2', 'b1', 'billing', 'SERVER', 'billing', 'aws.lambda'],
  ['b3', 'b2', 'billing', 'PRODUCER', 'sendMessage'],
  ['c1', 'b3', 'shipping', 'CONSUMER', 'process shipments'],
  ['c2', 'c1', 'shipping', 'CLIENT', 'POST'],
  ['d1', 'c2', 'warehouse', 'SERVER', 'POST'],
  ['c3', 'c1', 'shipping', 'CLIENT', 'SQS.DeleteMessage'],
];

/** The spans of a checkout that is one trace, each with the changes made to it. */
export function checkout(changes: Record<string, Partial<Span>> = {}): Span[] {
  return ROWS.map(([spanId, parentSpanId, service, kind, name, operation], index) => {
    const datadog = service === 'billing' || service === 'warehouse';
    const decision = datadog ? { _sampling_priority_v1: 1 } : { 'sampling.priority': 1 };
    return {
      traceId: TRACE_ID,
      spanId,
      parentSpanId,
      name,
      kind,
      service,
      resource: {},
      tracedBy: datadog ? 'Datadog' : 'OpenTelemetry',
      start: START + index * 10,
      end: START + 100 - index,
      traceState: datadog ? 'dd=p:0000000000000001;s:1' : '',
      attributes: { ...decision, ...(operation && { 'operation.name': operation }) },
      links: [],
      ...changes[spanId],
    };
  });
}

/** What contrib makes of each time that a queue is asked. */
export function poll(changes: Partial<Span> = {}): Span {
  const [first] = checkout();
  return {
    ...(first as Span),
    traceId: 'f'.repeat(32),
    spanId: 'e1',
    name: 'shipments receive',
    kind: 'CONSUMER',
    service: 'shipping',
    attributes: { 'messaging.operation.type': 'receive' },
    ...changes,
  };
}
