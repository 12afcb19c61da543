// `node test/node/launch.mjs 24 <script> [arguments]` runs the script on that major version of Node, from the
// binary that the lockfile installed for this platform. npm links no such binary for us (npm 10 never does).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { nodeBinary, nodeVersion } from './node-binary.mjs';

const [major, ...argv] = process.argv.slice(2);
const binary = found(major);
const child = spawn(binary, argv, {
  // The channel tells the child when this process is gone, however it went.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
process.stderr.write(`node ${nodeVersion(binary)}\n`);

// On a signal the child is what ends, and we end as it did.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
const [code, signal] = await once(child, 'exit');
if (signal) {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
} else {
  process.exitCode = code;
}

function found(version) {
  try {
    const path = nodeBinary(version);
    accessSync(path, constants.X_OK);
    return path;
  } catch (error) {
    return fail(error);
  }
}

function fail(error) {
  console.error(error.message);
  process.exit(1);
}
