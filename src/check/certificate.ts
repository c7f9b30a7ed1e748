/**
 * What is wrong with the certificate that a host showed, every fault of it and not the first alone. It says
 * what is so; what a sender does about it differs between a policy host and an MX, and is left to the rules.
 */
import { quote } from '../protocol/characters.ts';
import type { Severity } from '../protocol/fault.ts';
import { lateOne } from './certificate-dates.ts';
import { coverageOf, isPartialWildcardFor } from './certificate-names.ts';
import type { CertificateObservation, TlsObservation } from './observation.ts';
import { inWords } from './words.ts';

/** At most one of the names, at most one of trust; the rest may come together. */
export type CertificateFaultKind =
  // Dates.
  | 'expired'
  | 'not-yet-valid'
  | 'expiring'
  // Names.
  | 'name-mismatch'
  | 'cn-only'
  | 'partial-wildcard'
  | 'ip-san-only'
  // Trust.
  | 'self-signed'
  | 'untrusted'
  | 'chain-incomplete'
  // What it is made of.
  | 'wrong-eku'
  | 'weak-key'
  | 'sha1';

export interface CertificateFault {
  readonly kind: CertificateFaultKind;
  /** A warning only of a certificate that is soon to expire. */
  readonly severity: Extract<Severity, 'error' | 'warning'>;
  /** What is so. Whole sentences, without what a sender does. */
  readonly detail: string;
  /** An imperative. */
  readonly remedy: string;
}

/**
 * All faults of the certificate shown for this host name, in the order of the kinds. `otherNames` are names
 * that it may have been meant for: told where it fits one of them instead.
 */
export function certificateFaults(
  tls: TlsObservation,
  host: string,
  now: Date,
  otherNames: readonly string[] = [],
): readonly CertificateFault[] {
  const material = [...purposeFaults(tls), ...keyFaults(tls), ...signatureFaults(tls)];
  const dates = dateFaults(tls, now);
  const faults = [
    ...dates,
    ...nameFaults(tls, host, otherNames),
    // OpenSSL refuses a chain for its dates, keys, signatures or purpose, too: that is one fault, not two.
    ...(tls.trust === 'invalid' && dates.length + material.length > 0 ? [] : trustFaults(tls, host)),
    ...material,
  ];
  // Whoever replaces it for another fault renews it by that.
  return faults.length > 0 ? faults : expiryFaults(tls, now);
}

// Dates

const dayMs = 86_400_000;

function dateFaults(tls: TlsObservation, now: Date): readonly CertificateFault[] {
  const [leaf] = tls.chain;
  const late = lateOne(tls, now);
  if (late === undefined) return [];
  const what = late === leaf ? 'The certificate' : `The intermediate certificate ${quote(late.subject, 100)}`;
  const remedy =
    late === leaf
      ? 'Renew the certificate, and see to it that the server loads the new one.'
      : 'Serve the intermediate certificates that came with the latest renewal.';
  if (new Date(late.notAfter) < now) {
    const since = span(now.getTime() - new Date(late.notAfter).getTime());
    return [error('expired', `${what} expired on ${day(late.notAfter)}, ${since} ago.`, remedy)];
  }
  return [
    error(
      'not-yet-valid',
      `${what} is valid from ${day(late.notBefore)} on, in ${span(new Date(late.notBefore).getTime() - now.getTime())}.`,
      'Serve the certificate that is valid now, or correct the clock of the machine that issued it.',
    ),
  ];
}

// Short-lived certificates renew late by design: what is late depends on the lifetime, within three weeks and three days.
const warnAt = { share: 1 / 4, days: 21 };
const alarmAt = { share: 1 / 8, days: 3 };

function expiryFaults({ chain: [leaf] }: TlsObservation, now: Date): readonly CertificateFault[] {
  const end = new Date(leaf.notAfter).getTime();
  const lifetime = end - new Date(leaf.notBefore).getTime();
  const left = end - now.getTime();
  const isLate = ({ share, days }: typeof warnAt) => left < Math.min(lifetime * share, days * dayMs);
  if (!isLate(warnAt)) return [];
  return [
    {
      kind: 'expiring',
      severity: isLate(alarmAt) ? 'error' : 'warning',
      detail: `The certificate expires on ${day(leaf.notAfter)}, in ${span(left)}; it was issued for ${span(lifetime)}, and should have been renewed by now.`,
      remedy: 'Renew it now, and find out why the automatic renewal did not.',
    },
  ];
}

function day(instant: string): string {
  return instant.slice(0, 10);
}

function span(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 1) return 'less than an hour';
  if (hours < 48) return hours === 1 ? '1 hour' : `${hours} hours`;
  return `${Math.floor(hours / 24)} days`;
}

// Names

