import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { PGlite } from '@electric-sql/pglite';

export interface Postgres {
  readonly port: number;
  close(): Promise<void>;
}

/** PostgreSQL, compiled to WebAssembly, on 127.0.0.1, with nothing in it: for one connection after the other. */
export async function startPostgres(): Promise<Postgres> {
  const database = await PGlite.create();
  let answered = Promise.resolve();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (request) => {
      answered = answered.then(async () => {
        const answer = await database.execProtocolRaw(request);
        if (!socket.destroyed) socket.write(answer);
      });
    });
    socket.on('close', () => {
      // It has one session, and a new connection wants a new one.
      answered = answered.then(async () => void (await database.exec('DISCARD ALL')));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      await database.close();
    },
  };
}
