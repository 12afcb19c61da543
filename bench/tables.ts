import type { Growth, GrowthRow } from './growth.ts';
import type { Oversize } from './oversize.ts';
import type { Measured } from './rounds.ts';
import type { MeasuredSends } from './sends.ts';
import type { Spread } from './statistics.ts';

export interface Result {
  readonly name: string;
  readonly measured: readonly Measured[];
}

/** A row for each scenario: the time of each side and its spread, the first side's by each of the others', bytes. */
export function printResults(title: string, results: readonly Result[]): void {
  const [{ measured: sides } = { measured: [] }] = results;
  const [first, ...others] = sides.map(({ side }) => side);
  const heading = [
    title,
    ...sides.map(({ side }) => `${side} ns`),
    ...others.map((other) => `${other} / ${first}`),
    ...sides.map(({ side }) => `${side} bytes`),
  ];
  const rows = results.map(({ name, measured }) => [
    name,
    ...measured.map(({ nanoseconds }) => spread(nanoseconds)),
    ...measured.slice(1).map(({ ratio }) => ratio.median.toFixed(2)),
    ...measured.map(({ bytes }) => whole(bytes)),
  ]);
  printTable([heading, ...rows]);
}

/** A row for each size, and what one more costs ours on average: on a straight line, the same everywhere. */
export function printGrowth({ of, rows }: Growth): void {
  const [start] = rows;
  if (start === undefined) return;
  const heading = [`ns (10th percentile) by ${of}`, ...headingOf('write', start), ...headingOf('read', start)];
  const body = rows.map((row) => [String(row.size), ...cellsOf('write', row, start), ...cellsOf('read', row, start)]);
  printTable([heading, ...body]);
}

/** A row for each field that was 1 MiB long. */
export function printOversize(rows: readonly Oversize[]): void {
  const body = rows.map(({ field, nanoseconds: { median, p90 }, more }) => [
    field,
    whole(median),
    whole(p90),
    whole(more),
  ]);
  printTable([['bridge, 1 MiB in', 'read ns', '90th percentile', 'over a plain one'], ...body]);
}

/** A row for each sender; the first is what the others add to, the last is ours. */
export function printSends(rows: readonly MeasuredSends[]): void {
  const heading = ['', 'us', 'added us', `${rows.at(-1)?.side} by it`, 'spans', 'export bytes', 'attributes', 'bytes'];
  const body = rows.map((row, index) => {
    const isCompared = index > 0 && index < rows.length - 1;
    return [
      row.side,
      spread(row.cpuMicros),
      index > 0 ? spread(row.addedMicros) : '',
      isCompared ? `${row.ratio.median.toFixed(2)} (${row.ratio.p10.toFixed(2)}-${row.ratio.p90.toFixed(2)})` : '',
      row.spans.toFixed(1),
      whole(row.exportBytes),
      whole(row.attributes),
      whole(row.attributeBytes),
    ];
  });
  printTable([heading, ...body]);
}

type Verb = 'write' | 'read';

function headingOf(verb: Verb, start: GrowthRow): string[] {
  const [own = '', ...others] = Object.keys(start[verb]);
  return [`${own} ${verb}`, 'one more', ...others.map((side) => `${side} ${verb}`)];
}

function cellsOf(verb: Verb, row: GrowthRow, start: GrowthRow): string[] {
  const [own = Number.NaN, ...others] = Object.values(row[verb]);
  const [startOwn = Number.NaN] = Object.values(start[verb]);
  const oneMore = row === start ? '' : ((own - startOwn) / (row.size - start.size)).toFixed(1);
  return [whole(own), oneMore, ...others.map(whole)];
}

function spread({ median, p10, p90 }: Spread): string {
  return `${whole(median)} (${whole(p10)}-${whole(p90)})`;
}

function whole(value: number): string {
  return value.toFixed(0);
}

export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  console.log();
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(cells.join('  '));
  }
}
