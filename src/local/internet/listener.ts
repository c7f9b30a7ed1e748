/** A TCP server on a free port of loopback that ends with all its connections. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Connection } from './scenario.ts';

export interface Listener {
  readonly port: number;
  stop(): Promise<void>;
}

/** Nobody who looks at a server here stays as long as this and says nothing, in milliseconds. */
const idleMs = 120_000;

/** Starts it; its connections never throw, whatever the client does. */
export async function listen(server: Server): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.setTimeout(idleMs, () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A server whose connections lead nowhere. `greeting` is what it says first, where it breaks off after that. */
export function createFaultyServer(fault: NonNullable<Connection['fault']>, greeting = ''): Server {
  return createServer((socket) => {
    if (fault === 'silent') {
      socket.resume();
      return;
    }
    if (greeting !== '') socket.write(greeting);
    socket.once('data', () => socket.resetAndDestroy());
  });
}
