import type { MessageAttributes } from '../../../src/carriers/message-attributes.ts';
import {
  type Delivery,
  eventBridgeDeliveries,
  kinesisDeliveries,
  snsDeliveries,
  sqsDeliveries,
} from '../../unit/deliveries.ts';
import { snsVectors, sqsVectors } from '../../unit/vectors.ts';

/** A message that OpenTelemetry alone has sent, as it arrives. */
export interface W3cDelivery extends Delivery {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
}

/** The messages of plain OpenTelemetry in the captures, in each shape in which they arrive. */
export function capturedDeliveries(): W3cDelivery[] {
  const w3cAlone = ({ attributes }: { attributes: MessageAttributes }) =>
    attributes.traceparent !== undefined && attributes._datadog === undefined;
  return [
    ...sqsVectors()
      .filter(w3cAlone)
      .map((vector) => [vector, sqsDeliveries(vector.attributes)] as const),
    ...snsVectors()
      .filter(w3cAlone)
      .map((vector) => [vector, snsDeliveries(vector.attributes)] as const),
  ].flatMap(([{ file, index, attributes }, deliveries]) =>
    deliveries.map((delivery) =>
      of(`${file} ${index} ${delivery.how}`, String(attributes.traceparent?.StringValue), delivery),
    ),
  );
}

const TRACEPARENT = '00-6b0305aa00000000079f1ce5c3953e3c-2c8a5f3e1d4b6a79-01';

/** What no instrumentation writes by itself, in each shape in which it arrives: `traceparent` in a JSON body. */
export function bodyDeliveries(): W3cDelivery[] {
  const body = JSON.stringify({ order: 1, traceparent: TRACEPARENT, tracestate: 'vendor=1' });
  return [
    ...eventBridgeDeliveries(body).map((delivery) => of(`an event ${delivery.how}`, TRACEPARENT, delivery)),
    ...kinesisDeliveries(body).map((delivery) => of(`a record ${delivery.how}`, TRACEPARENT, delivery)),
  ];
}

function of(name: string, traceparent: string, delivery: Delivery): W3cDelivery {
  const [, traceId = '', spanId = ''] = traceparent.split('-');
  return { ...delivery, name, traceId, spanId };
}
