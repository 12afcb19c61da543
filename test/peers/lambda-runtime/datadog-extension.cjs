// Datadog's layer, and ours, look for Datadog's extension by a file that only a Lambda function has. Here they find one, and export to
// it as in production.
const fs = require('node:fs');

const EXTENSION = '/opt/extensions/datadog-agent';
const { existsSync } = fs;
const { access } = fs.promises;
fs.existsSync = (path) => path === EXTENSION || existsSync(path);
fs.promises.access = async (path, mode) => (path === EXTENSION ? undefined : access(path, mode));
