/** What is said of the certificate that a host shows: every fault of it, and nothing of a good one. */
import { describe, expect, test } from 'vitest';
import { type CertificateFaultKind, certificateFaults } from '../../src/check/certificate.ts';
import { isInDate } from '../../src/check/certificate-dates.ts';
import type { CertificateObservation, TlsObservation } from '../../src/check/observation.ts';
import { certificate, startedAt, tls } from './observations.ts';

const host = 'mta-sts.example.com';
const now = new Date(startedAt);
const dayMs = 86_400_000;
const inDays = (days: number) => new Date(now.getTime() + days * dayMs).toISOString();

/** The good chain with another certificate in front. */
function withLeaf(
  change: Partial<CertificateObservation>,
  more: Partial<TlsObservation> = {},
  names: readonly string[] = [host],
): TlsObservation {
  const [, ...rest] = tls(host).chain;
  return tls(host, { chain: [certificate(names, change), ...rest], ...more });
}

function kinds(seen: TlsObservation, name = host): readonly CertificateFaultKind[] {
  return certificateFaults(seen, name, now).map(({ kind }) => kind);
}

const wrongName = { nameMatches: false } as const;

describe('nothing is wrong with', () => {
  test.each<[string, TlsObservation]>([
    ['a certificate of 90 days in its first month', tls(host)],
    ['a wildcard of one label', withLeaf({}, {}, ['*.example.com'])],
    ['one for any purpose', withLeaf({ extendedKeyUsage: ['2.5.29.37.0'] })],
    ['RSA with 2048 bits', withLeaf({ key: { type: 'rsa', bits: 2048 } })],
    ['a key whose size is not known', withLeaf({ key: { type: 'ed25519' } })],
    ['SHA-512', withLeaf({ signatureAlgorithm: 'sha512WithRSAEncryption' })],
    ['no signature algorithm that could be read', withLeaf({ signatureAlgorithm: '' })],
    [
      'an old cross-signed root that is still sent along',
      tls(host, {
        chain: [
          ...tls(host).chain,
          certificate([], {
            subject: 'C=US, O=Example CA, CN=Example Root',
            issuer: 'O=Old Trust, CN=Old Root',
            notBefore: '2021-01-01T00:00:00.000Z',
            notAfter: '2024-09-30T00:00:00.000Z',
            signatureAlgorithm: 'sha256WithRSAEncryption',
          }),
        ],
      }),
    ],
    [
      'an intermediate that is there twice, once expired',
      tls(host, {
        chain: [
          ...tls(host).chain,
          certificate([], {
            subject: 'C=US, O=Example CA, CN=Example Issuing CA',
            notAfter: '2025-01-01T00:00:00.000Z',
          }),
        ],
      }),
    ],
    ['a root signed by itself with SHA-1', withRoot('sha1WithRSAEncryption')],
  ])('%s', (_, seen) => {
    expect(certificateFaults(seen, host, now)).toEqual([]);
    expect(isInDate(seen, now)).toBe(true);
  });
});

function withRoot(signatureAlgorithm: string): TlsObservation {
  const name = 'C=US, O=Example CA, CN=Example Root';
  return tls(host, {
    chain: [...tls(host).chain, certificate([], { subject: name, issuer: name, signatureAlgorithm })],
  });
}

