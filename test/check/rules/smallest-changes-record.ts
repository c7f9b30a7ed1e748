/**
 * For each rule about record, policy host, answer, policy and TLS-RPT the smallest change to a healthy domain
 * that raises it, and nothing else.
 */
import { gzipSync } from 'node:zlib';
import type {
  DnsAnswered,
  HttpResponse,
  Observation,
  PolicyFetch,
  PolicyHostObservation,
  RecordObservation,
  TlsObservation,
  TlsRptObservation,
  TxtRecord,
} from '../../../src/check/observation.ts';
import type { HostName } from '../../../src/protocol/domain.ts';
import {
  answer,
  certificate,
  domain,
  failed,
  fetched,
  healthy,
  healthyPolicy,
  healthyRecord,
  healthyTlsRpt,
  nxdomain,
  testing,
  tls,
  txt,
  withPolicy,
  withRecords,
} from '../observations.ts';

const recordName = `_mta-sts.${domain}`;
const hostName = `mta-sts.${domain}`;
const addresses = ['192.0.2.10', '2001:db8::10'] as const;

export function withRecord(change: Partial<RecordObservation>, base = healthy): Observation {
  return { ...base, record: { ...base.record, ...change } };
}

export function withHost(change: Partial<PolicyHostObservation>, base = healthy): Observation {
  return { ...base, policyHost: { ...base.policyHost, ...change } };
}

/** The same at every address. */
export function withResult(result: PolicyFetch['result']): Observation {
  return withHost({
    fetches: addresses.map((address) => ({ address, timings: { totalMs: 60 }, result })),
  });
}

/** The first address as it was, the second with this. */
export function withSecond(result: PolicyFetch['result']): Observation {
  const [first] = healthy.policyHost.fetches;
  return withHost({
    fetches: [
      ...(first === undefined ? [] : [first]),
      { address: addresses[1], timings: { totalMs: 60 }, result },
    ],
  });
}

function withTls(more: Partial<TlsObservation>): Observation {
  return withHost({
    fetches: addresses.map((at) => fetched(at, healthyPolicy, { tls: tls(hostName, more) })),
  });
}

/** Another certificate of the host, the chain around it as it was. */
export function withCertificate(
  change: Parameters<typeof certificate>[1],
  names: readonly string[] = [hostName],
  more: Partial<TlsObservation> = {},
): Observation {
  const [, ...rest] = tls(hostName).chain;
  return withTls({ chain: [certificate(names, change), ...rest], ...more });
}

export function withResponse(
  more: Parameters<typeof fetched>[2],
  body: string | Uint8Array = healthyPolicy,
): Observation {
  return withHost({ fetches: addresses.map((at) => fetched(at, body, more)) });
}

export function withHeaders(
  headers: HttpResponse['headers'],
  body: string | Uint8Array = healthyPolicy,
): Observation {
  return withResponse({ headers }, body);
}

export function withTlsRpt(change: Partial<TlsRptObservation>, base = healthy): Observation {
  return { ...base, tlsRpt: { ...base.tlsRpt, ...change } };
}

export function withReports(...records: readonly string[]): Observation {
  return withTlsRpt({ lookup: { ...txt(`_smtp._tls.${domain}`, ...records), ttlSeconds: 86_400 } });
}

/** The policy with one text replaced by another. */
function policy(from: string | RegExp, to: string): Observation {
  const body = healthyPolicy.replace(from, to);
  if (body === healthyPolicy) throw new Error(`the policy has no ${from}`);
  return withPolicy(body);
}

/** The record's lookup alone, with servers that follow no alias. */
function aliased(change: Partial<DnsAnswered<TxtRecord>>, records: readonly string[] = []): Observation {
  return withRecord({
    lookup: { ...txt(recordName, ...records), ...change },
    authoritative: [],
  });
}

const alias = 'example-com.sts.provider.example';
const noAddress = { a: answer<string>(hostName, []), aaaa: answer<string>(hostName, []), fetches: [] };
const page = '<!doctype html>\n<html><head><title>Not found</title></head></html>\n';
const failure = { kind: 'failed', at: 'connect', problem: 'connection-refused' } as const;
const handshake = { kind: 'failed', at: 'tls', problem: 'tls' } as const;
const notFound = { status: 404, headers: { 'content-type': 'text/html' } };
const firstMx = 'mx: mx1.example.com';
const absentReports = { lookup: nxdomain<never>(`_smtp._tls.${domain}`), destinations: [] };
/** A policy of twelve kilobytes: extension fields are ignored. */
const padded = `${healthyPolicy}${'x-note: padding of a policy that is too long for some\n'.repeat(220)}`;

