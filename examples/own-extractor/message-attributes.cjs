/** A record's own and those in its body, where that is SNS's envelope or EventBridge's event. */
exports.attributesOf = ({ body, messageAttributes }) => {
  try {
    return { ...messageAttributes, ...attributesIn(JSON.parse(body)) };
  } catch {
    return messageAttributes; // A body of another kind.
  }
};

function attributesIn({ detail, MessageAttributes = {} }) {
  if (detail?._datadog) return { _datadog: { stringValue: JSON.stringify(detail._datadog) } };
  const spelled = ([name, { Type, Value }]) => [name, { [Type === 'Binary' ? 'binaryValue' : 'stringValue']: Value }];
  return Object.fromEntries(Object.entries(MessageAttributes).map(spelled));
}