describe('a fault', () => {
  test.each<[string, TlsObservation, CertificateFaultKind, string]>([
    ['a day late', withLeaf({ notAfter: inDays(-1) }), 'expired', 'expired on 2026-11-25, 24 hours ago'],
    ['a day early', withLeaf({ notBefore: inDays(1) }), 'not-yet-valid', 'from 2026-11-27 on'],
    [
      'an intermediate that has expired',
      tls(host, {
        chain: [
          certificate([host]),
          certificate([], {
            subject: 'C=US, O=Example CA, CN=Example Issuing CA',
            notAfter: '2025-01-01T00:00:00.000Z',
          }),
        ],
      }),
      'expired',
      'The intermediate certificate `C=US, O=Example CA, CN=Example Issuing CA` expired on 2025-01-01',
    ],
    [
      'another name',
      withLeaf({}, wrongName, ['www.example.com', 'example.com']),
      'name-mismatch',
      'for `www.example.com` and `example.com`, not for mta-sts.example.com',
    ],
    [
      'many other names',
      withLeaf({}, wrongName, ['a.test', 'b.test', 'c.test', 'd.test', 'e.test', 'f.test', 'g.test']),
      'name-mismatch',
      '`e.test` and 2 more',
    ],
    ['no name at all', withLeaf({}, wrongName, []), 'name-mismatch', 'names no host'],
    ['the name in CN, without SAN', withLeaf({ dnsNames: [] }, wrongName), 'cn-only', 'common name alone'],
    [
      'the name in CN, others in SAN',
      withLeaf({ dnsNames: ['www.example.com'] }, wrongName),
      'cn-only',
      'its subject alternative names are `www.example.com`',
    ],
    [
      'a part of a label wild',
      withLeaf({}, wrongName, ['mta*.example.com']),
      'partial-wildcard',
      '`mta*.example.com`',
    ],
    [
      'an address for a name',
      withLeaf({ ipAddresses: ['192.0.2.10'] }, wrongName, []),
      'ip-san-only',
      '192.0.2.10',
    ],
    [
      'its own signature',
      tls(host, { chain: [certificate([host], { issuer: `CN=${host}` })], trust: 'self-signed' }),
      'self-signed',
      'signed itself',
    ],
    [
      'an authority of the house',
      tls(host, { trust: 'unknown-authority' }),
      'untrusted',
      'Example Issuing CA',
    ],
    ['a broken chain', tls(host, { trust: 'invalid' }), 'untrusted', 'constraint'],
    [
      'a chain with a gap',
      tls(host, { chain: [certificate([host])], trust: 'incomplete' }),
      'chain-incomplete',
      'sends the certificate alone',
    ],
    [
      'another purpose, which OpenSSL refuses as well',
      withLeaf({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'] }, { trust: 'invalid' }),
      'wrong-eku',
      'not for servers',
    ],
    ['RSA with 1024 bits', withLeaf({ key: { type: 'rsa', bits: 1024 } }), 'weak-key', 'RSA with 1024 bits'],
    ['MD5', withLeaf({ signatureAlgorithm: 'md5WithRSAEncryption' }), 'sha1', 'md5WithRSAEncryption'],
    [
      'SHA-1 in an elliptic signature',
      withLeaf({ signatureAlgorithm: 'ecdsa-with-SHA1' }, { trust: 'invalid' }),
      'sha1',
      'ecdsa-with-SHA1',
    ],
  ])('%s', (_, seen, kind, says) => {
    const faults = certificateFaults(seen, host, now);
    expect(faults.map((fault) => fault.kind)).toEqual([kind]);
    expect(faults[0]?.detail).toContain(says);
    expect(faults[0]?.severity).toBe('error');
  });

  test('is told beside the others', () => {
    const old = certificate(['old.example.net'], {
      issuer: 'CN=old.example.net',
      notAfter: inDays(-400),
      key: { type: 'rsa', bits: 1024 },
      signatureAlgorithm: 'sha1WithRSAEncryption',
    });
    expect(kinds(tls(host, { chain: [old], trust: 'self-signed', nameMatches: false }))).toEqual([
      'expired',
      'name-mismatch',
      'self-signed',
      'weak-key',
    ]);
  });

  test('of a name says what it would fit, and how far a wildcard reaches', () => {
    const detailOf = (seen: TlsObservation, name: string, others: readonly string[] = []) =>
      certificateFaults(seen, name, now, others)[0]?.detail;
    expect(detailOf(withLeaf({}, wrongName, ['*.example.com']), 'mta-sts.sub.example.com')).toContain(
      'exactly one label, and mta-sts.sub.example.com has more',
    );
    expect(detailOf(withLeaf({}, wrongName, ['example.com']), host, ['example.com'])).toContain(
      'It would fit example.com.',
    );
  });
});

describe('a certificate is late to be renewed', () => {
  // Lifetime and what is left, in days.
  test.each<[number, number, 'warning' | 'error' | undefined]>([
    [90, 22, undefined],
    [90, 21.1, undefined],
    [90, 20.9, 'warning'],
    [90, 3.1, 'warning'],
    [90, 2.9, 'error'],
    // A quarter of 47 days, and three days.
    [47, 12, undefined],
    [47, 11, 'warning'],
    [47, 2.9, 'error'],
    // A quarter and an eighth of six days.
    [6, 1.6, undefined],
    [6, 1.4, 'warning'],
    [6, 0.7, 'error'],
    [398, 22, undefined],
    [398, 20, 'warning'],
  ])('of %d days with %d left: %s', (lifetime, left, severity) => {
    const seen = withLeaf({ notBefore: inDays(left - lifetime), notAfter: inDays(left) });
    const faults = certificateFaults(seen, host, now);
    expect(faults.map((fault) => [fault.kind, fault.severity])).toEqual(
      severity === undefined ? [] : [['expiring', severity]],
    );
  });

  test('which is not said of one that has to be replaced anyway', () => {
    expect(kinds(withLeaf({ notAfter: inDays(2) }, { trust: 'unknown-authority' }))).toEqual(['untrusted']);
  });
});
