import { existsSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The folder of the application's main script, which Node may have been given as a folder or without its extension. */
export function applicationFolder(script: string | undefined): string | undefined {
  if (script === undefined) return undefined;
  if (!existsSync(script)) return existsSync(dirname(script)) ? dirname(script) : undefined;
  const path = realpathSync(script);
  return statSync(path).isDirectory() ? path : dirname(path);
}

/** Finds packages as a file in this folder would. */
export function requireFrom(folder: string): NodeJS.Require {
  return createRequire(join(folder, 'noop.js'));
}

/** Where the application may keep its packages; a script that is no file (`node -e`) finds them from the working directory. */
export function applicationFolders(): string[] {
  const folders = [applicationFolder(process.argv[1]) ?? process.cwd(), process.env.LAMBDA_TASK_ROOT];
  return folders.filter((folder) => folder !== undefined);
}
