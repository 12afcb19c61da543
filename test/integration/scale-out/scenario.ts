import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, accountOf } from './account.ts';
import { Backend } from './backend.ts';
import { type Fault, type FleetOptions, startFleet } from './fleet.ts';
import { planLoad } from './load.ts';
import { sendLoad } from './senders.ts';

const SENDERS = 3;
/** What a gateway needs beyond the wait for its decision: its clock ticks each second, and batches wait too. */
const SLACK_MILLIS = 3_000;

export interface Scenario extends FleetOptions {
  /** What happens to one of the gateways while the load is sent. */
  readonly fault?: Fault | undefined;
  readonly traces: number;
  readonly seconds: number;
  readonly seed: number;
}

/** Sends a load through Collectors of two tiers and says what became of its traces. */
export async function runScenario(scenario: Scenario): Promise<Account> {
  const { traces, seconds, seed, fault, decisionWaitMillis } = scenario;
  // A trace's last span comes well before the decision.
  const load = planLoad({ traces, seconds, seed, senders: SENDERS, spreadMillis: decisionWaitMillis / 2 });
  const backend = await Backend.start();
  try {
    const fleet = await startFleet(scenario, backend.url);
    try {
      const sent = sendLoad(load, fleet.doors);
      if (fault !== undefined) {
        await sleep(seconds * 300);
        await fleet.failOne(fault, seconds * 100);
      }
      await sent;
      await backend.isQuiet(decisionWaitMillis + SLACK_MILLIS);
    } finally {
      await fleet.stop();
    }
  } finally {
    backend.close();
  }
  return accountOf(load, backend);
}
