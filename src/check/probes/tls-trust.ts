/**
 * Whether a chain of certificates leads to an authority that this machine trusts. OpenSSL names one fault
 * alone, the last it met; a chain that is expired and unknown is shown as both. Names and dates are left
 * to others.
 */
import { X509Certificate } from 'node:crypto';
import type { ChainTrust } from '../observation.ts';
import { nodeTls } from './node-modules.ts';

/**
 * Signatures that are checked to find a way up. A chain has two to four certificates; a hostile one may
 * name the same issuer over and over, with keys that take long.
 */
const mostSignatures = 24;
/** OIDs of extended key usage with which a certificate may be a server's (RFC 5280 §4.2.1.12). */
const serverUsages = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];
/** OpenSSL's codes for what a chain that is otherwise right may have. */
const besideTheChain: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  // From node, after OpenSSL found nothing.
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** A way from the leaf upward, the leaf first; the last one is the highest that was reached. */
interface ChainWay {
  readonly end: ChainTrust;
  readonly path: readonly [X509Certificate, ...X509Certificate[]];
}

/**
 * `served` is as the server sent it, the leaf first; `opensslCode` is `authorizationError` of the socket,
 * undefined when OpenSSL trusts the chain. `now` matters only for whether OpenSSL may have meant a date.
 */
export function trustOf(
  served: readonly [X509Certificate, ...X509Certificate[]],
  opensslCode: string | undefined,
  now: Date,
): ChainTrust {
  if (opensslCode === undefined) return 'trusted';
  const { end, path } = wayUp(served);
  if (end !== 'trusted') return end;
  if (!mayBeServer(served[0])) return 'invalid';
  const isOutOfDate = ({ validFromDate, validToDate }: X509Certificate) =>
    !(validFromDate <= now && now <= validToDate);
  // Of these two the dates are told apart from trust.
  const outOfDate = path.slice(0, 2).some(isOutOfDate);
  if (!outOfDate && path.some(isOutOfDate)) return 'invalid';
  // Past a date that is over, OpenSSL's last word may be about anything that follows from it.
  return outOfDate || besideTheChain.has(opensslCode) ? 'trusted' : 'invalid';
}

/**
 * Follows issuers by name, key and signature through what was served to an authority of this machine
 * (with those of NODE_EXTRA_CA_CERTS).
 */
function wayUp(served: readonly [X509Certificate, ...X509Certificate[]]): ChainWay {
  const [leaf, ...others] = served;
  const left = new Set(others.filter(({ fingerprint256 }) => fingerprint256 !== leaf.fingerprint256));
  const signed = createSignatureCheck();

  function climb(path: ChainWay['path'], from: X509Certificate): ChainWay {
    const known = anchorsNamed(from.subject).some(
      ({ fingerprint256 }) => fingerprint256 === from.fingerprint256,
    );
    if (known || anchorsNamed(from.issuer).some((anchor) => from.checkIssued(anchor) && signed(from, anchor)))
      return { end: 'trusted', path };
    if (from.checkIssued(from) && signed(from, from))
      return { end: path.length === 1 ? 'self-signed' : 'unknown-authority', path };
    let best: ChainWay | undefined;
    let wrong = false;
    for (const issuer of left) {
      if (!from.checkIssued(issuer)) {
        wrong ||= !issuer.ca && issuer.subject === from.issuer;
        continue;
      }
      if (!issuer.ca || !signed(from, issuer)) {
        wrong = true;
        continue;
      }
      left.delete(issuer);
      const way = climb([...path, issuer], issuer);
      if (way.end === 'trusted') return way;
      best ??= way;
    }
    if (best !== undefined) return best;
    if (wrong) return { end: 'invalid', path };
    return { end: saysWhereIssuerIs(from) ? 'incomplete' : 'unknown-authority', path };
  }

  return climb([leaf], leaf);
}

/**
 * Whether the issuer's key made the signature; false for keys and signatures that cannot be read, and for
 * all beyond the limit of one chain.
 */
export function createSignatureCheck(): (one: X509Certificate, issuer: X509Certificate) => boolean {
  let left = mostSignatures;
  return (one, issuer) => {
    left -= 1;
    if (left < 0) return false;
    try {
      return one.verify(issuer.publicKey);
    } catch {
      return false;
    }
  };
}

/**
 * RFC 5280 §4.2.2.1. All publicly trusted authorities write it into what they issue, so that a certificate with
 * it has an issuer to be had, and one without it was hardly issued by one of them.
 */
function saysWhereIssuerIs({ infoAccess }: X509Certificate): boolean {
  return /^CA Issuers - URI:/m.test(infoAccess ?? '');
}

/** Without the extension for any purpose (RFC 5280 §4.2.1.12). */
function mayBeServer({ keyUsage }: { readonly keyUsage: readonly string[] | undefined }): boolean {
  return keyUsage === undefined || keyUsage.some((oid) => serverUsages.includes(oid));
}

let anchors: Map<string, X509Certificate[]> | undefined;

/** Read when first needed, which takes some milliseconds; a chain that OpenSSL trusts does not need it. */
function anchorsNamed(subject: string): readonly X509Certificate[] {
  if (anchors === undefined) {
    anchors = new Map();
    for (const pem of nodeTls.getCACertificates('default')) {
      const anchor = new X509Certificate(pem);
      anchors.set(anchor.subject, [...(anchors.get(anchor.subject) ?? []), anchor]);
    }
  }
  return anchors.get(subject) ?? [];
}
