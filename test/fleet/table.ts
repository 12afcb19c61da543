import type { Cell } from './cell.ts';
import { OUTCOMES, type Outcome } from './judgement.ts';
import type { Mode, Peer } from './peer.ts';

/** The worst that became of its messages. */
export function worst({ judgements }: Cell): Outcome {
  return OUTCOMES.findLast((outcome) => judgements.some((judgement) => judgement.outcome === outcome)) ?? 'nothing';
}

/** What the table says of a pair: one word where all routes are the same, else the direct one's first, then what differs. */
export function pairText(cells: readonly Cell[]): string {
  const [first, ...others] = cells;
  if (first === undefined) return '';
  const main = worst(first);
  const different = OUTCOMES.flatMap((outcome) => {
    const routes = others.filter((cell) => outcome !== main && worst(cell) === outcome).map(({ route }) => route.name);
    return routes.length === 0 ? [] : [`${routes.join(', ')}: ${outcome}`];
  });
  return [main, ...different].join('; ');
}

interface Row {
  readonly producer: Peer;
  readonly texts: readonly string[];
}

/** A line for each producer, a text for each consumer. */
function rowsOf(cells: readonly Cell[], mode: Mode, consumers: readonly Peer[]): Row[] {
  const producers = [...new Set(cells.map(({ producer }) => producer))];
  return producers.map((producer) => ({
    producer,
    texts: consumers.map((consumer) =>
      pairText(cells.filter((cell) => cell.mode === mode && cell.producer === producer && cell.consumer === consumer)),
    ),
  }));
}

/** A table of Markdown. The consumers stand in its lines, since their names and the exceptions are long. */
export function markdown(cells: readonly Cell[], mode: Mode, consumers: readonly Peer[]): string {
  const rows = rowsOf(cells, mode, consumers);
  const lines = [
    ['', ...rows.map(({ producer }) => producer.name)],
    ['---', ...rows.map(() => '---')],
    ...consumers.map((consumer, index) => [consumer.name, ...rows.map(({ texts }) => texts[index] ?? '')]),
  ];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}
