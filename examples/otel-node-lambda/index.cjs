// A function that calls the next service for each message of its queue. The layer traces it.
exports.handler = async ({ Records }) => {
  for (const { body } of Records) await fetch(process.env.SHIPPING_URL, { method: 'POST', body });
};
