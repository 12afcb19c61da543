import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { missingCommands } from '../toolchain.ts';

const LIBRARIES = ['AsyncAws/Sqs/autoload.php', 'AsyncAws/Sns/autoload.php'];

/** One sentence that names what the programs need and this machine lacks. */
export function missingToolchain(): string | undefined {
  const missing = missingCommands('php');
  if (missing !== undefined) return missing;
  const needed = LIBRARIES.map((file) => `stream_resolve_include_path('${file}')`).join(' && ');
  return php(`echo extension_loaded('curl') && ${needed} ? 'yes' : 'no';`) === 'yes'
    ? undefined
    : "PHP's curl and AsyncAws are not installed";
}

/** Debian's, which no lockfile pins: what the fleet was run with. */
export const PHP_VERSION = 'PHP 8.2';

/** What is here, where that is something else. */
export function otherPhp(): string | undefined {
  const version = `PHP ${php('echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')}`;
  return version === PHP_VERSION ? undefined : version;
}

/** A web service of an `index.php`, on `PORT`. Its requests have what Datadog's extension would give them. */
export const PHP_SERVICE = [
  'sh',
  '-c',
  'exec php -d "auto_prepend_file=$0" -S "127.0.0.1:$PORT"',
  join(import.meta.dirname, 'ddtrace.php'),
];

function php(code: string): string {
  return spawnSync('php', ['-r', code], { encoding: 'utf8' }).stdout;
}
