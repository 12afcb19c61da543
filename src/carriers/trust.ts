import type { JudgeCarrier } from '../configuration/propagation';
import { warnOnce } from '../configuration/warning';
import { EXTRACT_BEHAVIORS, type ExtractBehavior } from '../propagation/propagation-settings';

/** What a carrier's context is worth. */
export type Trust = (carrier: unknown) => ExtractBehavior;

/** A function of the application's that fails, or gives no answer, distrusts: it is asked because some carriers lie. */
export function trustIn(extractBehavior: ExtractBehavior | JudgeCarrier): Trust {
  if (typeof extractBehavior !== 'function') return () => extractBehavior;
  return (carrier) => {
    try {
      const behavior = extractBehavior(carrier);
      if (EXTRACT_BEHAVIORS.includes(behavior)) return behavior;
      warnOnce(`extractBehavior gave ${String(behavior)}; such a context is ignored`);
    } catch {
      warnOnce('extractBehavior failed; such a context is ignored');
    }
    return 'ignore';
  };
}
