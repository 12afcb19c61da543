import { copyWith } from '../carriers/copy';
import { bodyContext, withBodyContext } from './body-context';
import type { Writer } from './writer';

/** Bytes of an input. https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
const MAX_BYTES = 256 * 1024;

interface StartExecution {
  readonly name?: unknown;
  readonly input?: unknown;
}

/**
 * Writes `_datadog` into an input that is a JSON object. A start by name is left alone: sent once more with another input, and each context is
 * another one, it is refused instead of being the same start. So is one without an input, as Datadog's tracers do.
 */
export const writeStartExecution: Writer = (input, fields, { namedExecutions }) => {
  const { name, input: json } = input as StartExecution;
  if (typeof json !== 'string' || json.length > MAX_BYTES) return input;
  if (name !== undefined && name !== null && !namedExecutions) return input;
  const context = bodyContext(fields());
  const written = context && withBodyContext(json, context);
  return written === undefined || Buffer.byteLength(written) > MAX_BYTES ? input : copyWith(input, { input: written });
};
