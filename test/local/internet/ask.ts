/** One question to a DNS server, written and read with dns-packet: what the wire says, uninterpreted. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  type Answer,
  AUTHENTIC_DATA,
  CHECKING_DISABLED,
  type DecodedPacket,
  DNSSEC_OK,
  decode,
  encode,
  type OptAnswer,
  type Packet,
  RECURSION_DESIRED,
  type RecordType,
  streamDecode,
  streamEncode,
} from 'dns-packet';

export interface Asking {
  readonly over?: 'udp' | 'tcp';
  /** RD, AD, DO and CD; default RD and AD, as a client asks that wishes to know of DNSSEC. */
  readonly flags?: readonly ('RD' | 'AD' | 'DO' | 'CD')[];
  /** Octets over UDP; 0: without EDNS. */
  readonly edns?: number;
}

export interface Told {
  readonly rcode: number;
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
  readonly flags: Readonly<Record<'aa' | 'tc' | 'ra' | 'ad', boolean>>;
  /** RFC 8914. */
  readonly extendedError: number | undefined;
  readonly edns: boolean;
}

const bits = { RD: RECURSION_DESIRED, AD: AUTHENTIC_DATA, CD: CHECKING_DISABLED, DO: 0 };

export async function ask(port: number, name: string, type: RecordType, asking: Asking = {}): Promise<Told> {
  const { over = 'udp', flags = ['RD', 'AD'], edns = 1232 } = asking;
  const opt: OptAnswer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: edns,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: flags.includes('DO') ? DNSSEC_OK : 0,
    flag_do: flags.includes('DO'),
    options: [],
  };
  const packet: Packet = {
    type: 'query',
    id: 8461,
    flags: flags.reduce((sum, flag) => sum | bits[flag], 0),
    questions: [{ name, type }],
    additionals: edns === 0 ? [] : [opt],
  };
  const message =
    over === 'udp'
      ? decode(await exchangeUdp(port, encode(packet)))
      : await exchangeTcp(port, streamEncode(packet));
  return told(message as DecodedPacket);
}

function told(message: DecodedPacket): Told {
  const opt = message.additionals?.find((record) => record.type === 'OPT');
  const data = opt?.options.map((option) => option as { code: number; data: Buffer });
  return {
    rcode: (message.flags ?? 0) & 15,
    answers: message.answers ?? [],
    authorities: message.authorities ?? [],
    flags: { aa: message.flag_aa, tc: message.flag_tc, ra: message.flag_ra, ad: message.flag_ad },
    extendedError: data?.find(({ code }) => code === 15)?.data.readUInt16BE(0),
    edns: opt !== undefined,
  };
}

async function exchangeUdp(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    socket.send(bytes, port, '127.0.0.1');
    const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(3000) });
    return answer;
  } finally {
    socket.close();
  }
}

async function exchangeTcp(port: number, bytes: Buffer): Promise<ReturnType<typeof streamDecode>> {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  return streamDecode(Buffer.concat(await socket.toArray()));
}
