/** Whether TLSA records fit the chain that a server showed (RFC 6698, RFC 7671, RFC 7672). Whether DNSSEC makes them count is left to the rules. */
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import type { TlsaRecord } from '../observation.ts';
import type { ServedChain } from './tls.ts';
import { createSignatureCheck } from './tls-trust.ts';

const daneTa = 2;
const daneEe = 3;
/** Signatures that are held against keys in records; each takes up to a millisecond, and hardly a record holds one. */
const mostTries = 24;

/**
 * For each record, whether this chain fits it. Usages 0 and 1 are not for SMTP (RFC 7672 §3.1.3): no
 * chain fits them. With usage 2 the dates and the name of the leaf count besides, and are left to others.
 */
export function matchesTlsa(records: readonly TlsaRecord[], served: ServedChain): boolean[] {
  const [leaf] = served;
  let triesLeft = mostTries;
  const above = records.some(({ usage }) => usage === daneTa) ? issuersAbove(served) : [];
  return records.map((record) => {
    if (record.usage === daneEe) return fits(record, leaf);
    if (record.usage !== daneTa) return false;
    // RFC 7671 §5.2: an authority above the leaf; one that is not sent may stand in the record itself (§5.2.3).
    return (
      above.some((certificate) => fits(record, certificate)) ||
      [leaf, ...above].some((certificate) => {
        if (record.matchingType !== 0 || triesLeft === 0) return false;
        triesLeft -= 1;
        return isIssuedByRecord(record, certificate);
      })
    );
  });
}

/** Those that the leaf was really issued under: anybody can send along the certificate of an authority. */
function issuersAbove([leaf, ...others]: ServedChain): readonly X509Certificate[] {
  const reached = new Set([leaf]);
  const signed = createSignatureCheck();
  // A set grows while it is walked: what is added is walked too.
  for (const one of reached) {
    for (const other of others) {
      if (!reached.has(other) && other.ca && one.checkIssued(other) && signed(one, other)) reached.add(other);
    }
  }
  return [...reached].slice(1);
}

function fits({ selector, matchingType, data }: TlsaRecord, certificate: X509Certificate): boolean {
  const selected =
    selector === 0 ? certificate.raw : selector === 1 ? publicKeyOf(certificate.raw) : undefined;
  if (selected === undefined) return false;
  if (matchingType === 0) return selected.toString('hex') === data;
  const hash = matchingType === 1 ? 'sha256' : matchingType === 2 ? 'sha512' : undefined;
  return hash !== undefined && createHash(hash).update(selected).digest('hex') === data;
}

/** Matching type 0 holds a whole certificate or key. */
function isIssuedByRecord({ selector, data }: TlsaRecord, one: X509Certificate): boolean {
  const bytes = Buffer.from(data, 'hex');
  try {
    if (selector === 1) return one.verify(createPublicKey({ key: bytes, format: 'der', type: 'spki' }));
    const issuer = new X509Certificate(bytes);
    // OpenSSL takes no certificate for its own authority by its whole.
    const isItself = issuer.fingerprint256 === one.fingerprint256;
    return (
      selector === 0 && !isItself && issuer.ca && one.checkIssued(issuer) && one.verify(issuer.publicKey)
    );
  } catch {
    // What is in the record is neither.
    return false;
  }
}

/**
 * The octets of subjectPublicKeyInfo as they stand in the certificate (RFC 5280 §4.1): node would write
 * them anew, which need not give the same ones. Undefined when they are not where they have to be.
 */
function publicKeyOf(certificate: Buffer): Buffer | undefined {
  const body = elementAt(certificate, elementAt(certificate, 0)?.content);
  let next = elementAt(certificate, body?.content);
  // The version is there from v2 on.
  if (next?.tag === 0xa0) next = elementAt(certificate, next.end);
  // Serial number, signature, issuer, validity, subject.
  for (let skipped = 0; skipped < 5; skipped += 1) next = elementAt(certificate, next?.end);
  return next === undefined ? undefined : certificate.subarray(next.start, next.end);
}

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** The DER element that begins there: one octet of tag, then the length (X.690 §8.1.3). */
function elementAt(bytes: Buffer, start: number | undefined): Element | undefined {
  if (start === undefined || start + 2 > bytes.length) return undefined;
  const [tag = 0, first = 0] = bytes.subarray(start, start + 2);
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f;
  const content = start + 2 + lengthOctets;
  if (lengthOctets > 4 || content > bytes.length) return undefined;
  const length = lengthOctets === 0 ? first : bytes.readUIntBE(start + 2, lengthOctets);
  const end = content + length;
  return end > bytes.length ? undefined : { tag, start, content, end };
}
