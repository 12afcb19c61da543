import type { Failure, Result } from './run.ts';

const SHOWN = 10;
const MAX_INPUT = 2_000;
const MAX_PROBLEMS = 6;
const MAX_PROBLEM = 300;

/** The smallest failures, and how to see each again; empty where there are none. */
export function failuresText(seed: number, { failed, failures, said }: Result): string {
  const lines = said.map((what) => `the process says: ${what}`);
  if (failed > 0) lines.push(`${failed} sends with seed ${seed} do harm; the smallest:`);
  for (const failure of failures.slice(0, SHOWN)) lines.push(failureText(seed, failure));
  return lines.join('\n');
}

function failureText(seed: number, { index, service, sent }: Failure): string {
  return [
    `- ${service} ${sent.operation}, --services ${service} --seed ${seed} --first ${index} --sends 1`,
    ...sent.problems.slice(0, MAX_PROBLEMS).map((problem) => `    ${problem.slice(0, MAX_PROBLEM)}`),
    `    ${JSON.stringify(sent.input)?.slice(0, MAX_INPUT)}`,
  ].join('\n');
}
