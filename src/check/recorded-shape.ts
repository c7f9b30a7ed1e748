/** The shape of an observation in JSON, to the last field: what comes from a file is checked against it. */
import { z } from 'zod';
import type {
  AddressRefused,
  AuthoritativeAnswer,
  CaaRecord,
  CertificateObservation,
  DnsAnswered,
  DnsFailed,
  DnsLookup,
  ExtendedError,
  FollowUp,
  HttpResponse,
  MxHost,
  MxHostObservation,
  MxObservation,
  NotMeasured,
  Observation,
  PatternDomain,
  PolicyFetch,
  PolicyHostObservation,
  RecordObservation,
  ResolverObservation,
  RuaDestination,
  SmtpReply,
  SmtpSession,
  Timings,
  TlsaRecord,
  TlsObservation,
  TlsRptObservation,
  TxtRecord,
  UnusableMx,
} from './observation.ts';
import {
  absent,
  count,
  domain,
  either,
  host,
  instant,
  list,
  maybe,
  object,
  octets,
  text,
  time,
} from './recorded-fields.ts';

const notMeasuredFields = {
  kind: z.literal('not-measured'),
  because: z.enum(['time-is-over', 'too-many', 'asked-too-often', 'no-route', 'not-needed', 'own-network']),
} as const;
const notMeasured = object<NotMeasured>(notMeasuredFields);
const addressRefused = object<AddressRefused>({ kind: z.literal('address-refused'), block: text });

// DNS

const extendedError = object<ExtendedError>({ code: count, text });
const problem = z.enum(['timeout', 'servfail', 'refused', 'malformed', 'unreachable']);
const dnsFailed = object<DnsFailed>({
  kind: z.literal('failed'),
  name: text,
  problem,
  extendedError: maybe(extendedError),
  bogus: maybe(absent),
});
const dnsNotMeasured = object<NotMeasured & { readonly name: string }>({ ...notMeasuredFields, name: text });

function answeredWith<T>(record: z.ZodType<T>): z.ZodType<DnsAnswered<T>> {
  return object<DnsAnswered<T>>({
    kind: z.literal('answered'),
    name: text,
    exists: z.boolean(),
    records: list(record),
    aliases: list(text),
    aliasLoop: maybe(absent),
    aliasBesideData: maybe(absent),
    ttlSeconds: maybe(count),
    authentic: z.boolean(),
    extendedError: maybe(extendedError),
  });
}

function lookup<T>(record: z.ZodType<T>): z.ZodType<DnsLookup<T>> {
  return either<DnsLookup<T>>(answeredWith(record), dnsFailed, dnsNotMeasured);
}

const txtRecord: z.ZodType<TxtRecord> = list(octets);
const txtLookup = lookup(txtRecord);
const names = lookup<string>(text);
const tlsaRecord = object<TlsaRecord>({
  usage: count,
  selector: count,
  matchingType: count,
  data: z.hex(),
});
const caaRecord = object<CaaRecord>({ critical: z.boolean(), tag: text, value: octets });

const record = object<RecordObservation>({
  lookup: txtLookup,
  authoritative: list(
    object<AuthoritativeAnswer>({
      nameServer: text,
      address: text,
      lookup: either<AuthoritativeAnswer['lookup']>(
        answeredWith(txtRecord),
        dnsFailed,
        dnsNotMeasured,
        addressRefused,
      ),
    }),
  ),
  wildcard: txtLookup,
  wrongNames: list(txtLookup),
  parent: maybe(txtLookup),
});

type Mx<K extends MxObservation['kind']> = Extract<MxObservation, { readonly kind: K }>;
const mx = either<MxObservation>(
  object<Mx<'hosts'>>({
    kind: z.literal('hosts'),
    hosts: list(object<MxHost>({ preference: count, host })),
    unusable: maybe(list(object<UnusableMx>({ preference: count, name: text, why: text }))),
    omitted: maybe(count),
  }),
  object<Mx<'null-mx'>>({ kind: z.literal('null-mx') }),
  object<Mx<'implicit'>>({ kind: z.literal('implicit'), host }),
  object<Mx<'no-mail'>>({ kind: z.literal('no-mail') }),
  object<Mx<'nxdomain'>>({ kind: z.literal('nxdomain') }),
  object<Mx<'unknown'>>({ kind: z.literal('unknown'), problem }),
);

// Connections

