/** Certificates with every fault, shown in real handshakes: all facts of each, and not the first alone. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  connect,
  createServer,
  getCACertificates,
  type SecureVersion,
  setDefaultCACertificates,
  type TlsOptions,
} from 'node:tls';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ChainTrust, TlsObservation } from '../../../src/check/observation.ts';
import {
  describe as describeCertificate,
  longestNames,
  matchesName,
  mostCertificates,
  mostNames,
  observeTls,
  tlsContext,
} from '../../../src/check/probes/tls.ts';
import { matchesTlsa } from '../../../src/check/probes/tlsa.ts';
import {
  type Authority,
  type CertificateRequest,
  createAuthority,
  type Issued,
} from '../../../src/local/internet/authority.ts';
import { runs, seed } from '../../runs.ts';

const host = 'mx1.example.com';
const now = new Date();
let authority: Authority;
/** Bears the same names as the other one, with keys of its own. */
let impostor: Authority;

beforeAll(async () => {
  [authority, impostor] = await Promise.all([createAuthority({ now }), createAuthority({ now })]);
  setDefaultCACertificates([...getCACertificates('default'), authority.pem]);
});

/** The handshake with a server that shows this chain, in a context that takes any key and signature. */
async function shake(
  { key, cert }: { readonly key: string; readonly cert: string },
  more: TlsOptions = {},
): Promise<TlsObservation> {
  const server = createServer({ key, cert, ciphers: 'DEFAULT@SECLEVEL=0', ...more });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: host,
    secureContext: tlsContext('usual'),
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  try {
    await once(socket, 'secureConnect');
    const seen = observeTls(socket, host, now);
    if (seen === undefined) throw new Error('No certificate was shown');
    return seen;
  } finally {
    socket.destroy();
    server.close();
  }
}

async function show(request: CertificateRequest, by = authority): Promise<TlsObservation> {
  const { key, chain } = await by.issue(request);
  return shake({ key, cert: chain });
}

/** What the server sends above its own certificate. */
const aboveOf = ({ cert, chain }: Issued) => chain.slice(cert.length);

