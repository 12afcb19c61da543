// A function with Datadog's layer that calls the next service for each message of its queue.
exports.handler = async ({ Records }) => {
  for (const { body } of Records) await fetch(process.env.SHIPPING_URL, { method: 'POST', body });
};
