/** MX hosts that greet in odd ways, or are no mail servers at all: what is seen of each, in time. */
import { afterEach } from 'vitest';
import {
  type Case,
  ehloReply,
  failed,
  flood,
  good,
  greeting,
  secured,
  stopServers,
  testHosts,
} from './smtp-hosts.ts';

afterEach(stopServers);

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

testHosts('a host that greets as it likes', byGreeting);