function pattern(text: string): Observation {
  return policy(firstMx, `${firstMx}\nmx: ${text}`);
}

export const smallestChangesRecord: Readonly<Record<string, Observation>> = {
  'txt.servfail': withRecord({ lookup: failed(recordName, 'servfail'), authoritative: [] }),
  'txt.dnssec-bogus': withRecord({
    lookup: failed(recordName, 'servfail', { bogus: true, extendedError: { code: 7, text: 'expired' } }),
  }),
  'txt.cname-dangling': aliased({ aliases: [alias], exists: false }),
  'txt.cname-loop': aliased({ aliases: [alias, recordName], aliasLoop: true }),
  'txt.cname-beside-data': aliased({ aliases: [alias], aliasBesideData: true }, [healthyRecord]),
  'txt.wrong-name': {
    ...withRecord({
      lookup: nxdomain(recordName),
      authoritative: [],
      wrongNames: [txt(`_mta_sts.${domain}`, healthyRecord)],
    }),
  },
  'txt.absent-but-policy-host': withRecord({ lookup: nxdomain(recordName), authoritative: [] }),
  'txt.delegated-half': withHost(noAddress, aliased({ aliases: [alias] }, [healthyRecord])),
  'txt.ns-inconsistent': withRecord({
    authoritative: healthy.record.authoritative.map((server, index) =>
      index === 0 ? server : { ...server, lookup: txt(recordName, 'v=STSv1; id=20250101T000000Z;') },
    ),
  }),
  'txt.wildcard-answer': withRecord({ wildcard: txt(`x7h2k9q4.${domain}`, healthyRecord) }),
  'txt.ttl-long': withRecord({
    authoritative: healthy.record.authoritative.map((server) => ({
      ...server,
      lookup: { ...txt(recordName, healthyRecord), ttlSeconds: 172_800 },
    })),
  }),

  'txt.multiple': withRecords(healthyRecord, 'v=STSv1; id=2;'),
  'txt.near-miss': withRecords('v=stsv1; id=20261101T080000Zab12;'),
  'txt.malformed': withRecords('v=STSv1; id = 2026;'),
  'txt.non-ascii': withRecords('v=STSv1; id=20é26;'),
  'txt.space-before-semicolon': withRecords('v=STSv1 ; id=2026;'),
  'txt.id-empty': withRecords('v=STSv1; id=;'),
  'txt.id-charset': withRecords('v=STSv1; id=2026-11-01;'),
  'txt.id-too-long': withRecords(`v=STSv1; id=${'a1'.repeat(17)};`),
  'txt.empty-field': withRecords('v=STSv1;; id=2026;'),
  'txt.trailing-space': withRecords('v=STSv1; id=2026 '),
  'txt.duplicate-field': withRecords('v=STSv1; id=2026; id=2027;'),
  'txt.unknown-field': withRecords('v=STSv1; id=2026; p=none;'),
  'txt.unrelated-record-beside': withRecords(healthyRecord, 'provider-verification=1'),

  'host.missing': withHost(noAddress),
  'host.cname-dangling': withHost({
    a: nxdomain(hostName, { aliases: ['example-com.azurewebsites.net'] }),
    aaaa: nxdomain(hostName, { aliases: ['example-com.azurewebsites.net'] }),
    fetches: [],
  }),
  'host.private-address': withResult({ kind: 'address-refused', block: 'private use' }),
  'host.ipv6-only': withHost({
    a: answer(hostName, []),
    fetches: [fetched(addresses[1])],
  }),
  'host.port-closed': withResult(failure),
  'host.sni-alert': withResult({ ...handshake, alert: 'unrecognized_name' }),
  'host.tls-too-old': withResult({ ...handshake, olderProtocol: 'TLSv1' }),
  'host.tls13-only': withHost({
    fetches: healthy.policyHost.fetches.map((fetch) =>
      fetch.result.kind === 'response' ? { ...fetch, result: { ...fetch.result, takesTls12: false } } : fetch,
    ),
  }),
  'host.address-broken': withSecond({ ...failure, problem: 'timeout' }),
  'host.addresses-differ': withHost({
    fetches: [
      fetched(addresses[0]),
      fetched(addresses[1], healthyPolicy.replace('max_age: 2592000', 'max_age: 1296000')),
    ],
  }),
  'host.cert-expired': withCertificate({
    notBefore: '2026-08-01T00:00:00.000Z',
    notAfter: '2026-10-30T00:00:00.000Z',
  }),
  'host.cert-not-yet-valid': withCertificate({
    notBefore: '2026-11-27T00:00:00.000Z',
    notAfter: '2027-02-25T00:00:00.000Z',
  }),
  'host.cert-name-mismatch': withCertificate({}, ['www.example.com'], { nameMatches: false }),
  'host.cert-cn-only': withCertificate({ dnsNames: [] }, [hostName], { nameMatches: false }),
  'host.cert-partial-wildcard': withCertificate({}, ['m*.example.com'], { nameMatches: false }),
  'host.cert-self-signed': withTls({
    chain: [certificate([hostName], { issuer: `CN=${hostName}` })],
    trust: 'self-signed',
  }),
  'host.cert-untrusted': withTls({ trust: 'unknown-authority' }),
  'host.cert-chain-incomplete': withTls({ chain: [certificate([hostName])], trust: 'incomplete' }),
  'host.cert-weak-key': withCertificate({ key: { type: 'rsa', bits: 1024 } }),
  'host.cert-sha1': withCertificate({ signatureAlgorithm: 'sha1WithRSAEncryption' }),
  'host.cert-expiring': withCertificate({ notAfter: '2026-12-01T00:00:00.000Z' }),
  'host.caa-blocks-issuer': withHost(
    { caa: { name: domain, records: [{ critical: false, tag: 'issue', value: 'digicert.com' }] } },
    withCertificate({ issuer: "C=US, O=Let's Encrypt, CN=E7" }),
  ),

  'http.redirect': withResponse({ status: 301, headers: { location: `https://${domain}/` } }, ''),
  'http.wrong-place': withHost(
    {
      followUps: [
        {
          what: 'domain-itself',
          url: `https://${domain}/.well-known/mta-sts.txt`,
          status: 200,
          contentType: 'text/plain',
          isPolicy: true,
        },
      ],
    },
    withResponse(notFound, page),
  ),
  'http.client-blocked': withResponse(
    { status: 403, headers: { 'content-type': 'text/html', 'cf-mitigated': 'challenge' } },
    page,
  ),
  'http.status': withResponse(notFound, page),
  'http.incomplete': withResponse({ cut: 'closed' }, 'version: STSv1\n'),
  'http.html-body': withHeaders({ 'content-type': 'text/html' }, page),
  'http.content-type-missing': withHeaders({}),
  'http.content-type-wrong': withHeaders({ 'content-type': 'application/octet-stream' }),
  'http.charset-odd': withHeaders({ 'content-type': 'text/plain; charset=utf-16' }),
  'http.charset-missing-with-utf8': withHeaders(
    { 'content-type': 'text/plain' },
    `${healthyPolicy}x-note: für alle\n`,
  ),
  'http.content-encoding-unasked': withHeaders(
    { 'content-type': 'text/plain; charset=utf-8', 'content-encoding': 'gzip' },
    gzipSync(healthyPolicy),
  ),
  'http.too-large': withResponse({ cut: 'too-long' }, padded),
  'http.slow': withHost({
    fetches: healthy.policyHost.fetches.map((fetch) => ({
      ...fetch,
      timings: { connectMs: 20, tlsMs: 41, firstByteMs: 2_900, totalMs: 2_901 },
    })),
  }),

  'policy.malformed': policy('enforce', 'enforced-soon'),
  'policy.utf16': withPolicy(Buffer.from(`\ufeff${healthyPolicy}`, 'utf16le')),
  'policy.bom': withPolicy(`\ufeff${healthyPolicy}`),
  'policy.nbsp': policy('mode: ', 'mode:\u00a0'),
  'policy.zero-width': policy('enforce', 'en\u200bforce'),
  'policy.smart-quotes': policy('enforce', '“enforce”'),
  'policy.fullwidth': policy('enforce', 'ｅnforce'),
  'policy.key-case': policy('mode', 'Mode'),
  'policy.misspelt-key': policy('max_age', 'max-age'),
  'policy.value-case': policy('enforce', 'Enforce'),
  'policy.leading-space': policy('mode', ' mode'),
  'policy.space-before-colon': policy('mode:', 'mode :'),
  'policy.blank-line': policy('mode', '\nmode'),
  'policy.extra-newline': policy('2592000\n', '2592000\n\n'),
  'policy.comment': policy('mode', '# ours\nmode'),
  'policy.tab-in-value': policy('max_age', 'x-note: a\tb\nmax_age'),
  'policy.cr-only': policy(/\n/g, '\r'),
  'policy.lf-cr': policy(/\n/g, '\n\r'),
  'policy.cr-cr-lf': policy(/\n/g, '\r\r\n'),
  'policy.missing-version': policy('version: STSv1\n', ''),
  'policy.missing-mode': policy('mode: enforce\n', ''),
  'policy.missing-max_age': policy('max_age: 2592000\n', ''),
  'policy.missing-mx': policy(/mx: .*\n/g, ''),
  'policy.version-not-first': policy('version: STSv1\nmode: enforce\n', 'mode: enforce\nversion: STSv1\n'),
  'policy.duplicate-field': policy('mode: enforce\n', 'mode: enforce\nmode: testing\n'),
  'policy.unknown-field': policy('mode', 'contact: postmaster\nmode'),
  'policy.max_age-over-maximum': policy('2592000', '63115200'),
  'policy.max_age-zero': policy('2592000', '0'),
  'policy.max_age-short': policy('2592000', '3600'),
  'policy.testing-without-tlsrpt': withTlsRpt(absentReports, testing),

  'mx.pattern-empty': pattern(''),
  'mx.pattern-ip': pattern('[192.0.2.11]'),
  'mx.pattern-url': pattern('smtp://mx1.example.com/'),
  'mx.pattern-list': pattern('mx1.example.com, mx2.example.com'),
  'mx.pattern-port': pattern('mx1.example.com:25'),
  'mx.pattern-star-alone': pattern('*'),
  'mx.pattern-inner-wildcard': pattern('mx.*.example.com'),
  'mx.pattern-partial-wildcard': pattern('mx*.example.com'),
  'mx.pattern-leading-dot': pattern('.example.com'),
  'mx.pattern-trailing-dot': pattern('mx3.example.com.'),
  'mx.pattern-u-label': pattern('mx.bücher.example'),
  'mx.pattern-underscore': pattern('mx_1.example.com'),
  'mx.pattern-single-label': pattern('localhost'),
  'mx.pattern-duplicate': pattern('mx1.example.com'),
  'mx.pattern-public-suffix': pattern('*.com'),
  'mx.pattern-own-wildcard': pattern('*.example.com'),
  'mx.pattern-unregistered': {
    ...pattern('mx.gone.example'),
    patternDomains: [{ domain: 'gone.example', lookup: nxdomain('gone.example') }],
  },

  'rpt.absent': withTlsRpt(absentReports),
  'rpt.wrong-name': withTlsRpt({
    ...absentReports,
    wrongNames: [txt(`_tls._smtp.${domain}`, healthyTlsRpt)],
  }),
  'rpt.multiple': withReports(healthyTlsRpt, 'v=TLSRPTv1; rua=https://reports.example/tls'),
  'rpt.near-miss': withReports(healthyTlsRpt.replace('TLSRPTv1', 'TLS-RPTv1')),
  'rpt.malformed': withReports('v=TLSRPTv1; reports'),
  'rpt.rua-no-scheme': withReports('v=TLSRPTv1; rua=tls@reports.example'),
  'rpt.rua-raw-bang': withReports(`${healthyTlsRpt}!10m`),
  'rpt.rua-raw-comma': withReports('v=TLSRPTv1; rua=mailto:tls,reports@reports.example'),
  'rpt.rua-raw-semicolon': withReports('v=TLSRPTv1; rua=mailto:tls;reports@reports.example'),
  'rpt.rua-space': withReports('v=TLSRPTv1; rua= mailto:tls@reports.example'),
  'rpt.rua-non-ascii': withReports('v=TLSRPTv1; rua=mailto:tls@bücher.example'),
  'rpt.rua-unsupported-scheme': withReports('v=TLSRPTv1; rua=ftp://reports.example/tls'),
  'rpt.dmarc-tags': withReports('v=TLSRPTv1; p=none; rua=mailto:tls@reports.example'),
  'rpt.duplicate-rua': withReports('v=TLSRPTv1; rua=mailto:a@reports.example; rua=mailto:b@reports.example'),
  'rpt.mailbox-undeliverable': withTlsRpt({
    destinations: healthy.tlsRpt.destinations.map((one) => ({ ...one, mx: { kind: 'null-mx' } })),
  }),
  'rpt.mailbox-same-domain': withTlsRpt({
    destinations: [{ uri: `mailto:tls@${domain}`, host: domain as HostName, mx: healthy.mx }],
  }),
  'rpt.https-endpoint': withTlsRpt({
    destinations: [
      {
        uri: 'https://reports.example/tls',
        host: 'reports.example' as HostName,
        addresses: nxdomain('reports.example'),
      },
    ],
  }),
  'rpt.ttl-short': withTlsRpt({
    lookup: { ...txt(`_smtp._tls.${domain}`, healthyTlsRpt), ttlSeconds: 60 },
    ownTtlSeconds: 60,
  }),
};
