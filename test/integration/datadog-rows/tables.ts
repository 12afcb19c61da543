import { DIFFERENCES, type Found } from './differences.ts';
import type { Row, Rows } from './rows.ts';

const BEGIN = '<!-- what Datadog shows: begin, written by `npm run datadog-rows` -->';
const END = '<!-- what Datadog shows: end -->';

/** The rows of both sides. */
export interface Golden {
  readonly ours: Rows;
  readonly theirs: Rows;
}

/** The readme with the tables in the place of those that it has. */
export function withTables(readme: string, golden: Golden, found: readonly Found[]): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`the readme lacks ${BEGIN} or ${END}`);
  return `${before}${BEGIN}\n\n${rowsTable(golden, found)}\n\n${differencesTable(found)}\n\n${END}${after}`;
}

function rowsTable({ ours, theirs }: Golden, found: readonly Found[]): string {
  const lines = Object.entries(ours).map(([key, row]) => {
    const { resource, type, kind, parent, topLevel, error, links, destination } = row;
    const [tag = ''] = Object.entries(destination).map(([name, value]) => code(`${name}:${value}`));
    const differs = found.filter((each) => each.key === key).map((each) => difference(each, theirs[key]));
    return line([
      key,
      code(resource),
      type,
      kind,
      spanIn(parent),
      topLevel ? 'yes' : '',
      error ? 'yes' : '',
      links.map(spanIn).join(', '),
      tag,
      differs.join('; '),
    ]);
  });
  const head = [
    'hop: operation',
    'resource',
    'type',
    'kind',
    'parent',
    'top level',
    'error',
    'links',
    'tag',
    'dd-trace',
  ];
  return [line(head), line(Array(head.length).fill('---')), ...lines].join('\n');
}

/** What dd-trace has in that field, and the number of the difference. */
function difference({ field, names }: Found, theirs: Row | undefined): string {
  const number = names.map((name) => DIFFERENCES.findIndex((known) => known.name === name) + 1);
  if (theirs === undefined || field === 'row') return `no such span (${number})`;
  if (field === 'destination') return `tags (${number})`;
  if (field === 'links') return `${theirs.links.map(spanIn).join(', ') || 'no link'} (${number})`;
  if (field === 'topLevel') return `${theirs.topLevel ? 'top level' : 'not top level'} (${number})`;
  return `${theirs[field] === '' ? `no ${field}` : code(String(theirs[field]))} (${number})`;
}

/** A row's key, or in words what has none. */
function spanIn(key: string): string {
  if (key === 'hop') return 'own span';
  if (key === 'remote') return 'remote span';
  return /^[\da-f]{32} /.test(key) ? 'span of another trace' : key;
}

function differencesTable(found: readonly Found[]): string {
  const lines = DIFFERENCES.map(({ name, reason }, index) => {
    const covered = found.filter(({ names }) => names.includes(name));
    const fields = [...new Set(covered.map(({ field }) => (field === 'row' ? 'the whole row' : field)))];
    const rows = new Set(covered.map(({ key }) => key)).size;
    return line([String(index + 1), `**${name}**`, fields.join(', '), String(rows), reason]);
  });
  return [line(['', 'difference', 'in', 'rows', 'reason']), line(Array(5).fill('---')), ...lines].join('\n');
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
