/**
 * A certificate authority for the local internet and for tests: root, intermediate, and certificates with
 * every fault that a server's may have. Serving them is left to the servers.
 */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityInfoAccessExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface Authority {
  /** The root, for NODE_EXTRA_CA_CERTS, which is read only when a process starts. */
  readonly pem: string;
  issue(request: CertificateRequest): Promise<Issued>;
}

/** What a certificate is to be; without faults unless they are asked for. */
export interface CertificateRequest {
  /** DNS names of the subject alternative name, exactly as they shall stand there: `*.a.test`, `mx*.a.test`. */
  readonly names?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** Of the subject; the first name when absent. With neither names nor addresses there is no alternative name. */
  readonly commonName?: string;
  /** Default 90. */
  readonly lifetimeDays?: number;
  /** Days until it expires, two thirds of the lifetime when absent; below 0 it has expired, above the lifetime it is not valid yet. */
  readonly daysLeft?: number;
  /** Default `authority`. */
  readonly signedBy?: 'authority' | 'itself' | 'unknown-authority';
  /** The organisation in the issuer's name, such as `Let's Encrypt`; default none. */
  readonly issuerOrganisation?: string;
  /**
   * How the intermediate certificate is; default `good`. With `upper-good`, `upper-missing` and `upper-expired`
   * another one stands between it and the root.
   */
  readonly intermediate?:
    | 'good'
    | 'missing'
    | 'expired'
    | 'not-an-authority'
    | 'upper-good'
    | 'upper-missing'
    | 'upper-expired';
  /** The signature of the leaf does not fit what it signs. */
  readonly brokenSignature?: true;
  /** Extended key usage of the leaf; default `server`. */
  readonly usage?: 'server' | 'client' | 'none';
  /** Default `ec`; `rsa-1024` is below what OpenSSL takes without SECLEVEL=0. */
  readonly key?: 'ec' | 'rsa-1024' | 'rsa-2048';
  /** Default `SHA-256`. */
  readonly hash?: 'SHA-256' | 'SHA-1';
  /** Whether the leaf says where its issuer's certificate is to be had, as those of public authorities do; default true unless the authority is unknown. */
  readonly namesIssuer?: boolean;
}

/** PEM, each with its last newline, so that texts may be joined. */
export interface Issued {
  readonly key: string;
  /** The leaf alone. */
  readonly cert: string;
  /** As the server sends it: the leaf, then the intermediates that are not missing. */
  readonly chain: string;
}

export interface AuthorityOptions {
  /** The instant that days are counted from; default: the time of the call. */
  readonly now?: Date;
}

/** A root, an intermediate and the keys that its certificates share. */
interface Line {
  readonly root: X509Certificate;
  readonly rootKeys: webcrypto.CryptoKeyPair;
  readonly intermediateKeys: webcrypto.CryptoKeyPair;
  readonly upperKeys: webcrypto.CryptoKeyPair;
  readonly name: string;
}

const dayMs = 86_400_000;
const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';
/** Nobody fetches it; its name is reserved (RFC 6761 §6.4). */
const issuerUrl = 'http://authority.invalid/intermediate.cer';
const authorityUsage = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
const { subtle } = webcrypto;

/** A new authority. Keys are made once and shared, so that a certificate costs a few milliseconds. */
export async function createAuthority({ now = new Date() }: AuthorityOptions = {}): Promise<Authority> {
  const keys = new Map<string, Promise<webcrypto.CryptoKeyPair>>();
  const pems = new Map<string, Promise<string>>();
  const intermediates = new Map<string, Promise<string>>();
  const known = await createLine('Local Internet', now);
  let unknown: Promise<Line> | undefined;

  return {
    pem: pemOf(known.root),
    async issue(request) {
      const { signedBy = 'authority', intermediate = 'good', key = 'ec', hash = 'SHA-256' } = request;
      const organisation = request.issuerOrganisation;
      const keyName = `${key} ${hash}`;
      const keyPair = await kept(keys, keyName, () => generateKeys(key, hash));
      if (signedBy === 'unknown-authority') unknown ??= createLine('Nobody Knows', now);
      const line = (signedBy === 'unknown-authority' && (await unknown)) || known;
      const leaf = await createLeaf(request, keyPair, line, now);
      const cert = request.brokenSignature ? broken(leaf) : pemOf(leaf);
      const alone = signedBy === 'itself' || intermediate === 'missing';
      const above = await kept(intermediates, `${line.name} ${intermediate} ${organisation}`, () =>
        createIntermediates(line, intermediate, organisation, now),
      );
      return {
        key: await kept(pems, keyName, () => pemOfKey(keyPair.privateKey)),
        cert,
        chain: alone ? cert : cert + above,
      };
    },
  };
}

/** What is kept under the key, made when it is first asked for. */
export function kept<K, V>(values: Map<K, V>, key: K, make: () => V): V {
  const value = values.get(key) ?? make();
  values.set(key, value);
  return value;
}

