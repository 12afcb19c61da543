import { connect, type Socket } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import { HTTPParser } from 'http-parser-js';
import { NoAnswer } from './no-answer';
import { refusal } from './post';
import type { RequestTimeouts } from './request-timeouts';

const DEFAULT_PORT = 80;
/** Below it an answer is none yet. https://www.rfc-editor.org/rfc/rfc9110#section-15.2 */
const FINAL_STATUS = 200;

interface Waiting {
  resolve(): void;
  reject(reason: Error): void;
}

/** A connection to an HTTP server for one request at a time. Of the answers nothing is read but what they say of themselves. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #parser = new HTTPParser(HTTPParser.RESPONSE);
  readonly #idle: Set<HttpConnection>;
  readonly #timeouts: RequestTimeouts;
  /** For the answer to the request. */
  #waiting: Waiting | undefined;
  /** Whether the request has been answered, if not yet to the end; then, whether there may be another one. */
  #answered = false;
  #keptAlive = false;

  /** @param idle has this connection while it can take a request */
  constructor(url: URL, idle: Set<HttpConnection>, timeouts: RequestTimeouts) {
    this.#idle = idle;
    this.#timeouts = timeouts;
    const { hostname, port } = urlToHttpOptions(url);
    this.#socket = connect({ host: hostname ?? '', port: Number(port || DEFAULT_PORT), noDelay: true })
      .unref()
      .on('data', (bytes) => this.#read(bytes))
      .on('error', (error) => this.#fail(NoAnswer.because(error)))
      .on('end', () => this.#idle.delete(this))
      .on('close', () => this.#close());
    this.#parser[HTTPParser.kOnHeadersComplete] = ({ statusCode, statusMessage, shouldKeepAlive }) => {
      if (statusCode >= FINAL_STATUS) this.#answer(statusCode, statusMessage, shouldKeepAlive);
    };
    this.#parser[HTTPParser.kOnMessageComplete] = () => {
      if (this.#answered) this.#end();
    };
  }

  /** Sends a request, which is whole; the rest as `Post` has it. */
  post(request: Uint8Array, left: () => void): Promise<void> {
    this.#idle.delete(this);
    this.#timeouts.watch(this.#socket);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request, (error) => {
        if (!error) left();
      });
      // What is written at once is told of only later.
      if (this.#hasLeft) left();
    });
  }

  get #hasLeft(): boolean {
    return !this.#socket.connecting && this.#socket.writableLength === 0;
  }

  #read(bytes: Buffer): void {
    const parsed = this.#idle.has(this) ? new Error('an answer to nothing') : this.#parser.execute(bytes);
    if (parsed instanceof Error) this.#destroy(parsed);
  }

  #answer(status: number, statusMessage: string, keptAlive: boolean): void {
    const waiting = this.#waiting;
    if (waiting === undefined) {
      this.#destroy();
      return;
    }
    this.#waiting = undefined;
    this.#answered = true;
    this.#keptAlive = keptAlive;
    const refused = refusal(status, statusMessage);
    if (refused === undefined) waiting.resolve();
    else waiting.reject(refused);
  }

  #end(): void {
    this.#answered = false;
    this.#timeouts.unwatch(this.#socket);
    if (this.#keptAlive && this.#hasLeft) this.#idle.add(this);
    else this.#destroy();
  }

  #destroy(error?: Error): void {
    this.#idle.delete(this);
    this.#socket.destroy(error);
  }

  #fail(reason: NoAnswer): void {
    this.#waiting?.reject(reason);
    this.#waiting = undefined;
  }

  #close(): void {
    this.#idle.delete(this);
    this.#timeouts.unwatch(this.#socket);
    this.#fail(new NoAnswer('the connection was closed', 'ECONNRESET'));
  }
}
