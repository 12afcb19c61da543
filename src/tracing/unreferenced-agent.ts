import type { Agent } from 'node:http';
import { Socket } from 'node:net';

/** A connection of the exporter's, to an Agent that does not answer for example, keeps no process alive. */
export function unreferenced(agent: Agent): Agent {
  const createConnection = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    const socket = createConnection(options, done);
    if (socket instanceof Socket) socket.unref();
    return socket;
  };
  const reuseSocket = agent.reuseSocket.bind(agent);
  agent.reuseSocket = (socket, request) => {
    reuseSocket(socket, request);
    if (socket instanceof Socket) socket.unref();
  };
  return agent;
}
