// One order through programs in five languages, as the page of `npm run fleet -- --web` shows its trace.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Span } from '../../demo/span.ts';
import { CHAIN, missingForChain, spansOfChain } from '../fleet/picture/chain.ts';
import { type Picture, type Row, rowsOf, showTrace } from '../fleet/picture/picture.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { missingChromium } from '../peers/trace-viewer/chromium.ts';
import { ROOT } from './run-node.ts';

const ENTRY = /^(?:(?<by>\S+) ▸ )?(?<service>\S+) \((?<language>\S+)\): /;
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

describeWithToolchain('the picture of a trace', missingForChain() ?? missingChromium(), () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-picture-'));
  const screenshot = join(folder, 'fleet.png');
  let spans: Span[] = [];
  let picture: Picture;
  let rows: Row[] = [];
  beforeAll(async () => {
    spans = await spansOfChain();
    picture = await showTrace(spans);
    rows = await rowsOf(picture.url, screenshot);
  }, 900_000);
  afterAll(async () => {
    await picture?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('it has every span of the one trace once, below its parent', () => {
    const parents = (all: readonly { spanId: string; parentSpanId: string | undefined }[]) =>
      Object.fromEntries(all.map(({ spanId, parentSpanId }) => [spanId, parentSpanId]));
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(rows).toHaveLength(spans.length);
    expect(parents(rows)).toEqual(parents(spans));
  });

  test("it begins with PHP's span, and has the services in their order, each by the hop that leads to it", () => {
    const entries = rows.flatMap(({ name }) => {
      const entry = ENTRY.exec(name)?.groups;
      return entry === undefined ? [] : [{ by: entry.by, service: entry.service, language: entry.language }];
    });
    expect(entries).toEqual(CHAIN.map(({ by, service, language }) => ({ by, service, language })));
    expect(rows[0]).toMatchObject({ name: expect.stringMatching(/^shop \(PHP\)/), parentSpanId: undefined });
    expect(new Set(entries.map(({ language }) => language)).size).toBeGreaterThanOrEqual(4);
    expect(new Set(entries.flatMap(({ by }) => by ?? []))).toEqual(
      new Set(['SQS', 'HTTP', 'SNS', 'EventBridge', 'Kafka', 'Lambda']),
    );
  });

  test("each service's first span is the child of a span of the service before it", () => {
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const parents = CHAIN.map(({ service }) => {
      const entry = spans.filter(
        (span) => span.service === service && byId.get(span.parentSpanId ?? '')?.service !== service,
      );
      return entry.map(({ parentSpanId }) => byId.get(parentSpanId ?? '')?.service);
    });
    expect(parents).toEqual([undefined, ...CHAIN.slice(0, -1).map(({ service }) => service)].map((parent) => [parent]));
  });

  test('Chromium takes the picture of it that the readme has', () => {
    expect(readFileSync(screenshot).subarray(0, PNG.length)).toEqual(PNG);
    const [, file = ''] =
      /!\[[^\]]*\]\((docs\/images\/[^)]+\.png)\)/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
    expect(existsSync(join(ROOT, file)), file).toBe(true);
  });
});
