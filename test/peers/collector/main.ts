// `npm run collector:build -- datadog` builds that Collector, by default the slim one, and prints where it is; `--lock` pins its modules anew first.
import { parseArgs } from 'node:util';
import { builtCollector, DISTRIBUTIONS, lockCollector } from './build.ts';

const { values, positionals } = parseArgs({ options: { lock: { type: 'boolean' } }, allowPositionals: true });
const [name = 'slim', ...more] = positionals;
const distribution = DISTRIBUTIONS.find((known) => known === name);
if (distribution === undefined || more.length > 0) {
  throw new Error(`"${positionals.join(' ')}" is none of ${DISTRIBUTIONS.join(', ')}`);
}
if (values.lock) await lockCollector(distribution);
console.log(await builtCollector(distribution));
