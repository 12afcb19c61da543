// AWS's runtime with Datadog's layer: calls its handler once for each event that it is sent.
import { handler } from 'datadog-lambda-js/dist/handler.mjs';

process.on('disconnect', () => process.exit());
process.on('message', async ({ event, context }) => {
  try {
    process.send({ parent: await handler(event, { ...context, getRemainingTimeInMillis: () => 3000 }) });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.send({});
