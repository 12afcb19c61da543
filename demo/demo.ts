import { runFleet } from './fleet.ts';
import { Receiver } from './receiver.ts';
import { byTrace, type Span } from './span.ts';
import { judge } from './verdict.ts';
import { visible, waterfall } from './waterfall.ts';

/** Runs the fleet without and with the bridge, and prints both; whether the second was one trace. */
export async function demo(json: boolean): Promise<boolean> {
  const receiver = await Receiver.start();
  const run = (title: string, bridge: boolean) =>
    runFleet({ receiver, bridge, progress: (line) => process.stderr.write(`${title}: ${line}\n`) });
  const without = await run('without the bridge', false);
  const withBridge = await run('with the bridge', true);
  await receiver.close();
  const { joined, sentence } = judge(withBridge);
  if (json) {
    const traces = { without: tracesOf(without), with: tracesOf(withBridge), joined, sentence };
    console.log(escaped(JSON.stringify(traces, null, 2)));
  } else {
    const colours = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR;
    const terminal = { colours, columns: process.stdout.columns ?? 120 };
    console.log(`\n${waterfall('Without the bridge', without, terminal)}\n`);
    console.log(`\n${waterfall('With the bridge', withBridge, terminal)}\n`);
    console.log(visible(sentence));
  }
  return joined;
}

function tracesOf(spans: readonly Span[]): { traceId: string; spans: readonly Span[] }[] {
  return [...byTrace(spans)].map(([traceId, trace]) => ({ traceId, spans: trace }));
}

/** JSON leaves some characters as they are that steer a terminal. */
function escaped(json: string): string {
  return json.replace(/[\u007f-\u009f\p{Cf}\u2028\u2029]/gu, (text) =>
    Array.from(
      { length: text.length },
      (_, index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
