// npm run fleet [-- --only NAME] [--json] [--write], and -- --web [--screenshot FILE]: see README.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type DirectRun, runDirect } from './direct/run.ts';
import { TRANSPORTS } from './direct/transports.ts';
import { compatibility } from './document.ts';
import { runFleet } from './fleet.ts';
import { showChain } from './picture/show-chain.ts';
import { pairText } from './table.ts';
import { verdict } from './verdict.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/compatibility.md');

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean' },
    write: { type: 'boolean' },
    web: { type: 'boolean' },
    screenshot: { type: 'string' },
  },
});
if (values.web) {
  await showChain(values.screenshot);
  process.exit(0);
}
const say = (line: string) => console.error(`${Math.round(performance.now() / 1000)} s: ${line}`);
const queued = await runFleet(values.only, say);
const direct: DirectRun[] = [];
for (const transport of TRANSPORTS) direct.push(await runDirect(transport, values.only, say));
const runs = [queued, ...direct];
const pairs = runs.flatMap((run) =>
  run.producers.flatMap((producer) =>
    run.consumers.map((consumer) => {
      const cells = run.cells.filter((cell) => cell.producer === producer && cell.consumer === consumer);
      const textOf = (mode: string) => pairText(cells.filter((cell) => cell.mode === mode));
      return { producer: producer.name, consumer: consumer.name, without: textOf('without'), with: textOf('with') };
    }),
  ),
);
const verdicts = [verdict(queued), ...direct.map((run) => verdict(run, run.transport.excused))];
const unexcused = verdicts.flatMap((each) => each.unexcused);
const skipped = runs.flatMap((run) => run.skipped);
const failures = runs.flatMap((run) => run.failures);
if (values.json) console.log(JSON.stringify({ pairs, unexcused, skipped }, undefined, 2));
else {
  for (const { producer, consumer, without, with: having } of pairs) {
    if (without !== '') console.log(`${producer} -> ${consumer}\n    without: ${without}\n    with:    ${having}`);
  }
  for (const sentence of skipped) console.log(`skipped: ${sentence}`);
}
for (const line of failures) console.error(`failed: ${line}`);
for (const line of unexcused) console.error(`not as it should be: ${line}`);
if (values.only.length === 0)
  for (const { reason } of verdicts.flatMap((each) => each.unused)) console.error(`no longer needed: ${reason}`);
if (values.write) writeFileSync(DOCUMENT, compatibility(queued, direct, new Date().toISOString().slice(0, 10)));
// What is left of the peers has nothing to say.
process.exit(unexcused.length + failures.length === 0 ? 0 : 1);
