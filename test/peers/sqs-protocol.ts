import { randomUUID } from 'node:crypto';

/** An attribute of a message as SQS's JSON protocol has it: bytes are base64. */
export interface WireAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}
export interface WireMessage {
  readonly Body: string;
  readonly MessageAttributes?: Readonly<Record<string, WireAttribute>>;
}

// moto knows by it which service is meant; nobody looks at the signature.
const SCOPE = 'AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/sqs/aws4_request';
const RECEIVE_MILLIS = 10_000;

/** SQS without its SDK, so that what is read is what was on the wire. */
export class SqsProtocol {
  readonly #endpoint: string;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** The URL of a new, empty queue. */
  async createQueue(): Promise<string> {
    const { QueueUrl } = await this.call<{ QueueUrl: string }>('CreateQueue', { QueueName: randomUUID() });
    return QueueUrl;
  }

  /** That many messages with all of their attributes, in any order; what else the queue holds stays there. */
  async receive(queueUrl: string, count: number): Promise<WireMessage[]> {
    const messages: WireMessage[] = [];
    const deadline = Date.now() + RECEIVE_MILLIS;
    while (messages.length < count) {
      if (Date.now() > deadline) throw new Error(`received ${messages.length} of ${count} messages`);
      const { Messages = [] } = await this.call<{ Messages?: WireMessage[] }>('ReceiveMessage', {
        QueueUrl: queueUrl,
        MaxNumberOfMessages: Math.min(10, count - messages.length),
        MessageAttributeNames: ['All'],
        WaitTimeSeconds: 1,
      });
      messages.push(...Messages);
    }
    return messages;
  }

  /** One call of the JSON protocol. */
  async call<Output>(action: string, input: object): Promise<Output> {
    const response = await fetch(this.#endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AmazonSQS.${action}`,
        authorization: SCOPE,
      },
      body: JSON.stringify(input),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${action}: ${response.status} ${text}`);
    // An action without output has no content at all with some.
    return JSON.parse(text || '{}') as Output;
  }
}
