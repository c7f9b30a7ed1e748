/** A DNS server on loopback, UDP and TCP on one port, that answers what a zone says and misbehaves as it says. */
import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { AUTHORITATIVE_ANSWER, type DecodedPacket, decode, encode, TRUNCATED_RESPONSE } from 'dns-packet';
import type { Zone } from './zone.ts';

export interface DnsServer {
  /** Of UDP and TCP alike. */
  readonly port: number;
  stop(): Promise<void>;
}

const loopback = '127.0.0.1';
const rcodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
/** What a question without EDNS may get over UDP (RFC 1035 §4.2.1). */
const plainUdpSize = 512;
/** A port that is free for TCP is hardly ever taken for UDP, let alone so many times. */
const mostTries = 20;

export async function createDnsServer(zone: Zone): Promise<DnsServer> {
  const stopping = new AbortController();
  const { tcp, udp } = await listen();
  const port = portOf(tcp);
  const connections = new Set<Socket>();

  udp.on('message', (bytes, from) => void answerDatagram(bytes, from));
  // A client that went away is its own affair; a datagram to it may come back as an error.
  udp.on('error', () => undefined);
  tcp.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    socket.on('error', () => undefined);
    void answerConnection(socket);
  });

  async function answerDatagram(bytes: Buffer, { address, port: sender }: RemoteInfo): Promise<void> {
    const response = await responseTo(bytes, 'udp');
    if (response !== undefined && !stopping.signal.aborted) udp.send(response, sender, address);
  }

  async function answerConnection(socket: Socket): Promise<void> {
    let received = Buffer.alloc(0);
    try {
      for await (const chunk of socket) {
        received = Buffer.concat([received, chunk]);
        while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
          const length = received.readUInt16BE(0);
          const response = await responseTo(received.subarray(2, 2 + length), 'tcp');
          received = received.subarray(2 + length);
          if (response !== undefined && socket.writable) socket.write(framed(response));
        }
      }
    } catch {
      // The client broke off.
    }
  }

  /** Undefined: no answer. */
  async function responseTo(bytes: Buffer, over: 'udp' | 'tcp'): Promise<Buffer | undefined> {
    const query = decoded(bytes);
    const question = query?.questions?.[0];
    if (query?.type !== 'query' || question === undefined) return undefined;
    const behaviour = zone.behaviour(question.name);
    if (behaviour?.kind === 'silent') return undefined;
    if (behaviour?.kind === 'slow') {
      const waited = await setTimeout(behaviour.delayMs, true, { signal: stopping.signal }).catch(
        () => false,
      );
      if (!waited) return undefined;
    }
    if (behaviour?.kind === 'fails') return response(query, rcodes[behaviour.rcode]);
    const { exists, answers } = zone.answer(question.name, question.type);
    const whole = response(query, exists ? rcodes.NOERROR : rcodes.NXDOMAIN, answers);
    const cut = over === 'udp' && (behaviour?.kind === 'cuts-udp' || whole.length > udpSizeOf(query));
    return cut ? response(query, rcodes.NOERROR, [], TRUNCATED_RESPONSE) : whole;
  }

  return {
    port,
    async stop() {
      stopping.abort();
      for (const socket of connections) socket.destroy();
      const closed = [once(tcp, 'close'), once(udp, 'close')];
      tcp.close();
      udp.close();
      await Promise.all(closed);
    },
  };
}

/** UDP and TCP on the same free port. */
async function listen(): Promise<{ readonly tcp: Server; readonly udp: DatagramSocket }> {
  for (let tries = 1; ; tries += 1) {
    const tcp = createServer();
    const udp = createSocket('udp4');
    tcp.listen(0, loopback);
    await once(tcp, 'listening');
    try {
      udp.bind(portOf(tcp), loopback);
      await once(udp, 'listening');
      return { tcp, udp };
    } catch (error) {
      tcp.close();
      udp.close();
      if (tries === mostTries) throw new Error('No port is free for UDP and TCP', { cause: error });
    }
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function decoded(bytes: Buffer): DecodedPacket | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

/** RFC 6891 §6.2.3: what the client can take. */
function udpSizeOf(query: DecodedPacket): number {
  const options = query.additionals?.find((record) => record.type === 'OPT');
  return Math.max(plainUdpSize, options?.udpPayloadSize ?? plainUdpSize);
}

function response(
  { id = 0, questions = [] }: DecodedPacket,
  rcode: number,
  answers: Parameters<typeof encode>[0]['answers'] = [],
  flags = 0,
): Buffer {
  return encode({ type: 'response', id, flags: AUTHORITATIVE_ANSWER | flags | rcode, questions, answers });
}

/** RFC 1035 §4.2.2 */
function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
