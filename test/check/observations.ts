/** A healthy domain as it is seen, and the small changes that make it ill: what the rules are tested with. */
import {
  type CertificateObservation,
  type DnsAnswered,
  type DnsFailed,
  type DnsProblem,
  type MxHostObservation,
  type Observation,
  octetsOf,
  type PolicyFetch,
  type SmtpSession,
  type TlsaRecord,
  type TlsObservation,
  type TxtRecord,
} from '../../src/check/observation.ts';
import type { DomainName, HostName } from '../../src/protocol/domain.ts';

export const domain = 'example.com' as DomainName;
export const startedAt = '2026-11-26T12:00:00.000Z';
export const healthyRecord = 'v=STSv1; id=20261101T080000Zab12;';
export const healthyPolicy =
  'version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 2592000\n';
export const healthyTlsRpt = 'v=TLSRPTv1; rua=mailto:tls-reports@reports.example';

export function answer<T>(
  name: string,
  records: readonly T[],
  more: Partial<DnsAnswered<T>> = {},
): DnsAnswered<T> {
  return {
    kind: 'answered',
    name,
    exists: true,
    records,
    aliases: [],
    ttlSeconds: 3600,
    authentic: false,
    ...more,
  };
}

export function nxdomain<T>(name: string, more: Partial<DnsAnswered<T>> = {}): DnsAnswered<T> {
  return answer<T>(name, [], { exists: false, ...more });
}

export function failed(name: string, problem: DnsProblem, more: Partial<DnsFailed> = {}): DnsFailed {
  return { kind: 'failed', name, problem, ...more };
}

/** TXT records of one string each; `[]` for several strings. UTF-8 where a text is not ASCII. */
export function txt(
  name: string,
  ...records: readonly (string | readonly string[])[]
): DnsAnswered<TxtRecord> {
  return answer<TxtRecord>(
    name,
    records.map((record) =>
      (typeof record === 'string' ? [record] : record).map((text) => octetsOf(Buffer.from(text))),
    ),
  );
}

export function certificate(
  names: readonly string[],
  more: Partial<CertificateObservation> = {},
): CertificateObservation {
  return {
    subject: `CN=${names[0] ?? ''}`,
    issuer: 'C=US, O=Example CA, CN=Example Issuing CA',
    ...(names[0] === undefined ? {} : { commonName: names[0] }),
    dnsNames: names,
    ipAddresses: [],
    notBefore: '2026-10-27T00:00:00.000Z',
    notAfter: '2027-01-25T00:00:00.000Z',
    key: { type: 'ec', bits: 256, curve: 'prime256v1' },
    signatureAlgorithm: 'ecdsa-with-SHA256',
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
    isAuthority: false,
    sha256: 'ab'.repeat(32),
    ...more,
  };
}

export function tls(host: string, more: Partial<TlsObservation> = {}): TlsObservation {
  return {
    protocol: 'TLSv1.3',
    chain: [
      certificate([host]),
      certificate([], {
        subject: 'C=US, O=Example CA, CN=Example Issuing CA',
        issuer: 'C=US, O=Example CA, CN=Example Root',
        isAuthority: true,
        notBefore: '2024-01-01T00:00:00.000Z',
        notAfter: '2029-01-01T00:00:00.000Z',
        sha256: 'cd'.repeat(32),
      }),
    ],
    trust: 'trusted',
    nameMatches: true,
    ...more,
  };
}

export function fetched(
  address: string,
  body: string | Uint8Array = healthyPolicy,
  more: {
    status?: number;
    headers?: Record<string, string>;
    tls?: TlsObservation;
    cut?: 'too-long' | 'closed' | 'timeout';
  } = {},
): PolicyFetch {
  const { status = 200, headers = { 'content-type': 'text/plain; charset=utf-8' }, cut } = more;
  return {
    address,
    timings: { connectMs: 20, tlsMs: 41, firstByteMs: 62, totalMs: 63 },
    result: {
      kind: 'response',
      tls: more.tls ?? tls(`mta-sts.${domain}`),
      response: { status, headers, body: octetsOf(Buffer.from(body)), ...(cut === undefined ? {} : { cut }) },
      takesTls12: true,
    },
  };
}

