/** Nobody answered: what was sent may have arrived all the same. */
export class NoAnswer extends Error {
  /** As a connection's errors have it: `ECONNREFUSED`. */
  readonly code: string | undefined;

  constructor(message: string, code?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  static because(error: NodeJS.ErrnoException): NoAnswer {
    return error instanceof NoAnswer ? error : new NoAnswer(error.message, error.code, { cause: error });
  }
}
