import { parseArgs } from 'node:util';
import { visible } from './waterfall.ts';

const USAGE = `npm run demo [-- --json]

Runs a fleet of four services, two traced by OpenTelemetry and two by Datadog, and shows the
traces of one checkout: first without otel-datadog-bridge, then with it. Exit code 0 if the second
is one trace.

  --json   print the traces as JSON instead
  --help   print this`;

// The launcher's channel: when it is gone, so are we, and the services with us.
process.on('disconnect', () => process.exit(1));
try {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });
  process.exit(values.help ? help() : await run(values.json ?? false));
} catch (error) {
  console.error(`demo: ${visible(reasonOf(error))}`);
  process.exit(1);
}

function help(): number {
  console.log(USAGE);
  return 0;
}

async function run(json: boolean): Promise<number> {
  // Loaded only now, so that a part which is not installed is a sentence too.
  const { demo } = await import('./demo.ts');
  return (await demo(json)) ? 0 : 1;
}

/** What failed first: a service that then does not stop in time is not the news. */
function reasonOf(error: unknown): string {
  const first = error instanceof SuppressedError ? error.suppressed : error;
  const message = first instanceof Error ? first.message : String(first);
  return /Cannot find (?:module|package)/.test(message) ? `${message}. Run npm ci first.` : message;
}
