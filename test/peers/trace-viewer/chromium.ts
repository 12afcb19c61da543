import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installedModules } from '../npm-project.ts';

const WAIT_MILLIS = 60_000;

/** What is used of playwright-core's page, whose types are where it is installed. */
export interface Page {
  goto(url: string): Promise<unknown>;
  waitForSelector(selector: string): Promise<unknown>;
  /** Runs in the page; selectors of this class see into shadow trees. */
  locator(selector: string): {
    evaluateAll<T>(inPage: (elements: readonly ElementInPage[]) => T): Promise<T>;
  };
  screenshot(options: { path: string; clip: Box }): Promise<unknown>;
}

/** A window's part in pixels. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What the tests ask of an element of the page. */
interface ElementInPage {
  readonly id: string;
  querySelector(selector: string): { getAttribute(name: string): string | null } | null;
  querySelectorAll(selector: string): { readonly length: number };
  getBoundingClientRect(): Box;
}

interface Playwright {
  chromium: {
    launch(options: { executablePath: string; timeout: number }): Promise<{
      newPage(options: { viewport: { width: number; height: number } }): Promise<Page>;
      close(): Promise<void>;
    }>;
  };
}

/** `CHROMIUM`, or the command `chromium` of the `PATH`. */
function chromiumPath(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env;
  const paths = CHROMIUM ? [CHROMIUM] : PATH.split(delimiter).map((folder) => join(folder, 'chromium'));
  return paths.find((path) => existsSync(path));
}

/** One sentence that names what is needed and this machine lacks. */
export function missingChromium(): string | undefined {
  return chromiumPath() === undefined ? 'chromium is not installed' : undefined;
}

/** Runs `use` with a page of headless Chromium in a window of that size. */
export async function withPage<T>(
  viewport: { width: number; height: number },
  use: (page: Page) => Promise<T>,
): Promise<T> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('chromium is not installed');
  const module = join(await installedModules('trace-viewer'), 'playwright-core/index.mjs');
  const { chromium } = (await import(pathToFileURL(module).href)) as Playwright;
  const browser = await chromium.launch({ executablePath, timeout: WAIT_MILLIS });
  try {
    return await use(await browser.newPage({ viewport }));
  } finally {
    await browser.close();
  }
}
