import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { missingPython, venvPython } from '../python-venv.ts';

const FOLDER = import.meta.dirname;
const RUN_MILLIS = 60_000;

/** A span to send. */
export interface SentSpan {
  readonly name: string;
  readonly service: string;
  /** `traceparent` and `tracestate` of its remote parent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** One sentence that names what OpenTelemetry's SDK for Python needs and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingPython();
}

/** Sends the spans by OpenTelemetry's SDK for Python to an OTLP endpoint, `127.0.0.1:PORT` for gRPC. The first call installs it. */
export async function sendByPython(endpoint: string, spans: readonly SentSpan[]): Promise<void> {
  const python = await venvPython("OpenTelemetry's SDK for Python", FOLDER);
  const sender = spawn(python, [join(FOLDER, 'sender.py')], { timeout: RUN_MILLIS, killSignal: 'SIGKILL' });
  const printed = Promise.all([text(sender.stdout), text(sender.stderr), once(sender, 'exit')]);
  sender.stdin.end(JSON.stringify({ endpoint, spans }));
  const [stdout, stderr, [code]] = await printed;
  if (code !== 0 || stderr !== '') throw new Error(`the spans were not sent: ${stdout}${stderr}`);
}
