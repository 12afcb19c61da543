import type * as bridge from '../../src/index.ts';

/** The package: its sources in `npm test`, its build in the long run. */
export type Bridge = typeof bridge;

/** What a client of the application's may have set; the first is what most have. */
export const OPTIONS: readonly bridge.AwsSdkPluginOptions[] = [
  { bodyCarriers: ['kinesis', 'eventbridge', 'stepfunctions'], env: {} },
  { env: {} },
  {
    bodyCarriers: ['kinesis', 'eventbridge', 'stepfunctions'],
    batchPropagation: false,
    snsDataType: 'String',
    awsTraceHeader: true,
    clientContextDatadog: true,
    namedExecutions: true,
    env: {},
  },
  {
    bodyCarriers: ['kinesis', 'eventbridge', 'stepfunctions'],
    hideAttributes: true,
    stripInjectedContext: true,
    env: {},
  },
];

/** Of every client. */
export const CONFIGURATION = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
} as const;
