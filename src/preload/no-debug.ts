/** Stands in for the `debug` package in the preload's bundle: a logger that is off, for every name. */
export = (_name: string) => () => {};
