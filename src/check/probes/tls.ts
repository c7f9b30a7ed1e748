/**
 * What a finished TLS handshake shows of the other side, all of it from one handshake. One that does not
 * finish is left to tls-problems.ts, opening the socket to the probes, what a fact means to the rules.
 */
import { constants, type X509Certificate } from 'node:crypto';
import type {
  ConnectionOptions,
  PeerCertificate,
  SecureContext,
  SecureContextOptions,
  TLSSocket,
} from 'node:tls';
import type { CertificateObservation, TlsObservation } from '../observation.ts';
import { nodeTls } from './node-modules.ts';
import { trustOf } from './tls-trust.ts';

/** Certificates of one chain that are looked at; the longest honest ones have four or five. */
export const mostCertificates = 10;
/** Names of one certificate that are kept; large providers have up to two hundred in one. */
export const mostNames = 300;
/** Characters of all of them together: every session of a look may show a certificate of 100 KB. */
export const longestNames = 12_000;
/** Characters of a subject or issuer that are kept, and of one name. */
const longestName = 500;

/** Certificates as the server sent them, the leaf first. */
export type ServedChain = readonly [X509Certificate, ...X509Certificate[]];

/**
 * What a server may be asked to agree on. `usual`: as senders do, TLS 1.2 and 1.3. `older` includes what
 * senders must not use, to tell what a server that refuses the others would take.
 */
export type Versions = 'usual' | 'at-most-1.2' | 'older';

