import type { ServiceOptions } from './order-service.ts';
import type { NewQueue, StartedConsumer } from './peer.ts';
import { Program } from './program.ts';
import type { QueuedMessage } from './queued-message.ts';

/** A consumer that polls `QUEUE_URL` until SIGTERM, and calls `SHIPPING_URL` by POST with the body of each message. */
export async function worker(
  { service, command, env, cwd }: ServiceOptions,
  newQueue: NewQueue,
): Promise<StartedConsumer> {
  const queue = await newQueue();
  const program = Program.start(command, { ...env, QUEUE_URL: queue.url }, cwd);
  return {
    service,
    async deliver(message: QueuedMessage): Promise<void> {
      if (!program.isRunning) throw new Error(`${service} has ended: ${program.output}`);
      await queue.put(message);
    },
    close: () => program.close(),
  };
}
