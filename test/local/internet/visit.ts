/** A plain client for the servers of the local internet: raw sockets that note what they meet, and judge nothing. */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { type Network, route } from '../../../src/check/probes/network.ts';

/** What is met at most, where a server says nothing or never ends. */
const patienceMs = 700;

/** Makes OpenSSL speak TLS 1.0 and 1.1. */
export const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

export interface Handshake {
  /** Such as `TLSv1.3`; or the code of what went wrong. */
  readonly protocol: string;
  /** What Node has against the certificate. */
  readonly complaint: string | undefined;
  /** Subjects, as they were sent. */
  readonly sent: number;
}

export interface Visit extends Handshake {
  /** Everything that was said after the handshake, one octet a character. */
  readonly text: string;
  /** How it ended. */
  readonly end: 'closed' | 'timeout' | (string & {});
}

/** One GET over HTTPS to one address. */
export async function get(
  network: Network,
  address: string,
  host: string,
  {
    path = '/.well-known/mta-sts.txt',
    headers = '',
    ...tls
  }: { path?: string; headers?: string } & Partial<typeof old> = {},
): Promise<Visit> {
  const socket = connect({
    ...to(network, address, 443),
    servername: host,
    rejectUnauthorized: false,
    ...tls,
  });
  const shaken = await handshake(socket);
  if (socket.destroyed) return { ...shaken, text: '', end: shaken.protocol };
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${headers}Connection: close\r\n\r\n`);
  return { ...shaken, ...(await rest(socket)) };
}

/** One conversation with an MX host: the commands one after the other, each after the reply to the one before. */
export async function talk(
  network: Network,
  address: string,
  host: string,
  commands: readonly string[],
  tls: Partial<typeof old> = {},
): Promise<{ readonly replies: readonly string[]; readonly handshake: Handshake | undefined }> {
  const { address: where, port } = route(network, address, 25);
  let socket: Socket | TLSSocket = connectTcp(port, where);
  const replies: string[] = [];
  let shaken: Handshake | undefined;
  try {
    replies.push(await reply(socket));
    for (const command of commands) {
      socket.write(`${command}\r\n`);
      const answer = await reply(socket);
      replies.push(answer);
      if (command !== 'STARTTLS' || !answer.startsWith('220')) continue;
      const secured: TLSSocket = connect({ socket, servername: host, rejectUnauthorized: false, ...tls });
      shaken = await handshake(secured);
      if (secured.destroyed) break;
      socket = secured;
    }
  } catch (error) {
    replies.push(codeOf(error));
  }
  socket.destroy();
  return { replies, handshake: shaken };
}

function to(network: Network, address: string, port: number): { host: string; port: number } {
  const end = route(network, address, port);
  return { host: end.address, port: end.port };
}

async function handshake(socket: TLSSocket): Promise<Handshake> {
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(patienceMs) });
    const complaint = socket.authorizationError as unknown as string | undefined;
    return { protocol: socket.getProtocol() ?? '', complaint: complaint ?? undefined, sent: chainOf(socket) };
  } catch (error) {
    socket.destroy();
    return { protocol: codeOf(error), complaint: undefined, sent: 0 };
  }
}

/** Without the root, which Node adds when it knows it. */
function chainOf(socket: TLSSocket): number {
  let count = 0;
  for (let one = socket.getPeerX509Certificate(); one !== undefined; one = one.issuerCertificate) {
    if (one.subject !== one.issuer || count === 0) count += 1;
  }
  return count;
}

async function rest(socket: TLSSocket): Promise<Pick<Visit, 'text' | 'end'>> {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  try {
    await once(socket, 'close', { signal: AbortSignal.timeout(patienceMs) });
    return { text, end: 'closed' };
  } catch (error) {
    socket.destroy();
    return { text, end: codeOf(error) };
  }
}

/** A whole reply: its last line has a space after the code (RFC 5321 §4.2.1). */
async function reply(socket: Socket): Promise<string> {
  let text = '';
  while (!/^[0-9]{3} .*\r\n$/m.test(text)) {
    const [chunk] = await once(socket, 'data', { signal: AbortSignal.timeout(patienceMs) });
    text += String(chunk);
  }
  return text.trimEnd();
}

function codeOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return name === 'AbortError' ? 'timeout' : (code ?? name);
}
