/** TCP servers on free ports of loopback that end with all their connections; what they say is left to others. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { keepPort } from '../free-port.ts';
import type { Connection } from './scenario.ts';

export interface Listener {
  readonly port: number;
  stop(): Promise<void>;
}

/** A listener whose place another server can take. */
export interface SwitchedListener extends Listener {
  /** From now on this server answers at the port, or nobody when undefined; open connections end. */
  show(server: Server | undefined): Promise<void>;
}

/** Nobody who looks at a server here stays as long as this and says nothing, in milliseconds. */
const idleMs = 120_000;
const loopback = '127.0.0.1';

/** Starts it; its connections never throw, whatever the client does. */
export async function listen(server: Server): Promise<Listener> {
  const sockets = keepSockets(server);
  server.listen(0, loopback);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, stop: () => close(server, sockets) };
}

/** Starts on a port that stays the same. The servers that are shown do not listen themselves. */
export async function listenSwitched(first: Server): Promise<SwitchedListener> {
  let shown = first;
  const front = createServer((socket) => shown.emit('connection', socket));
  const sockets = keepSockets(front);
  // Given up for a while, any other port might be taken by another.
  const { port, release } = await keepPort();
  const open = async (): Promise<void> => {
    front.listen(port, loopback);
    await once(front, 'listening');
  };
  await open();
  return {
    port,
    async show(server) {
      for (const socket of sockets) socket.destroy();
      if (server !== undefined) shown = server;
      if (server === undefined && front.listening) await close(front, sockets);
      if (server !== undefined && !front.listening) await open();
    },
    async stop() {
      if (front.listening) await close(front, sockets);
      release();
    },
  };
}

function keepSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.setTimeout(idleMs, () => socket.destroy());
  });
  return sockets;
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
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
