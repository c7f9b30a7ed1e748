/**
 * Whether two looks saw the same: what an observation says of the domain, without what differs between two looks at
 * a domain that did not change.
 */
import { createHash } from 'node:crypto';
import type {
  DnsLookup,
  MxHostObservation,
  MxObservation,
  Observation,
  PolicyFetch,
  PolicyHostObservation,
  RecordObservation,
  SmtpSession,
  TlsObservation,
  TlsRptObservation,
  TxtRecord,
} from './observation.ts';

/**
 * SHA-256, hexadecimal; the same for two observations between which nothing changed that matters. Left out: times,
 * TTLs, the order in which DNS answers, which server said it, the texts of SMTP replies and of error pages, and what
 * is this machine's own (whether its resolver validates, whether port 25 is open).
 */
export function fingerprintOf(observation: Observation): string {
  const { domain, record, policyHost, mx, mxHosts, tlsRpt, patternDomains } = observation;
  const told = [
    domain,
    recordPart(record),
    policyHostPart(policyHost),
    mxPart(mx),
    sorted(mxHosts.map((host) => hostPart(host, observation))),
    tlsRptPart(tlsRpt),
    sorted(patternDomains.map((one) => [one.domain, lookupPart(one.lookup, () => '')])),
  ];
  return createHash('sha256').update(JSON.stringify(told)).digest('hex');
}

/** Plain JSON; undefined becomes null in lists. */
type Part = string | number | boolean | undefined | null | readonly Part[];

/** Their order means nothing, nor does one that stands there twice. */
function sorted(parts: readonly Part[]): readonly string[] {
  return [...new Set(parts.map((part) => JSON.stringify(part)))].sort();
}

function lookupPart<T>(lookup: DnsLookup<T>, of: (record: T) => Part): Part {
  switch (lookup.kind) {
    case 'answered': {
      const { exists, records, aliases, aliasLoop, aliasBesideData } = lookup;
      return [exists, sorted(records.map(of)), aliases, aliasLoop, aliasBesideData];
    }
    case 'failed':
      return [lookup.problem, lookup.bogus];
    case 'not-measured':
      return lookup.kind;
  }
}

const text = (record: TxtRecord): Part => record.join('');
const itself = (record: string): Part => record;

function recordPart({ lookup, authoritative, wildcard, wrongNames, parent }: RecordObservation): Part {
  return [
    lookupPart(lookup, text),
    sorted(
      authoritative.flatMap((server) =>
        server.lookup.kind === 'answered' ? [lookupPart(server.lookup, text)] : [],
      ),
    ),
    lookupPart(wildcard, text),
    sorted(wrongNames.map((one) => [one.name, lookupPart(one, text)])),
    parent === undefined ? null : lookupPart(parent, text),
  ];
}

function policyHostPart({ a, aaaa, caa, fetches, followUps }: PolicyHostObservation): Part {
  return [
    lookupPart(a, itself),
    lookupPart(aaaa, itself),
    caa === undefined
      ? null
      : [caa.name, sorted(caa.records.map(({ critical, tag, value }) => [critical, tag, value]))],
    sorted(fetches.map((fetch) => [fetch.address, fetchPart(fetch)])),
    sorted(followUps.map(({ what, status, isPolicy }) => [what, status, isPolicy])),
  ];
}

function fetchPart({ result }: PolicyFetch): Part {
  switch (result.kind) {
    case 'address-refused':
      return [result.kind, result.block];
    case 'not-measured':
      return result.kind;
    case 'failed':
      return [
        result.at,
        result.problem,
        result.alert,
        result.olderProtocol,
        result.tls === undefined ? null : tlsPart(result.tls),
      ];
    case 'response': {
      const { status, headers, body, cut } = result.response;
      return [
        status,
        headers['content-type'],
        headers['content-encoding'],
        headers.location,
        // Pages hold the time, and numbers that are drawn for each of them.
        status === 200 && !body.trimStart().startsWith('<') ? body : null,
        cut,
        result.takesTls12,
        tlsPart(result.tls),
      ];
    }
  }
}

function tlsPart({ protocol, chain, trust, nameMatches }: TlsObservation): Part {
  return [protocol, chain.map(({ sha256 }) => sha256), trust, nameMatches];
}

function mxPart(mx: MxObservation): Part {
  switch (mx.kind) {
    case 'hosts':
      return [
        sorted(mx.hosts.map(({ host, preference }) => [host, preference])),
        sorted((mx.unusable ?? []).map(({ name, preference }) => [name, preference])),
        mx.omitted,
      ];
    case 'unknown':
      return [mx.kind, mx.problem];
    default:
      return mx.kind;
  }
}

function hostPart({ host, a, aaaa, tlsa, sessions }: MxHostObservation, { resolver }: Observation): Part {
  const tlsaKeys = tlsa.kind === 'answered' ? tlsa.records.map((record) => JSON.stringify(record)) : [];
  const secured = [a, aaaa, tlsa].map((lookup) => lookup.kind === 'answered' && lookup.authentic);
  return [
    host,
    lookupPart(a, itself),
    lookupPart(aaaa, itself),
    lookupPart(tlsa, (record) => JSON.stringify(record)),
    // Without a resolver that validates nothing is known of DNSSEC, and it matters for DANE alone.
    resolver.validates === true && tlsaKeys.length > 0 ? secured : null,
    sorted(sessions.map((session) => [session.address, sessionPart(session, tlsaKeys)])),
  ];
}

function sessionPart({ result }: SmtpSession, tlsaKeys: readonly string[]): Part {
  switch (result.kind) {
    case 'address-refused':
      return [result.kind, result.block];
    case 'not-measured':
      return result.kind;
    case 'failed': {
      const { at, problem, reply, alert, olderProtocol, again } = result;
      return [at, problem, reply?.code, alert, olderProtocol, again];
    }
    case 'secured':
      return [tlsPart(result.tls), sorted(tlsaKeys.filter((_, at) => result.tlsaMatches?.[at] === true))];
  }
}

function tlsRptPart({ lookup, wrongNames, destinations }: TlsRptObservation): Part {
  return [
    lookupPart(lookup, text),
    sorted(wrongNames.map((one) => [one.name, lookupPart(one, text)])),
    sorted(
      destinations.map(({ uri, mx, addresses }) => [
        uri,
        mx === undefined ? null : mxPart(mx),
        addresses === undefined ? null : lookupPart(addresses, itself),
      ]),
    ),
  ];
}