function nameFaults(
  tls: TlsObservation,
  host: string,
  otherNames: readonly string[],
): readonly CertificateFault[] {
  if (tls.nameMatches) return [];
  const [{ dnsNames, ipAddresses, commonName }] = tls.chain;
  const remedy = `Get a certificate with \`${host}\` among its subject alternative names.`;
  const partial = dnsNames.find((name) => isPartialWildcardFor(name, host));
  if (partial !== undefined) {
    return [
      error(
        'partial-wildcard',
        `The certificate is for ${quote(partial, 100)}: a \`*\` that is a part of a label covers nothing.`,
        remedy,
      ),
    ];
  }
  if (commonName !== undefined && coverageOf([commonName])(host)) {
    const others =
      dnsNames.length === 0
        ? 'it has no subject alternative name'
        : `its subject alternative names are ${list(dnsNames)}`;
    return [error('cn-only', `The certificate names ${host} in its common name alone; ${others}.`, remedy)];
  }
  if (dnsNames.length === 0 && ipAddresses.length > 0) {
    return [
      error(
        'ip-san-only',
        `The certificate is for the address ${list(ipAddresses)} and for no name.`,
        remedy,
      ),
    ];
  }
  const names = dnsNames.length > 0 ? dnsNames : commonName === undefined ? [] : [commonName];
  const covers = coverageOf(names);
  const meant = otherNames.find((other) => other !== host && covers(other));
  const deeper = names.find((name) => name.startsWith('*.') && host.endsWith(name.slice(1)));
  return [
    error(
      'name-mismatch',
      [
        names.length === 0
          ? `The certificate names no host, and so not ${host}.`
          : `The certificate is for ${list(names)}, not for ${host}.`,
        deeper === undefined ? '' : ` A \`*\` stands for exactly one label, and ${host} has more.`,
        meant === undefined ? '' : ` It would fit ${meant}.`,
      ].join(''),
      remedy,
    ),
  ];
}

/** A certificate of a large host has a hundred names. */
const namesShown = 5;

function list(names: readonly string[]): string {
  return inWords(names, namesShown, (name) => quote(name, 100));
}

// Trust

function trustFaults({ trust, chain }: TlsObservation, host: string): readonly CertificateFault[] {
  const [leaf] = chain;
  const issuer = quote(leaf.issuer, 120);
  const another = `Get a certificate for \`${host}\` from an authority that is publicly trusted, such as Let's Encrypt.`;
  switch (trust) {
    case 'trusted':
      return [];
    case 'self-signed':
      return [error('self-signed', 'The certificate signed itself; no authority vouches for it.', another)];
    case 'unknown-authority':
      return [
        error(
          'untrusted',
          `The certificate was issued by ${issuer}, which leads to no authority that is publicly trusted.`,
          another,
        ),
      ];
    case 'invalid':
      return [
        error(
          'untrusted',
          `The certificate was issued by ${issuer}, and a signature or a constraint in its chain is wrong.`,
          another,
        ),
      ];
    case 'incomplete': {
      const sent = chain.length === 1 ? 'the certificate alone' : `${chain.length} certificates`;
      return [
        error(
          'chain-incomplete',
          `The server sends ${sent}, without the intermediate certificate of ${quote(missingIssuer(chain), 120)}. Browsers fetch or remember it; mail servers do not.`,
          'Serve the certificate together with its intermediates; with certbot that is `fullchain.pem` instead of `cert.pem`.',
        ),
      ];
    }
  }
}

/** Of the highest certificate that the ones sent lead up to. */
function missingIssuer([leaf, ...others]: TlsObservation['chain']): string {
  const path: CertificateObservation[] = [leaf];
  let { issuer } = leaf;
  for (;;) {
    const next = others.find((one) => one.subject === issuer && !path.includes(one));
    if (next === undefined) return issuer;
    path.push(next);
    issuer = next.issuer;
  }
}

// What it is made of

/** Server authentication, and any purpose (RFC 5280 §4.2.1.12). */
const serverPurposes = new Set(['1.3.6.1.5.5.7.3.1', '2.5.29.37.0']);

function purposeFaults({ chain: [leaf] }: TlsObservation): readonly CertificateFault[] {
  const { extendedKeyUsage } = leaf;
  if (extendedKeyUsage === undefined || extendedKeyUsage.some((oid) => serverPurposes.has(oid))) return [];
  return [
    error(
      'wrong-eku',
      'The certificate is not for servers: its extended key usage leaves out server authentication.',
      'Get a certificate for server authentication (TLS Web Server Authentication).',
    ),
  ];
}

// What the publicly trusted authorities still sign (CA/Browser Forum baseline requirements §6.1.5), and OpenSSL takes.
const rsaBitsMin = 2048;
const curveBitsMin = 224;

function keyFaults({ chain: [leaf] }: TlsObservation): readonly CertificateFault[] {
  const { type, bits } = leaf.key;
  const least = /^(?:rsa|dsa)/i.test(type) ? rsaBitsMin : /^ec/i.test(type) ? curveBitsMin : 0;
  if (bits === undefined || bits >= least) return [];
  return [
    error(
      'weak-key',
      `The key of the certificate is ${type.toUpperCase()} with ${bits} bits, which can be broken; no public authority signs it.`,
      'Get a certificate with a key of ECDSA P-256, or of RSA with 2048 bits or more.',
    ),
  ];
}

function signatureFaults({ chain, trust }: TlsObservation): readonly CertificateFault[] {
  // A signature by oneself is not looked at: it proves nothing.
  const old = chain.find(
    ({ subject, issuer, signatureAlgorithm = '' }) =>
      subject !== issuer && /(?:sha-?1|md[245])(?![0-9])/i.test(signatureAlgorithm),
  );
  if (old === undefined || trust === 'self-signed') return [];
  const what =
    old === chain[0] ? 'The certificate' : `The intermediate certificate ${quote(old.subject, 100)}`;
  return [
    error(
      'sha1',
      `${what} is signed with ${quote(old.signatureAlgorithm ?? '')}, which can be forged.`,
      'Get a certificate that is signed with SHA-256 or better.',
    ),
  ];
}

function error(kind: CertificateFaultKind, detail: string, remedy: string): CertificateFault {
  return { kind, severity: 'error', detail, remedy };
}
