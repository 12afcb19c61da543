import { createRequire } from 'node:module';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { applicationFolders, requireFrom } from './application-folder';

/** What has nearly all of them among its own dependencies. */
const ALL = '@opentelemetry/auto-instrumentations-node';

/** contrib's instrumentation of that name, with its defaults, as the application sees it or its `auto-instrumentations-node` does. */
export function installedInstrumentation(name: string): Instrumentation | undefined {
  for (const folder of applicationFolders()) {
    const fromApplication = requireFrom(folder);
    const instrumentation = made(fromApplication, name) ?? made(fromAll(fromApplication), name);
    if (instrumentation !== undefined) return instrumentation;
  }
  return undefined;
}

function fromAll(require: NodeJS.Require): NodeJS.Require | undefined {
  try {
    return createRequire(require.resolve(ALL));
  } catch {
    return undefined;
  }
}

function made(require: NodeJS.Require | undefined, name: string): Instrumentation | undefined {
  try {
    const exported: object = require?.(`@opentelemetry/instrumentation-${name}`) ?? {};
    const Instrumentation = Object.values(exported).find(isInstrumentation);
    return Instrumentation && new Instrumentation();
  } catch {
    return undefined;
  }
}

/** Each package exports the class of its own, and beside it enumerations and functions. */
function isInstrumentation(exported: unknown): exported is new () => Instrumentation {
  if (typeof exported !== 'function') return false;
  const { setTracerProvider, enable } = exported.prototype ?? {};
  return typeof setTracerProvider === 'function' && typeof enable === 'function';
}
