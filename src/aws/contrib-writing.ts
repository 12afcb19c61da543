import { markDecoy } from '../carriers/decoy';

interface ContribRequest {
  commandName: string;
  commandInput: Record<string, unknown>;
}

/**
 * A `preRequestHook` for contrib's `AwsInstrumentation` that keeps its spans and stops its writing: contrib
 * injects into whatever `commandInput` is after the hook, so it gets one that nobody sends.
 * https://github.com/open-telemetry/opentelemetry-js-contrib/blob/main/packages/instrumentation-aws-sdk/src/services/sqs.ts
 */
export function stopContribWriting(_span: unknown, { request }: { request: ContribRequest }): void {
  switch (request.commandName) {
    case 'SendMessage':
      request.commandInput = decoyMessage();
      break;
    case 'SendMessageBatch': {
      const { Entries } = request.commandInput;
      request.commandInput = { Entries: Array.isArray(Entries) ? Entries.map(decoyMessage) : [] };
      break;
    }
  }
}

function decoyMessage(): Record<string, unknown> {
  return { MessageAttributes: markDecoy({}) };
}
