/**
 * SMTP hosts of tests, honest as far as a test lets them be, looked at by the probe; and tables of hosts that
 * are not, each with what is to be seen of it. What one octet or another does is left to hostile-smtp.ts.
 */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { SmtpSession, TlsaRecord } from '../../../src/check/observation.ts';
import { observeSession, type SmtpPatience } from '../../../src/check/probes/smtp.ts';
import { createAuthority } from '../../../src/local/internet/authority.ts';
import type { HostName } from '../../../src/protocol/domain.ts';
import {
  createHostileSmtp,
  doorTo,
  type HostileSmtp,
  type Peer,
  type SmtpBehaviour,
} from './hostile-smtp.ts';

export const host = 'mx.victim.test' as HostName;
export const address = '192.0.2.1';
/** The patience of tests in which something never comes: enough for what comes before on a busy machine. */
export const short: SmtpPatience = { connectMs: 600, replyMs: 600, handshakeMs: 600 };
/** For everything else; the limit of the look is beyond it. */
const long: SmtpPatience = { connectMs: 8000, replyMs: 8000, handshakeMs: 8000 };
export const lookMs = 15_000;

/** Trusted by the probe in this process. */
export const authority = await createAuthority();
setDefaultCACertificates([...getCACertificates('default'), authority.pem]);
export const good = await authority.issue({ names: [host] });

const servers: HostileSmtp[] = [];

/** After each test. */
export async function stopServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
}

export async function serve(behaviour: SmtpBehaviour): Promise<HostileSmtp> {
  const server = await createHostileSmtp(behaviour);
  servers.push(server);
  return server;
}

export interface Look {
  readonly patience?: SmtpPatience;
  readonly signal?: AbortSignal;
  readonly tlsa?: readonly TlsaRecord[] | Promise<readonly TlsaRecord[]>;
}

export function look(
  server: HostileSmtp,
  { patience = long, signal = AbortSignal.timeout(lookMs), tlsa = [] }: Look = {},
): Promise<SmtpSession> {
  const door = doorTo({ [address]: server });
  return observeSession({ host, address, door, ehloName: 'bot.sender.test', tlsa, signal, patience });
}

// An honest server, as far as a test lets it be one.

export const greeting = '220 mx.victim.test ESMTP\r\n';
export const ehloReply = '250-mx.victim.test\r\n250-SIZE 1000000\r\n250-STARTTLS\r\n250 8BITMIME\r\n';

export async function greet({ say, heard }: Peer): Promise<void> {
  say(greeting);
  await heard();
}

export async function upToStartTls(peer: Peer): Promise<void> {
  await greet(peer);
  peer.say(ehloReply);
  await peer.heard();
}

export async function upToTls(peer: Peer, ready = '220 go ahead\r\n'): Promise<void> {
  await upToStartTls(peer);
  peer.say(ready);
}

export const honest: SmtpBehaviour = async (peer) => {
  await upToTls(peer);
  await goodbye(peer, await peer.secure({ key: good.key, cert: good.chain }));
};

/** Honest, but goes on over TLS until the client has closed for good. */
export async function stays(peer: Peer, onSecured?: () => void): Promise<void> {
  await upToTls(peer);
  peer.socket.allowHalfOpen = true;
  const secure = await peer.secure({ key: good.key, cert: good.chain });
  secure.allowHalfOpen = true;
  onSecured?.();
  while (!secure.destroyed) {
    secure.write('250 and more\r\n');
    await afterMs(20);
  }
}

export async function goodbye(peer: Peer, over: { end(text: string): unknown }): Promise<void> {
  if ((await peer.heard()) === 'QUIT') over.end('221 bye\r\n');
}

/** As fast as the client takes it. */
export async function flood(peer: Peer, octets: string): Promise<void> {
  const block = Buffer.from(octets.repeat(Math.ceil(65_536 / octets.length)), 'latin1');
  while (!peer.socket.destroyed && peer.socket.writable) {
    if (!peer.socket.write(block)) await new Promise((resolve) => peer.socket.once('drain', resolve));
  }
}

export const timeout = { kind: 'failed', problem: 'timeout' };
export const secured = { kind: 'secured' };
export const failed = (at: string, problem: string, more: object = {}) => ({
  kind: 'failed',
  at,
  problem,
  ...more,
});

export interface Case {
  readonly what: string;
  readonly does: SmtpBehaviour;
  readonly seen: object;
  readonly patience?: SmtpPatience;
  /** Milliseconds of the whole look. */
  readonly within?: number;
}

const fitCommands = /^(?:EHLO bot\.sender\.test|STARTTLS|QUIT)$/;

/** What was said to the server and is no part of the dialogue that the probe keeps to. */
export function unfit(server: HostileSmtp): readonly string[] {
  return server.heard.flat().filter((line) => !fitCommands.test(line));
}

/** Each host gives its session, in time, and nothing is left behind. */
export function testHosts(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    test.each(cases)('$what', async ({ does, seen, patience = long, within = lookMs }) => {
      const server = await serve(does);
      const startedMs = performance.now();
      const session = await look(server, { patience, signal: AbortSignal.timeout(within) });
      expect(session.result).toMatchObject(seen);
      for (const second of ['again', 'olderProtocol'])
        if (!(second in seen)) expect(session.result).not.toHaveProperty(second);
      expect(performance.now() - startedMs).toBeLessThan(within + 3000);
      // Nothing is left behind, whatever the other side does.
      await server.idle();
      expect(unfit(server)).toEqual([]);
    });
  });
}

export function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