export function session(
  host: string,
  address: string,
  result: SmtpSession['result'] = { kind: 'secured', tls: tls(host) },
): SmtpSession {
  return {
    address,
    timings: { connectMs: 20, tlsMs: 120, totalMs: 140 },
    greeting: { code: 220, lines: [`${host} ESMTP`] },
    ehlo: { code: 250, lines: [host, 'PIPELINING', 'STARTTLS', '8BITMIME'] },
    result,
  };
}

export function mxHost(
  host: string,
  preference: number,
  addresses: readonly string[],
  more: Partial<MxHostObservation> = {},
): MxHostObservation {
  return {
    host: host as HostName,
    preference,
    a: answer(
      host,
      addresses.filter((address) => !address.includes(':')),
    ),
    aaaa: answer(
      host,
      addresses.filter((address) => address.includes(':')),
    ),
    tlsa: nxdomain<TlsaRecord>(`_25._tcp.${host}`),
    sessions: addresses.map((address) => session(host, address)),
    ...more,
  };
}

/** Enforced, with two MX hosts, nothing to remark. */
export const healthy: Observation = {
  version: 1,
  domain,
  startedAt,
  durationMs: 412,
  resolver: { validates: true },
  record: {
    lookup: txt(`_mta-sts.${domain}`, healthyRecord),
    authoritative: [
      {
        nameServer: 'ns1.example.net',
        address: '192.0.2.1',
        lookup: txt(`_mta-sts.${domain}`, healthyRecord),
      },
      {
        nameServer: 'ns2.example.net',
        address: '192.0.2.2',
        lookup: txt(`_mta-sts.${domain}`, healthyRecord),
      },
    ],
    wildcard: nxdomain(`x7h2k9q4.${domain}`),
    wrongNames: [
      domain,
      `mta-sts.${domain}`,
      `_mta_sts.${domain}`,
      `_mta-sts.mta-sts.${domain}`,
      `_mta-sts.${domain}.${domain}`,
    ].map((name) => (name === domain || name.startsWith('mta-sts.') ? answer(name, []) : nxdomain(name))),
  },
  policyHost: {
    name: `mta-sts.${domain}` as HostName,
    a: answer(`mta-sts.${domain}`, ['192.0.2.10']),
    aaaa: answer(`mta-sts.${domain}`, ['2001:db8::10']),
    fetches: [fetched('192.0.2.10'), fetched('2001:db8::10')],
    followUps: [],
  },
  mx: {
    kind: 'hosts',
    hosts: [
      { preference: 10, host: 'mx1.example.com' as HostName },
      { preference: 20, host: 'mx2.example.com' as HostName },
    ],
  },
  mxHosts: [
    mxHost('mx1.example.com', 10, ['192.0.2.11']),
    mxHost('mx2.example.com', 20, ['192.0.2.12', '2001:db8::12']),
  ],
  port25: 'open',
  tlsRpt: {
    lookup: { ...txt(`_smtp._tls.${domain}`, healthyTlsRpt), ttlSeconds: 86_400 },
    wrongNames: [`_smtp-tlsrpt.${domain}`, `_tls._smtp.${domain}`, `_smtp._tcp.${domain}`].map((name) =>
      nxdomain(name),
    ),
    destinations: [
      {
        uri: 'mailto:tls-reports@reports.example',
        host: 'reports.example' as HostName,
        mx: { kind: 'hosts', hosts: [{ preference: 10, host: 'mx.reports.example' as HostName }] },
      },
    ],
  },
  patternDomains: [],
};

/** The healthy domain with another policy, served alike at every address. */
export function withPolicy(body: string | Uint8Array, base: Observation = healthy): Observation {
  const fetches = base.policyHost.fetches.map(({ address }) => fetched(address, body));
  return { ...base, policyHost: { ...base.policyHost, fetches } };
}

/** The healthy domain with other TXT records at `_mta-sts`, the same at every server. */
export function withRecords(...records: readonly (string | readonly string[])[]): Observation {
  const lookup = txt(`_mta-sts.${domain}`, ...records);
  return {
    ...healthy,
    record: {
      ...healthy.record,
      lookup,
      authoritative: healthy.record.authoritative.map((server) => ({ ...server, lookup })),
    },
  };
}

/** The healthy domain in mode testing. */
export const testing = withPolicy(healthyPolicy.replace('enforce', 'testing'));
