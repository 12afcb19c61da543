import { isAlikeButForIds } from './datadog-state';
import type { DatadogTraceState } from './datadog-trace-state';
import type { FieldTemplates } from './field-templates';
import type { InjectSettings } from './propagation-settings';
import { OpenStateHeaders } from './state-headers';

/** Templates that another trace may have too. */
interface RecentTemplates {
  readonly templates: FieldTemplates;
  readonly traceState: DatadogTraceState;
  /** What the trace state was read from, if it came from outside. */
  readonly headers: OpenStateHeaders | undefined;
}

// Most traces of a service differ in nothing but their ids.
const MAX_RECENT = 8;
const recent: RecentTemplates[] = [];

/** Those of a recent trace that says the same but for its ids, made for the same settings. */
export function templatesOfAlike(
  traceState: DatadogTraceState,
  settings: InjectSettings,
  variant: number,
): FieldTemplates | undefined {
  const headers = traceState.inbound?.stateHeaders;
  if (headers !== undefined) {
    for (const { templates, headers: open } of recent) {
      if (templates.areFor(settings, variant) && open?.hold(headers)) return templates;
    }
  }
  for (const { traceState: other, templates } of recent) {
    if (!templates.areFor(settings, variant) || !isAlike(traceState, other)) continue;
    // The same in other words.
    if (headers !== undefined) remember(traceState, templates);
    return templates;
  }
  return undefined;
}

/** Keeps the templates of a trace, as the newest of the last eight. */
export function remember(traceState: DatadogTraceState, templates: FieldTemplates): void {
  const headers = traceState.inbound?.stateHeaders;
  recent.push({ templates, traceState, headers: headers && new OpenStateHeaders(headers) });
  if (recent.length > MAX_RECENT) recent.shift();
}

function isAlike(one: DatadogTraceState, other: DatadogTraceState): boolean {
  return one.foreign.length === 0 && other.foreign.length === 0 && isAlikeButForIds(one.datadog, other.datadog);
}
