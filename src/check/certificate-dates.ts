/**
 * Whether the dates of a chain hold, and of which certificate they do not. What is said of it, and what comes
 * before the last day, is left to certificate.ts.
 */
import type { CertificateObservation, TlsObservation } from './observation.ts';

/**
 * Whether the certificate, and the intermediate that signed it, are in date. Further ones are not counted:
 * old cross-signed roots are still sent along, and whoever verifies takes a root of its own instead.
 */
export function isInDate(tls: TlsObservation, now: Date): boolean {
  const [leaf] = tls.chain;
  const issuers = issuersOf(tls);
  return covers(leaf, now) && (issuers.length === 0 || issuers.some((issuer) => covers(issuer, now)));
}

function covers({ notBefore, notAfter }: CertificateObservation, now: Date): boolean {
  return new Date(notBefore) <= now && now <= new Date(notAfter);
}

function issuersOf({ chain: [leaf, ...others] }: TlsObservation): readonly CertificateObservation[] {
  return leaf.issuer === leaf.subject ? [] : others.filter(({ subject }) => subject === leaf.issuer);
}

/** The certificate whose dates are what a sender refuses. */
export function lateOne(tls: TlsObservation, now: Date): CertificateObservation | undefined {
  const [leaf, ...others] = tls.chain;
  if (!covers(leaf, now)) return leaf;
  if (!isInDate(tls, now)) return issuersOf(tls)[0];
  // Further up a date matters only where no other way leads to an authority.
  return tls.trust === 'invalid' ? others.find((one) => one.isAuthority && !covers(one, now)) : undefined;
}
