import type { Baggage, BaggageEntry } from '@opentelemetry/api';
import { type BaggageEntries, type BaggageLimits, formatEntries, parseBaggage } from './baggage-header';
import { plainMembers } from './plain-baggage';

/** A header within the limits, which written again is the same. */
interface PlainHeader {
  readonly text: string;
  readonly limits: BaggageLimits;
}

/**
 * Baggage over what was read, in its order. The API's own copies the entries twice, by way of an object that puts keys such as `2` and `1` in
 * order. Entries that nobody asks for are not made, nor the same header twice: most services pass on what they got with each message.
 */
export class ExtractedBaggage implements Baggage {
  readonly #plain: PlainHeader | undefined;
  #entries: BaggageEntries | undefined;
  #written: { readonly limits: BaggageLimits; readonly header: string } | undefined;

  /** Entries must not change any more. */
  private constructor(content: BaggageEntries | PlainHeader) {
    if ('text' in content) this.#plain = content;
    else this.#entries = content;
  }

  /** What the header says; `undefined` if it is malformed or empty. */
  static read(header: string | undefined, limits: BaggageLimits): ExtractedBaggage | undefined {
    if (!header) return undefined;
    const members = header.length <= limits.baggageMaxBytes ? plainMembers(header) : 0;
    if (members > 0 && members <= limits.baggageMaxItems) return new ExtractedBaggage({ text: header, limits });
    const entries = parseBaggage(header, limits);
    return entries && new ExtractedBaggage(entries);
  }

  /** As a header, within these limits. */
  toHeader(limits: BaggageLimits): string {
    if (this.#plain?.limits === limits) return this.#plain.text;
    if (this.#written?.limits !== limits) this.#written = { limits, header: formatEntries(this.entries, limits) };
    return this.#written.header;
  }

  get entries(): BaggageEntries {
    this.#entries ??= parsePlain(this.#plain as PlainHeader);
    return this.#entries;
  }

  /** `false` where no entry has the key, without a look at each. */
  mayHave(key: string): boolean {
    return this.#plain === undefined || this.#plain.text.includes(key);
  }

  getEntry(key: string): BaggageEntry | undefined {
    const entry = this.entries.get(key);
    return entry && { ...entry };
  }

  getAllEntries(): [string, BaggageEntry][] {
    return [...this.entries];
  }

  setEntry(key: string, entry: BaggageEntry): ExtractedBaggage {
    return new ExtractedBaggage(new Map(this.entries).set(key, entry));
  }

  removeEntry(key: string): ExtractedBaggage {
    return this.removeEntries(key);
  }

  removeEntries(...keys: string[]): ExtractedBaggage {
    const entries = new Map(this.entries);
    for (const key of keys) entries.delete(key);
    return new ExtractedBaggage(entries);
  }

  clear(): ExtractedBaggage {
    return new ExtractedBaggage(NO_ENTRIES);
  }
}

/** A header that is plain is not malformed. */
function parsePlain({ text, limits }: PlainHeader): BaggageEntries {
  return parseBaggage(text, limits) as BaggageEntries;
}

const NO_ENTRIES: BaggageEntries = new Map();
