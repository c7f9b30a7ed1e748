/** TLSA records against chains: a line for each combination of usage, selector and matching type. */
import { createHash, X509Certificate } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import type { TlsaRecord } from '../../../src/check/observation.ts';
import type { ServedChain } from '../../../src/check/probes/tls.ts';
import { matchesTlsa } from '../../../src/check/probes/tlsa.ts';
import { createAuthority, type Issued } from '../../../src/local/internet/authority.ts';

type Kind = 'leaf' | 'intermediate' | 'root' | 'stranger' | 'rsa' | 'self-signed' | 'self-issued';
let certificates: Record<Kind, X509Certificate>;

beforeAll(async () => {
  const authority = await createAuthority();
  const names = ['mx.example.com'];
  const good = await authority.issue({ names });
  const stranger = await authority.issue({ names, signedBy: 'unknown-authority' });
  const above = ({ cert, chain }: Issued) => new X509Certificate(chain.slice(cert.length));
  certificates = {
    leaf: new X509Certificate(good.cert),
    intermediate: above(good),
    root: new X509Certificate(authority.pem),
    stranger: above(stranger),
    rsa: new X509Certificate((await authority.issue({ names, key: 'rsa-2048' })).cert),
    // An authority that serves its own certificate.
    'self-issued': new X509Certificate(authority.pem),
    'self-signed': new X509Certificate((await authority.issue({ names, signedBy: 'itself' })).cert),
  };
});

/** The data of a record for this certificate, made without the code that reads it. */
function dataOf(kind: Kind, selector: number, matchingType: number): string {
  const certificate = certificates[kind];
  const whole =
    selector === 0 ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' });
  if (matchingType === 0) return whole.toString('hex');
  return createHash(matchingType === 1 ? 'sha256' : 'sha512')
    .update(whole)
    .digest('hex');
}

function match(parameters: string, kind: Kind, sent: readonly [Kind, ...Kind[]]): boolean | undefined {
  const [usage = 0, selector = 0, matchingType = 0] = parameters.split(' ').map(Number);
  const record: TlsaRecord = {
    usage,
    selector,
    matchingType,
    data: dataOf(kind, selector, matchingType),
  };
  const [first, ...others] = sent;
  const chain: ServedChain = [certificates[first], ...others.map((one) => certificates[one])];
  return matchesTlsa([record], chain)[0];
}

const usual = ['leaf', 'intermediate'] as const;
const withRoot = ['leaf', 'intermediate', 'root'] as const;

test.each<[parameters: string, of: Kind, sent: readonly [Kind, ...Kind[]], fits: boolean, why: string]>([
  ['3 1 1', 'leaf', usual, true, 'the key, as everybody should publish it (RFC 7671 §5.1)'],
  ['3 1 2', 'leaf', usual, true, 'the same with SHA-512'],
  ['3 1 0', 'leaf', usual, true, 'the whole key'],
  ['3 0 1', 'leaf', usual, true, 'the certificate'],
  ['3 0 2', 'leaf', usual, true, 'the same with SHA-512'],
  ['3 0 0', 'leaf', usual, true, 'the whole certificate'],
  ['3 1 1', 'rsa', ['rsa', 'intermediate'], true, 'an RSA key'],
  ['3 1 1', 'self-signed', ['self-signed'], true, 'no authority is needed'],
  ['3 1 1', 'rsa', usual, false, 'another key'],
  ['3 1 1', 'intermediate', usual, false, 'usage 3 is for the leaf alone'],
  ['2 1 1', 'intermediate', usual, true, 'the key of the issuer'],
  ['2 0 1', 'intermediate', usual, true, 'the certificate of the issuer'],
  ['2 0 2', 'root', withRoot, true, 'the root, which is sent'],
  ['2 1 1', 'root', ['leaf', 'root', 'intermediate'], true, 'in whatever order'],
  ['2 0 1', 'root', usual, false, 'a digest of a root that is not sent (RFC 7671 §5.2.2)'],
  ['2 0 0', 'root', usual, true, 'a root that is not sent and stands in the record'],
  ['2 1 0', 'root', usual, true, 'its key in the record'],
  ['2 0 0', 'stranger', usual, false, 'somebody else in the record'],
  ['2 1 0', 'stranger', usual, false, 'the key of somebody else in the record'],
  ['2 1 1', 'leaf', usual, false, 'usage 2 is for what issued the leaf'],
  ['2 1 1', 'self-signed', ['self-signed'], false, 'which nothing did here'],
  ['2 0 0', 'self-issued', ['self-issued'], false, 'nor by its whole, as OpenSSL reads it'],
  ['2 1 1', 'stranger', ['leaf', 'intermediate', 'stranger'], false, 'sent along, and issued nothing'],
  ['2 1 1', 'root', ['leaf', 'root'], false, 'the link between is missing'],
  ['1 1 1', 'leaf', usual, false, 'usage 1 is not for SMTP (RFC 7672 §3.1.3)'],
  ['0 1 1', 'intermediate', usual, false, 'nor is usage 0'],
  ['4 1 1', 'leaf', usual, false, 'a usage that does not exist'],
])('%s of the %s, sent %j: %s, %s', (parameters, kind, sent, fits) => {
  expect(match(parameters, kind, sent)).toBe(fits);
});

test.each<[record: Partial<TlsaRecord>, why: string]>([
  [{ selector: 2 }, 'a selector that does not exist'],
  [{ matchingType: 3 }, 'a matching type that does not exist'],
  [{ data: '' }, 'no data'],
  [{ data: 'ab' }, 'a digest cut off'],
  [{ usage: 2, selector: 0, matchingType: 0, data: 'abcd' }, 'no certificate in the record'],
  [{ usage: 2, selector: 1, matchingType: 0, data: 'abcd' }, 'no key in the record'],
  [{ usage: 2, selector: 0, matchingType: 0, data: '' }, 'nothing in the record'],
])('%j fits nothing: %s', (record) => {
  const good = { usage: 3, selector: 1, matchingType: 1, data: dataOf('leaf', 1, 1) };
  const chain: ServedChain = [certificates.leaf, certificates.intermediate];
  // One record that fits beside it, so that a fault is the record's own.
  expect(matchesTlsa([{ ...good, ...record }, good], chain)).toEqual([false, true]);
});
