/** A DNS server on loopback that does whatever a test tells it to, byte by byte. */
import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Answer, type DecodedPacket, decode, encode, type OtherRecordType } from 'dns-packet';
import type { Endpoint } from '../../../src/check/probes/network.ts';

export interface Asked {
  readonly query: Pick<DecodedPacket, 'questions'>;
  readonly id: number;
  readonly name: string;
  readonly type: string;
  /** Recursion desired, and checking disabled (RFC 4035 §3.2.2). */
  readonly recursive: boolean;
  readonly unchecked: boolean;
  /** How many questions came before this one. */
  readonly earlier: number;
  readonly from: RemoteInfo | undefined;
}

export interface HostileBehaviour {
  readonly udp?: (asked: Asked, send: (bytes: Buffer) => void) => void;
  readonly tcp?: (asked: Asked, socket: Socket) => void;
  /** As soon as somebody connects over TCP. */
  readonly accept?: (socket: Socket) => void;
}

export interface HostileDns extends Endpoint {
  stop(): Promise<void>;
}

/** A port that is free for TCP is hardly ever taken for UDP, let alone so many times. */
const mostTries = 20;

export async function createHostileDns({ udp, tcp, accept }: HostileBehaviour): Promise<HostileDns> {
  const { stream, datagrams, port } = await listen();
  const sockets = new Set<Socket>();
  let earlier = 0;

  datagrams.on('message', (bytes, from) => {
    const asked = read(bytes, from);
    udp?.(asked, (answer) => datagrams.send(answer, from.port, from.address));
  });
  datagrams.on('error', () => undefined);
  stream.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    accept?.(socket);
    socket.once('data', (bytes) => tcp?.(read(Buffer.from(bytes).subarray(2), undefined), socket));
  });

  function read(bytes: Buffer, from: RemoteInfo | undefined): Asked {
    const query = decode(bytes);
    const [question] = query.questions ?? [];
    const asked = {
      query,
      id: query.id ?? 0,
      name: question?.name ?? '',
      type: question?.type ?? '',
      recursive: query.flag_rd,
      unchecked: query.flag_cd,
      earlier,
      from,
    };
    earlier += 1;
    return asked;
  }

  return {
    address: '127.0.0.1',
    port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      const closed = [once(stream, 'close'), once(datagrams, 'close')];
      stream.close();
      datagrams.close();
      await Promise.all(closed);
    },
  };
}

/** TCP and UDP on one free port; the system gives out TCP's, and a question may go out from UDP's meanwhile. */
async function listen(): Promise<{ stream: Server; datagrams: DatagramSocket; port: number }> {
  for (let tries = 1; ; tries += 1) {
    const stream = createServer();
    stream.listen(0, '127.0.0.1');
    await once(stream, 'listening');
    const { port } = stream.address() as AddressInfo;
    const datagrams = createSocket('udp4');
    try {
      datagrams.bind(port, '127.0.0.1');
      await once(datagrams, 'listening');
      return { stream, datagrams, port };
    } catch (error) {
      stream.close();
      datagrams.close();
      if (tries === mostTries) throw error;
    }
  }
}

export interface Reply {
  readonly id?: number;
  readonly flags?: number;
  readonly name?: string;
  readonly answers?: Answer[];
  readonly authorities?: Answer[];
  readonly additionals?: Answer[];
}

/** The flags that an answer may carry. */
export const authoritativeFlag = 0x0400;
export const truncatedFlag = 0x0200;
export const authenticFlag = 0x0020;
export const rcodes = { serverFailure: 2, nameError: 3, refused: 5 } as const;

/** An honest answer, but for what the test changes. */
export function reply(
  { query, id, name }: Pick<Asked, 'query' | 'id' | 'name'>,
  { answers = [], authorities = [], additionals = [], ...changed }: Reply = {},
): Buffer {
  return encode({
    type: 'response',
    id: changed.id ?? id,
    flags: changed.flags ?? 0,
    questions: [{ name: changed.name ?? name, type: query.questions?.[0]?.type ?? 'MX' }],
    answers,
    authorities,
    additionals,
  });
}

/** A record whose data are these octets, whatever its type says. */
export function raw(type: number, name: string, data: Uint8Array | string, ttl = 60): Answer {
  // dns-packet writes types that it does not know as they are.
  const unknown = `UNKNOWN_${type}` as OtherRecordType;
  const octets = typeof data === 'string' ? Buffer.from(data, 'hex') : Buffer.from(data);
  return { type: unknown, name, class: 'IN', ttl, data: octets };
}

export function cname(name: string, data: string, ttl = 60): Answer {
  return { type: 'CNAME', name, class: 'IN', ttl, data };
}

export function txt(name: string, ...strings: (string | Buffer)[]): Answer {
  return { type: 'TXT', name, class: 'IN', ttl: 60, data: strings };
}

export function soa(name: string, ttl: number, minimum: number): Answer {
  return {
    type: 'SOA',
    name,
    class: 'IN',
    ttl,
    data: { mname: 'ns1.test', rname: 'hostmaster.test', minimum },
  };
}

/** An OPT record with one option of these octets; by default an extended error (RFC 8914). */
export function opt(data: Buffer, code = 15): Answer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [{ code: code as 12, data }],
  };
}

export function extendedError(code: number, text: string | Buffer = ''): Answer {
  const info = Buffer.alloc(2);
  info.writeUInt16BE(code);
  return opt(Buffer.concat([info, Buffer.from(text)]));
}

export function mx(name: string, preference: number, exchange: string): Answer {
  return { type: 'MX', name, class: 'IN', ttl: 60, data: { preference, exchange } };
}

export function framed(message: Buffer, length = message.length): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(length);
  return Buffer.concat([head, message]);
}

/** A message whose names are chains of pointers, each to the one before: as long to read as it can be. */
export function pointerBomb({ id, name }: Pick<Asked, 'id' | 'name'>, size: number): Buffer {
  const head = encode({ type: 'response', id, flags: 0, questions: [{ name, type: 'MX' }] });
  const bomb = Buffer.alloc(size);
  head.copy(bomb);
  let offset = head.length;
  // An unknown record that is nothing but pointers …
  const chainLength = Math.floor((size - offset) / 2);
  bomb.writeUInt16BE(0xc00c, offset);
  bomb.writeUInt16BE(65_280, offset + 2);
  bomb.writeUInt16BE(1, offset + 4);
  bomb.writeUInt16BE(chainLength, offset + 10);
  offset += 12;
  let previous = 12;
  for (const end = offset + chainLength - 1; offset < end && previous < 0x3ffe; offset += 2) {
    bomb.writeUInt16BE(0xc000 | previous, offset);
    previous = offset;
  }
  offset = head.length + 12 + chainLength;
  // … and records that begin at its end.
  let count = 1;
  for (; offset + 12 <= size; offset += 12) {
    bomb.writeUInt16BE(0xc000 | previous, offset);
    bomb.writeUInt16BE(65_280, offset + 2);
    bomb.writeUInt16BE(1, offset + 4);
    count += 1;
  }
  bomb.writeUInt16BE(count, 6);
  return bomb;
}
