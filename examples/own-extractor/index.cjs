// A function under dd-trace alone that calls the next service for each message of its queue.
const { attributesOf } = require('./message-attributes.cjs');
const { withMessageSpan } = require('./message-span.cjs');

exports.handler = async ({ Records }) => {
  for (const record of Records) {
    const ship = () => fetch(process.env.SHIPPING_URL, { method: 'POST', body: record.body });
    await withMessageSpan(attributesOf(record), ship);
  }
};
