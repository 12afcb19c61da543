import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { COLLECTOR, type Collector, startCollector } from '../../peers/collector/collector.ts';
import { accountOfAgent } from '../../peers/datadog-agent/datadog-agent.ts';
import { type IntakeSpan, spansOfAgentPayload } from '../../peers/datadog-intake/agent-payload.ts';
import { DatadogIntake } from '../../peers/datadog-intake/datadog-intake.ts';
import { Intake, type Received } from '../names/intake.ts';
import { ROOT } from '../run-node.ts';

const ONE_BOX = join(ROOT, 'otel-config.yaml');
const ARRIVAL_TRIES = 1200;
const ENV = { DECISION_WAIT: '1s' };

/** What `compute_top_level_by_span_kind` of `collector/datadog.yaml` is in an Agent. */
const FEATURES = ['enable_otlp_compute_top_level_by_span_kind'];

/** What comes to Datadog's intake of what was sent to an Agent. */
export async function throughAgent(requests: readonly Received[]): Promise<IntakeSpan[]> {
  const spans: IntakeSpan[] = [];
  for (const { body, format } of requests) {
    const { payload } = await accountOfAgent(body, format, FEATURES);
    spans.push(...spansOfAgentPayload(Buffer.from(payload, 'base64')));
  }
  return spans;
}

/** The same where the slim Collector stands before the Agent. */
export async function throughCollectorAndAgent(requests: readonly Received[]): Promise<IntakeSpan[]> {
  const agent = await Intake.start();
  const collector = await startCollector({ configs: [ONE_BOX], env: { ...ENV, OTLP_EXPORT_ENDPOINT: agent.url } });
  try {
    await post(requests, collector);
    const count = spanCount(requests);
    let spans: IntakeSpan[] = [];
    for (let tries = 0, read = 0; tries < ARRIVAL_TRIES && spans.length < count; tries++) {
      await sleep(50);
      if (agent.requests.length > read) spans = [...spans, ...(await throughAgent(agent.requests.slice(read)))];
      read = agent.requests.length;
    }
    return all(spans, count, collector);
  } finally {
    await collector.stop();
    agent.close();
  }
}

/** The same through a Collector with Datadog's exporter, which sends to the intake itself. */
export async function throughDatadogCollector(requests: readonly Received[]): Promise<IntakeSpan[]> {
  const intake = await DatadogIntake.start();
  const collector = await startCollector({
    distribution: 'datadog',
    configs: [
      ONE_BOX,
      join(COLLECTOR, 'datadog.yaml'),
      `yaml:exporters::datadog::traces::endpoint: ${intake.url}`,
      `yaml:exporters::datadog::metrics::endpoint: ${intake.url}`,
      // Or it asks the clouds for one.
      'yaml:exporters::datadog::hostname: test',
    ],
    env: { ...ENV, DD_API_KEY: intake.apiKey },
  });
  try {
    await post(requests, collector);
    const count = spanCount(requests);
    for (let tries = 0; tries < ARRIVAL_TRIES && intake.spans.length < count; tries++) await sleep(50);
    if (intake.refused.length > 0) throw new Error(`refused: ${intake.refused}`);
    return all(intake.spans, count, collector);
  } finally {
    await collector.stop();
    intake.close();
  }
}

async function post(requests: readonly Received[], { otlpHttp }: Collector): Promise<void> {
  for (const { body } of requests) {
    const headers = { 'content-type': 'application/json' };
    const { ok, status } = await fetch(`${otlpHttp}/v1/traces`, { method: 'POST', headers, body });
    if (!ok) throw new Error(`the Collector answers ${status}`);
  }
}

interface OtlpRequest {
  readonly resourceSpans: { scopeSpans: { spans: unknown[] }[] }[];
}

/** How many spans are in requests of OTLP in JSON. */
export function spanCount(requests: readonly Received[]): number {
  const spans = requests.flatMap(({ body }) => {
    const { resourceSpans }: OtlpRequest = JSON.parse(body.toString());
    return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  });
  return spans.length;
}

function all(spans: IntakeSpan[], count: number, { log }: Collector): IntakeSpan[] {
  if (spans.length === count) return spans;
  throw new Error(`of ${count} spans came ${spans.length}: ${log().slice(-4000)}`);
}
