// Makes every hop, sends its spans through the Collector to Datadog's intake, and writes down what comes there, beside what comes of dd-trace's:
// `golden.json`, and the tables of collector/README.md.
import { writeGolden } from './golden.ts';
import { throughAgent, throughDatadogCollector } from './routes.ts';
import { rowsOf } from './rows.ts';
import { sentOfHops } from './sides.ts';

const sent = await sentOfHops();
const [ours, theirs] = [await throughDatadogCollector(sent.ours), await throughAgent(sent.theirs)];
writeGolden({ ours: rowsOf(ours), theirs: rowsOf(theirs) });
