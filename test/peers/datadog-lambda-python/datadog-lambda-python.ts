import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';
import { missingPython, venvPython } from '../python-venv.ts';

const FOLDER = import.meta.dirname;
const FUNCTION = 'billing';
const LAYER = 'datadog_lambda.handler.handler';
const STDERR_KEPT = 4_000;
const CALL_MILLIS = 30_000;

const VARIABLES = {
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
  DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  // Examples are folders of the repository's.
  PYTHONDONTWRITEBYTECODE: '1',
};

/** What the layer took for the parent, ids in lower-case hex. `spanId` is `null` where it started a trace of its own, all of it where it made no span. */
export interface PythonParent {
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly priority: number | null;
}

/** One sentence that names what it needs and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingPython();
}

/** What `message_span` of that folder takes for the parents of the records, in the same Python. */
export async function ownExtractor(PYTHONPATH: string, records: readonly object[]): Promise<PythonParent[]> {
  const { PATH = '', HOME = '' } = process.env;
  const env = {
    PATH,
    HOME,
    PYTHONPATH,
    ...VARIABLES,
  };
  const python = await venvPython('datadog-lambda-python', FOLDER);
  const child = spawn(python, [join(FOLDER, 'own_extractor.py')], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: CALL_MILLIS,
  });
  child.stdin.end(JSON.stringify(records));
  return (await json(child.stdout)) as PythonParent[];
}

/**
 * A Lambda function in Python with Datadog's layer, in AWS's own runtime client, which says what the layer made of an event. The first one
 * installs both. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class DatadogLambdaPython {
  readonly #child: ChildProcess;
  readonly #server: ReturnType<typeof createServer>;
  readonly #exited: Promise<unknown>;
  #next: ServerResponse | undefined;
  #asked: (() => void) | undefined;
  #answered: PromiseWithResolvers<PythonParent> | undefined;
  #output = '';

  private constructor(
    command: readonly string[],
    server: ReturnType<typeof createServer>,
    env: Record<string, string>,
    handler: string,
  ) {
    this.#server = server;
    server.on('request', async (request, response) => {
      if (request.url?.endsWith('/invocation/next')) {
        this.#next = response;
        this.#asked?.();
        return;
      }
      const result = await json(request);
      response.writeHead(202).end();
      if (request.url?.endsWith('/response')) this.#answered?.resolve(result as PythonParent);
      else this.#answered?.reject(new Error(JSON.stringify(result)));
    });
    const { PATH = '', HOME = '', PYTHONPATH = '' } = { ...process.env, ...env };
    const [file = '', ...argv] = command;
    this.#child = spawn(file, [...argv, '-m', 'awslambdaric', handler], {
      cwd: FOLDER,
      env: {
        PATH,
        HOME,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        AWS_LAMBDA_FUNCTION_NAME: FUNCTION,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
        AWS_LAMBDA_LOG_GROUP_NAME: FUNCTION,
        AWS_LAMBDA_LOG_STREAM_NAME: FUNCTION,
        AWS_REGION: 'us-east-1',
        DD_LAMBDA_HANDLER: 'function.handler',
        DD_FLUSH_TO_LOG: 'true',
        DD_COLD_START_TRACING: 'false',
        DD_TRACE_MANAGED_SERVICES: 'false',
        ...VARIABLES,
        ...env,
        PYTHONPATH: [FOLDER, PYTHONPATH].join(delimiter),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exited = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk) => {
        this.#output = (this.#output + chunk).slice(-STDERR_KEPT);
      });
    }
  }

  /** In `env` what the function's owner sets; modules of its `PYTHONPATH` are beside the handler. */
  static async start(env: Record<string, string> = {}): Promise<DatadogLambdaPython> {
    const python = await venvPython('datadog-lambda-python', FOLDER);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DatadogLambdaPython([python], server, env, LAYER);
  }

  /** The same without the layer: the function under `ddtrace-run` alone. */
  static async startWithoutLayer(handler: string, env: Record<string, string>): Promise<DatadogLambdaPython> {
    const python = await venvPython('datadog-lambda-python', FOLDER);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const command = [python, join(dirname(python), 'ddtrace-run'), python];
    return new DatadogLambdaPython(command, server, env, handler);
  }

  async invoke(event: unknown, clientContext?: unknown): Promise<PythonParent> {
    if (this.#next === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#asked = resolve;
      await this.#unlessItEnds(promise);
    }
    this.#answered = Promise.withResolvers<PythonParent>();
    const response = this.#next as ServerResponse | undefined;
    this.#next = undefined;
    response?.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': crypto.randomUUID(),
      'lambda-runtime-deadline-ms': String(Date.now() + CALL_MILLIS),
      'lambda-runtime-invoked-function-arn': `arn:aws:lambda:us-east-1:000000000000:function:${FUNCTION}`,
      ...(clientContext !== undefined && { 'lambda-runtime-client-context': JSON.stringify(clientContext) }),
    });
    response?.end(JSON.stringify(event));
    return this.#unlessItEnds(this.#answered.promise);
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #unlessItEnds<T>(promise: Promise<T>): Promise<T> {
    const timeout = AbortSignal.timeout(CALL_MILLIS);
    const ended = Promise.race([this.#exited, once(timeout, 'abort')]).then(() => {
      throw new Error(`the function did not answer: ${this.#output}`);
    });
    return Promise.race([promise, ended]);
  }
}
