import type { FleetRun } from './cell.ts';
import type { DirectRun } from './direct/run.ts';
import { EXCUSED } from './excused.ts';
import type { Peer } from './peer.ts';
import { SQS_ROUTES } from './route.ts';
import { markdown } from './table.ts';

const ROUTES = SQS_ROUTES.map(({ name }) => name).join(', ');

/** The lines of `docs/compatibility.md` that say which versions its tables are of. */
export function versionLines(peers: readonly Peer[]): string[] {
  return peers.map(({ name, version }) => `- ${name}: ${version}`);
}

/** `docs/compatibility.md`, as the run found it. `day` as `2026-11-25`. */
export function compatibility(
  { producers, consumers, cells }: FleetRun,
  direct: readonly DirectRun[],
  day: string,
): string {
  const excused = [...EXCUSED, ...direct.flatMap(({ transport }) => transport.excused)];
  const excuses = excused.map(
    ({ producer = 'any producer', consumer = 'any consumer', routes, what, version, reason }) =>
      `- ${producer} to ${consumer}${routes ? ` (${routes.join(', ')})` : ''}, ${what}: ${reason} (${version})`,
  );
  return `# Who joins whom

Written by \`npm run fleet -- --write\` on ${day}, which lets real programs under real tracers send messages to each other, by ${ROUTES}. A word
in the tables stands for all of these ways where it names none.

- **joined (128)**: the work on the message is in the trace of its sender, with all 128 bits of its id; **joined (64)**: with the lower 64, which Datadog
  still shows as one trace and OpenTelemetry does not.
- **link**: a trace of its own, whose span has a link to the sender's. **receive span**: the call that has received the message is in the
  sender's trace, and the work on it is not. **new trace**: a trace of its own.

Where the bridge or one of its extractors is at either end, each message is held to more: its parent is the span that has sent it, the sampling priority is the sender's (2, 1, 0
and -1), and so are the origin, the user's id (\`_dd.p.usr.id\`) and baggage. Datadog's layer for Python keeps ids and priority alone; that for Node loses baggage
as soon as it has any extractor.

## Without the bridge

${markdown(cells, 'without', consumers)}

## With the bridge on the OpenTelemetry side, and with its extractors

${markdown(cells, 'with', consumers)}
${direct.map(directSection).join('')}
## What peers cannot do

${excuses.join('\n')}

## Versions

Producers

${versionLines(producers).join('\n')}

Consumers

${versionLines(consumers).join('\n')}
`;
}

const KEPT = { origin: 'the origin', userId: "the user's id", baggage: 'baggage' } as const;

/** Here the same peers are producers and consumers. */
function directSection({ transport, producers, consumers, cells }: DirectRun): string {
  const limits = producers.flatMap(({ name, keeps }) => {
    const lost = (Object.keys(KEPT) as (keyof typeof KEPT)[]).filter((field) => !keeps.includes(field));
    return lost.length === 0 ? [] : [`\`${name}\` loses ${lost.map((field) => KEPT[field]).join(' and ')}.`];
  });
  return `
## ${transport.name}

Headers carry W3C's context, which today's tracers of both kinds read. What does not (\`DD_TRACE_PROPAGATION_STYLE=datadog\`, and older tracers) breaks a trace without the bridge:

${markdown(cells, 'without', consumers)}

With the bridge on the OpenTelemetry side:

${markdown(cells, 'with', consumers)}

${limits.join(' ')}

Their versions:

${versionLines(producers).join('\n')}
`;
}
