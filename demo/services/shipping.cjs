const { withMessageContext } = require('otel-datadog-bridge');
const { ship, work } = require('./ship.cjs');

work((message) => withMessageContext(message, () => ship(message), { destination: 'shipments' }));
