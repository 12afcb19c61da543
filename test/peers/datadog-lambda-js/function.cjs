const { remoteParent } = require('../dd-trace-js/remote-parent.cjs');

exports.handler = async () => remoteParent();
