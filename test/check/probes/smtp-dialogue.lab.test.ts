/** MX hosts that refuse, stammer, flood, hang up and fall silent between greeting and handshake: what is seen of each, in time. */
import { afterEach } from 'vitest';
import {
  afterMs,
  type Case,
  ehloReply,
  failed,
  flood,
  good,
  greet,
  greeting,
  honest,
  secured,
  short,
  stopServers,
  testHosts,
  timeout,
  upToStartTls,
  upToTls,
} from './smtp-hosts.ts';

afterEach(stopServers);

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

testHosts('a host that takes its time as it likes', byTime);
testHosts('a host that answers as it likes', byDialogue);
testHosts('a host that closes, last words said, as it likes', byFarewell);
