/** Stands between the store and its server, so that a test can cut, hold or refuse the connection. */
import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

export interface Relay {
  readonly port: number;
  /** It takes connections. */
  readonly isOpen: boolean;
  /** From now on: everything goes through, or nothing does although connections stand. */
  set(mode: 'through' | 'silent'): void;
  /** Ends every connection and takes no new one. */
  close(): Promise<void>;
  /** Takes connections again, on the same port. */
  open(): Promise<void>;
}

export async function createRelay(to: NetConnectOpts, host = '127.0.0.1'): Promise<Relay> {
  const sockets = new Set<Socket>();
  let mode: 'through' | 'silent' = 'through';
  let port = 0;
  const server = createServer((near) => {
    const far = connect(to);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('data', (data) => {
        if (mode === 'through') other.write(data);
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  const open = async () => {
    server.listen(port, host);
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') port = address.port;
  };
  await open();
  return {
    get port() {
      return port;
    },
    get isOpen() {
      return server.listening;
    },
    set(next) {
      mode = next;
    },
    open,
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
