import { Readable } from 'node:stream';

interface Sender {
  send(command: never): Promise<unknown>;
}
type ClientClass<T extends Sender> = new (configuration: {
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  requestHandler: { handle(request: { body: string | Uint8Array }): Promise<{ response: object }> };
}) => T;

/** What a client of the AWS SDK puts on the wire for a command, parsed. */
export async function sentBody<T extends Sender>(
  Client: ClientClass<T>,
  command: object,
): Promise<Record<string, unknown>> {
  let sent = '';
  const client = new Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    requestHandler: {
      async handle({ body }) {
        sent = typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body);
        return { response: { statusCode: 200, headers: {}, body: Readable.from(['{}']) } };
      },
    },
  });
  await client.send(command as never);
  return JSON.parse(sent);
}
