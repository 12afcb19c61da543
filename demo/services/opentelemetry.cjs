// OpenTelemetry by itself, as its documentation sets it up: the comparison.
const { NodeSDK } = require('@opentelemetry/sdk-node');
const { AwsInstrumentation } = require('@opentelemetry/instrumentation-aws-sdk');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');

const sdk = new NodeSDK({
  instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation(), new AwsInstrumentation()],
});
sdk.start();
require('node:http');
require('node:module').syncBuiltinESMExports();
process.once('SIGTERM', () => sdk.shutdown().finally(() => process.exit()));
