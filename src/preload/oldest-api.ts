/**
 * `@opentelemetry/api` for the bundle of the preload that registers nothing: whatever copy the application registers with, an older one reads
 * what that made, and a newer one does not.
 * https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/semver.ts
 */
import { createRequire } from 'node:module';
import { apiCopies } from './api-copies';

export = createRequire(__filename)(apiCopies()[0]?.entry ?? '') as typeof import('@opentelemetry/api');
