// Preloaded before jazzer, whose binary for Linux asks for glibc 2.38 and GCC 13's libstdc++, newer than Debian 12 has. It needs
// little of them: where it does not load, a copy is loaded that asks for what the older ones call the same.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NEW_VERSIONS = ['GLIBC_2.38', 'GLIBCXX_3.4.32'];

/** C23's `strtol` and `strtoul`, which differ in how they read `0b`. */
const C23_PREFIX = '__isoc23_';

/** Never called: a reference that makes the linker take in the standard streams. */
const UNCALLED = '_ZSt21ios_base_library_initv';

/** A function that the C library has had in its first version. */
const OLD_FUNCTION = 'malloc';

const WEAK_VERSION = 2;
const WEAK_SYMBOL = 2;
const UNVERSIONED = 1;

const { dlopen } = process;
process.dlopen = (module, file, ...flags) => {
  try {
    return dlopen.call(process, module, file, ...flags);
  } catch (error) {
    if (!NEW_VERSIONS.some((version) => error.message.includes(version))) throw error;
    const folder = mkdtempSync(join(tmpdir(), 'fuzzer-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    const copy = join(folder, 'fuzzer.node');
    writeFileSync(copy, forOlderSystems(readFileSync(file)));
    return dlopen.call(process, module, copy, ...flags);
  }
};

/** https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html */
function forOlderSystems(elf) {
  const sections = sectionsOf(elf);
  const section = (name) => {
    const found = sections.get(name);
    if (found === undefined) throw new Error(`the fuzzer's binary has no ${name}`);
    return found;
  };
  const strings = section('.dynstr').start;
  const text = (offset) => elf.toString('latin1', strings + offset, elf.indexOf(0, strings + offset));
  const symbols = section('.dynsym');
  const versions = section('.gnu.version').start;
  const count = (symbols.end - symbols.start) / 24;
  const symbolAt = (index) => symbols.start + index * 24;
  const nameOf = (index) => text(elf.readUInt32LE(symbolAt(index)));
  const indices = Array.from({ length: count }, (_, index) => index);
  const old = indices.find((index) => nameOf(index) === OLD_FUNCTION) ?? 0;
  for (const index of indices) {
    const name = nameOf(index);
    const symbol = symbolAt(index);
    if (name.startsWith(C23_PREFIX)) {
      elf.writeUInt32LE(elf.readUInt32LE(symbol) + C23_PREFIX.length, symbol);
      elf.writeUInt16LE(elf.readUInt16LE(versions + old * 2), versions + index * 2);
    } else if (name === UNCALLED) {
      elf.writeUInt8((elf.readUInt8(symbol + 4) & 15) | (WEAK_SYMBOL << 4), symbol + 4);
      elf.writeUInt16LE(UNVERSIONED, versions + index * 2);
    }
  }
  for (const entry of versionEntries(elf, section('.gnu.version_r').start)) {
    if (NEW_VERSIONS.includes(text(elf.readUInt32LE(entry + 8)))) elf.writeUInt16LE(WEAK_VERSION, entry + 4);
  }
  return elf;
}

function sectionsOf(elf) {
  const table = Number(elf.readBigUInt64LE(40));
  const size = elf.readUInt16LE(58);
  const headerAt = (index) => table + index * size;
  const rangeAt = (header) => {
    const start = Number(elf.readBigUInt64LE(header + 24));
    return { start, end: start + Number(elf.readBigUInt64LE(header + 32)) };
  };
  const names = rangeAt(headerAt(elf.readUInt16LE(62))).start;
  const sections = new Map();
  for (let index = 0; index < elf.readUInt16LE(60); index += 1) {
    const header = headerAt(index);
    const name = names + elf.readUInt32LE(header);
    sections.set(elf.toString('latin1', name, elf.indexOf(0, name)), rangeAt(header));
  }
  return sections;
}

function* versionEntries(elf, start) {
  for (let need = start; ; ) {
    let entry = need + elf.readUInt32LE(need + 8);
    for (let left = elf.readUInt16LE(need + 2); left > 0; left -= 1) {
      yield entry;
      entry += elf.readUInt32LE(entry + 12);
    }
    const next = elf.readUInt32LE(need + 12);
    if (next === 0) return;
    need += next;
  }
}
