// What AWS's runtime does: loads the function's configured handler, here the one of Datadog's layer, and calls it once for each
// event. Events come from another process, or dd-trace would trace the polling for them.
import { handler } from 'datadog-lambda-js/dist/handler.mjs';

process.on('message', async ({ event, context }) => {
  try {
    process.send({ result: await handler(event, { ...context, getRemainingTimeInMillis: () => 3000 }) });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});

console.log('billing waits for events');
