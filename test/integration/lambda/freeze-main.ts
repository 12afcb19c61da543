// `npm run freeze -- --seconds 60,600`: a function is frozen for so long between its answer and the next event.
import { parseArgs } from 'node:util';
import { missingForLambdaRuntime } from '../../peers/lambda-runtime/lambda-runtime.ts';
import { expected, FLUSHES, FREEZES, frozen } from './freeze.ts';

const missing = missingForLambdaRuntime();
if (missing !== undefined) throw new Error(`it cannot run: ${missing}`);
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60,600' } } });
let wrong = 0;
for (const seconds of values.seconds.split(',').map(Number)) {
  const outcomes = await Promise.all(
    FLUSHES.flatMap((until) =>
      FREEZES.map(async (freeze) => [until, freeze, await frozen(freeze, '24', seconds * 1000, until)] as const),
    ),
  );
  for (const [until, freeze, outcome] of outcomes) {
    const well = JSON.stringify(outcome) === JSON.stringify(expected(freeze));
    if (!well) wrong += 1;
    console.log(
      `${well ? 'ok   ' : 'WRONG'} ${seconds} s, flushed until ${until}, ${freeze}: ${JSON.stringify(outcome)}`,
    );
  }
}
process.exitCode = wrong === 0 ? 0 : 1;
