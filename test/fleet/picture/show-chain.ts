import { once } from 'node:events';
import { missingForChain, spansOfChain } from './chain.ts';
import { rowsOf, showTrace } from './picture.ts';

/** Runs the chain, and shows its trace on a page until it is told to end; where a file is named, it puts the page's picture there instead. */
export async function showChain(screenshot?: string): Promise<void> {
  const missing = missingForChain();
  if (missing !== undefined) throw new Error(missing);
  const picture = await showTrace(await spansOfChain());
  if (screenshot === undefined) {
    console.log(`The trace is at ${picture.url} until Ctrl-C.`);
    await Promise.race(['SIGINT', 'SIGTERM', 'disconnect'].map((end) => once(process, end)));
  } else {
    await rowsOf(picture.url, screenshot);
    console.log(`The trace is in ${screenshot}.`);
  }
  await picture.close();
}
