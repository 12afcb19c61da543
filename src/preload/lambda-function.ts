import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Handler, type InvocationTracing, reportInitError, tracedHandler } from './lambda-invocation';

/** The function that Lambda's runtime client is to run. */
export interface LambdaFunction {
  /** `index.handler`, as it was configured. */
  readonly handler: string;
  /** Its file, as a URL. */
  readonly url: string;
  /** Where the handler is in what the file exports. */
  readonly path: readonly string[];
}

/** The module that the runtime client is to load instead, and where it looks for what to do. */
const OUR_MODULE = join(__dirname, 'lambda-handler');
const LOAD = Symbol.for('otel-datadog-bridge.lambda');
/** What `_HANDLER` was, for worker threads, and for child processes to know that the function is not theirs to run. */
const CONFIGURED = 'OTEL_DATADOG_CONFIGURED_HANDLER';

/**
 * The function that this process is about to run, if it is one of Lambda's runtime clients. From now on `_HANDLER` names our
 * module, which loads it: that is the same for CommonJS and ES modules and for every version of the client, and nothing of
 * what the function's file exports has to be changed. `traceInvocations` gives it its own name back.
 *
 * Where the file is not found, nothing is changed and the client says so.
 */
export function takeOverHandler(env: NodeJS.ProcessEnv): LambdaFunction | undefined {
  const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, _HANDLER } = env;
  if (!AWS_LAMBDA_RUNTIME_API || !LAMBDA_TASK_ROOT || !_HANDLER) return undefined;
  const ours = `${OUR_MODULE}.handler`;
  const inWorker = _HANDLER === ours;
  if (!inWorker && env[CONFIGURED] !== undefined) return undefined;
  const found = findFunction(LAMBDA_TASK_ROOT, (inWorker ? env[CONFIGURED] : _HANDLER) ?? '');
  if (found === undefined || !existsSync(`${OUR_MODULE}.mjs`)) return undefined;
  env[CONFIGURED] = found.handler;
  env._HANDLER = ours;
  return found;
}

/** What our module does when the runtime client loads it. Whatever goes wrong in loading the function goes on as it came. */
export function traceInvocations(lambdaFunction: LambdaFunction, tracing: InvocationTracing): void {
  const { handler, url } = lambdaFunction;
  const load = async (importModule: (url: string) => Promise<object>) => {
    process.env._HANDLER = handler;
    try {
      return tracedHandler(handlerIn(await importModule(url), lambdaFunction), tracing);
    } catch (error) {
      await reportInitError(tracing, error);
      throw error;
    }
  };
  Object.defineProperty(globalThis, LOAD, { value: load });
}

/** https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/function/module-loader.ts */
function findFunction(taskRoot: string, handler: string): LambdaFunction | undefined {
  const name = basename(handler);
  const [, moduleName, path] = /^([^.]+)\.(.+)$/.exec(name) ?? [];
  if (moduleName === undefined || path === undefined || handler.includes('..')) return undefined;
  const file = resolve(taskRoot, handler.slice(0, handler.length - name.length), moduleName);
  const found = ['', '.js', '.mjs', '.cjs'].map((extension) => file + extension).find(isFile);
  if (found === undefined) return undefined;
  return { handler, url: pathToFileURL(found).href, path: path.split('.') };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * The handler in what the function's file exports.
 * @throws what the runtime client itself throws where there is none.
 */
function handlerIn(module: object, { handler, path }: LambdaFunction): Handler {
  const found = memberOf(module, path) || memberOf((module as { default?: unknown }).default, path);
  if (typeof found === 'function') return found as Handler;
  const why = found ? 'is not a function' : 'is undefined or not exported';
  throw Object.assign(new Error(`${handler} ${why}`), { name: 'Runtime.HandlerNotFound' });
}

function memberOf(module: unknown, path: readonly string[]): unknown {
  return path.reduce((value, name) => (value as Record<string, unknown> | undefined)?.[name], module);
}
