/** An SMTP server on loopback that says and does whatever a test tells it to, connection by connection. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions, TLSSocket, type TLSSocketOptions } from 'node:tls';
import { createDoor, type Door } from '../../../src/check/probes/door.ts';
import type { AddressBlock, Endpoint } from '../../../src/check/probes/network.ts';

/** One connection, from the server's side. */
export interface Peer {
  readonly socket: Socket;
  /** 0 for the first connection of the server. */
  readonly earlier: number;
  /** Octets as they stand: nothing is added. */
  say(octets: string | Uint8Array): void;
  /** The next line of the client, without its end; never settles when none comes. */
  heard(): Promise<string>;
  /** Its side of the handshake. Rejects when it fails. */
  secure(options: SecureContextOptions & TLSSocketOptions): Promise<TLSSocket>;
}

export type SmtpBehaviour = (peer: Peer) => Promise<void> | void;

export interface HostileSmtp extends Endpoint {
  /** All that clients said in the clear and over TLS, line by line; of each connection in turn. */
  readonly heard: readonly (readonly string[])[];
  /** Settles when all connections are closed. */
  idle(): Promise<void>;
  /** Connections that are open now. */
  open(): number;
  stop(): Promise<void>;
}

/** A host as it should be: it greets, offers STARTTLS, and says goodbye. */
export function honestMail(certificate: { key: string; cert: string }): SmtpBehaviour {
  return async (peer) => {
    peer.say('220 mx ESMTP\r\n');
    await peer.heard();
    peer.say('250-mx\r\n250 STARTTLS\r\n');
    await peer.heard();
    peer.say('220 go\r\n');
    const secured = await peer.secure(certificate);
    secured.on('data', () => secured.end('221 bye\r\n'));
  };
}

export async function createHostileSmtp(behave: SmtpBehaviour): Promise<HostileSmtp> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets = new Set<Socket>();
  const heard: string[][] = [];
  let waiting: (() => void)[] = [];

  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    });
    socket.on('error', () => undefined);
    const lines: string[] = [];
    heard.push(lines);
    const peer = createPeer(socket, heard.length - 1, lines);
    // The client goes away when it has seen enough; that ends the script.
    Promise.try(behave, peer).catch(() => socket.destroy());
  });

  return {
    address: '127.0.0.1',
    port,
    heard,
    idle() {
      if (sockets.size === 0) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
    open: () => sockets.size,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The first octet of a TLS record of the handshake (RFC 8446 §5.1). */
const handshakeRecord = '\x16';

function createPeer(socket: Socket, earlier: number, lines: string[]): Peer {
  let text = '';
  let ready: string[] = [];
  let waiting: ((line: string) => void) | undefined;
  const take = (chunk: Uint8Array) => {
    text += Buffer.from(chunk).toString('latin1');
    for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
      // A handshake that nobody takes part in is no lines.
      if (lines.at(-1) === 'STARTTLS' && text.startsWith(handshakeRecord)) return;
      lines.push(text.slice(0, end));
      ready.push(text.slice(0, end));
      text = text.slice(end + 2);
    }
    const next = waiting === undefined ? undefined : ready.shift();
    if (next === undefined) return;
    waiting?.(next);
    waiting = undefined;
  };
  socket.on('data', take);
  return {
    socket,
    earlier,
    say: (octets) => socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets),
    heard: () =>
      new Promise((resolve) => {
        const next = ready.shift();
        if (next === undefined) waiting = resolve;
        else resolve(next);
      }),
    async secure(options) {
      socket.off('data', take);
      ready = [];
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext: createSecureContext(options),
        ...options,
      });
      secure.on('error', () => socket.destroy());
      await once(secure, 'secure');
      text = '';
      secure.on('data', take);
      return secure;
    },
  };
}

/** RFC 5737 and RFC 3849. */
const documentationBlocks: readonly AddressBlock[] = [
  { address: '192.0.2.0', prefix: 24, family: 'ipv4' },
  { address: '2001:db8::', prefix: 32, family: 'ipv6' },
];

/** Documentation addresses, each leading to a server on loopback; port 25 of all others to nobody. */
export function doorTo(servers: Readonly<Record<string, Endpoint>>): Door {
  return createDoor({
    resolvers: [],
    ehloName: 'check.example.net',
    probeAllow: documentationBlocks,
    connectTo: new Map([
      ['*:25', { address: '127.0.0.1', port: 1 }],
      ...Object.entries(servers).map(([address, { port }]): [string, Endpoint] => [
        address.includes(':') ? `[${address}]:25` : `${address}:25`,
        { address: '127.0.0.1', port },
      ]),
    ]),
  });
}
