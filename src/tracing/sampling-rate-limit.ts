const INTERVAL_MILLIS = 1000;

/**
 * At most so many a second, as dd-trace counts them: a bucket that fills evenly and is full at first, and no more than its size in one interval
 * of a second. https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/rate_limiter.js
 */
export class RateLimit {
  readonly #limit: number;
  readonly #now: () => number;
  #content: number;
  #filledAt: number;
  #intervalStart: number;
  #allowed = 0;
  #asked = 0;
  #allowedBefore = 0;
  #askedBefore = 0;

  /** Negative is no limit, 0 allows nothing. `now` gives milliseconds. */
  constructor(limit: number, now: () => number = () => performance.now()) {
    this.#limit = Math.trunc(limit);
    this.#now = now;
    this.#content = this.#limit;
    this.#filledAt = now();
    this.#intervalStart = this.#filledAt;
  }

  isAllowed(): boolean {
    if (this.#limit < 0) return true;
    if (this.#limit === 0) return false;
    const now = this.#now();
    if (now - this.#intervalStart >= INTERVAL_MILLIS) {
      this.#intervalStart = now;
      this.#allowedBefore = this.#allowed;
      this.#askedBefore = this.#asked;
      this.#allowed = 0;
      this.#asked = 0;
    }
    this.#asked += 1;
    if (this.#allowed >= this.#limit) return false;
    const filled = this.#content + ((now - this.#filledAt) * this.#limit) / INTERVAL_MILLIS;
    this.#content = Math.min(filled, this.#limit);
    this.#filledAt = now;
    if (this.#content < 1) return false;
    this.#content -= 1;
    this.#allowed += 1;
    return true;
  }

  /** The part that was allowed of what was asked for in this interval and in the one before. */
  effectiveRate(): number {
    if (this.#limit < 0) return 1;
    if (this.#limit === 0) return 0;
    if (this.#asked === 0) return 1;
    return (this.#allowedBefore + this.#allowed) / (this.#askedBefore + this.#asked);
  }
}