const contextOptions: Readonly<Record<Versions, SecureContextOptions>> = {
  usual: { minVersion: 'TLSv1.2' },
  'at-most-1.2': { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
  // OpenSSL has the older versions only at its lowest level.
  older: { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
};

/** A server that asks for one handshake after the other would have us compute for as long as it likes. */
const withoutRenegotiation = constants.SSL_OP_NO_RENEGOTIATION;

/** Made once, because each takes its share of a millisecond. */
export function tlsContext(versions: Versions): SecureContext {
  const context =
    contexts.get(versions) ??
    nodeTls.createSecureContext({ ...contextOptions[versions], secureOptions: withoutRenegotiation });
  contexts.set(versions, context);
  return context;
}

const contexts = new Map<Versions, SecureContext>();

/** A handshake that no certificate ends: every fault of it is a fact to be seen, not a reason to stop looking. */
export function connectOpenly(
  options: Omit<ConnectionOptions, 'rejectUnauthorized' | 'checkServerIdentity'>,
): TLSSocket {
  const socket = nodeTls.connect({
    ...options,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  // Node would make objects of the whole chain for checkServerIdentity, which takes longer than all else it does then.
  return Object.assign(socket, { getPeerCertificate: () => undefined });
}

/**
 * What was agreed on and shown, for a socket of `connectOpenly` that has reached `secureConnect`.
 * Undefined when the other side showed no certificate.
 */
export function observeTls(
  socket: TLSSocket,
  host: string,
  now: Date = new Date(),
): TlsObservation | undefined {
  const served = servedChain(socket);
  if (served === undefined) return undefined;
  const [leaf, ...others] = served;
  // Declared as an Error, and really OpenSSL's code.
  const refusal: unknown = socket.authorizationError ?? undefined;
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    chain: [describe(leaf), ...others.map(describeIssuer)],
    trust: trustOf(served, refusal === undefined ? undefined : String(refusal), now),
    nameMatches: matchesName(leaf, host),
  };
}

/** At most `mostCertificates` of them, without what node would add from its own store. */
export function servedChain(socket: TLSSocket): ServedChain | undefined {
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) return undefined;
  const chain: [X509Certificate, ...X509Certificate[]] = [leaf];
  let next = leaf.issuerCertificate;
  while (next !== undefined && chain.length < mostCertificates) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

/**
 * RFC 9525 §6.3: the DNS names of the subject alternative name alone, `*` only as the whole first label.
 * Left to itself node would take the common name, and parts of labels.
 */
export function matchesName(leaf: X509Certificate, host: string): boolean {
  return leaf.checkHost(host, { subject: 'never', wildcards: true, partialWildcards: false }) !== undefined;
}

/** Issuers are those of many hosts: their facts are kept, a thousand octets each. */
const mostIssuers = 500;
const issuers = new Map<string, CertificateObservation>();

function describeIssuer(certificate: X509Certificate): CertificateObservation {
  const { fingerprint256 } = certificate;
  const known = issuers.get(fingerprint256);
  if (known !== undefined) return known;
  const facts = describe(certificate);
  // Issuers have no names of hosts; what has them may be long, and comes but once.
  if (!facts.isAuthority || facts.dnsNames.length > 0 || facts.ipAddresses.length > 0) return facts;
  const [oldest] = issuers.keys();
  if (oldest !== undefined && issuers.size >= mostIssuers) issuers.delete(oldest);
  issuers.set(fingerprint256, facts);
  return facts;
}

/** The facts of one certificate. */
export function describe(certificate: X509Certificate): CertificateObservation {
  const { signatureAlgorithm } = certificate;
  // Made anew by each call, which is among the dearest there are here.
  const legacy = certificate.toLegacyObject();
  const commonName = commonNameOf(legacy);
  // Undefined without the extension, whatever its type says.
  const usage: readonly string[] | undefined = certificate.keyUsage;
  const names = alternativeNames(certificate.subjectAltName ?? '');
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    ...(commonName === undefined ? {} : { commonName: shortened(commonName) }),
    dnsNames: names.filter(({ type }) => type === 'DNS').map(({ value }) => value),
    ipAddresses: names.filter(({ type }) => type === 'IP Address').map(({ value }) => value),
    notBefore: instant(certificate.validFromDate),
    notAfter: instant(certificate.validToDate),
    key: describeKey(certificate, legacy),
    ...(signatureAlgorithm === undefined ? {} : { signatureAlgorithm }),
    ...(usage === undefined ? {} : { extendedKeyUsage: usage.slice(0, mostNames) }),
    isAuthority: certificate.ca,
    sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

interface AlternativeName {
  readonly type: string;
  readonly value: string;
}

/**
 * Node writes `DNS:a.test, IP Address:192.0.2.1`, and a value with anything in it that could be taken for
 * more than one name as a JSON string, in which a comma is written `\u002c`.
 */
function alternativeNames(text: string): readonly AlternativeName[] {
  const names: AlternativeName[] = [];
  let room = longestNames;
  for (const part of text === '' ? [] : text.split(', ')) {
    const colon = part.indexOf(':');
    const whole = unquoted(part.slice(colon + 1));
    if (colon <= 0 || whole === undefined) continue;
    const value = shortened(whole);
    room -= value.length;
    if (room < 0) break;
    names.push({ type: part.slice(0, colon), value });
    if (names.length === mostNames) break;
  }
  return names;
}

function unquoted(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function commonNameOf({ subject }: PeerCertificate): string | undefined {
  // Of several, those of X509Certificate.subject cannot be told from text that a value contains.
  const names: unknown = subject?.CN;
  const last: unknown = Array.isArray(names) ? names.at(-1) : names;
  return typeof last === 'string' ? last : undefined;
}

function describeKey(
  certificate: X509Certificate,
  { bits: legacyBits }: PeerCertificate,
): CertificateObservation['key'] {
  try {
    const { asymmetricKeyType = 'unknown', asymmetricKeyDetails: details } = certificate.publicKey;
    const bits = details?.modulusLength ?? legacyBits;
    return {
      type: asymmetricKeyType,
      ...(bits === undefined ? {} : { bits }),
      ...(details?.namedCurve === undefined ? {} : { curve: details.namedCurve }),
    };
  } catch {
    // A kind of key that OpenSSL does not know.
    return { type: 'unknown' };
  }
}

/** Node writes one attribute a line. */
function oneLine(name: string | undefined): string {
  return shortened((name ?? '').replaceAll('\n', ', '));
}

function shortened(text: string): string {
  return text.length <= longestName ? text : `${text.slice(0, longestName)}…`;
}

/** A date that cannot be read is as long ago as any. */
function instant(date: Date): string {
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
