import { type Environment, firstSet, listOf } from './environment';
import { matchesGlob } from './glob';
import { warnOnce } from './warning';

/** Options of what goes to whom over HTTP. What is left out is taken from the environment, and from the defaults then. */
export interface DestinationOptions {
  /**
   * Globs (`*`, `?`) of the hosts that context is sent to over HTTP; `!` before one excludes, wherever it stands, and exclusions alone leave all others.
   * Hosts without a port, of an IPv6 address without brackets. An empty list is nobody. `OTEL_DATADOG_PROPAGATE_TO`; default: everybody.
   */
  propagateTo?: readonly string[] | undefined;
  /** The same for baggage, of the hosts that context is sent to. `OTEL_DATADOG_BAGGAGE_TO`; default: all of these. */
  baggageTo?: readonly string[] | undefined;
  /** Default: `process.env`. */
  env?: Environment | undefined;
}

type IsHost = (host: string) => boolean;

export interface Destinations {
  readonly isForContext: IsHost;
  readonly isForBaggage: IsHost;
}

const VARIABLES = { propagateTo: 'OTEL_DATADOG_PROPAGATE_TO', baggageTo: 'OTEL_DATADOG_BAGGAGE_TO' } as const;
type DestinationOption = keyof typeof VARIABLES;

/**
 * What the options say, else the environment; `undefined` where everything goes to everybody. A bad glob in a variable is one warning, and nobody is meant by it.
 * @throws TypeError for a bad option.
 */
export function destinationsFrom(options: DestinationOptions): Destinations | undefined {
  const propagateTo = globsOf('propagateTo', options);
  const baggageTo = globsOf('baggageTo', options);
  if (propagateTo === undefined && baggageTo === undefined) return undefined;
  return { isForContext: hostFilter(propagateTo), isForBaggage: hostFilter(baggageTo) };
}

function globsOf(option: DestinationOption, options: DestinationOptions): readonly string[] | undefined {
  const globs = options[option];
  if (globs !== undefined) {
    for (const glob of globs) if (!isHostGlob(glob)) throw new TypeError(`${option}: ${glob} is no glob of a host`);
    return globs;
  }
  const variable = VARIABLES[option];
  const text = firstSet(options.env ?? process.env, variable);
  if (text === undefined) return undefined;
  return listOf(text).filter((glob) => {
    if (isHostGlob(glob)) return true;
    warnOnce(
      `${variable}: ${glob} is no glob of a host, as api.example.com or !*.example.com is; the others alone count`,
    );
    return false;
  });
}

const URL_OR_PORT = /[/@\s]|^[^:]*:\d*$/;

function isHostGlob(glob: unknown): boolean {
  return typeof glob === 'string' && /^!?[^!]/.test(glob) && !URL_OR_PORT.test(glob);
}

function hostFilter(globs: readonly string[] | undefined): IsHost {
  if (globs === undefined) return () => true;
  const isExcluding = (glob: string) => glob.startsWith('!');
  const excluded = globs.filter(isExcluding).map((glob) => plainHost(glob.slice(1)));
  const included = globs.filter((glob) => !isExcluding(glob)).map(plainHost);
  if (included.length === 0 && excluded.length > 0) included.push('*');
  return (host) => {
    const name = plainHost(host);
    const matches = (glob: string) => matchesGlob(glob, name);
    return included.some(matches) && !excluded.some(matches);
  };
}

/** One name for each host: in lower case, an IPv6 address without its brackets, and without the dot of the root. */
function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/(?<=.)\.$/, '');
}
