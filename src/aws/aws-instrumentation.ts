import type { ShimWrapped } from '@opentelemetry/instrumentation';
import { AwsInstrumentation, type AwsSdkInstrumentationConfig } from '@opentelemetry/instrumentation-aws-sdk';

/** Of the SDK's middleware stacks: it makes a new one for each call, and contrib wraps these three of each. */
const STACK_METHODS: readonly PropertyKey[] = ['resolve', 'clone', 'concat'];

/** contrib's instrumentation, which wraps these by plain assignments: by its own way it defines twelve properties for each call. */
export class AwsSdkInstrumentation extends AwsInstrumentation {
  constructor(config: AwsSdkInstrumentationConfig) {
    super(config);
    const wrap = this._wrap;
    this._wrap = (nodule, name, wrapper) =>
      STACK_METHODS.includes(name) ? replace(nodule, name, wrapper) : wrap(nodule, name, wrapper);
  }
}

/** Marked as contrib looks for it. */
function replace<Nodule extends object, Name extends keyof Nodule>(
  nodule: Nodule,
  name: Name,
  wrapper: (original: Nodule[Name], name: Name) => Nodule[Name],
) {
  const original = nodule[name];
  const unwrap = () => {
    nodule[name] = original;
  };
  const wrapped = wrapper(original, name) as Nodule[Name] & ShimWrapped;
  wrapped.__original = original as unknown as ShimWrapped['__original'];
  wrapped.__unwrap = unwrap;
  wrapped.__wrapped = true;
  nodule[name] = wrapped;
  return wrapped;
}
