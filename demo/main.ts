import { parseArgs } from 'node:util';
import { runFleet } from './fleet.ts';
import { Receiver } from './receiver.ts';
import { byTrace, type Span } from './span.ts';
import { judge } from './verdict.ts';
import { visible, waterfall } from './waterfall.ts';

const USAGE = `npm run demo [-- --json]

Runs a fleet of four services, two traced by OpenTelemetry and two by Datadog, and shows the
traces of one checkout: first without otel-datadog-bridge, then with it. Exit code 0 if the second
is one trace.

  --json   print the traces as JSON instead
  --help   print this`;

const { values } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help) {
  console.log(USAGE);
} else {
  // The launcher's channel: when it is gone, so are we, and the services with us.
  process.on('disconnect', () => process.exit(1));
  const joined = await demo(values.json ?? false).catch((error: unknown) => {
    console.error(`demo: ${reasonOf(error)}`);
    return false;
  });
  process.exit(joined ? 0 : 1);
}

async function demo(json: boolean): Promise<boolean> {
  const receiver = await Receiver.start();
  const run = (title: string, bridge: boolean) =>
    runFleet({ receiver, bridge, progress: (line) => process.stderr.write(`${title}: ${line}\n`) });
  const without = await run('without the bridge', false);
  const withBridge = await run('with the bridge', true);
  await receiver.close();
  const { joined, sentence } = judge(withBridge);
  if (json) {
    console.log(JSON.stringify({ without: tracesOf(without), with: tracesOf(withBridge), joined, sentence }, null, 2));
  } else {
    const colours = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR;
    console.log(`\n${waterfall('Without the bridge', without, colours)}\n`);
    console.log(`\n${waterfall('With the bridge', withBridge, colours)}\n`);
    console.log(visible(sentence));
  }
  return joined;
}

/** What failed first: a service that then does not stop in time is not the news. */
function reasonOf(error: unknown): string {
  const first = error instanceof SuppressedError ? error.suppressed : error;
  return first instanceof Error ? first.message : String(first);
}

function tracesOf(spans: readonly Span[]): { traceId: string; spans: readonly Span[] }[] {
  return [...byTrace(spans)].map(([traceId, trace]) => ({ traceId, spans: trace }));
}
