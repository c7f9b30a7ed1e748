/** MX hosts that are as they should be, and such that lie, stammer, flood and fall silent: a session that says so, in time. */
import { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SmtpSession, TlsaRecord } from '../../../src/check/observation.ts';
import {
  mostAddresses,
  observeHost,
  observeSession,
  type SmtpPatience,
} from '../../../src/check/probes/smtp.ts';
import { createAuthority, type Issued } from '../../../src/local/internet/authority.ts';
import type { HostName } from '../../../src/protocol/domain.ts';
import { runs, seed } from '../../runs.ts';
import {
  createHostileSmtp,
  doorTo,
  type HostileSmtp,
  type Peer,
  type SmtpBehaviour,
} from './hostile-smtp.ts';

const host = 'mx.victim.test' as HostName;
const address = '192.0.2.1';
/** The patience of tests in which something never comes: enough for what comes before on a busy machine. */
const short: SmtpPatience = { connectMs: 600, replyMs: 600, handshakeMs: 600 };
/** For everything else; the limit of the look is beyond it. */
const long: SmtpPatience = { connectMs: 8000, replyMs: 8000, handshakeMs: 8000 };
const lookMs = 15_000;

let good: Issued;
let tooLarge: Issued;
let manyNames: Issued;

beforeAll(async () => {
  const authority = await createAuthority();
  setDefaultCACertificates([...getCACertificates('default'), authority.pem]);
  good = await authority.issue({ names: [host] });
  const names = Array.from({ length: 1000 }, (_, index) => `host-${index}.victim.test`);
  manyNames = await authority.issue({ names: [host, ...names] });
  tooLarge = await authority.issue({
    names: [host, ...Array.from({ length: 20 }, () => 'a'.repeat(50_000))],
  });
});

