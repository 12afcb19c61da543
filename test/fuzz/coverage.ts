import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ROOT, runJazzer } from './jazzer-process.ts';

interface Range {
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

/** https://github.com/istanbuljs/istanbuljs/blob/main/docs/raw-output.md */
interface FileCoverage {
  readonly path: string;
  readonly fnMap: Readonly<Record<string, { readonly name: string; readonly loc: Range }>>;
  readonly f: Readonly<Record<string, number>>;
  readonly branchMap: Readonly<
    Record<string, { readonly type: string; readonly loc: Range; readonly locations: Range[] }>
  >;
  readonly b: Readonly<Record<string, number[]>>;
}

export interface BranchCoverage {
  readonly file: string;
  /** Of the functions that some input reaches. */
  readonly branches: number;
  readonly covered: number;
  /** `line: source` of each branch that is not. */
  readonly missed: readonly string[];
  /** Functions that no input reaches: they are not what the target is for. */
  readonly notReached: readonly string[];
}

/** The branches of the instrumented files that these inputs take, file by file. */
export async function branchCoverage(folders: readonly string[]): Promise<BranchCoverage[]> {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-coverage-'));
  try {
    const options = ['--mode=regression', '--coverage', `--coverageDirectory=${folder}`, '--coverageReporters=json'];
    const { code, output } = await runJazzer({ folders, options, engineOptions: [] });
    if (code !== 0) throw new Error(`an input fails:\n${output}`);
    const files: Record<string, FileCoverage> = JSON.parse(readFileSync(join(folder, 'coverage-final.json'), 'utf8'));
    return Object.values(files)
      .map(ofFile)
      .sort((a, b) => (a.file < b.file ? -1 : 1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ofFile({ path, fnMap, f, branchMap, b }: FileCoverage): BranchCoverage {
  const lines = readFileSync(path, 'utf8').split('\n');
  const functions = Object.entries(fnMap).map(([id, { name, loc }]) => ({ name, loc, calls: f[id] ?? 0 }));
  const missed: string[] = [];
  let branches = 0;
  for (const [id, { loc, locations, type }] of Object.entries(branchMap)) {
    const around = functions.filter((each) => contains(each.loc, loc));
    if (around.some(({ calls }) => calls === 0)) continue;
    for (const [index, count] of (b[id] ?? []).entries()) {
      branches += 1;
      if (count > 0) continue;
      // Istanbul gives an `else` that is not written no place of its own.
      const line = locations[index]?.start?.line ?? loc.start.line;
      missed.push(`${line}: ${type} ${index}: ${lines[line - 1]?.trim()}`);
    }
  }
  const notReached = functions.filter(({ calls }) => calls === 0).map(({ name }) => name);
  return { file: relative(ROOT, path), branches, covered: branches - missed.length, missed, notReached };
}

function contains(outer: Range, inner: Range): boolean {
  const after = (a: Range['start'], b: Range['start']) =>
    a.line > b.line || (a.line === b.line && a.column >= b.column);
  return after(inner.start, outer.start) && after(outer.end, inner.end);
}
