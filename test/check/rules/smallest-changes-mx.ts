/**
 * The smallest changes to a domain that make a rule of mx.ts, mx-patterns.ts, smtp.ts, smtp-certificates.ts,
 * dane.ts or domain.ts speak, and that rule alone.
 */
import type {
  CertificateObservation,
  MxHostObservation,
  Observation,
  SmtpSession,
  TlsaRecord,
  TlsObservation,
} from '../../../src/check/observation.ts';
import type { Severity } from '../../../src/check/rule.ts';
import type { HostName } from '../../../src/protocol/domain.ts';
import {
  answer,
  certificate,
  domain,
  healthy,
  healthyPolicy,
  mxHost,
  nxdomain,
  session,
  testing,
  tls,
  txt,
  withPolicy,
  withRecords,
} from '../observations.ts';

export interface SmallestChange {
  /** What is changed. */
  readonly what: string;
  readonly id: string;
  readonly severity: Severity;
  readonly seen: Observation;
  /** A text that the finding's detail or remedy has to say. */
  readonly says?: string;
}

/** The domain with its first MX host changed. */
export function withMx1(more: Partial<MxHostObservation>, base: Observation = healthy): Observation {
  const [first, ...others] = base.mxHosts;
  return first === undefined ? base : { ...base, mxHosts: [{ ...first, ...more }, ...others] };
}

/** The first MX host, with what one session to its one address came to. */
export function withSession(result: SmtpSession['result'], base: Observation = healthy): Observation {
  return withMx1({ sessions: [session('mx1.example.com', '192.0.2.11', result)] }, base);
}

export function failedAt(
  at: 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'tls',
  problem: Extract<SmtpSession['result'], { kind: 'failed' }>['problem'],
  more: Partial<Extract<SmtpSession['result'], { kind: 'failed' }>> = {},
): SmtpSession['result'] {
  return { kind: 'failed', at, problem, ...more };
}

export function secured(more: Partial<TlsObservation> = {}): SmtpSession['result'] {
  return { kind: 'secured', tls: tls('mx1.example.com', more) };
}

/** A handshake with this certificate instead, its intermediate beside it. */
export function securedWith(
  own: Partial<CertificateObservation>,
  more: Partial<TlsObservation> = {},
  names: readonly string[] = ['mx1.example.com'],
): SmtpSession['result'] {
  const [, ...others] = tls('mx1.example.com').chain;
  return secured({ chain: [certificate(names, own), ...others], ...more });
}

/** The healthy domain with other MX, each with one good address. */
export function withHosts(
  hosts: readonly (readonly [preference: number, host: string])[],
  base: Observation = healthy,
): Observation {
  return {
    ...base,
    mx: { kind: 'hosts', hosts: hosts.map(([preference, host]) => ({ preference, host: host as HostName })) },
    mxHosts: hosts.map(([preference, host], index) => mxHost(host, preference, [`192.0.2.${11 + index}`])),
  };
}

export function withoutMail(mx: Observation['mx'], base: Observation = healthy): Observation {
  return { ...base, mx, mxHosts: [] };
}

/** TLSA 3 1 1 for mx1, secured by DNSSEC with its address. */
export function withTlsa(
  matches: boolean,
  more: {
    authentic?: boolean;
    addressAuthentic?: boolean;
    tls?: Partial<TlsObservation>;
    both?: boolean;
  } = {},
  base: Observation = healthy,
): Observation {
  const tlsa: TlsaRecord = { usage: 3, selector: 1, matchingType: 1, data: 'ef'.repeat(32) };
  const secure = (host: MxHostObservation, own: boolean): MxHostObservation => ({
    ...host,
    a: { ...host.a, ...(host.a.kind === 'answered' ? { authentic: more.addressAuthentic ?? true } : {}) },
    aaaa: {
      ...host.aaaa,
      ...(host.aaaa.kind === 'answered' ? { authentic: more.addressAuthentic ?? true } : {}),
    },
    tlsa: answer(`_25._tcp.${host.host}`, [tlsa], { authentic: more.authentic ?? true }),
    sessions: host.sessions.map(({ address }) =>
      session(host.host, address, {
        kind: 'secured',
        tls: tls(host.host, own ? more.tls : {}),
        tlsaMatches: [own ? matches : true],
      }),
    ),
  });
  return {
    ...base,
    mxHosts: base.mxHosts.map((host, index) =>
      index === 0 ? secure(host, true) : (more.both ?? true) ? secure(host, false) : host,
    ),
  };
}

