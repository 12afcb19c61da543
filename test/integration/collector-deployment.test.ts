import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { builtCollector } from '../peers/collector/build.ts';
import { BUILD_MILLIS, COLLECTOR, missingToolchain, validate } from '../peers/collector/collector.ts';
import { builtKustomize, kustomized } from '../peers/kustomize/kustomize.ts';
import {
  composeFaults,
  installedSchemas,
  kubernetesFaults,
  missingToolchain as missingSchemas,
} from '../peers/manifest-schemas/manifest-schemas.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { ROOT } from './run-node.ts';

const COMPOSE = join(COLLECTOR, 'compose.yaml');
const KUBERNETES = join(COLLECTOR, 'kubernetes');
/** The oldest and the newest version that the schemas are there for, of those that know a `sleep` before the stop. */
const KUBERNETES_VERSIONS = ['1.30', '1.37'];
const CONFIG = '--config=/etc/otelcol/';

const collectorFile = (name: string) => join(COLLECTOR, name);
const ONE_BOX = join(ROOT, 'otel-config.yaml');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collector-deployment-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A copy of a manifest in which the text stands in place of the other. */
async function changed(file: string, text: string, instead: string): Promise<string> {
  const manifest = await readFile(file, 'utf8');
  expect(manifest).toContain(text);
  const copy = join(folder, `changed-${basename(file)}`);
  await writeFile(copy, manifest.replace(text, instead));
  return copy;
}

describeWithToolchain('the Collector of two tiers', missingToolchain(), () => {
  beforeAll(async () => {
    await builtCollector('slim');
  }, BUILD_MILLIS);

  test.each([
    ['an edge with a list of gateways', [collectorFile('edge.yaml')]],
    ['an edge with a name of the gateways', [collectorFile('edge.yaml'), collectorFile('edge-dns.yaml')]],
    ['an edge that sends to Kafka', [collectorFile('edge.yaml'), collectorFile('edge-kafka.yaml')]],
    ['a gateway', [ONE_BOX, collectorFile('gateway.yaml')]],
    ['a gateway that reads from Kafka', [ONE_BOX, collectorFile('gateway.yaml'), collectorFile('gateway-kafka.yaml')]],
  ])('takes the configuration of %s', async (_, configs) => {
    expect(await validate({ configs })).toEqual({ valid: true, output: '' });
  });

  test.each([
    ['EDGE_QUEUE_SPANS', 'many', 'edge.yaml', /queue_size/],
    ['EDGE_RETRY', 'long', 'edge.yaml', /max_elapsed_time/],
    ['GATEWAY_INSECURE', 'perhaps', 'edge.yaml', /insecure/],
  ])('names what is wrong where %s is %s', async (name, value, file, complaint) => {
    const { valid, output } = await validate({ configs: [collectorFile(file)], env: { [name]: value } });
    expect(valid).toBe(false);
    expect(output).toMatch(complaint);
  });

  describeWithToolchain('in compose.yaml', missingSchemas(), () => {
    beforeAll(async () => {
      await installedSchemas();
    });

    test('has nothing that the schema of the compose specification does not know', async () => {
      expect(await composeFaults(COMPOSE)).toBe('');
      expect(await composeFaults(await changed(COMPOSE, 'mem_limit', 'memlimit'))).toContain('memlimit');
    });

    test('gets configurations that it takes, from the files of this folder', async () => {
      const { services, configs } = parse(await readFile(COMPOSE, 'utf8'), { merge: true }) as Compose;
      expect(Object.keys(services).sort()).toEqual(['edge', 'gateway']);
      for (const { command, environment, configs: mounted } of Object.values(services)) {
        const files = command.map((option) => {
          const mount = mounted.find(({ target }) => `--config=${target}` === option);
          return join(COLLECTOR, configs[mount?.source ?? '']?.file ?? `nothing at ${option}`);
        });
        const env = Object.fromEntries(
          Object.entries(environment).map(([name, value]) => [name, String(value).replace(/^\$\{\w+:-(.+)\}$/, '$1')]),
        );
        expect(await validate({ configs: files, env })).toEqual({ valid: true, output: '' });
      }
    });
  });

  describeWithToolchain('in Kubernetes', missingSchemas(), () => {
    let objects: KubernetesObject[];
    beforeAll(async () => {
      await Promise.all([builtKustomize(), installedSchemas()]);
      const manifest = join(folder, 'kustomized.yaml');
      await writeFile(manifest, await kustomized(KUBERNETES));
      objects = parseAllDocuments(await readFile(manifest, 'utf8')).map((document) => document.toJS());
    });

    test.each(KUBERNETES_VERSIONS)('has nothing that the schemas of Kubernetes %s do not know', async (version) => {
      expect(await kubernetesFaults(version, join(folder, 'kustomized.yaml'))).toBe('');
    });

    test('would be found out', async () => {
      const copy = await changed(join(KUBERNETES, 'gateway.yaml'), 'preStop', 'beforeStop');
      expect(await kubernetesFaults('1.37', copy)).toContain('beforeStop');
    });

    test('gets configurations that it takes, which are the files of this repository', async () => {
      const deployments = objects.filter(({ kind }) => kind === 'Deployment');
      expect(deployments.map(({ metadata }) => metadata.name).sort()).toEqual(['otel-edge', 'otel-gateway']);
      for (const { spec } of deployments) {
        const [container] = spec?.template.spec.containers ?? [];
        const [volume] = spec?.template.spec.volumes ?? [];
        const map = objects.find(
          ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === volume?.configMap.name,
        );
        const configs: string[] = [];
        for (const option of container?.args ?? []) {
          const name = option.replace(CONFIG, '');
          const file = join(folder, name);
          await writeFile(file, map?.data?.[name] ?? `nothing at ${option}`);
          configs.push(file);
        }
        const env = Object.fromEntries((container?.env ?? []).map(({ name, value = '127.0.0.1' }) => [name, value]));
        expect(await validate({ configs, env })).toEqual({ valid: true, output: '' });
      }
    });

    test('runs the image of the version that is built here, in both tiers', async () => {
      const manifest = await readFile(collectorFile('builder-slim.yaml'), 'utf8');
      const image = `otel/opentelemetry-collector-contrib:${/^ {2}version: (\S+)$/m.exec(manifest)?.[1]}`;
      const images = objects.flatMap(({ spec }) => spec?.template?.spec.containers.map((each) => each.image) ?? []);
      expect(images).toEqual([image, image]);
      const { services } = parse(await readFile(COMPOSE, 'utf8'), { merge: true }) as Compose;
      expect(Object.values(services).map((service) => service.image)).toEqual([image, image]);
    });
  });
});

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image: string;
        readonly command: string[];
        readonly environment: Readonly<Record<string, string | number>>;
        readonly configs: readonly { source: string; target: string }[];
      }
    >
  >;
  readonly configs: Readonly<Record<string, { file: string }>>;
}

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly image: string;
          readonly args: string[];
          readonly env: readonly { name: string; value?: string }[];
        }[];
        readonly volumes: readonly { configMap: { name: string } }[];
      };
    };
  };
}
