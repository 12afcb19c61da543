import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

const CENTRAL_HEADER = 0x02014b50;

/** Unpacks a layer as Lambda does under `/opt`, permissions included. */
export function unpack(zip: Uint8Array, folder: string): void {
  const modes = modesIn(Buffer.from(zip));
  for (const [name, content] of Object.entries(unzipSync(zip))) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, modes.get(name) ?? 0);
  }
}

/** What no reader in JavaScript tells: the permissions, in the archive's directory. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
function modesIn(zip: Buffer): Map<string, number> {
  const modes = new Map<string, number>();
  for (let at = zip.indexOf('PK\x01\x02'); at >= 0 && zip.readUInt32LE(at) === CENTRAL_HEADER; ) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const end = at + 46 + (nameLength ?? 0);
    modes.set(zip.toString('utf8', at + 46, end), zip.readUInt16LE(at + 40) & 0o777);
    at = end + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return modes;
}
