import { EXCUSED } from './excused.ts';
import type { FleetRun } from './fleet.ts';
import type { Consumer, Producer } from './peer.ts';
import { SQS_ROUTES } from './route.ts';
import { markdown } from './table.ts';

/** The lines of `docs/compatibility.md` that say which versions its tables are of. */
export function versionLines(peers: readonly (Producer | Consumer)[]): string[] {
  return peers.map(({ name, version }) => `- ${name}: ${version}`);
}

/** `docs/compatibility.md`, as the run found it. `day` as `2026-11-25`. */
export function compatibility({ producers, consumers, cells }: FleetRun, day: string): string {
  const excuses = EXCUSED.map(
    ({ producer = 'any producer', consumer = 'any consumer', routes, what, version, reason }) =>
      `- ${producer} to ${consumer}${routes ? ` (${routes.join(', ')})` : ''}, ${what}: ${reason} (${version})`,
  );
  return `# Who joins whom

Written by \`npm run fleet -- --write\` on ${day}: real programs, traced by real tracers, sent real messages through ${SQS_ROUTES.map(({ name }) => name).join(', ')}.
A word stands for all of these ways where nothing else is said.

- **joined (128)**: the work on the message is in the trace of its sender, with all 128 bits of its id; **joined (64)**: with the lower 64, which Datadog
  still shows as one trace and OpenTelemetry does not.
- **link**: a trace of its own, whose span has a link to the sender's. **receive span**: the call that has received the message is in the
  sender's trace, and the work on it is not. **new trace**: a trace of its own.

With the bridge each of these was looked at: the trace id, that the parent is the span which sent the message, the sampling priority (2, 1, 0, -1), the origin, the user id
(\`_dd.p.usr.id\`) and baggage.

## Without the bridge

${markdown(cells, 'without', consumers)}

## With the bridge on the OpenTelemetry side, and with its extractors

${markdown(cells, 'with', consumers)}

## What peers cannot do

${excuses.join('\n')}

## Versions

Producers

${versionLines(producers).join('\n')}

Consumers

${versionLines(consumers).join('\n')}
`;
}