const policyWith = (...mx: readonly string[]) =>
  `version: STSv1\nmode: enforce\n${mx.map((line) => `mx: ${line}\n`).join('')}max_age: 2592000\n`;
const both = ['mx1.example.com', 'mx2.example.com'] as const;
const none = withPolicy('version: STSv1\nmode: none\nmax_age: 86400\n');
/** No record and no policy host. */
export const off: Observation = {
  ...withRecords(),
  policyHost: {
    ...healthy.policyHost,
    a: nxdomain(`mta-sts.${domain}`),
    aaaa: nxdomain(`mta-sts.${domain}`),
    fetches: [],
  },
};

export const smallestMxChanges: readonly SmallestChange[] = [
  // mx-patterns.ts
  {
    what: 'the first MX has no mx line',
    id: 'mx.not-covered',
    severity: 'error',
    seen: withPolicy(policyWith('mx2.example.com')),
    says: 'mx: mx1.example.com',
  },
  {
    what: 'the same in testing',
    id: 'mx.not-covered',
    severity: 'warning',
    seen: withPolicy(policyWith('mx2.example.com').replace('enforce', 'testing')),
    says: 'v=STSv1; id=20261126T120000Z',
  },
  {
    what: 'a wildcard one label too high',
    id: 'mx.not-covered',
    severity: 'error',
    seen: withHosts(
      [
        [10, 'example-com.h-v1.mx.microsoft'],
        [20, 'mx2.example.com'],
      ],
      withPolicy(policyWith('*.mx.microsoft', 'mx2.example.com')),
    ),
    says: '*.h-v1.mx.microsoft',
  },
  {
    what: 'a slip in the spelling of a line',
    id: 'mx.not-covered',
    severity: 'error',
    seen: withPolicy(policyWith('mx1.exmaple.com', 'mx2.example.com')),
    says: 'the spelling differs',
  },
  {
    what: 'the backup MX has no mx line',
    id: 'mx.backup-not-covered',
    severity: 'error',
    seen: withPolicy(policyWith('mx1.example.com')),
    says: 'mx: mx2.example.com',
  },
  {
    what: 'a line for a host that is no MX',
    id: 'mx.pattern-unused',
    severity: 'notice',
    seen: withPolicy(policyWith(...both, 'mx.example.net')),
    says: 'mx.example.net',
  },
  {
    what: 'the same, and the domain of that host is free',
    id: 'mx.pattern-unregistered',
    severity: 'error',
    seen: {
      ...withPolicy(policyWith(...both, 'mx.example.net')),
      patternDomains: [{ domain: 'example.net', lookup: nxdomain('example.net') }],
    },
    says: 'v=STSv1; id=',
  },
  {
    what: 'a pattern that matches no MX of Google, beside the right ones',
    id: 'policy.provider-mismatch',
    severity: 'warning',
    seen: withPolicy(policyWith(...both, '*.gmail.com')),
    says: 'Google',
  },
  {
    what: 'a pattern right below a public suffix',
    id: 'mx.pattern-public-suffix',
    severity: 'error',
    seen: withPolicy(policyWith(...both, '*.com')),
  },
  {
    what: 'a pattern for every host of the domain',
    id: 'mx.pattern-own-wildcard',
    severity: 'warning',
    seen: withPolicy(policyWith('*.example.com')),
  },
  // mx.ts
  {
    what: 'no MX, but an address',
    id: 'mx.none-implicit',
    severity: 'warning',
    seen: {
      ...withHosts([[0, domain]], withPolicy(policyWith(domain))),
      mx: { kind: 'implicit', host: domain },
    },
  },
  { what: 'a null MX', id: 'mx.null', severity: 'warning', seen: withoutMail({ kind: 'null-mx' }) },
  {
    what: 'a null MX beside others',
    id: 'mx.null',
    severity: 'error',
    seen: {
      ...healthy,
      mx: {
        kind: 'hosts',
        hosts: healthy.mx.kind === 'hosts' ? healthy.mx.hosts : [],
        unusable: [{ preference: 0, name: '.', why: 'is the root' }],
      },
    },
  },
  {
    what: 'an MX that is an address',
    id: 'mx.ip-literal',
    severity: 'error',
    seen: {
      ...healthy,
      mx: {
        kind: 'hosts',
        hosts: healthy.mx.kind === 'hosts' ? healthy.mx.hosts : [],
        unusable: [{ preference: 30, name: '192.0.2.9', why: 'is an IP address; an MX record holds a name' }],
      },
    },
  },
  {
    what: 'an MX name that no host can have',
    id: 'mx.not-covered',
    severity: 'error',
    seen: {
      ...healthy,
      mx: {
        kind: 'hosts',
        hosts: healthy.mx.kind === 'hosts' ? healthy.mx.hosts : [],
        unusable: [{ preference: 30, name: 'mx_3.example.com', why: 'has an underscore' }],
      },
    },
  },
  {
    what: 'an MX host does not exist',
    id: 'mx.nxdomain',
    severity: 'error',
    seen: withMx1({ a: nxdomain('mx1.example.com'), aaaa: nxdomain('mx1.example.com'), sessions: [] }),
  },
  {
    what: 'an MX host is an alias of nothing',
    id: 'mx.nxdomain',
    severity: 'error',
    seen: withMx1({
      a: nxdomain('mx1.example.com', { aliases: ['gone.example.net'] }),
      aaaa: nxdomain('mx1.example.com', { aliases: ['gone.example.net'] }),
      sessions: [],
    }),
    says: 'gone.example.net',
  },
  {
    what: 'an MX host has no address',
    id: 'mx.no-address',
    severity: 'error',
    seen: withMx1({ a: answer('mx1.example.com', []), aaaa: answer('mx1.example.com', []), sessions: [] }),
  },
  {
    what: 'an MX host has a private address alone',
    id: 'mx.private-address',
    severity: 'error',
    seen: withMx1({
      a: answer('mx1.example.com', ['10.0.0.1']),
      sessions: [session('mx1.example.com', '10.0.0.1', { kind: 'address-refused', block: 'private use' })],
    }),
    says: '10.0.0.1 (private use)',
  },
  {
    what: 'an MX host has a private address besides',
    id: 'mx.private-address',
    severity: 'warning',
    seen: withMx1({
      sessions: [
        session('mx1.example.com', '192.0.2.11'),
        session('mx1.example.com', '10.0.0.1', { kind: 'address-refused', block: 'private use' }),
      ],
    }),
  },
  {
    what: 'an MX host is an alias',
    id: 'mx.cname',
    severity: 'warning',
    seen: withMx1({ a: answer('mx1.example.com', ['192.0.2.11'], { aliases: ['mail.example.net'] }) }),
    says: 'mail.example.net',
  },
  // smtp.ts
  {
    what: 'nobody answers at an MX host',
    id: 'smtp.unreachable',
    severity: 'warning',
    seen: withSession(failedAt('connect', 'timeout')),
    says: 'From here',
  },
  {
    what: 'no greeting comes',
    id: 'smtp.unreachable',
    severity: 'warning',
    seen: withSession(failedAt('greeting', 'timeout')),
  },
  {
    what: 'EHLO lists no STARTTLS',
    id: 'smtp.starttls-missing',
    severity: 'error',
    seen: withSession(failedAt('starttls', 'not-offered', { again: 'the-same' })),
    says: 'a second time too',
  },
  {
    what: 'EHLO is not known',
    id: 'smtp.starttls-missing',
    severity: 'error',
    seen: withSession(
      failedAt('starttls', 'not-offered', {
        reply: { code: 502, lines: ['5.5.1 Unrecognized command'] },
        again: 'the-same',
      }),
    ),
    says: 'It answers EHLO with `502 5.5.1 Unrecognized command`',
  },
  {
    what: 'EHLO lists no STARTTLS once, and then it does',
    id: 'smtp.starttls-missing',
    severity: 'warning',
    seen: withSession(failedAt('starttls', 'not-offered', { again: 'secured' })),
    says: 'a second time',
  },
  {
    what: 'the same in testing',
    id: 'smtp.starttls-missing',
    severity: 'error',
    seen: withSession(failedAt('starttls', 'not-offered'), testing),
  },
  {
    what: 'STARTTLS is answered with 454',
    id: 'smtp.starttls-refused',
    severity: 'error',
    seen: withSession(
      failedAt('starttls', 'rejected', { reply: { code: 454, lines: ['TLS not available'] } }),
    ),
    says: '454 TLS not available',
  },
  {
    what: 'STARTTLS is not answered',
    id: 'smtp.starttls-refused',
    severity: 'error',
    seen: withSession(failedAt('starttls', 'timeout')),
  },
  {
    what: 'the handshake ends with an alert',
    id: 'smtp.tls-handshake',
    severity: 'error',
    seen: withSession(failedAt('tls', 'tls', { alert: 'handshake_failure' })),
    says: 'handshake_failure',
  },
  {
    what: 'TLS 1.0 alone',
    id: 'smtp.tls-too-old',
    severity: 'error',
    seen: withSession(failedAt('tls', 'tls', { olderProtocol: 'TLSv1' })),
    says: 'TLS 1.0',
  },
  {
    what: 'one address of two has no STARTTLS',
    id: 'smtp.cert-differs-by-address',
    severity: 'error',
    seen: withMx1({
      sessions: [
        session('mx1.example.com', '192.0.2.11'),
        session('mx1.example.com', '2001:db8::11', failedAt('starttls', 'not-offered')),
      ],
    }),
    says: '2001:db8::11 (STARTTLS not offered)',
  },
  {
    what: 'one address of two has an expired certificate, in testing',
    id: 'smtp.cert-differs-by-address',
    severity: 'warning',
    seen: withMx1(
      {
        sessions: [
          session('mx1.example.com', '192.0.2.11'),
          session('mx1.example.com', '2001:db8::11', securedWith({ notAfter: '2026-11-24T00:00:00.000Z' })),
        ],
      },
      testing,
    ),
    says: 'expired',
  },
  // smtp-certificates.ts
  {
    what: 'an expired certificate',
    id: 'smtp.cert-expired',
    severity: 'error',
    seen: withSession(securedWith({ notAfter: '2026-11-24T00:00:00.000Z' })),
    says: 'expired on 2026-11-24',
  },
  {
    what: 'the same in testing',
    id: 'smtp.cert-expired',
    severity: 'warning',
    seen: withSession(securedWith({ notAfter: '2026-11-24T00:00:00.000Z' }), testing),
  },
  {
    what: 'the same in mode none',
    id: 'smtp.cert-expired',
    severity: 'warning',
    seen: withSession(securedWith({ notAfter: '2026-11-24T00:00:00.000Z' }), none),
  },
  {
    what: 'a certificate of tomorrow',
    id: 'smtp.cert-not-yet-valid',
    severity: 'error',
    seen: withSession(securedWith({ notBefore: '2026-11-27T00:00:00.000Z' })),
  },
  {
    what: 'a certificate that signed itself',
    id: 'smtp.cert-self-signed',
    severity: 'error',
    seen: withSession(secured({ trust: 'self-signed' })),
  },
  {
    what: 'a certificate of an authority that nobody knows',
    id: 'smtp.cert-untrusted',
    severity: 'error',
    seen: withSession(secured({ trust: 'unknown-authority' })),
  },
  {
    what: 'no intermediate certificate',
    id: 'smtp.cert-chain-incomplete',
    severity: 'error',
    seen: withSession(secured({ trust: 'incomplete', chain: [certificate(['mx1.example.com'])] })),
  },
  {
    what: 'a certificate for the domain instead',
    id: 'smtp.cert-name-mismatch',
    severity: 'error',
    seen: withSession(securedWith({}, { nameMatches: false }, ['example.com'])),
    says: 'It would fit example.com',
  },
  {
    what: 'a certificate for another MX',
    id: 'smtp.cert-name-mismatch',
    severity: 'error',
    seen: withSession(securedWith({}, { nameMatches: false }, ['mx2.example.com'])),
    says: 'It would fit mx2.example.com',
  },
  {
    what: 'a name in the common name alone',
    id: 'smtp.cert-cn-only',
    severity: 'error',
    seen: withSession(securedWith({ commonName: 'mx1.example.com' }, { nameMatches: false }, [])),
  },
  {
    what: 'm*.example.com',
    id: 'smtp.cert-partial-wildcard',
    severity: 'error',
    seen: withSession(securedWith({}, { nameMatches: false }, ['m*.example.com'])),
  },
  {
    what: 'a certificate for an address',
    id: 'smtp.cert-ip-san-only',
    severity: 'error',
    seen: withSession(securedWith({ ipAddresses: ['192.0.2.11'] }, { nameMatches: false }, [])),
  },
  {
    what: 'a certificate for clients',
    id: 'smtp.cert-wrong-eku',
    severity: 'error',
    seen: withSession(securedWith({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'] })),
  },
  {
    what: 'a key of RSA with 1024 bits',
    id: 'smtp.weak-key',
    severity: 'error',
    seen: withSession(securedWith({ key: { type: 'rsa', bits: 1024 } })),
  },
  {
    what: 'a signature with SHA-1',
    id: 'smtp.sha1',
    severity: 'error',
    seen: withSession(securedWith({ signatureAlgorithm: 'sha1WithRSAEncryption' })),
  },
  {
    what: 'two weeks left of ninety days',
    id: 'smtp.cert-expiring',
    severity: 'warning',
    seen: withSession(
      securedWith({ notBefore: '2026-09-11T00:00:00.000Z', notAfter: '2026-12-10T00:00:00.000Z' }),
    ),
  },
  {
    what: 'two days left of ninety',
    id: 'smtp.cert-expiring',
    severity: 'error',
    seen: withSession(
      securedWith({ notBefore: '2026-08-30T00:00:00.000Z', notAfter: '2026-11-28T12:00:00.000Z' }),
    ),
  },
  // dane.ts
  {
    what: 'a TLSA record of another certificate',
    id: 'dane.tlsa-mismatch',
    severity: 'error',
    seen: withTlsa(false),
    says: 'MTA-STS cannot rescue this',
  },
  {
    what: 'TLSA records in a zone that is not signed',
    id: 'dane.tlsa-without-dnssec',
    severity: 'warning',
    seen: withMx1({
      tlsa: answer('_25._tcp.mx1.example.com', [
        { usage: 3, selector: 1, matchingType: 1, data: 'ef'.repeat(32) },
      ]),
    }),
  },
  {
    what: 'a certificate that satisfies DANE alone',
    id: 'dane.self-signed-with-sts',
    severity: 'error',
    seen: withTlsa(true, { tls: { trust: 'self-signed' } }),
  },
  {
    what: 'TLSA records of one MX host of two',
    id: 'dane.partial',
    severity: 'notice',
    seen: withTlsa(true, { both: false }),
    says: '_25._tcp.mx2.example.com',
  },
  // domain.ts
  {
    what: 'a record above the domain, and none of its own',
    id: 'sub.no-inheritance',
    severity: 'notice',
    seen: {
      ...off,
      record: { ...off.record, parent: txt('_mta-sts.com', 'v=STSv1; id=1;') },
    },
  },
  {
    what: 'one of two MX of equal preference has no mx line',
    id: 'mx.not-covered',
    severity: 'error',
    seen: withHosts(
      [
        [10, 'mx1.example.com'],
        [10, 'mx2.example.com'],
      ],
      withPolicy(healthyPolicy.replace('mx: mx2.example.com\n', '')),
    ),
  },
  {
    what: 'mode none for a year',
    id: 'removal.long-none',
    severity: 'notice',
    seen: withPolicy('version: STSv1\nmode: none\nmax_age: 31557600\n'),
  },
];
