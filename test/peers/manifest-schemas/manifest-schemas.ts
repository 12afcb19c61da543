import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { missingPython, venvPython } from '../python-venv.ts';

const FOLDER = import.meta.dirname;

/** One sentence that names what the validators need and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingPython();
}

/** Installs them, once. */
export function installedSchemas(): Promise<string> {
  return venvPython('manifest-schemas', FOLDER);
}

/** What the compose specification's JSON schema has against a file; empty where it has nothing. */
export function composeFaults(file: string): Promise<string> {
  return faults('check_jsonschema', ['--builtin-schema', 'vendor.compose-spec', file]);
}

/** What the JSON schemas of that version of Kubernetes have against the objects in a file, unknown properties included. */
export function kubernetesFaults(version: string, file: string): Promise<string> {
  return faults('kubernetes_validate', ['--strict', '--quiet', '--no-warn', '--kubernetes-version', version, file]);
}

async function faults(module: string, options: readonly string[]): Promise<string> {
  const validator = spawn(await installedSchemas(), ['-m', module, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, error, [code]] = await Promise.all([
    text(validator.stdout),
    text(validator.stderr),
    once(validator, 'exit'),
  ]);
  return code === 0 ? '' : `${out}${error}` || `${module} ended with ${code}`;
}
