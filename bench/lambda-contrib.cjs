// OpenTelemetry by itself in a function, as its documentation sets it up: the comparison.
const { trace } = require('@opentelemetry/api');
const { AwsInstrumentation } = require('@opentelemetry/instrumentation-aws-sdk');
const { AwsLambdaInstrumentation } = require('@opentelemetry/instrumentation-aws-lambda');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');
const { NodeSDK } = require('@opentelemetry/sdk-node');

const lambda = new AwsLambdaInstrumentation();
new NodeSDK({
  instrumentations: [lambda, new AwsInstrumentation(), new HttpInstrumentation(), new UndiciInstrumentation()],
}).start();
// Of what NodeSDK gives it by itself, nothing leaves before the function is frozen.
lambda.setTracerProvider(trace.getTracerProvider().getDelegate());
