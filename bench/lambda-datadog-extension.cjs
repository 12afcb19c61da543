// Datadog's layer looks for its extension by a file that only a Lambda function has, and prints its spans where there is none.
// Here it finds one, and exports to it by HTTP, as in production.
const fs = require('node:fs');

const EXTENSION = '/opt/extensions/datadog-agent';
const { existsSync } = fs;
const { access } = fs.promises;
fs.existsSync = (path) => path === EXTENSION || existsSync(path);
fs.promises.access = async (path, mode) => (path === EXTENSION ? undefined : access(path, mode));
