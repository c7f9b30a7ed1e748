/** What the authority issues is what was asked for, faults included; how a check sees it is tested there. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { describe, expect, test } from 'vitest';
import {
  type CertificateRequest,
  createAuthority,
  type Issued,
} from '../../../src/local/internet/authority.ts';

const now = new Date('2026-11-26T12:00:00Z');
const names = ['mx.example.test'];
const authority = await createAuthority({ now });

function read({ chain }: Issued): X509Certificate[] {
  return [...chain.matchAll(/-----BEGIN CERTIFICATE-----\n[\s\S]+?\n-----END CERTIFICATE-----\n/g)].map(
    ([pem]) => new X509Certificate(pem),
  );
}

async function issued(request: CertificateRequest) {
  const [leaf, intermediate] = read(await authority.issue({ names, ...request }));
  if (leaf === undefined) throw new Error('No certificate');
  return { leaf, intermediate, root: new X509Certificate(authority.pem) };
}

test('a good certificate leads to the root', async () => {
  const { leaf, intermediate, root } = await issued({});
  expect(leaf.subjectAltName).toBe('DNS:mx.example.test');
  expect(intermediate?.ca).toBe(true);
  expect(intermediate !== undefined && leaf.verify(intermediate.publicKey)).toBe(true);
  expect(intermediate?.verify(root.publicKey)).toBe(true);
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
});

test('texts can be joined and served', async () => {
  const { key, cert, chain } = await authority.issue({ names });
  expect(chain.startsWith(cert)).toBe(true);
  for (const pem of [key, cert, chain, authority.pem]) expect(pem).toMatch(/-----\n$/);
  expect(createPrivateKey(key).asymmetricKeyType).toBe('ec');
  expect(() => createSecureContext({ key, cert: chain + authority.pem })).not.toThrow();
});

describe('dates', () => {
  test.each<[request: CertificateRequest, from: string, until: string]>([
    [{}, '2026-10-27', '2027-01-25'],
    [{ daysLeft: -1 }, '2026-08-27', '2026-11-25'],
    [{ daysLeft: 5 }, '2026-09-02', '2026-12-01'],
    [{ daysLeft: 91 }, '2026-11-27', '2027-02-25'],
    [{ lifetimeDays: 6 }, '2026-11-24', '2026-11-30'],
  ])('%j', async (request, from, until) => {
    const { leaf } = await issued(request);
    expect([leaf.validFromDate, leaf.validToDate].map((date) => date.toISOString().slice(0, 10))).toEqual([
      from,
      until,
    ]);
  });
});

test.each<
  [what: string, request: CertificateRequest, holds: (seen: Awaited<ReturnType<typeof issued>>) => boolean]
>([
  [
    'no alternative name',
    { names: [], commonName: 'mx.example.test' },
    ({ leaf }) => leaf.subjectAltName === undefined && leaf.subject === 'CN=mx.example.test',
  ],
  [
    'an address alone',
    { names: [], ipAddresses: ['192.0.2.1'] },
    ({ leaf }) => leaf.subjectAltName === 'IP Address:192.0.2.1',
  ],
  [
    'wildcards',
    { names: ['*.a.test', 'm*.a.test'] },
    ({ leaf }) => leaf.subjectAltName === 'DNS:*.a.test, DNS:m*.a.test',
  ],
  ['no intermediate', { intermediate: 'missing' }, ({ intermediate }) => intermediate === undefined],
  [
    'an expired intermediate',
    { intermediate: 'expired' },
    ({ intermediate }) => intermediate !== undefined && intermediate.validToDate < now,
  ],
  [
    'an intermediate that may not issue',
    { intermediate: 'not-an-authority' },
    ({ intermediate }) => intermediate?.ca === false,
  ],
  [
    'signed by itself',
    { signedBy: 'itself' },
    ({ leaf, intermediate }) => leaf.verify(leaf.publicKey) && intermediate === undefined,
  ],
  [
    'an unknown authority',
    { signedBy: 'unknown-authority' },
    ({ intermediate, root }) => intermediate !== undefined && !intermediate.verify(root.publicKey),
  ],
  [
    'a broken signature',
    { brokenSignature: true },
    ({ leaf, intermediate }) => intermediate !== undefined && !leaf.verify(intermediate.publicKey),
  ],
  ['for clients', { usage: 'client' }, ({ leaf }) => leaf.keyUsage.join() === '1.3.6.1.5.5.7.3.2'],
  [
    'RSA with 1024 bits',
    { key: 'rsa-1024' },
    ({ leaf }) => leaf.publicKey.asymmetricKeyDetails?.modulusLength === 1024,
  ],
  ['SHA-1', { hash: 'SHA-1' }, ({ leaf }) => leaf.signatureAlgorithm === 'ecdsa-with-SHA1'],
  [
    'RSA with SHA-1, signed by itself',
    { hash: 'SHA-1', key: 'rsa-2048', signedBy: 'itself' },
    ({ leaf }) => leaf.signatureAlgorithm === 'sha1WithRSAEncryption',
  ],
])('%s', async (_, request, holds) => {
  expect(holds(await issued(request))).toBe(true);
  // And it is not so unless it is asked for.
  expect(holds(await issued({}))).toBe(false);
});
