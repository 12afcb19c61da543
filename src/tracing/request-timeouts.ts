import { NoAnswer } from './no-answer';

/** A request, or the connection of one. */
interface Underway {
  destroy(error: Error): unknown;
}

/** Of these many parts of the timeout a process that is frozen loses one. */
const TIMEOUT_PARTS = 10;

/**
 * Destroys what is not over in time, up to a tenth of it late. Only the time counts in which this process runs, and whatever came in the meantime
 * is heard first. It has one timer, since to make one for each request is a part of what a request costs.
 */
export class RequestTimeouts {
  readonly #millis: number;
  /** With the parts of the timeout that are left. */
  readonly #underway = new Map<Underway, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(millis: number) {
    this.#millis = millis;
  }

  watch(underway: Underway): void {
    // A part of the timer's may have gone by already.
    this.#underway.set(underway, TIMEOUT_PARTS + 1);
    this.#timer ??= setInterval(() => this.#countDown(), this.#millis / TIMEOUT_PARTS).unref();
  }

  unwatch(underway: Underway): void {
    this.#underway.delete(underway);
  }

  #countDown(): void {
    if (this.#underway.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    for (const [underway, parts] of this.#underway) {
      this.#underway.set(underway, parts - 1);
      if (parts === 1) setImmediate(() => this.#end(underway));
    }
  }

  #end(underway: Underway): void {
    if (this.#underway.delete(underway)) underway.destroy(new NoAnswer(`no answer in ${this.#millis} ms`));
  }
}
