/**
 * A network with a set time for each round trip, in user space: relays in front of the local internet that
 * hold the connection, its first octets and every turn, and each datagram. It leaves out loss and bandwidth.
 */
import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Endpoint, formatEndpoint, parseEndpoint } from '../src/check/probes/network.ts';

export interface DelayedNetwork {
  /** The variables of the local internet, led through the relays. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const loopback = '127.0.0.1';

/** Every target of CONNECT_TO and the resolver, each behind a relay that answers a round trip later. */
export async function createDelayedNetwork(
  env: Readonly<Record<string, string>>,
  roundTripMs: number,
): Promise<DelayedNetwork> {
  const relays = new Map<string, Promise<Relay>>();
  const relayTo = async (text: string): Promise<string> => {
    const target = parseEndpoint(text);
    // Port 1 stands for what is refused at once.
    if (!target.ok || target.value.port === 1) return text;
    const known = relays.get(text) ?? createRelay(target.value, roundTripMs);
    relays.set(text, known);
    return formatEndpoint({ address: loopback, port: (await known).port });
  };
  const detours = await Promise.all(
    (env.CONNECT_TO ?? '').split(',').map(async (detour) => {
      const [from = '', to = ''] = detour.split('=');
      return `${from}=${await relayTo(to)}`;
    }),
  );
  return {
    env: { ...env, CONNECT_TO: detours.join(','), DNS_RESOLVERS: await relayTo(env.DNS_RESOLVERS ?? '') },
    async stop() {
      for (const relay of relays.values()) await (await relay).stop();
    },
  };
}

interface Relay {
  readonly port: number;
  stop(): Promise<void>;
}

async function createRelay(target: Endpoint, roundTripMs: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const tcp = createServer({ noDelay: true }, (near) => {
    sockets.add(near.once('close', () => sockets.delete(near)));
    void relayConnection(near, target, roundTripMs);
  });
  const { udp, port } = await listen(tcp);
  const datagrams = relayDatagrams(udp, target, roundTripMs);
  return {
    port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      datagrams.stop();
      tcp.close();
      udp.close();
      await once(udp, 'close').catch(() => undefined);
    },
  };
}

/** Among so many ports that are free for TCP one is free for UDP. */
const mostPorts = 20;

/** TCP and UDP on one port, because a resolver is asked over both. */
async function listen(tcp: Server): Promise<{ readonly udp: DatagramSocket; readonly port: number }> {
  for (let left = mostPorts; ; left -= 1) {
    tcp.listen(0, loopback);
    await once(tcp, 'listening');
    const { port } = tcp.address() as AddressInfo;
    const udp = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
    try {
      udp.bind(port, loopback);
      await once(udp, 'listening');
      return { udp, port };
    } catch (error) {
      if (left === 0) throw error;
      udp.close();
      tcp.close();
      await once(tcp, 'close');
    }
  }
}

/**
 * The client's connect is over at once here. On the wire it would take a round trip, so nothing that it
 * sends before that leaves, and the server sees the connection half a round trip after it.
 */
async function relayConnection(near: Socket, target: Endpoint, roundTripMs: number): Promise<void> {
  const half = roundTripMs / 2;
  near.on('error', () => undefined);
  near.pause();
  await new Promise<void>((resolve) => after(roundTripMs + half, resolve));
  if (near.destroyed) return;
  const far = connect({ host: target.address, port: target.port, noDelay: true });
  far.on('error', () => near.destroy());
  near.once('close', () => far.destroy());
  passOn(far, near, () => half);
  // What waited here all the time has been on its way for half a round trip already.
  const resumedAt = performance.now();
  passOn(near, far, () => (performance.now() - resumedAt < half / 2 ? 0 : half));
  near.resume();
}

/** What is to happen, by when: in order of time, those of one time in the order in which they came. */
const waiting: { readonly atMs: number; readonly act: () => void }[] = [];
/** How much too late timers may be; the rest of the time the loop turns. */
const timerMs = 2;
let turning = false;

/**
 * Acts after so long, to a tenth of a millisecond: a timer alone is up to one and a half too late, which over
 * the two dozen waits of a chain would count as ours.
 */
function after(ms: number, act: () => void): void {
  const atMs = performance.now() + ms;
  let place = waiting.length;
  while (place > 0 && (waiting[place - 1]?.atMs ?? 0) > atMs) place -= 1;
  waiting.splice(place, 0, { atMs, act });
  setTimeout(turn, Math.max(0, ms - timerMs));
}

function turn(): void {
  if (turning) return;
  turning = true;
  const step = () => {
    const nowMs = performance.now();
    while ((waiting[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) waiting.shift()?.act();
    turning = (waiting[0]?.atMs ?? Number.POSITIVE_INFINITY) - nowMs < timerMs + 1;
    if (turning) setImmediate(step);
  };
  step();
}

/** Passes on what comes, in order, after so long. */
function passOn(from: Socket, to: Socket, waitMs: () => number): void {
  from.on('data', (chunk) => after(waitMs(), () => to.writable && to.write(chunk)));
  from.once('end', () => after(waitMs(), () => to.writable && to.end()));
}

/** A socket for each client that asks, so that answers find back. */
function relayDatagrams(udp: DatagramSocket, target: Endpoint, roundTripMs: number): { stop(): void } {
  const open = new Set<DatagramSocket>();
  udp.on('error', () => undefined);
  udp.on('message', (question: Buffer, from: RemoteInfo) => {
    const out = createSocket('udp4');
    open.add(out);
    const close = () => {
      if (open.delete(out)) out.close();
    };
    const timer = setTimeout(close, 10_000);
    out.on('error', close);
    out.on('message', (answer: Buffer) =>
      after(roundTripMs / 2, () => {
        clearTimeout(timer);
        close();
        udp.send(answer, from.port, from.address, () => undefined);
      }),
    );
    after(roundTripMs / 2, () => {
      if (open.has(out)) out.send(question, target.port, target.address, () => undefined);
    });
  });
  return {
    stop() {
      for (const socket of open) socket.close();
      open.clear();
    },
  };
}
