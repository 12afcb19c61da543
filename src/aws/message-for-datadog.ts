import { DATADOG_ATTRIBUTE, formatDatadogAttribute } from '../carriers/datadog-attribute';
import { fieldsForDatadog } from '../carriers/fields-for-datadog';
import { isObject } from '../carriers/is-object';
import { carriersOfMessage } from '../carriers/message-carriers';
import { addUnseen } from '../carriers/unseen-property';

/**
 * Puts the context of a message that was received where dd-trace reads it, and where the application does not see it: on the message that the
 * application is given, unless that has one of Datadog's own. Of an SNS envelope dd-trace reads the body alone, which stays as it is.
 */
export function addDatadogAttribute(given: { MessageAttributes?: unknown }, received: object): void {
  for (const carrier of carriersOfMessage(given)) if (DATADOG_ATTRIBUTE in carrier) return;
  const fields = fieldsForDatadog(carriersOfMessage(received));
  if (fields === undefined) return;
  const { MessageAttributes } = given;
  const attributes = isObject(MessageAttributes) ? MessageAttributes : {};
  addUnseen(attributes, DATADOG_ATTRIBUTE, { DataType: 'String', StringValue: formatDatadogAttribute(fields) });
  if (attributes !== MessageAttributes) addUnseen(given, 'MessageAttributes', attributes);
}
