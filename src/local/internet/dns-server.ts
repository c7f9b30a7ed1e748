/**
 * A DNS server on loopback, UDP and TCP on one port, that answers what a zone says and misbehaves as it says:
 * as the resolver, or as one of the servers that the zones are published on.
 */
import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import {
  type Answer,
  AUTHENTIC_DATA,
  AUTHORITATIVE_ANSWER,
  CHECKING_DISABLED,
  type DecodedPacket,
  DNSSEC_OK,
  decode,
  encode,
  type OptAnswer,
  type PacketOpt,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import type { DnsServerRole } from './scenario.ts';
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
/** What this server takes over UDP (DNS Flag Day 2020). */
const ownUdpSize = 1232;
/** A port that is free for TCP is hardly ever taken for UDP, let alone so many times. */
const mostTries = 20;
/** RFC 8914 §4.7: a DNSSEC signature that does not fit. */
const dnssecBogus = extendedError(6, 'signature verification failed');

export async function createDnsServer(zone: Zone, role: DnsServerRole = 'resolver'): Promise<DnsServer> {
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
    // Who does not wish for recursion asks the servers of the zone; a wildcard of CONNECT_TO leads them here.
    const at = role === 'resolver' && !query.flag_rd ? 'ns1' : role;
    let cuts = false;
    for (const fault of zone.faults(question.name, at)) {
      if (fault.kind === 'silent') return undefined;
      if (fault.kind === 'slow' && !(await waited(fault.delayMs))) return undefined;
      if (fault.kind === 'fails') return response(query, at, { rcode: rcodes[fault.rcode] });
      if (fault.kind === 'bogus' && at === 'resolver' && !query.flag_cd)
        return response(query, at, { rcode: rcodes.SERVFAIL, options: [dnssecBogus] });
      cuts ||= fault.kind === 'cuts-udp';
    }
    const { exists, answers, authorities, authentic } = zone.answer(question.name, question.type, at);
    const whole = response(query, at, {
      rcode: exists ? rcodes.NOERROR : rcodes.NXDOMAIN,
      answers,
      authorities,
      // RFC 6840 §5.7 and §5.8: for whoever asks for it; RFC 4035 §3.2.2: not for whoever checks alone.
      flags: authentic && asksForAd(query) && !query.flag_cd ? AUTHENTIC_DATA : 0,
    });
    const cut = over === 'udp' && (cuts || whole.length > udpSizeOf(query));
    return cut ? response(query, at, { flags: TRUNCATED_RESPONSE }) : whole;
  }

  /** False: the server stops. */
  function waited(delayMs: number): Promise<boolean> {
    return setTimeout(delayMs, true, { signal: stopping.signal }).catch(() => false);
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

function optionsOf(query: DecodedPacket): OptAnswer | undefined {
  return query.additionals?.find((record) => record.type === 'OPT');
}

/** RFC 6891 §6.2.3: what the client can take. */
function udpSizeOf(query: DecodedPacket): number {
  return Math.max(plainUdpSize, optionsOf(query)?.udpPayloadSize ?? plainUdpSize);
}

function asksForAd(query: DecodedPacket): boolean {
  return query.flag_ad || optionsOf(query)?.flag_do === true;
}

interface Said {
  readonly rcode?: number;
  readonly flags?: number;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly options?: readonly PacketOpt[];
}

function response(query: DecodedPacket, at: DnsServerRole, said: Said): Buffer {
  const { rcode = rcodes.NOERROR, flags = 0, answers = [], authorities = [], options = [] } = said;
  const own = at === 'resolver' ? RECURSION_AVAILABLE : AUTHORITATIVE_ANSWER;
  const repeated = (query.flags ?? 0) & (RECURSION_DESIRED | CHECKING_DISABLED);
  const signed = optionsOf(query)?.flag_do === true;
  const opt: OptAnswer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: ownUdpSize,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: signed ? DNSSEC_OK : 0,
    flag_do: signed,
    options: [...options],
  };
  return encode({
    type: 'response',
    id: query.id ?? 0,
    flags: own | repeated | flags | rcode,
    questions: query.questions ?? [],
    answers: [...answers],
    authorities: [...authorities],
    // RFC 6891 §6.1.1: only for whoever speaks EDNS.
    additionals: optionsOf(query) === undefined ? [] : [opt],
  });
}

/** RFC 8914 §2; its code is newer than the types of dns-packet. */
function extendedError(code: number, text: string): PacketOpt {
  const data = Buffer.alloc(2 + text.length);
  data.writeUInt16BE(code);
  data.write(text, 2, 'latin1');
  return { code: 15, data } as unknown as PacketOpt;
}

/** RFC 1035 §4.2.2 */
function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
