/** A policy host on loopback that does whatever a test tells it to: to the bare connection, or within TLS. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import {
  createSecureContext,
  type SecureContextOptions,
  type TLSSocket,
  TLSSocket as Wrapped,
} from 'node:tls';
import { Worker } from 'node:worker_threads';

export interface HostileHttps {
  readonly port: number;
  /** What came over TLS, one request each. */
  readonly requests: readonly string[];
  /** Server names that clients asked for. */
  readonly serverNames: readonly string[];
  readonly connections: () => number;
  /** Sockets that the other side still holds open. */
  readonly open: () => number;
  stop(): Promise<void>;
}

export interface HostileHttpsBehaviour {
  /** As soon as somebody connects; `bare` leaves this one without TLS. */
  readonly accept?: (socket: Socket) => unknown;
  /** Versions, ciphers, key and certificate. */
  readonly tls?: SecureContextOptions;
  /** As soon as TLS stands. */
  readonly secured?: (socket: TLSSocket, wire: Socket) => void;
  /** Once a whole request has come. */
  readonly answer?: (socket: TLSSocket, wire: Socket) => void;
  /** Default `http/1.1`. */
  readonly protocols?: string[];
  /** Wants a certificate of the client. */
  readonly asksWho?: true;
}

export async function createHostileHttps(behaviour: HostileHttpsBehaviour): Promise<HostileHttps> {
  const { accept, tls, asksWho, protocols = ['http/1.1'], secured, answer } = behaviour;
  const secureContext = tls === undefined ? undefined : createSecureContext(tls);
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  const serverNames: string[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    if (accept?.(socket) === 'bare' || secureContext === undefined) {
      // Read, so that the end is seen.
      socket.resume();
      return;
    }
    const wrapped = new Wrapped(socket, {
      isServer: true,
      secureContext,
      ALPNProtocols: protocols,
      requestCert: asksWho === true,
      rejectUnauthorized: asksWho === true,
      SNICallback: (name, done) => {
        serverNames.push(name);
        done(null);
      },
    });
    wrapped.on('error', () => undefined);
    wrapped.once('secure', () => secured?.(wrapped, socket));
    let received = '';
    wrapped.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (!received.endsWith('\r\n\r\n')) return;
      requests.push(received);
      answer?.(wrapped, socket);
      received = '';
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    serverNames,
    connections: () => connections,
    open: () => sockets.size,
    async stop() {
      const closed = once(server, 'close');
      for (const socket of sockets) socket.destroy();
      server.close();
      await closed;
    },
  };
}

/** Writes the octets over and over until the other side has gone, never more than its buffers take. */
export function flood(socket: Socket, piece: string | Buffer): void {
  const write = () => {
    while (!socket.destroyed && socket.writable && socket.write(piece));
  };
  socket.on('drain', write);
  write();
}

/** Writes the octets one by one until the other side has gone. */
export function drip(socket: Socket, piece: string, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || !socket.writable) clearInterval(timer);
    else socket.write(piece[at++ % piece.length] ?? '');
  }, everyMs);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
}

/** Connections that fill the queue of a port whose owner has fallen asleep; Linux keeps one more than it is told. */
const queued = 4;

/** A port on loopback that answers no further attempt to connect. */
export async function createJam(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer();
    const asleep = new Int32Array(new SharedArrayBuffer(4));
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      parentPort.once('message', () => {
        parentPort.postMessage('asleep');
        Atomics.wait(asleep, 0, 0);
      });
    });`,
    { eval: true },
  );
  const [port] = await once(worker, 'message');
  worker.postMessage('sleep');
  await once(worker, 'message');
  const sockets = Array.from({ length: queued }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) socket.on('error', () => undefined);
  await Promise.race(sockets.map((socket) => once(socket, 'connect')));
  return {
    port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await worker.terminate();
    },
  };
}
