// npm run fleet [-- --only NAME] [--json] [--write]: see README.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compatibility } from './document.ts';
import { runFleet } from './fleet.ts';
import { pairText } from './table.ts';
import { verdict } from './verdict.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/compatibility.md');

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean' },
    write: { type: 'boolean' },
  },
});
const run = await runFleet(values.only, (line) => console.error(`${Math.round(performance.now() / 1000)} s: ${line}`));
const pairs = run.producers.flatMap((producer) =>
  run.consumers.map((consumer) => {
    const cells = run.cells.filter((cell) => cell.producer === producer && cell.consumer === consumer);
    const textOf = (mode: string) => pairText(cells.filter((cell) => cell.mode === mode));
    return { producer: producer.name, consumer: consumer.name, without: textOf('without'), with: textOf('with') };
  }),
);
const { unexcused, unused } = verdict(run);
if (values.json) console.log(JSON.stringify({ pairs, unexcused, skipped: run.skipped }, undefined, 2));
else {
  for (const { producer, consumer, without, with: having } of pairs) {
    if (without !== '') console.log(`${producer} -> ${consumer}\n    without: ${without}\n    with:    ${having}`);
  }
  for (const sentence of run.skipped) console.log(`skipped: ${sentence}`);
}
for (const line of run.failures) console.error(`failed: ${line}`);
for (const line of unexcused) console.error(`not as it should be: ${line}`);
if (values.only.length === 0) for (const { reason } of unused) console.error(`no longer needed: ${reason}`);
if (values.write) writeFileSync(DOCUMENT, compatibility(run, new Date().toISOString().slice(0, 10)));
// What is left of the peers has nothing to say.
process.exit(unexcused.length + run.failures.length === 0 ? 0 : 1);
