import { afterEach, describe, expect, test, vi } from 'vitest';
import { datadogResourceAttributes } from '../../../src/tracing/resource.ts';

const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
afterEach(() => warnings.mockClear());

describe('resource attributes', () => {
  test.each<[env: Record<string, string>, attributes: Record<string, string>]>([
    [{}, {}],
    [{ DD_SERVICE: 'shop' }, { 'service.name': 'shop' }],
    [{ DD_ENV: 'prod' }, { 'deployment.environment.name': 'prod' }],
    [{ DD_VERSION: '1.2.3' }, { 'service.version': '1.2.3' }],
    [{ DD_SERVICE: ' shop ', DD_ENV: '', DD_VERSION: '  ' }, { 'service.name': 'shop' }],
    [{ DD_TAGS: 'team:a,cost.center:12' }, { team: 'a', 'cost.center': '12' }],
    [{ DD_TAGS: 'team:a cost.center:12' }, { team: 'a', 'cost.center': '12' }],
    [{ DD_TAGS: 'motto:all is well,team:a' }, { motto: 'all is well', team: 'a' }],
    [{ DD_TAGS: ' team : a , url:http://x:1 ' }, { team: 'a', url: 'http://x:1' }],
    [{ DD_TAGS: 'team:a,team:b' }, { team: 'b' }],
    [
      { DD_TAGS: 'service:tags,env:tags,version:tags' },
      { 'service.name': 'tags', 'deployment.environment.name': 'tags', 'service.version': 'tags' },
    ],
    [
      { DD_TAGS: 'service:tags,env:tags', DD_SERVICE: 'shop' },
      { 'service.name': 'shop', 'deployment.environment.name': 'tags' },
    ],
    [{ OTEL_SERVICE_NAME: 'otel', SERVICE: 'x' }, {}],
    [{ OTEL_SERVICE_NAME: 'otel', DD_TAGS: 'service:tags,team:a' }, { team: 'a' }],
    [{ OTEL_SERVICE_NAME: 'otel', DD_SERVICE: 'shop', DD_TAGS: 'service:tags' }, { 'service.name': 'shop' }],
  ])('of %j', (env, attributes) => {
    expect(datadogResourceAttributes(env)).toEqual(attributes);
    expect(warnings).not.toHaveBeenCalled();
  });

  test('a tag that is none is left out, and told of', () => {
    expect(datadogResourceAttributes({ DD_TAGS: 'team,:a,b:,,c:d' })).toEqual({ c: 'd' });
    expect(warnings.mock.calls).toEqual([
      ['DD_TAGS: team, :a, b: is not key:value; the other tags are used', 'otel-datadog-bridge'],
    ]);
  });

  test.each(['constructor', 'toString'])('of a tag named %s', (name) => {
    expect(Object.entries(datadogResourceAttributes({ DD_TAGS: `${name}:a` }))).toEqual([[name, 'a']]);
  });
});
