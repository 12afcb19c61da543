/** The shape of `Metadata` of @grpc/grpc-js: names in lower case, a list of values for each, printable ASCII only. */
export class GrpcMetadata {
  readonly #values = new Map<string, string[]>();

  get(name: string): string[] {
    return this.#values.get(name.toLowerCase()) ?? [];
  }

  set(name: string, value: string): void {
    if (!/^[\x20-\x7e]*$/.test(value)) throw new Error(`Metadata string value "${value}" contains illegal characters`);
    this.#values.set(name.toLowerCase(), [value]);
  }

  add(name: string, value: string): void {
    const values = this.get(name);
    this.set(name, value);
    this.#values.set(name.toLowerCase(), [...values, value]);
  }

  names(): string[] {
    return [...this.#values.keys()];
  }
}
