/**
 * `@opentelemetry/api` for the preload's bundle. Where the application has a copy of its own, only the newer of the two may register what
 * both then use: a copy refuses a global that an older one made.
 * Where that is the version that the bundle has too, the bundle's counts: the same code, which shares what is registered, without the reading of
 * half a hundred files.
 * https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/semver.ts
 */
import { createRequire } from 'node:module';
import { apiCopies } from './api-copies';

type Api = typeof import('@opentelemetry/api');

/** The bundler fills it in. */
declare const BUNDLED_API_VERSION: string;

export = newestApi();

function newestApi(): Api {
  const newest = apiCopies().at(-1);
  // A plain object, since what the bundler makes of the API's ES modules for a `require` is read through getters.
  if (newest?.version === BUNDLED_API_VERSION) return { ...(require('@opentelemetry/api') as Api) };
  return createRequire(__filename)(newest?.entry ?? '') as Api;
}
