/** MX hosts whose handshakes and certificates are odd, old, huge or none: what is seen of each, in time. */
import { afterEach } from 'vitest';
import {
  authority,
  type Case,
  ehloReply,
  failed,
  flood,
  good,
  greet,
  host,
  secured,
  short,
  stopServers,
  testHosts,
  timeout,
  upToTls,
} from './smtp-hosts.ts';

afterEach(stopServers);

const names = Array.from({ length: 1000 }, (_, index) => `host-${index}.victim.test`);
const manyNames = await authority.issue({ names: [host, ...names] });
const tooLarge = await authority.issue({
  names: [host, ...Array.from({ length: 20 }, () => 'a'.repeat(50_000))],
});

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

testHosts('a host that secures as it likes', byTls);
