// SQS in a process of its own, so that its work is nobody's that is measured; `aws.ts` starts it.
import { startQueues } from '../demo/queues.ts';

const queues = await startQueues();
process.on('disconnect', () => process.exit());
process.send?.({ env: queues.env, url: queues.url('') });
