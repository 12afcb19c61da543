/**
 * `@opentelemetry/api` for the preload's bundle. Where the application has a copy of its own, only the newer of the two may register what
 * both then use: a copy refuses a global that an older one made.
 * https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/semver.ts
 */
import { createRequire } from 'node:module';
import { apiCopies } from './api-copies';

export = createRequire(__filename)(apiCopies().at(-1)?.entry ?? '') as typeof import('@opentelemetry/api');