const servers: HostileSmtp[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serve(behaviour: SmtpBehaviour): Promise<HostileSmtp> {
  const server = await createHostileSmtp(behaviour);
  servers.push(server);
  return server;
}

interface Look {
  readonly patience?: SmtpPatience;
  readonly signal?: AbortSignal;
  readonly tlsa?: readonly TlsaRecord[] | Promise<readonly TlsaRecord[]>;
}

function look(
  server: HostileSmtp,
  { patience = long, signal = AbortSignal.timeout(lookMs), tlsa = [] }: Look = {},
): Promise<SmtpSession> {
  const door = doorTo({ [address]: server });
  return observeSession({ host, address, door, ehloName: 'bot.sender.test', tlsa, signal, patience });
}

// An honest server, as far as a test lets it be one.

const greeting = '220 mx.victim.test ESMTP\r\n';
const ehloReply = '250-mx.victim.test\r\n250-SIZE 1000000\r\n250-STARTTLS\r\n250 8BITMIME\r\n';

async function greet({ say, heard }: Peer): Promise<void> {
  say(greeting);
  await heard();
}

async function upToStartTls(peer: Peer): Promise<void> {
  await greet(peer);
  peer.say(ehloReply);
  await peer.heard();
}

async function upToTls(peer: Peer, ready = '220 go ahead\r\n'): Promise<void> {
  await upToStartTls(peer);
  peer.say(ready);
}

const honest: SmtpBehaviour = async (peer) => {
  await upToTls(peer);
  await goodbye(peer, await peer.secure({ key: good.key, cert: good.chain }));
};

/** Honest, but goes on over TLS until the client has closed for good. */
async function stays(peer: Peer, onSecured?: () => void): Promise<void> {
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

async function goodbye(peer: Peer, over: { end(text: string): unknown }): Promise<void> {
  if ((await peer.heard()) === 'QUIT') over.end('221 bye\r\n');
}

/** As fast as the client takes it. */
async function flood(peer: Peer, octets: string): Promise<void> {
  const block = Buffer.from(octets.repeat(Math.ceil(65_536 / octets.length)), 'latin1');
  while (!peer.socket.destroyed && peer.socket.writable) {
    if (!peer.socket.write(block)) await new Promise((resolve) => peer.socket.once('drain', resolve));
  }
}

describe('an honest host', () => {
  test('is seen with greeting, EHLO reply, certificate and times', async () => {
    const server = await serve(honest);
    const session = await look(server);
    expect(session).toMatchObject({
      address,
      greeting: { code: 220, lines: ['mx.victim.test ESMTP'] },
      ehlo: { code: 250, lines: ['mx.victim.test', 'SIZE 1000000', 'STARTTLS', '8BITMIME'] },
      result: {
        kind: 'secured',
        tls: { protocol: 'TLSv1.3', trust: 'trusted', nameMatches: true, chain: [{ dnsNames: [host] }, {}] },
      },
    });
    expect(session.result).not.toHaveProperty('tlsaMatches');
    const { connectMs = Number.NaN, tlsMs = Number.NaN, totalMs } = session.timings;
    expect(0 <= connectMs && connectMs <= tlsMs && tlsMs <= totalMs).toBe(true);
  });

  test('hears EHLO, STARTTLS and, over TLS, QUIT; and nothing of a mail', async () => {
    const server = await serve(honest);
    await look(server);
    await server.idle();
    expect(server.heard).toEqual([['EHLO bot.sender.test', 'STARTTLS', 'QUIT']]);
  });

  test('is asked for by its name', async () => {
    let asked: unknown;
    const server = await serve(async (peer) => {
      await upToTls(peer);
      const SNICallback: TlsOptions['SNICallback'] = (name, callback) => {
        asked = name;
        callback(null);
      };
      await peer.secure({ key: good.key, cert: good.chain, SNICallback });
    });
    await look(server);
    expect(asked).toBe(host);
  });

  test('that does not take its leave is not waited for, and is left all the same', async () => {
    const server = await serve((peer) => stays(peer));
    expect((await look(server)).result.kind).toBe('secured');
    expect(server.open()).toBe(1);
    await server.idle();
  });

  test('shows that port 25 can be reached', async () => {
    const server = await serve(({ say }) => say('554 go away\r\n'));
    const door = doorTo({ [address]: server });
    const request = {
      host,
      door,
      ehloName: 'bot.sender.test',
      tlsa: [],
      signal: AbortSignal.timeout(lookMs),
    };
    await observeSession({ ...request, address: '192.0.2.99' });
    expect(door.port25.answeredLately()).toBe(false);
    await observeSession({ ...request, address });
    expect(door.port25.answeredLately()).toBe(true);
  });
});

const timeout = { kind: 'failed', problem: 'timeout' };
const secured = { kind: 'secured' };
const failed = (at: string, problem: string, more: object = {}) => ({ kind: 'failed', at, problem, ...more });

interface Case {
  readonly what: string;
  readonly does: SmtpBehaviour;
  readonly seen: object;
  readonly patience?: SmtpPatience;
  /** Milliseconds of the whole look. */
  readonly within?: number;
}

const byTime: readonly Case[] = [
  {
    what: 'never greets: a sender would wait for minutes, so nothing is known',
    does: () => undefined,
    within: 600,
    seen: { kind: 'not-measured', because: 'time-is-over' },
  },
  {
    what: 'drips its greeting, octet by octet',
    does: async ({ socket, say }) => {
      for (const octet of '220-drip '.repeat(1000)) {
        if (socket.destroyed) return;
        say(octet);
        await afterMs(20);
      }
    },
    within: 600,
    seen: { kind: 'not-measured', because: 'time-is-over' },
  },
  { what: 'is silent after EHLO', does: greet, patience: short, seen: { ...timeout, at: 'ehlo' } },
  {
    what: 'drips its EHLO reply for ever',
    does: async (peer) => {
      await greet(peer);
      while (!peer.socket.destroyed) {
        peer.say('250-A\r\n');
        await afterMs(50);
      }
    },
    patience: short,
    seen: { ...timeout, at: 'ehlo' },
  },
  {
    what: 'is silent after STARTTLS',
    does: upToStartTls,
    patience: short,
    seen: { ...timeout, at: 'starttls' },
  },
  { what: 'is silent in the handshake', does: upToTls, patience: short, seen: { ...timeout, at: 'tls' } },
  {
    what: 'drips records of a handshake',
    does: async (peer) => {
      await upToTls(peer);
      while (!peer.socket.destroyed) {
        peer.say(Buffer.from([0x16, 0x03, 0x03, 0x40, 0x00]));
        await afterMs(5000);
      }
    },
    patience: short,
    seen: { ...timeout, at: 'tls' },
  },
  {
    what: 'greets late: it is waited for',
    does: async (peer) => {
      await afterMs(300);
      await honest(peer);
    },
    seen: secured,
  },
];

const byGreeting: readonly Case[] = [
  {
    what: 'closes at once',
    does: ({ socket }) => void socket.end(),
    seen: failed('greeting', 'closed'),
  },
  {
    what: 'resets at once',
    does: ({ socket }) => void socket.resetAndDestroy(),
    // It may be noticed before the connection is.
    seen: { kind: 'failed', problem: 'reset' },
  },
  {
    what: 'is busy: 421',
    does: ({ say }) => say('421 4.7.0 try again later\r\n'),
    seen: failed('greeting', 'rejected', { reply: { code: 421, lines: ['4.7.0 try again later'] } }),
  },
  {
    what: 'does not want us: 554 over several lines',
    does: ({ say }) => say('554-5.7.1 your address\r\n554 5.7.1 is on a list\r\n'),
    seen: failed('greeting', 'rejected', {
      reply: { code: 554, lines: ['5.7.1 your address', '5.7.1 is on a list'] },
    }),
  },
  { what: 'greets with 250', does: ({ say }) => say('250 hello\r\n'), seen: failed('greeting', 'garbage') },
  {
    what: 'is an SSH server',
    does: ({ say }) => say('SSH-2.0-OpenSSH_9.9\r\n'),
    seen: failed('greeting', 'garbage'),
  },
  {
    what: 'is an HTTP server that answers anything',
    does: ({ say }) => say('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
    seen: failed('greeting', 'garbage'),
  },
  {
    what: 'says NUL octets',
    does: ({ say }) => say('\0\0\0\0\0\0\0\0'),
    seen: failed('greeting', 'garbage'),
  },
  {
    what: 'floods one line without an end',
    does: (peer) => flood(peer, '220 aaaaaaaaaaaa'),
    seen: failed('greeting', 'too-much'),
  },
  {
    what: 'floods lines that never end a reply',
    does: (peer) => flood(peer, '220-more\r\n'),
    seen: failed('greeting', 'too-much'),
  },
  {
    what: 'changes the code amid a reply',
    does: ({ say }) => say('220-mx.victim.test\r\n554 no\r\n'),
    seen: failed('greeting', 'garbage'),
  },
  {
    what: 'ends lines with CR alone',
    does: ({ say, socket }) => {
      say('220 mx.victim.test\r');
      socket.end();
    },
    seen: failed('greeting', 'closed'),
  },
  {
    what: 'ends lines with LF alone: senders take that',
    does: async (peer) => {
      peer.say('220 mx\n');
      await peer.heard();
      peer.say('250-mx\n250 STARTTLS\n');
      await peer.heard();
      peer.say('220 go\n');
      await peer.secure({ key: good.key, cert: good.chain });
    },
    seen: secured,
  },
  {
    what: 'says 8-bit text, NUL and bare CR in a text: senders take that',
    does: async (peer) => {
      peer.say('220 m\xfcx \0 \r \x1b[31m\r\n');
      await peer.heard();
      peer.say('250-\xff\r\n250 STARTTLS\r\n');
      await peer.heard();
      peer.say('220\r\n');
      await peer.secure({ key: good.key, cert: good.chain });
    },
    seen: secured,
  },
  {
    what: 'says everything in pieces of one octet',
    does: async (peer) => {
      const dribble = async (text: string) => {
        for (const octet of text) {
          peer.say(octet);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      await dribble(greeting);
      await peer.heard();
      await dribble(ehloReply);
      await peer.heard();
      await dribble('220 go\r\n');
      await peer.secure({ key: good.key, cert: good.chain });
    },
    seen: secured,
  },
  {
    what: 'answers EHLO before it is said: 220 is no answer to it',
    does: ({ say }) => say(`${greeting}${greeting}`),
    seen: failed('ehlo', 'garbage'),
  },
];

const byDialogue: readonly Case[] = [
  {
    what: 'refuses EHLO: 550',
    does: async (peer) => {
      await greet(peer);
      peer.say('550 5.7.1 bad name\r\n');
    },
    seen: failed('ehlo', 'rejected', { reply: { code: 550, lines: ['5.7.1 bad name'] } }),
  },
  {
    what: 'does not know EHLO: 500',
    does: async (peer) => {
      await greet(peer);
      peer.say('500 what?\r\n');
    },
    // RFC 5321 §4.1.1.1: whoever sends says HELO then, and no extension is offered.
    seen: failed('starttls', 'not-offered', {
      reply: { code: 500, lines: ['what?'] },
      again: 'the-same',
    }),
  },
  {
    what: 'resets after EHLO',
    does: async (peer) => {
      await greet(peer);
      peer.socket.resetAndDestroy();
    },
    seen: failed('ehlo', 'reset'),
  },
  {
    what: 'floods after EHLO',
    does: async (peer) => {
      await greet(peer);
      await flood(peer, '250-X\r\n');
    },
    seen: failed('ehlo', 'too-much'),
  },
  {
    what: 'refuses STARTTLS for now: 454',
    does: async (peer) => {
      await upToStartTls(peer);
      peer.say('454 4.7.0 TLS not available\r\n');
    },
    seen: failed('starttls', 'rejected', { reply: { code: 454, lines: ['4.7.0 TLS not available'] } }),
  },
  {
    what: 'refuses STARTTLS: 501',
    does: async (peer) => {
      await upToStartTls(peer);
      peer.say('501 no\r\n');
    },
    seen: failed('starttls', 'rejected'),
  },
  {
    what: 'closes after STARTTLS',
    does: async (peer) => {
      await upToStartTls(peer);
      peer.socket.end();
    },
    seen: failed('starttls', 'closed'),
  },
  {
    what: 'has STARTTLS as its own name only',
    does: async (peer) => {
      await greet(peer);
      peer.say('250 STARTTLS\r\n');
    },
    seen: failed('starttls', 'not-offered', { again: 'the-same' }),
  },
  {
    what: 'has a keyword that begins like STARTTLS',
    does: async (peer) => {
      await greet(peer);
      peer.say('250-mx\r\n250 STARTTLSX\r\n');
    },
    seen: failed('starttls', 'not-offered', { again: 'the-same' }),
  },
  {
    what: 'has STARTTLS masked by a firewall',
    does: async (peer) => {
      await greet(peer);
      peer.say('250-mx\r\n250-XXXXXXXA\r\n250 SIZE\r\n');
    },
    seen: failed('starttls', 'not-offered', { again: 'the-same' }),
  },
  {
    what: 'offers STARTTLS in lower case, with a space behind',
    does: async (peer) => {
      await greet(peer);
      peer.say('250-mx\r\n250 starttls \r\n');
      await peer.heard();
      peer.say('220 go\r\n');
      await peer.secure({ key: good.key, cert: good.chain });
    },
    seen: secured,
  },
  {
    what: 'offers STARTTLS to the second try only',
    does: async (peer) => {
      if (peer.earlier > 0) return honest(peer);
      await greet(peer);
      peer.say('250 mx\r\n');
    },
    seen: failed('starttls', 'not-offered', { again: 'secured' }),
  },
  {
    what: 'does not offer STARTTLS, and refuses the second connection: nothing is said of a second try',
    does: async (peer) => {
      if (peer.earlier > 0) return peer.say('421 too many\r\n');
      await greet(peer);
      peer.say('250 mx\r\n');
    },
    seen: failed('starttls', 'not-offered'),
  },
];

const byFarewell: readonly Case[] = [
  {
    what: 'its greeting',
    does: ({ socket }) => void socket.end(greeting),
    seen: failed('ehlo', 'closed'),
  },
  {
    what: 'its refusal',
    does: ({ socket }) => void socket.end('554 no\r\n'),
    seen: failed('greeting', 'rejected'),
  },
  {
    what: 'its EHLO reply',
    does: async (peer) => {
      await greet(peer);
      peer.socket.end(ehloReply);
    },
    seen: failed('starttls', 'closed'),
  },
  {
    what: 'half of a reply',
    does: async (peer) => {
      await greet(peer);
      peer.socket.end('250-mx\r\n250-STAR');
    },
    seen: failed('ehlo', 'closed'),
  },
  {
    what: 'its 220',
    does: async (peer) => {
      await upToStartTls(peer);
      peer.socket.end('220 go\r\n');
    },
    seen: { kind: 'failed', at: 'tls' },
  },
];

const byTls: readonly Case[] = [
  {
    what: 'says its 220 before it is asked',
    does: async (peer) => {
      await greet(peer);
      peer.say(`${ehloReply}220 go\r\n`);
    },
    patience: short,
    seen: timeout,
  },
  {
    what: 'says more in the clear after its 220, in one piece',
    does: (peer) => upToTls(peer, '220 go ahead\r\n250 injected\r\n'),
    seen: failed('tls', 'garbage'),
  },
  {
    what: 'says more in the clear after its 220, in two pieces',
    does: async (peer) => {
      await upToTls(peer);
      await new Promise((resolve) => setImmediate(resolve));
      peer.say('250-injected\r\n250 injected\r\n');
    },
    seen: failed('tls', 'garbage'),
  },
  {
    what: 'answers the handshake with text',
    does: async (peer) => {
      await upToTls(peer);
      peer.socket.once('data', () => peer.say('500 syntax error, command unrecognized\r\n'));
    },
    seen: failed('tls', 'garbage'),
  },
  {
    what: 'answers the handshake with noise',
    does: async (peer) => {
      await upToTls(peer);
      peer.say(Buffer.alloc(5000, 0xa5));
    },
    seen: failed('tls', 'garbage'),
  },
  {
    what: 'answers with a record of zeros',
    does: async (peer) => {
      await upToTls(peer);
      peer.say(Buffer.concat([Buffer.from([0x16, 0x03, 0x03, 0x00, 0x40]), Buffer.alloc(64)]));
    },
    patience: short,
    seen: { kind: 'failed', at: 'tls' },
  },
  {
    what: 'closes in the handshake',
    does: async (peer) => {
      await upToTls(peer);
      peer.socket.once('data', () => peer.socket.end());
    },
    seen: failed('tls', 'closed'),
  },
  {
    what: 'resets in the handshake',
    does: async (peer) => {
      await upToTls(peer);
      peer.socket.once('data', () => peer.socket.resetAndDestroy());
    },
    seen: failed('tls', 'reset'),
  },
  {
    what: 'knows TLS 1.0 only',
    does: async (peer) => {
      await upToTls(peer);
      await peer.secure({ key: good.key, cert: good.chain, ...onlyVersion('TLSv1') });
    },
    seen: failed('tls', 'tls', { alert: 'protocol_version', olderProtocol: 'TLSv1' }),
  },
  {
    what: 'knows TLS 1.1 only',
    does: async (peer) => {
      await upToTls(peer);
      await peer.secure({ key: good.key, cert: good.chain, ...onlyVersion('TLSv1.1') });
    },
    seen: failed('tls', 'tls', { alert: 'protocol_version', olderProtocol: 'TLSv1.1' }),
  },
  {
    what: 'knows TLS 1.0 only at first: nothing is said of an older version',
    does: async (peer) => {
      await upToTls(peer);
      const versions = peer.earlier === 0 ? onlyVersion('TLSv1') : {};
      await peer.secure({ key: good.key, cert: good.chain, ...versions });
    },
    seen: failed('tls', 'tls', { alert: 'protocol_version' }),
  },
  {
    what: 'knows TLS 1.2 only',
    does: async (peer) => {
      await upToTls(peer);
      await peer.secure({ key: good.key, cert: good.chain, maxVersion: 'TLSv1.2' });
    },
    seen: { ...secured, tls: { protocol: 'TLSv1.2', trust: 'trusted' } },
  },
  {
    what: 'does not know the name: an alert',
    does: async (peer) => {
      await upToTls(peer);
      peer.socket.once('data', () => peer.say(Buffer.from([0x15, 0x03, 0x03, 0, 2, 2, 112])));
    },
    seen: failed('tls', 'tls', { alert: 'unrecognized_name' }),
  },
  {
    what: 'sends an alert that does not exist',
    does: async (peer) => {
      await upToTls(peer);
      peer.socket.once('data', () => peer.say(Buffer.from([0x15, 0x03, 0x03, 0, 2, 2, 199])));
    },
    patience: short,
    seen: { kind: 'failed', at: 'tls' },
  },
  {
    what: 'sends warnings without end',
    does: async (peer) => {
      await upToTls(peer);
      await flood(peer, '\x15\x03\x03\x00\x02\x01\x5a');
    },
    seen: { kind: 'failed', at: 'tls' },
  },
  {
    what: 'has no certificate',
    does: async (peer) => {
      await upToTls(peer);
      await peer.secure({});
    },
    seen: failed('tls', 'tls', { alert: 'handshake_failure' }),
  },
  {
    what: 'has a certificate of a megabyte',
    does: async (peer) => {
      await upToTls(peer);
      await peer.secure({ key: tooLarge.key, cert: tooLarge.cert });
    },
    seen: failed('tls', 'too-much'),
  },
  {
    what: 'has a certificate with 1,001 names',
    does: async (peer) => {
      await upToTls(peer);
      await peer.secure({ key: manyNames.key, cert: manyNames.chain });
    },
    seen: { ...secured, tls: { trust: 'trusted', nameMatches: true } },
  },
  {
    what: 'sends 100 certificates',
    does: async (peer) => {
      await upToTls(peer);
      const above = good.chain.slice(good.cert.length);
      await peer.secure({ key: good.key, cert: good.cert + above.repeat(99) });
    },
    seen: { ...secured, tls: { trust: 'trusted', nameMatches: true } },
  },
  {
    what: 'sends 300 certificates',
    does: async (peer) => {
      await upToTls(peer);
      const above = good.chain.slice(good.cert.length);
      await peer.secure({ key: good.key, cert: good.cert + above.repeat(299) });
    },
    seen: failed('tls', 'too-much'),
  },
  {
    what: 'floods over TLS instead of taking its leave',
    does: async (peer) => {
      await upToTls(peer);
      const secure = await peer.secure({ key: good.key, cert: good.chain });
      while (!secure.destroyed && secure.write(Buffer.alloc(16_384, 0x20))) await Promise.resolve();
    },
    seen: secured,
  },
];

function onlyVersion(version: 'TLSv1' | 'TLSv1.1') {
  return { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' } as const;
}

describe.each([
  ['takes its time', byTime],
  ['greets', byGreeting],
  ['answers', byDialogue],
  ['closes, last words said,', byFarewell],
  ['secures', byTls],
])('a host that %s as it likes', (_, cases) => {
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
    const said = server.heard
      .flat()
      .filter((line) => !/^(?:EHLO bot\.sender\.test|STARTTLS|QUIT)$/.test(line));
    expect(said).toEqual([]);
  });
});

describe('an address', () => {
  const request = () => ({
    host,
    ehloName: 'bot.sender.test',
    tlsa: [],
    signal: AbortSignal.timeout(lookMs),
  });

  test('where nobody listens', async () => {
    const session = await observeSession({ ...request(), address, door: doorTo({}) });
    expect(session.result).toEqual(failed('connect', 'connection-refused'));
  });

  test('that is not public is not connected to', async () => {
    const session = await observeSession({ ...request(), address: '127.0.0.1', door: doorTo({}) });
    expect(session.result).toMatchObject({ kind: 'address-refused' });
  });

  test('is tried after the one before, and never beside it', async () => {
    let most = 0;
    const server: HostileSmtp = await serve((peer) => {
      most = Math.max(most, server.open());
      return honest(peer);
    });
    const addresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1'];
    const door = doorTo(Object.fromEntries(addresses.map((one) => [one, server])));
    const sessions = await observeHost({ ...request(), door, addresses });
    expect(sessions.map((session) => session.address)).toEqual(addresses);
    expect(sessions.map(({ result }) => result.kind)).toEqual(['secured', 'secured', 'secured']);
    expect(most).toBe(1);
  });

  test('beyond what one host is given is not tried', async () => {
    const addresses = Array.from({ length: mostAddresses + 2 }, (_, index) => `192.0.2.${index + 1}`);
    const sessions = await observeHost({ ...request(), door: doorTo({}), addresses });
    expect(sessions.map(({ result }) => result.kind)).toEqual([
      ...Array.from({ length: mostAddresses }, () => 'failed'),
      'not-measured',
      'not-measured',
    ]);
  });

  test('fewer are tried where the look has many hosts', async () => {
    const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
    const sessions = await observeHost({ ...request(), door: doorTo({}), addresses, mostAddresses: 2 });
    expect(sessions.map(({ result }) => result.kind)).toEqual(['failed', 'failed', 'not-measured']);
    expect(sessions.at(-1)?.result).toEqual({ kind: 'not-measured', because: 'too-many' });
  });
});

describe('a look that is over', () => {
  test('before it begins opens nothing', async () => {
    const server = await serve(honest);
    const session = await look(server, { signal: AbortSignal.abort() });
    expect(session.result).toEqual({ kind: 'not-measured', because: 'time-is-over' });
    expect(server.heard).toEqual([]);
  });

  test('amid the handshake keeps what was seen until then', async () => {
    const server = await serve(upToTls);
    const session = await look(server, { signal: AbortSignal.timeout(800) });
    expect(session).toMatchObject({
      greeting: { code: 220 },
      ehlo: { code: 250 },
      result: { kind: 'not-measured', because: 'time-is-over' },
    });
  });

  test('amid a goodbye waits for no more of it', async () => {
    const reached = Promise.withResolvers<void>();
    const server = await serve((peer) => stays(peer, reached.resolve));
    const over = new AbortController();
    const session = await look(server, { signal: over.signal });
    await reached.promise;
    over.abort();
    expect(session.result.kind).toBe('secured');
    // A goodbye alone would take a second.
    await Promise.race([server.idle(), afterMs(700)]);
    expect(server.open()).toBe(0);
  });

  test('while TLSA records are on their way leaves them out', async () => {
    const server = await serve(honest);
    const session = await look(server, {
      signal: AbortSignal.timeout(1500),
      tlsa: new Promise(() => undefined),
    });
    expect(session.result.kind).toBe('secured');
    expect(session.result).not.toHaveProperty('tlsaMatches');
  });
});

test('TLSA records are matched, one by one, when they have come', async () => {
  const server = await serve(honest);
  const record: TlsaRecord = { usage: 3, selector: 1, matchingType: 1, data: '00'.repeat(32) };
  const session = await look(server, { tlsa: Promise.resolve([record, { ...record, usage: 1 }]) });
  expect(session.result).toMatchObject({ kind: 'secured', tlsaMatches: [false, false] });
});

describe('any dialogue', () => {
  type Act =
    | { readonly does: 'says'; readonly octets: string }
    | { readonly does: 'hears' | 'secures' | 'resets' };
  const words = fc.constantFrom(
    ...['220 hi\r\n', '220-hi\r\n', '250-mx\r\n', '250 STARTTLS\r\n', '220 go\r\n', '421 no\r\n', '\r\n'],
    ...['\x16\x03\x03\x00\x02ab', '\x15\x03\x03\x00\x02\x02\x28', '\x15\x03\x03\x00\x02\x01\x00', '25', '0 '],
  );
  const says = (octets: string): Act => ({ does: 'says', octets });
  const act: fc.Arbitrary<Act> = fc.oneof(
    { weight: 6, arbitrary: words.map(says) },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 40 })
        .map((octets) => says(Buffer.from(octets).toString('latin1'))),
    },
    { weight: 4, arbitrary: fc.constant<Act>({ does: 'hears' }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Act>({ does: 'secures' }, { does: 'resets' }),
    },
  );
  /** The way to the handshake, as far as it goes: pure chance would hardly find it. */
  const way: readonly Act[] = [
    says('220 mx\r\n'),
    { does: 'hears' },
    says('250-mx\r\n250 STARTTLS\r\n'),
    { does: 'hears' },
    says('220 go\r\n'),
    { does: 'secures' },
  ];
  const script = fc
    .tuple(fc.nat(way.length), fc.array(act, { maxLength: 8 }))
    .map(([steps, acts]) => [...way.slice(0, steps), ...acts]);

  async function play(peer: Peer, acts: readonly Act[]): Promise<void> {
    for (const step of acts) {
      if (step.does === 'says') peer.say(step.octets);
      // What never comes is not waited for: the script goes on.
      else if (step.does === 'hears') await Promise.race([peer.heard(), afterMs(10)]);
      else if (step.does === 'resets') return void peer.socket.resetAndDestroy();
      else {
        const secure = peer.secure({ key: good.key, cert: good.chain });
        const over = await Promise.race([secure, afterMs(50)]);
        if (over !== undefined) await goodbye(peer, over);
        peer.socket.destroy();
        return;
      }
    }
    peer.socket.end();
  }

  test('ends, tells something, says nothing unfit, and leaves nothing behind', async () => {
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(script, async (acts) => {
        const server = await createHostileSmtp((peer) => play(peer, acts));
        try {
          const session = await look(server, { patience: short, signal: AbortSignal.timeout(lookMs) });
          const { result } = session;
          kinds.add(result.kind === 'failed' ? `${result.at} ${result.problem}` : result.kind);
          expect(['failed', 'secured']).toContain(result.kind);
          await server.idle();
          const said = server.heard.flat();
          expect(said.filter((line) => !/^(?:EHLO bot\.sender\.test|STARTTLS|QUIT)$/.test(line))).toEqual([]);
        } finally {
          await server.stop();
        }
      }),
      { seed, numRuns: runs(150, 10_000) },
    );
    // It came to many ends, or it would show little.
    expect(kinds.size).toBeGreaterThan(5);
  });
});

function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
