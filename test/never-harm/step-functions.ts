import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  type StartExecutionCommandInput,
} from '@aws-sdk/client-sfn';
import type { Random } from '../differential/random.ts';
import { type Bridge, CONFIGURATION, OPTIONS } from './bridge.ts';
import { isEmpty } from './contexts.ts';
import { insertionProblems, jsonOf, randomJson } from './json.ts';
import { type Outcome, sendBoth } from './outcome.ts';
import type { Lane, Service } from './service.ts';
import { randomSetting, type Setting } from './setting.ts';

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
const LIMIT = 256 * 1024;
const NEAR = 2_500;
const NEAR_PER_MILLE = 10;
const DEFINITION = JSON.stringify({ StartAt: 'Pass', States: { Pass: { Type: 'Pass', End: true } } });

interface Case extends Setting {
  input(stateMachineArn: string): StartExecutionCommandInput;
}

export async function startStepFunctions(endpoint: string, bridge: Bridge): Promise<Service> {
  const plain = new SFNClient({ endpoint, ...CONFIGURATION });
  const bridged = OPTIONS.map((options) => {
    const client = new SFNClient({ endpoint, ...CONFIGURATION });
    client.middlewareStack.use(bridge.awsSdkPlugin(options));
    return client;
  });
  let lanes = 0;
  const newMachine = async (name: string) => {
    const roleArn = 'arn:aws:iam::123456789012:role/none';
    const made = await plain.send(new CreateStateMachineCommand({ name, definition: DEFINITION, roleArn }));
    return made.stateMachineArn ?? '';
  };
  return {
    async newLane() {
      lanes += 1;
      const name = `machine-${lanes}`;
      const machines = { plain: await newMachine(`${name}-plain`), bridged: await newMachine(`${name}-bridged`) };
      return newLane(machines, plain, bridged, bridge);
    },
    async close() {
      for (const client of [plain, ...bridged]) client.destroy();
    },
  };
}

function newLane(
  machines: { readonly plain: string; readonly bridged: string },
  plain: SFNClient,
  bridged: readonly SFNClient[],
  bridge: Bridge,
): Lane {
  return {
    async send(random) {
      const sending = randomCase(random(), bridge);
      const client = bridged[sending.options] as SFNClient;
      const pair = await sendBoth({
        ...sending,
        plainInput: () => sending.input(machines.plain),
        bridgedInput: () => randomCase(random(), bridge).input(machines.bridged),
        plain: (input) => plain.send(new StartExecutionCommand(input)),
        bridged: (input) => client.send(new StartExecutionCommand(input)),
      });
      const problems = [...pair.problems];
      const before = await inputOf(plain, pair.plain);
      const after = await inputOf(plain, pair.bridged);
      const input = sending.input(machines.bridged);
      if (before !== undefined && after !== undefined && before !== after) {
        const { bodyCarriers, namedExecutions } = OPTIONS[sending.options] ?? {};
        const mayWrite = !isEmpty(sending.active) && bodyCarriers && (input.name === undefined || namedExecutions);
        problems.push(...(mayWrite ? insertionProblems(before, after) : [`the input is changed: ${after}`]));
      }
      const succeeded = pair.plain.error === undefined;
      return { problems, input, operation: 'StartExecution', succeeded, written: succeeded && before !== after };
    },
  };
}

/** The input that an execution has. */
async function inputOf(client: SFNClient, { output }: Outcome): Promise<string | undefined> {
  if (output === undefined) return undefined;
  const executionArn = String(output.executionArn);
  return (await client.send(new DescribeExecutionCommand({ executionArn }))).input ?? '';
}

function randomCase(random: Random, bridge: Bridge): Case {
  const setting = randomSetting(random, bridge);
  const near = random.below(1000) < NEAR_PER_MILLE;
  const json = near ? jsonOf(random, LIMIT - random.between(-3, NEAR)) : randomJson(random);
  const hasInput = random.chance(97);
  // A name comes twice now and then: the same start, or a conflict.
  const name = random.chance(25) ? `named-${random.below(500)}` : undefined;
  return {
    ...setting,
    input: (stateMachineArn) => ({
      stateMachineArn,
      ...(hasInput && { input: json }),
      ...(name !== undefined && { name }),
    }),
  };
}
