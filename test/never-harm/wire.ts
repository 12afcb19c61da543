/** A command of any client of the AWS SDK. */
interface Command {
  readonly middlewareStack: {
    // biome-ignore lint/suspicious/noExplicitAny: the SDK's own type is generic over every client's input and output.
    add(middleware: any, options: any): void;
  };
}

interface Client {
  // biome-ignore lint/suspicious/noExplicitAny: so are its commands.
  send(command: any): Promise<object>;
}

/** Sends the command; `body` is the request's, as it goes over the wire. */
export async function sendRecorded(
  client: Client,
  command: Command,
): Promise<{ readonly output: object; readonly body: Record<string, unknown> }> {
  let body: unknown;
  command.middlewareStack.add(
    (next: (args: object) => unknown) => (args: { request: { body: string | Uint8Array } }) => {
      body = args.request.body;
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  const output = await client.send(command);
  return { output, body: JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body as Uint8Array)) };
}
