import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeBinary } from '../../node/node-binary.mjs';
import { installedFolder, installing } from '../installation.ts';
import { missingCommands } from '../toolchain.ts';
import { type Answer, type InvokeOptions, RuntimeApi } from './runtime-api.ts';

const HERE = import.meta.dirname;
const INSTALL_MILLIS = 540_000;
const CLOSE_MILLIS = 2000;

/** One sentence that names what the runtime client's native part is built with and this machine lacks. */
export function missingForLambdaRuntime(): string | undefined {
  return missingCommands('cmake', 'g++', 'make', 'python3', 'xz');
}

/**
 * The folder of AWS's runtime clients for Node, by the lockfile: 4, for Node 24, and 3, for what came before. Their native part
 * has the same functions in both, so it is built once.
 */
export async function installedRuntimes(): Promise<string> {
  const inputs = ['package.json', 'package-lock.json'].map((name) => join(HERE, name));
  const contents = await Promise.all(inputs.map((file) => readFile(file)));
  return installedFolder(
    join(HERE, 'node_modules', '.runtime-'),
    [process.platform, process.arch, ...contents],
    async (folder) => {
      await Promise.all(inputs.map((file) => cp(file, join(folder, file.slice(HERE.length)))));
      const run = (...argv: string[]) =>
        installing('aws-lambda-ric', ['npm', ...argv], { timeout: INSTALL_MILLIS, cwd: folder });
      await run('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline');
      await run('rebuild', 'aws-lambda-ric');
      const modules = join(folder, 'node_modules');
      await copyFile(
        join(modules, 'aws-lambda-ric/rapid-client.node'),
        join(modules, 'aws-lambda-ric-3/dist/rapid-client.node'),
      );
    },
  );
}

export interface FunctionOptions {
  /** The major version of Node; up to 22 with version 3 of the runtime client, which knows callbacks. */
  readonly major: string;
  /** The folder with the function's code. */
  readonly taskRoot: string;
  /** `index.handler` */
  readonly handler: string;
  readonly env?: Readonly<Record<string, string>>;
  /** `AWS_LAMBDA_EXEC_WRAPPER` */
  readonly wrapper?: string;
}

/** A function under AWS's runtime client, in a process of its own, with the environment that Lambda gives. */
export class LambdaFunction {
  readonly #api: RuntimeApi;
  readonly #child: ChildProcess;
  /** Resolves with its exit code, or with the name of the signal that ended it. */
  readonly end: Promise<number | string>;
  readonly #ended: Promise<never>;
  /** What it has printed on stdout and stderr, one after the other. */
  output = '';

  private constructor(api: RuntimeApi, child: ChildProcess) {
    this.#api = api;
    this.#child = child;
    this.end = once(child, 'close').then(([code, signal]) => signal ?? code);
    this.#ended = this.end.then((end) => {
      throw new Error(`the function ended with ${end}: ${this.output}`);
    });
    this.#ended.catch(() => {});
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk;
      });
    }
  }

  static async start({ major, taskRoot, handler, env = {}, wrapper }: FunctionOptions): Promise<LambdaFunction> {
    const modules = join(await installedRuntimes(), 'node_modules');
    const api = await RuntimeApi.start();
    const client =
      Number(major) < 24
        ? [join(HERE, 'runtime-3.mjs'), join(modules, 'aws-lambda-ric-3/dist/index.mjs')]
        : [join(modules, 'aws-lambda-ric/index.mjs')];
    const command = [...(wrapper === undefined ? [] : [wrapper]), nodeBinary(major), ...client];
    const { PATH = '', HOME = '', TMPDIR = '' } = process.env;
    const child = spawn(command[0] ?? '', command.slice(1), {
      cwd: taskRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH,
        HOME,
        TMPDIR,
        TZ: ':UTC',
        AWS_REGION: 'us-east-1',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${major}.x`,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
        AWS_LAMBDA_FUNCTION_NAME: 'billing',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/billing',
        AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/24/[$LATEST]0f1e2d3c4b5a69788796a5b4c3d2e1f0',
        AWS_LAMBDA_RUNTIME_API: api.host,
        LAMBDA_TASK_ROOT: taskRoot,
        _HANDLER: handler,
        ...(wrapper !== undefined && { AWS_LAMBDA_EXEC_WRAPPER: wrapper }),
        ...env,
      },
    });
    return new LambdaFunction(api, child);
  }

  /** Hands it one event; the events that are waiting are handed in turn. */
  invoke(event: unknown, options?: InvokeOptions): Promise<Answer> {
    return Promise.race([this.#api.invoke(event, options), this.#ended]);
  }

  /** Resolves when it asks for its next event, and none is waiting. */
  idle(): Promise<void> {
    return Promise.race([this.#api.idle(), this.#ended]);
  }

  /** The error that it reports because the function cannot be loaded. */
  get initError(): Promise<Answer['error'] & {}> {
    return this.#api.initError;
  }

  /** As Lambda does between two invocations. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Ends it at once, as Lambda does where no extension asks for more; `signal` for what Lambda does where one has. */
  async close(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_MILLIS);
    this.#child.kill(signal);
    await this.end;
    clearTimeout(killer);
    await this.#api.close();
  }
}
