import type { Misbehaviour } from './agent.ts';

/** What an export may take in these tests, as `OTEL_EXPORTER_OTLP_TIMEOUT` says; by default it is ten seconds. */
export const TIMEOUT_MILLIS = 600;

export interface Fault extends Misbehaviour {
  readonly name: string;
  /** The spans that leave while it lasts are lost. */
  readonly loses: boolean;
  /** A function has to wait for it, since it is frozen when it has answered. */
  readonly delaysFunction?: true;
  /** What is the matter beside the Agent: a file of that name in the folder that `faults-around.cjs` watches. */
  readonly around?: 'dns' | 'ahead' | 'back';
}

const refusal = (status: number, headers: Record<string, string> = {}): Misbehaviour => ({
  request: (request, response) => request.on('end', () => response.writeHead(status, headers).end()),
});

const late = (millis: number): Misbehaviour => ({
  request: (request, _response, take) => request.on('end', () => setTimeout(take, millis).unref()),
});

export const FAULTS: readonly Fault[] = [
  { name: 'none', loses: false },
  { name: 'nobody listens', loses: true, listens: false },
  { name: 'accepts and resets', loses: true, connection: (socket) => void socket.resetAndDestroy() },
  { name: 'resets within the request', loses: true, request: ({ socket }) => void socket.resetAndDestroy() },
  { name: 'takes a connection and reads nothing', loses: true, connection: (socket) => void socket.pause() },
  { name: 'reads and never answers', loses: true, request: () => {} },
  { name: 'answers later than an export may take', loses: true, ...late(3 * TIMEOUT_MILLIS) },
  { name: 'answers late, and in time', loses: false, delaysFunction: true, ...late(TIMEOUT_MILLIS / 6) },
  {
    name: 'cuts its answer',
    loses: true,
    request: (request) => request.on('end', () => request.socket.end('HTTP/1.1 200 OK\r\nContent-Le')),
  },
  { name: 'answers with garbage', loses: true, connection: (socket) => void socket.end('\0\x01 garbage\r\n\r\n') },
  { name: '429 with Retry-After', loses: true, ...refusal(429, { 'retry-after': '30' }) },
  { name: '503 with Retry-After', loses: true, ...refusal(503, { 'retry-after': '30' }) },
  { name: '400', loses: true, ...refusal(400) },
  { name: 'its name is not found', loses: true, around: 'dns' },
  { name: 'the clock is set an hour ahead', loses: false, around: 'ahead' },
  { name: 'the clock is set an hour back', loses: false, around: 'back' },
];
