// An SDK of the application's own that knows nothing of Datadog.
const { getNodeAutoInstrumentations } = require('@opentelemetry/auto-instrumentations-node');
const { NodeSDK } = require('@opentelemetry/sdk-node');

new NodeSDK({ instrumentations: getNodeAutoInstrumentations() }).start();
