/** An SMTP server on loopback that greets, answers EHLO and starts TLS, or does not; it takes no mail. */
import { createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Certificates } from './certificates.ts';
import { createFaultyServer } from './listener.ts';
import type { MailServer } from './scenario.ts';

const usualExtensions = ['PIPELINING', 'SIZE 52428800', 'STARTTLS', 'ENHANCEDSTATUSCODES', '8BITMIME'];
/** What a machine calls itself that takes mail for many names. */
const sharedName = 'mail.provider.test';
/** A fatal alert (RFC 8446 §6). */
const handshakeFailure = Buffer.of(21, 3, 3, 0, 2, 2, 40);
/** RFC 5321 §4.5.3.1.4: no command line is longer. */
const longestLine = 512;

/**
 * One server for hosts that differ only in name and certificate, which it tells apart by SNI. Who sends no SNI
 * gets the first one's certificate (RFC 8461 §7.1).
 */
export function createMailServer(
  hosts: readonly [MailServer, ...MailServer[]],
  certificates: Certificates,
): Server {
  const [first] = hosts;
  const byName = new Map(hosts.map((host) => [host.host, host]));
  const server: MailServer = hosts.length === 1 ? first : { ...first, host: sharedName };
  const greeting = `${server.greeting ?? `220 ${server.host} ESMTP`}\r\n`;
  if (first.fault !== undefined) return createFaultyServer(first.fault, greeting);
  return createServer((socket) => {
    socket.write(greeting);
    converse(socket, server, () => {
      void certificates.context(first).then((secureContext) => {
        socket.write(`${server.starttls ?? '220 2.0.0 Go ahead'}\r\n`);
        if (server.refusesHandshake === true) {
          socket.once('data', () => socket.end(handshakeFailure)).resume();
          return;
        }
        const secured = new TLSSocket(socket, {
          isServer: true,
          secureContext,
          SNICallback: (name, callback) => {
            const host = byName.get(name.toLowerCase()) ?? first;
            certificates.context(host).then((context) => callback(null, context), callback);
          },
        });
        secured.on('error', () => undefined);
        converse(secured, { ...server, extensions: securedExtensions(server) });
      });
    });
  });
}

/** Answers commands until the client leaves, or STARTTLS takes over. */
function converse(socket: Socket, server: MailServer, startTls?: () => void): void {
  let received = '';
  const onData = (chunk: Buffer) => {
    received += chunk.toString('latin1');
    if (received.length > longestLine) {
      socket.destroy();
      return;
    }
    for (let end = received.indexOf('\n'); end >= 0; end = received.indexOf('\n')) {
      const verb = received.slice(0, end).trim().split(' ')[0]?.toUpperCase();
      received = received.slice(end + 1);
      if (verb === 'STARTTLS' && startTls !== undefined && startsTls(server)) {
        // What was sent before the handshake is not part of what follows it (RFC 3207 §4.2).
        socket.off('data', onData);
        socket.pause();
        startTls();
        return;
      }
      if (verb === 'QUIT') socket.end('221 2.0.0 Bye\r\n');
      else socket.write(replyTo(verb, server));
    }
  };
  socket.on('data', onData);
}

function startsTls({ greeting, extensions = usualExtensions, starttls = '220' }: MailServer): boolean {
  return !turnsAway(greeting) && extensions.includes('STARTTLS') && starttls.startsWith('220');
}

/** RFC 5321 §3.1: after a greeting that is no welcome, there is nothing to say but QUIT. */
function turnsAway(greeting = '220'): boolean {
  return !greeting.startsWith('220');
}

function replyTo(verb: string | undefined, server: MailServer): string {
  const { host, greeting, extensions = usualExtensions, starttls } = server;
  if (turnsAway(greeting)) return '503 5.5.1 Bad sequence of commands\r\n';
  if (verb === 'EHLO') {
    const lines = [host, ...extensions];
    return lines.map((line, at) => `250${at < lines.length - 1 ? '-' : ' '}${line}\r\n`).join('');
  }
  if (verb === 'HELO' || verb === 'NOOP' || verb === 'RSET') return `250 ${host}\r\n`;
  if (verb === 'STARTTLS' && starttls !== undefined) return `${starttls}\r\n`;
  return '502 5.5.1 Command not implemented\r\n';
}

function securedExtensions({ extensions = usualExtensions }: MailServer): readonly string[] {
  return extensions.filter((extension) => extension !== 'STARTTLS');
}