const socketProblem = z.enum([
  'connection-refused',
  'timeout',
  'reset',
  'closed',
  'unreachable',
  'garbage',
  'too-much',
  'tls',
]);
const timings = object<Timings>({
  connectMs: maybe(time),
  tlsMs: maybe(time),
  firstByteMs: maybe(time),
  totalMs: time,
});
const certificate = object<CertificateObservation>({
  subject: text,
  issuer: text,
  commonName: maybe(text),
  dnsNames: list(text),
  ipAddresses: list(text),
  notBefore: instant,
  notAfter: instant,
  key: object<CertificateObservation['key']>({ type: text, bits: maybe(count), curve: maybe(text) }),
  signatureAlgorithm: maybe(text),
  extendedKeyUsage: maybe(list(text)),
  isAuthority: z.boolean(),
  sha256: z.hex(),
});
const tls = object<TlsObservation>({
  protocol: text,
  chain: z.tuple([certificate], certificate),
  trust: z.enum(['trusted', 'self-signed', 'unknown-authority', 'incomplete', 'invalid']),
  nameMatches: z.boolean(),
});

type Fetched<K extends PolicyFetch['result']['kind']> = Extract<PolicyFetch['result'], { readonly kind: K }>;
const policyHost = object<PolicyHostObservation>({
  name: host,
  a: names,
  aaaa: names,
  caa: maybe(object<NonNullable<PolicyHostObservation['caa']>>({ name: text, records: list(caaRecord) })),
  fetches: list(
    object<PolicyFetch>({
      address: text,
      timings,
      result: either<PolicyFetch['result']>(
        addressRefused,
        notMeasured,
        object<Fetched<'failed'>>({
          kind: z.literal('failed'),
          at: z.enum(['connect', 'tls', 'http']),
          problem: socketProblem,
          alert: maybe(text),
          tls: maybe(tls),
          olderProtocol: maybe(text),
        }),
        object<Fetched<'response'>>({
          kind: z.literal('response'),
          tls,
          response: object<HttpResponse>({
            status: count,
            headers: z.record(text, text),
            body: octets,
            cut: maybe(z.enum(['too-long', 'closed', 'timeout'])),
          }),
          takesTls12: maybe(z.boolean()),
        }),
      ),
    }),
  ),
  followUps: list(
    object<FollowUp>({
      what: z.enum(['domain-itself', 'top-of-host', 'plain-http', 'browser-agent', 'identity-encoding']),
      url: text,
      status: maybe(count),
      contentType: maybe(text),
      isPolicy: z.boolean(),
    }),
  ),
});

const reply = object<SmtpReply>({ code: count, lines: list(octets) });
type Met<K extends SmtpSession['result']['kind']> = Extract<SmtpSession['result'], { readonly kind: K }>;
const mxHost = object<MxHostObservation>({
  host,
  preference: count,
  a: names,
  aaaa: names,
  tlsa: lookup(tlsaRecord),
  sessions: list(
    object<SmtpSession>({
      address: text,
      timings,
      greeting: maybe(reply),
      ehlo: maybe(reply),
      result: either<SmtpSession['result']>(
        addressRefused,
        notMeasured,
        object<Met<'failed'>>({
          kind: z.literal('failed'),
          at: z.enum(['connect', 'greeting', 'ehlo', 'starttls', 'tls']),
          problem: z.enum([...socketProblem.options, 'rejected', 'not-offered']),
          reply: maybe(reply),
          alert: maybe(text),
          olderProtocol: maybe(text),
          again: maybe(z.enum(['the-same', 'secured'])),
        }),
        object<Met<'secured'>>({
          kind: z.literal('secured'),
          tls,
          tlsaMatches: maybe(list(z.boolean())),
        }),
      ),
    }),
  ),
  lookedAt: maybe(instant),
});

/** Version 1. */
export const observationShape = object<Observation>({
  version: z.literal(1),
  domain,
  startedAt: instant,
  durationMs: time,
  resolver: object<ResolverObservation>({ validates: maybe(z.boolean()) }),
  record,
  policyHost,
  mx,
  mxHosts: list(mxHost),
  port25: z.enum(['open', 'closed', 'unknown']),
  tlsRpt: object<TlsRptObservation>({
    lookup: txtLookup,
    ownTtlSeconds: maybe(count),
    wrongNames: list(txtLookup),
    destinations: list(object<RuaDestination>({ uri: text, host, mx: maybe(mx), addresses: maybe(names) })),
  }),
  patternDomains: list(object<PatternDomain>({ domain: text, lookup: names })),
});
