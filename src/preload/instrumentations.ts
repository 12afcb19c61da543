import type { Instrumentation } from '@opentelemetry/instrumentation';
import { type Environment, listOf } from '../configuration/environment';
import { warnOnce } from '../configuration/warning';
import { installedInstrumentation } from './installed-instrumentation';

const ENABLED = 'OTEL_NODE_ENABLED_INSTRUMENTATIONS';
const DISABLED = 'OTEL_NODE_DISABLED_INSTRUMENTATIONS';

/** Whether contrib's variables leave an instrumentation on that is on by default. Names are those of the packages, without `@opentelemetry/instrumentation-`. */
export function isInstrumented(env: Environment, name: string): boolean {
  const enabled = listOf(env[ENABLED]);
  return (enabled.length === 0 || enabled.includes(name)) && !listOf(env[DISABLED]).includes(name);
}

/**
 * Those of ours that are on, and those beyond them that the variable names and the application has installed. One that it has not, and one that
 * cannot be loaded, is told of in one warning.
 * https://opentelemetry.io/docs/zero-code/js/configuration/#excluding-instrumentation-libraries
 */
export function chosenInstrumentations(
  env: Environment,
  ours: Readonly<Record<string, () => Instrumentation>>,
  alsoOurs: readonly string[],
): Instrumentation[] {
  const names = Object.keys(ours);
  const absent: string[] = [];
  const more = listOf(env[ENABLED]).flatMap((name) => {
    if (names.includes(name) || alsoOurs.includes(name) || !isInstrumented(env, name)) return [];
    const installed = installedInstrumentation(name);
    if (installed === undefined) absent.push(name);
    return installed ?? [];
  });
  if (absent.length > 0) {
    const packages = absent.map((name) => `@opentelemetry/instrumentation-${name}`).join(', ');
    warnOnce(
      `${ENABLED} names ${absent.join(', ')}, but ${packages} cannot be loaded from the application's folder; the others trace`,
    );
  }
  return [...Object.entries(ours).flatMap(([name, make]) => (isInstrumented(env, name) ? make() : [])), ...more];
}
