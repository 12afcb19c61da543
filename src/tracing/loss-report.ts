import { warn } from '../configuration/warning';

const MIN_INTERVAL_MILLIS = 60_000;

/**
 * Counts the spans that do not get through, and says so: one warning when an outage begins, at most one a minute, and
 * one with the total when it is over, or with what was lost since then when the process ends first.
 */
export class LossReport {
  readonly #url: string;
  #lost = 0;
  /** Of these, those that a warning has told of. */
  #told = 0;
  #begun = false;
  #lastBegin = Number.NEGATIVE_INFINITY;

  /** @param url where the spans should have gone */
  constructor(url: string) {
    this.#url = url;
  }

  /** @param reason a clause, `spans do not reach …: ECONNREFUSED` */
  lost(count: number, reason: string): void {
    this.#lost += count;
    const now = performance.now();
    if (this.#begun || now - this.#lastBegin < MIN_INTERVAL_MILLIS) return;
    this.#begun = true;
    this.#lastBegin = now;
    this.#told = this.#lost;
    warn(`${reason}; ${this.#lost} lost so far. The application is not affected.`);
  }

  delivered(): void {
    if (!this.#begun) return;
    warn(`spans reach ${this.#url} again; ${this.#lost} were lost in between`);
    this.#lost = 0;
    this.#told = 0;
    this.#begun = false;
  }

  /** The last word: what no warning has told of yet, since there was one in this outage or less than a minute ago. */
  end(): void {
    const untold = this.#lost - this.#told;
    if (untold === 0) return;
    warn(`${untold} more spans did not reach ${this.#url}`);
    if (this.#begun) this.#told = this.#lost;
    else this.#lost = 0;
  }
}

/** Why an export failed, in a few words. */
export function reasonOf(error: (Error & { code?: unknown }) | undefined): string {
  if (error === undefined) return 'the export failed';
  return [error.code, error.message.trim()].filter((part) => part !== undefined && part !== '').join(': ');
}
