// Runs examples/own-extractor on the records that it is asked about, under dd-trace, and says which parent each has got.
const { attributesOf } = require('../../../examples/own-extractor/message-attributes.cjs');
const { withMessageSpan } = require('../../../examples/own-extractor/message-span.cjs');
const { remoteParent } = require('./remote-parent.cjs');

process.on('disconnect', () => process.exit());
process.on('message', ({ records }) => {
  try {
    process.send({ parents: records.map((record) => withMessageSpan(attributesOf(record), remoteParent)) });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.send({});