async function createLine(name: string, now: Date): Promise<Line> {
  const [rootKeys, intermediateKeys, upperKeys] = await Promise.all([
    generateKeys('ec', 'SHA-256'),
    generateKeys('ec', 'SHA-256'),
    generateKeys('ec', 'SHA-256'),
  ]);
  const root = await X509CertificateGenerator.createSelfSigned({
    name: subjectOf(`${name} Root`),
    keys: rootKeys,
    notBefore: daysAfter(now, -365),
    notAfter: daysAfter(now, 3650),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(authorityUsage, true),
    ],
  });
  return { root, rootKeys, intermediateKeys, upperKeys, name };
}

/** As they are sent, in PEM. */
async function createIntermediates(
  { root, rootKeys, intermediateKeys, upperKeys, name }: Line,
  how: NonNullable<CertificateRequest['intermediate']>,
  organisation: string | undefined,
  now: Date,
): Promise<string> {
  const isBelowUpper = how.startsWith('upper-');
  const upperName = subjectOf(`${name} Upper Intermediate`);
  const lower = await X509CertificateGenerator.create({
    subject: subjectOf(`${name} Intermediate`, organisation),
    issuer: isBelowUpper ? upperName : root.subjectName.toJSON(),
    publicKey: intermediateKeys.publicKey,
    signingKey: (isBelowUpper ? upperKeys : rootKeys).privateKey,
    notBefore: daysAfter(now, -365),
    notAfter: daysAfter(now, how === 'expired' ? -3 : 1825),
    extensions:
      how === 'not-an-authority'
        ? [new BasicConstraintsExtension(false, undefined, true)]
        : [
            new BasicConstraintsExtension(true, 0, true),
            new KeyUsagesExtension(authorityUsage, true),
            ...(isBelowUpper ? [new AuthorityInfoAccessExtension({ caIssuers: issuerUrl })] : []),
          ],
  });
  if (!isBelowUpper || how === 'upper-missing') return pemOf(lower);
  const upper = await X509CertificateGenerator.create({
    subject: upperName,
    issuer: root.subjectName.toJSON(),
    publicKey: upperKeys.publicKey,
    signingKey: rootKeys.privateKey,
    notBefore: daysAfter(now, -365),
    notAfter: daysAfter(now, how === 'upper-expired' ? -3 : 1825),
    extensions: [new BasicConstraintsExtension(true, 1, true), new KeyUsagesExtension(authorityUsage, true)],
  });
  return pemOf(lower) + pemOf(upper);
}

function createLeaf(
  request: CertificateRequest,
  keys: webcrypto.CryptoKeyPair,
  line: Line,
  now: Date,
): Promise<X509Certificate> {
  const { names = [], commonName = names[0] ?? 'no name', lifetimeDays = 90, hash = 'SHA-256' } = request;
  const { daysLeft = (lifetimeDays * 2) / 3 } = request;
  const own = request.signedBy === 'itself';
  const subject = subjectOf(commonName);
  const signingKey = own ? keys.privateKey : line.intermediateKeys.privateKey;
  return X509CertificateGenerator.create({
    subject,
    issuer: own ? subject : subjectOf(`${line.name} Intermediate`, request.issuerOrganisation),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: { name: signingKey.algorithm.name, hash },
    notBefore: daysAfter(now, daysLeft - lifetimeDays),
    notAfter: daysAfter(now, daysLeft),
    extensions: extensionsOf(request),
  });
}

function extensionsOf({
  names = [],
  ipAddresses = [],
  usage = 'server',
  ...request
}: CertificateRequest): Extension[] {
  const alternatives: JsonGeneralNames = [
    ...names.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const { namesIssuer = (request.signedBy ?? 'authority') === 'authority' } = request;
  return [
    new BasicConstraintsExtension(false, undefined, true),
    ...(usage === 'none'
      ? []
      : [new ExtendedKeyUsageExtension([usage === 'server' ? serverAuth : clientAuth])]),
    ...(alternatives.length === 0 ? [] : [new SubjectAlternativeNameExtension(alternatives)]),
    ...(namesIssuer ? [new AuthorityInfoAccessExtension({ caIssuers: issuerUrl })] : []),
  ];
}

function generateKeys(
  kind: NonNullable<CertificateRequest['key']>,
  hash: string,
): Promise<webcrypto.CryptoKeyPair> {
  if (kind === 'ec')
    return subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  return subtle.generateKey(
    {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: kind === 'rsa-1024' ? 1024 : 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
      hash,
    },
    true,
    ['sign', 'verify'],
  );
}

function subjectOf(commonName: string, organisation?: string): Record<string, string[]>[] {
  return [...(organisation === undefined ? [] : [{ O: [organisation] }]), { CN: [commonName] }];
}

function daysAfter(now: Date, days: number): Date {
  return new Date(now.getTime() + days * dayMs);
}

/** The library's PEM lacks the last newline, without which joined texts cannot be read. */
function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function pemOfKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

/** Its last octet, which belongs to the signature, is another one. */
function broken(certificate: X509Certificate): string {
  const bytes = new Uint8Array(certificate.rawData.slice(0));
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  return `${PemConverter.encode(bytes, 'CERTIFICATE')}\n`;
}
