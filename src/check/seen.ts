/** An observation with its texts read: what nearly every rule starts from, worked out once. */
import type { DomainName, HostName } from '../protocol/domain.ts';
import type { Parsed } from '../protocol/fault.ts';
import {
  type Mode,
  type MtaStsRecord,
  type Policy,
  parsePolicy,
  parseRecordSet,
} from '../protocol/mtasts.ts';
import { parseTlsRptSet, type TlsRptRecord } from '../protocol/tlsrpt.ts';
import { isInDate } from './certificate-dates.ts';
import type { History } from './history.ts';
import {
  type DnsAnswered,
  type DnsLookup,
  joined,
  type MxHostObservation,
  type Observation,
  type PolicyFetch,
  type TxtRecord,
} from './observation.ts';
import { contentOf } from './policy-content.ts';

export interface Seen {
  readonly observation: Observation;
  /** Of the looks before this one; undefined where nobody remembers. */
  readonly history: History | undefined;
  readonly domain: DomainName;
  /** When the look began: the instant by which certificates and dates are judged. */
  readonly now: Date;
  /** `_mta-sts.<domain>`. */
  readonly recordName: string;
  /**
   * TXT as it is published: what all authoritative servers agree on, else the resolver's answer. Undefined
   * when neither answered.
   */
  readonly txt: DnsAnswered<TxtRecord> | undefined;
  /** For how long resolvers may still keep an older answer, where the servers of the zone have another one already. */
  readonly staleSeconds: number | undefined;
  /** The MTA-STS record; undefined when DNS gave no answer. */
  readonly record: Parsed<MtaStsRecord> | undefined;
  readonly policyHost: HostName;
  readonly policyUrl: string;
  /** The fetches that ended as a sender needs it: a verified certificate and status 200. */
  readonly usableFetches: readonly Answer[];
  /** The body that is judged: the first usable one, else the first whole one that came with 200. */
  readonly policyBody: Uint8Array | undefined;
  readonly policy: Parsed<Policy> | undefined;
  /** Of a policy that senders can use: record and fetch are right, too. */
  readonly usablePolicy: Policy | undefined;
  /** The mode that is published, even where the rest is wrong; undefined when no policy could be read. */
  readonly mode: Mode | undefined;
  readonly hosts: readonly MxHostObservation[];
  /** `_smtp._tls.<domain>`. */
  readonly tlsRptName: string;
  readonly tlsRpt: Parsed<TlsRptRecord> | undefined;
}

/** A fetch that got an answer, whatever it says. */
export type Answer = PolicyFetch & {
  readonly result: Extract<PolicyFetch['result'], { readonly kind: 'response' }>;
};

export function readObservation(observation: Observation, history?: History): Seen {
  const { domain, record, policyHost, mxHosts, tlsRpt } = observation;
  const now = new Date(observation.startedAt);
  const published = publishedTxt(observation);
  const parsedRecord = published.txt === undefined ? undefined : parseRecordSet(joined(published.txt));
  const responses = policyHost.fetches.filter(isResponse);
  const usableFetches = responses.filter((fetch) => isUsable(fetch, now));
  const whole = (fetch: Answer) =>
    fetch.result.response.status === 200 && fetch.result.response.cut === undefined;
  const chosen = usableFetches[0] ?? responses.find(whole);
  const policyBody = chosen === undefined ? undefined : contentOf(chosen.result.response);
  const policy = policyBody === undefined ? undefined : parsePolicy(policyBody);
  const usable = parsedRecord?.verdict === 'valid' && usableFetches.length > 0;
  const reports = answered(tlsRpt.lookup);
  return {
    observation,
    history,
    domain,
    now,
    recordName: record.lookup.name,
    ...published,
    record: parsedRecord,
    policyHost: policyHost.name,
    policyUrl: `https://${policyHost.name}/.well-known/mta-sts.txt`,
    usableFetches,
    policyBody,
    policy,
    usablePolicy: usable ? policy?.value : undefined,
    mode: policy?.value?.mode,
    hosts: mxHosts,
    tlsRptName: tlsRpt.lookup.name,
    tlsRpt: reports === undefined ? undefined : parseTlsRptSet(joined(reports)),
  };
}

/** The lookup where it was answered. */
export function answered<T>(lookup: DnsLookup<T>): DnsAnswered<T> | undefined {
  return lookup.kind === 'answered' ? lookup : undefined;
}

export function isResponse(fetch: PolicyFetch): fetch is Answer {
  return fetch.result.kind === 'response';
}

/** RFC 8461 §3.3: a certificate that is valid for the policy host, and status 200 with the whole body. */
function isUsable({ result }: Answer, now: Date): boolean {
  const { tls, response } = result;
  return isVerified(tls, now) && response.status === 200 && response.cut === undefined;
}

/**
 * How much of the time of a fetch is the server's, in milliseconds: less the way there and back, once to connect,
 * once or twice for the handshake, once for the file. The way differs from sender to sender.
 */
export function serverMs({ timings: { connectMs = 0, totalMs }, result }: Answer): number {
  const turns = result.tls.protocol === 'TLSv1.3' ? 3 : 4;
  return Math.max(0, totalMs - turns * connectMs);
}

/** Trusted, in date, and valid for the name: what a sender asks of a certificate (RFC 8461 §3.3, §4.2). */
export function isVerified(tls: Answer['result']['tls'], now: Date): boolean {
  return tls.trust === 'trusted' && tls.nameMatches && isInDate(tls, now);
}

function publishedTxt({ record }: Observation): Pick<Seen, 'txt' | 'staleSeconds'> {
  const cached = answered(record.lookup);
  const own = record.authoritative.flatMap(({ lookup }) => (lookup.kind === 'answered' ? [lookup] : []));
  const [first, ...others] = own;
  // A delegated record is not theirs to know.
  const whole =
    first !== undefined &&
    own.every(({ aliases }) => aliases.length === 0) &&
    (cached?.aliases.length ?? 0) === 0;
  if (!whole || others.some((other) => !isSame(first, other)))
    return { txt: cached, staleSeconds: undefined };
  if (cached === undefined) return { txt: undefined, staleSeconds: undefined };
  return isSame(first, cached)
    ? { txt: cached, staleSeconds: undefined }
    : { txt: first, staleSeconds: cached.ttlSeconds ?? 0 };
}

/** The same records, in whatever order. */
export function isSame(one: DnsAnswered<TxtRecord>, other: DnsAnswered<TxtRecord>): boolean {
  const texts = ({ records, aliases }: DnsAnswered<TxtRecord>) =>
    JSON.stringify([records.map((strings) => strings.join('')).toSorted(), aliases]);
  return texts(one) === texts(other);
}