test('a good certificate shows all its facts', async () => {
  const seen = await show({ names: [host, '*.example.com'], commonName: 'the host', lifetimeDays: 90 });
  expect(seen).toMatchObject({
    protocol: 'TLSv1.3',
    trust: 'trusted',
    nameMatches: true,
    chain: [
      {
        subject: 'CN=the host',
        issuer: 'CN=Local Internet Intermediate',
        commonName: 'the host',
        dnsNames: [host, '*.example.com'],
        ipAddresses: [],
        key: { type: 'ec', bits: 256, curve: 'prime256v1' },
        signatureAlgorithm: 'ecdsa-with-SHA256',
        extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
        isAuthority: false,
      },
      { subject: 'CN=Local Internet Intermediate', issuer: 'CN=Local Internet Root', isAuthority: true },
    ],
  });
  const [leaf] = seen.chain;
  const dayMs = 86_400_000;
  expect(Date.parse(leaf.notAfter) - Date.parse(leaf.notBefore)).toBe(90 * dayMs);
  expect(leaf.notAfter).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
  expect(leaf.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
});

test.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('the version is seen: %s', async (version) => {
  const { key, chain } = await authority.issue({ names: [host] });
  const seen = await shake({ key, cert: chain }, { minVersion: version, maxVersion: version });
  expect(seen.protocol).toBe(version);
});

describe('trust, whatever else is wrong', () => {
  test.each<[what: string, request: CertificateRequest, trust: ChainTrust]>([
    ['nothing', {}, 'trusted'],
    ['expired', { daysLeft: -1 }, 'trusted'],
    ['not yet valid', { daysLeft: 91 }, 'trusted'],
    ['the name', { names: ['elsewhere.example.net'] }, 'trusted'],
    ['an RSA key', { key: 'rsa-2048' }, 'trusted'],
    ['no extended key usage', { usage: 'none' }, 'trusted'],
    ['no word of the issuer', { namesIssuer: false }, 'trusted'],
    ['an intermediate that has expired', { intermediate: 'expired' }, 'trusted'],
    ['signed by itself', { signedBy: 'itself' }, 'self-signed'],
    ['signed by itself, expired', { signedBy: 'itself', daysLeft: -1 }, 'self-signed'],
    ['signed by itself, for clients', { signedBy: 'itself', usage: 'client' }, 'self-signed'],
    ['an unknown authority', { signedBy: 'unknown-authority' }, 'unknown-authority'],
    ['an unknown authority, expired', { signedBy: 'unknown-authority', daysLeft: -1 }, 'unknown-authority'],
    [
      'an unknown authority that sends no intermediate',
      { signedBy: 'unknown-authority', intermediate: 'missing' },
      'unknown-authority',
    ],
    ['no intermediate', { intermediate: 'missing' }, 'incomplete'],
    ['no intermediate, expired', { intermediate: 'missing', daysLeft: -1 }, 'incomplete'],
    ['no intermediate, for clients', { intermediate: 'missing', usage: 'client' }, 'incomplete'],
    ['two intermediates', { intermediate: 'upper-good' }, 'trusted'],
    ['two intermediates, the upper one missing', { intermediate: 'upper-missing' }, 'incomplete'],
    // No sender finds another way up, so that the dates of it alone are no comfort.
    ['two intermediates, the upper one expired', { intermediate: 'upper-expired' }, 'invalid'],
    ['the same, expired', { intermediate: 'upper-expired', daysLeft: -1 }, 'trusted'],
    ['an issuer that may not issue', { intermediate: 'not-an-authority' }, 'invalid'],
    ['the same, expired', { intermediate: 'not-an-authority', daysLeft: -1 }, 'invalid'],
    ['a broken signature', { brokenSignature: true }, 'invalid'],
    ['a broken signature, expired', { brokenSignature: true, daysLeft: -1 }, 'invalid'],
    ['for clients', { usage: 'client' }, 'invalid'],
    ['for clients, expired', { usage: 'client', daysLeft: -1 }, 'invalid'],
    ['a key that OpenSSL does not take', { key: 'rsa-1024' }, 'invalid'],
    ['a signature that OpenSSL does not take', { hash: 'SHA-1' }, 'invalid'],
  ])('%s', async (_, request, trust) => {
    const seen = await show({ names: [host], ...request });
    expect(seen.trust).toBe(trust);
    expect(seen.nameMatches).toBe(request.names === undefined);
  });

  test('names that are those of a known authority prove nothing', async () => {
    const forged = await impostor.issue({ names: [host] });
    expect((await shake({ key: forged.key, cert: forged.chain })).trust).toBe('unknown-authority');
    const withRoot = await shake({ key: forged.key, cert: forged.chain + impostor.pem });
    expect(withRoot.trust).toBe('unknown-authority');
    // The root that is known is sent along as well: its key did not make the signature.
    const withKnown = await shake({ key: forged.key, cert: forged.chain + authority.pem });
    expect(withKnown.trust).toBe('invalid');
  });

  test('the intermediate of somebody else does not make a chain', async () => {
    const { key, cert } = await authority.issue({ names: [host] });
    const other = await authority.issue({ names: [host], signedBy: 'unknown-authority' });
    expect((await shake({ key, cert: cert + aboveOf(other) })).trust).toBe('incomplete');
  });

  test.each<[what: string, order: (one: Issued, other: Issued) => string]>([
    ['with the root', (one) => one.chain + authority.pem],
    ['with the root before the intermediate', (one) => one.cert + authority.pem + aboveOf(one)],
    ['with others between', (one, other) => one.cert + aboveOf(other) + impostor.pem + aboveOf(one)],
    ['with its own certificate twice', (one) => one.cert + one.chain],
    ['with the intermediate over and over', (one) => one.chain + aboveOf(one).repeat(50)],
  ])('a chain %s', async (_, order) => {
    const one = await authority.issue({ names: [host], daysLeft: -1 });
    const other = await authority.issue({ names: [host], signedBy: 'unknown-authority' });
    const cert = order(one, other);
    const seen = await shake({ key: one.key, cert });
    expect(seen.trust).toBe('trusted');
    // As it was sent, and nothing from our own store.
    const sent = cert.split('-----BEGIN').length - 1;
    expect(seen.chain).toHaveLength(Math.min(sent, mostCertificates));
  });
});

describe('names', () => {
  test.each<[names: readonly string[], matches: boolean, why: string]>([
    [['mx1.example.com'], true, 'the name itself'],
    [['MX1.Example.COM'], true, 'in another case'],
    [['a.example.com', 'mx1.example.com'], true, 'the second one'],
    [['*.example.com'], true, 'a wildcard for the first label'],
    [['*.com'], false, 'a wildcard for two labels'],
    [['*.*.com'], false, 'two wildcards'],
    [['mx*.example.com'], false, 'a wildcard within a label (RFC 9525 §6.3)'],
    [['*1.example.com'], false, 'the same, in front'],
    [['mx1.*.com'], false, 'a wildcard for another label'],
    [['*'], false, 'a wildcard for everything'],
    [['.example.com'], false, 'the parent with a dot'],
    [['example.com'], false, 'the parent'],
    [['mx1.example.com.evil.test'], false, 'a longer name'],
    [['mx1.example.com\0.evil.test'], false, 'a longer name behind NUL'],
    [['evil.test, DNS:mx1.example.com'], false, 'a name written as if it were two'],
    [['evil.test", DNS:"mx1.example.com'], false, 'the same with quotes'],
  ])('%j: %s', async (names, matches) => {
    const { cert } = await authority.issue({ names, commonName: 'x' });
    const certificate = new X509Certificate(cert);
    expect(matchesName(certificate, host)).toBe(matches);
    expect(describeCertificate(certificate).dnsNames).toEqual(names);
  });

  test('in the common name alone are none', async () => {
    const seen = await show({ commonName: host });
    expect(seen).toMatchObject({ nameMatches: false, chain: [{ commonName: host, dnsNames: [] }, {}] });
  });

  test('are not addresses', async () => {
    const seen = await show({ ipAddresses: ['192.0.2.1', '2001:db8::1'], commonName: host });
    expect(seen).toMatchObject({
      nameMatches: false,
      chain: [{ dnsNames: [], ipAddresses: ['192.0.2.1', '2001:DB8:0:0:0:0:0:1'] }, {}],
    });
  });

  test('are kept up to a limit, and compared all the same', async () => {
    const others = Array.from({ length: mostNames + 50 }, (_, index) => `host${index}.example.net`);
    const seen = await show({ names: [...others, host] });
    expect(seen.nameMatches).toBe(true);
    expect(seen.chain[0].dnsNames).toEqual(others.slice(0, mostNames));
  });

  test('are kept as far as their characters fit, and compared all the same', async () => {
    const label = 'n'.repeat(60);
    const others = Array.from({ length: mostNames }, (_, index) => `${index}.${label}.${label}.test`);
    const seen = await show({ names: [...others, host] });
    expect(seen.nameMatches).toBe(true);
    const kept = seen.chain[0].dnsNames;
    expect(kept).toEqual(others.slice(0, kept.length));
    expect(kept.join('').length).toBeLessThanOrEqual(longestNames);
    expect(kept.join('').length).toBeGreaterThan(longestNames - 200);
  });
});

test('certificates with any octets changed are described without a throw', async () => {
  const issued = await authority.issue({
    names: [host, 'a, DNS:b', '\u00fc'],
    ipAddresses: ['192.0.2.1'],
    key: 'rsa-2048',
  });
  const raws = [...issued.chain.matchAll(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g)].map(
    ([pem]) => new X509Certificate(pem).raw,
  );
  const change = fc.tuple(fc.nat(2000), fc.integer({ min: 0, max: 255 }));
  let read = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...raws),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (raw, changes) => {
        const bytes = Buffer.from(raw);
        for (const [place, octet] of changes) bytes[place % bytes.length] = octet;
        let certificate: X509Certificate;
        try {
          certificate = new X509Certificate(bytes);
        } catch {
          return;
        }
        read += 1;
        JSON.stringify(describeCertificate(certificate));
        matchesName(certificate, host);
        const record = { usage: 3, selector: 1, matchingType: 1, data: '' };
        matchesTlsa([record, { ...record, usage: 2, matchingType: 0 }], [certificate, certificate]);
      },
    ),
    { seed, numRuns: runs(1000, 200_000) },
  );
  expect(read).toBeGreaterThan(100);
});
