import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Headers, SentHeaders } from './wire.ts';

/** What the extracted context is to be. Tags and flags are compared where a case names them, all else always. */
export interface ExpectedContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  /** `null`: nobody has decided yet. */
  readonly priority: number | null;
  readonly flags?: number;
  readonly origin?: string;
  /** `p`, the last span that a Datadog tracer made. */
  readonly parentId?: string;
  /** `_dd.p.*` by full name, without the upper half of the trace id. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface ExpectedLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly reason: string;
  readonly contextHeaders: string;
}

/** One case of the contract, as it stands in a file beside this one. */
export interface ContractCase {
  readonly name: string;
  /** The rule, the specification or the suite of another that the expectation is taken from. */
  readonly source: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What the warning names that a bad variable is; otherwise there is none. */
  readonly warns?: readonly string[];
  /** The headers that come in; a list is a header that comes more than once. */
  readonly in: Headers;
  readonly extracted: ExpectedContext | null;
  readonly links?: readonly ExpectedLink[];
  readonly baggage?: Readonly<Record<string, string>> | null;
  /** Baggage that the application adds before it sends. */
  readonly add?: Readonly<Record<string, string>>;
  /** The names of all headers that are sent. */
  readonly sends?: readonly string[];
  /** What a context that is only passed on sends. */
  readonly out?: SentHeaders;
  /** The flags of the child span, where a sampler decides against what came in. */
  readonly childFlags?: number;
  /** What a local span of the trace sends. */
  readonly child?: SentHeaders;
  /** Attributes of a span that starts with the context; `null`: it has none of that name. */
  readonly attributes?: Readonly<Record<string, string | number | null>>;
}

/** The cases by file, which are named for the wire shape or the matter that they are about. */
export function contractCases(): ReadonlyMap<string, readonly ContractCase[]> {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.json'));
  return new Map(
    files.sort().map((file) => {
      const json = JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'));
      return [file.replace('.json', ''), generated(json) as ContractCase[]];
    }),
  );
}

/** Long texts are written as what makes them; in a template `#` is the number. */
const GENERATORS: Readonly<Record<string, (...args: never[]) => unknown>> = {
  repeat: (text: string, count: number) => text.repeat(count),
  concat: (...texts: string[]) => texts.join(''),
  list: (template: string, from: number, to: number) =>
    numbers(from, to)
      .map((number) => template.replaceAll('#', number))
      .join(','),
  map: (key: string, value: string, from: number, to: number) =>
    Object.fromEntries(numbers(from, to).map((number) => [key.replace('#', number), value.replace('#', number)])),
};

function generated(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(generated);
  if (typeof json !== 'object' || json === null) return json;
  const [[name, args] = ['', undefined], ...others] = Object.entries(json);
  const generator = others.length === 0 && Object.hasOwn(GENERATORS, name) ? GENERATORS[name] : undefined;
  if (generator && Array.isArray(args)) return generator(...(args.map(generated) as never[]));
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, generated(value)]));
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}
