import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PLATFORM_PACKAGES = {
  'darwin-arm64': { name: 'bin-darwin-arm64', binary: 'bin/node' },
  'linux-arm64': { name: 'linux-arm64', binary: 'bin/node' },
  'linux-x64': { name: 'linux-x64', binary: 'bin/node' },
  'win32-x64': { name: 'win-x64', binary: 'bin/node.exe' },
};

/** Path of the Node binary of that major version; throws where the lockfile has none for this platform. */
export function nodeBinary(major) {
  const platform = `${process.platform}-${process.arch}`;
  const entry = PLATFORM_PACKAGES[platform];
  if (entry === undefined) throw new Error(`There is no Node ${major} from npm for ${platform}.`);
  const folder = `node${major}-${entry.name}`;
  for (let root = dirname(fileURLToPath(import.meta.url)); root !== dirname(root); root = dirname(root)) {
    const binary = join(root, 'node_modules', folder, entry.binary);
    if (existsSync(binary)) return binary;
  }
  throw new Error(`Node ${major} is not installed (${folder}): run npm ci, without --omit=optional.`);
}

/** What the binary says of itself (`v24.21.0`). */
export function nodeVersion(binary) {
  return execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
}
