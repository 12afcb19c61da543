import { withMessageContext } from '../message-context';
import { tracedFunction } from './traced-function';

/**
 * The record handler for Powertools' batch processors, each record in a span that is the child of the one which sent the record; that of a
 * DynamoDB stream, which carries no context, in a child of the active one. A handler that is not async stays so.
 * https://docs.aws.amazon.com/powertools/typescript/latest/features/batch/
 */
export function traced<Handler extends (...args: never[]) => unknown>(recordHandler: Handler): Handler {
  return tracedFunction(recordHandler, (call, [record]) => withMessageContext(record, call));
}
