import type { Span } from '../../../demo/span.ts';
import { type Page, withPage } from '../../peers/trace-viewer/chromium.ts';
import { startTraceViewer, type TraceViewer } from '../../peers/trace-viewer/trace-viewer.ts';
import { labelled } from './hop.ts';
import { otlpRequest } from './otlp.ts';

const ROW = '[id^="waterfall-row-"]';
const WINDOW = { width: 1500, height: 1300 };
const TITLE_HEIGHT = 160;
const MARGIN = 12;

/** A span of the page. */
export interface Row {
  readonly spanId: string;
  /** As `labelled` has made it. */
  readonly name: string;
  /** Of the row above it under which the page draws it. */
  readonly parentSpanId: string | undefined;
}

export interface Picture {
  readonly url: string;
  close(): Promise<void>;
}

/** A web page on loopback that shows the trace of these spans as a waterfall. */
export async function showTrace(spans: readonly Span[]): Promise<Picture> {
  const viewer: TraceViewer = await startTraceViewer();
  await viewer.take(otlpRequest(labelled(spans)));
  return { url: viewer.pageOf(spans[0]?.traceId ?? ''), close: () => viewer.close() };
}

/** What Chromium shows of the page, from top to bottom; as a file too, if one is named. */
export function rowsOf(url: string, screenshot?: string): Promise<Row[]> {
  return withPage(WINDOW, async (page) => {
    await page.goto(url);
    await page.waitForSelector(ROW);
    const drawn = await page.locator(ROW).evaluateAll((rows) =>
      rows.map((row) => ({
        spanId: row.id.replace('waterfall-row-', ''),
        name: row.querySelector('span[title]')?.getAttribute('title') ?? '',
        depth: row.querySelectorAll('[data-testid="tree-gutter"] > *').length,
      })),
    );
    if (screenshot !== undefined) await shoot(page, screenshot);
    const path: { spanId: string; depth: number }[] = [];
    return drawn.map(({ spanId, name, depth }) => {
      while ((path.at(-1)?.depth ?? -1) >= depth) path.pop();
      const parentSpanId = path.at(-1)?.spanId;
      path.push({ spanId, depth });
      return { spanId, name, parentSpanId };
    });
  });
}

/** The trace from its title to its last row, without the viewer's other pages beside it. */
async function shoot(page: Page, path: string): Promise<void> {
  const [first, last] = await page.locator(ROW).evaluateAll((rows) =>
    [rows[0], rows.at(-1)].map((row) => {
      const { x = 0, y = 0, width = 0, height = 0 } = row?.getBoundingClientRect() ?? {};
      return { x, y, width, height };
    }),
  );
  if (first === undefined || last === undefined) throw new Error('the page shows no trace');
  const top = first.y - TITLE_HEIGHT;
  await page.screenshot({
    path,
    clip: { x: first.x, y: top, width: WINDOW.width - first.x, height: last.y + last.height + MARGIN - top },
  });
}
