import { createRequire } from 'node:module';
import type { Attributes } from '@opentelemetry/api';
import * as bundled from '@opentelemetry/resources';
import type { SdkResource } from '../tracing/node-sdk-types';
import { SERVICE_NAME } from '../tracing/resource';
import { applicationFolders, requireFrom } from './application-folder';

type Resources = Pick<typeof bundled, 'defaultResource' | 'resourceFromAttributes'>;

/**
 * The resource that `NodeSDK` begins with: what is detected beats `beneath`, and `above` beats what is detected. Of a resource that is given
 * nothing is replaced, but a service's name that nobody has chosen.
 */
export function nodeSdkResource(given: SdkResource | undefined, beneath: Attributes, above: Attributes): SdkResource {
  const { defaultResource, resourceFromAttributes } = sdkResources();
  const base = given ?? defaultResource().merge(resourceFromAttributes(beneath));
  const kept = new Set(Object.entries(given?.attributes ?? {}).flatMap(([key, value]) => (isChosen(value) ? key : [])));
  const top = resourceFromAttributes(Object.fromEntries(Object.entries(above).filter(([key]) => !kept.has(key))));
  const whole = base.merge(top);
  // `NodeSDK` merges what it detects into the resource that it is given, with no other place for what is to win.
  const merge: SdkResource['merge'] = (detected) => base.merge(detected).merge(top);
  return Object.defineProperty(whole, 'merge', { value: merge });
}

function isChosen(value: unknown): boolean {
  return !String(value).startsWith('unknown_service');
}

/** The SDK's own copy, since the default resource names the SDK's version; ours where that is not found, in a bundled application for example. */
function sdkResources(): Resources {
  for (const folder of [__dirname, ...applicationFolders()]) {
    try {
      const sdk = requireFrom(folder).resolve('@opentelemetry/sdk-node');
      return createRequire(sdk)('@opentelemetry/resources');
    } catch {}
  }
  return bundled;
}

/** A service's name that is given beside the resource wins by itself. */
export function withoutServiceName({ [SERVICE_NAME]: _name, ...others }: Attributes): Attributes {
  return others;
}
