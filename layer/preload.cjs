// A preload that throws ends the process before the function is loaded: a damaged bundle is one line, and the function starts.
const { join } = require('node:path');

try {
  require(join(__dirname, 'register.js'));
} catch (error) {
  const [reason] = String(error?.message ?? error).split('\n');
  process.emitWarning(`tracing did not start: ${reason}`, 'otel-datadog-bridge');
}
