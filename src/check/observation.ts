/**
 * What was seen of a domain, failures included, as plain JSON: it can be printed, kept and judged again.
 * Looking is left to probes/, judging to rules/.
 */
import type { DomainName, HostName } from '../protocol/domain.ts';

/**
 * Octets as text: each character stands for one octet (ISO 8859-1), so that plain ASCII reads as it stands
 * and nothing is lost.
 */
export type Octets = string;

export function octetsOf(bytes: Uint8Array): Octets {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function bytesOf(octets: Octets): Uint8Array {
  return Buffer.from(octets, 'latin1');
}

/** Everything seen in one look. */
export interface Observation {
  /** Another number means another shape. */
  readonly version: 1;
  readonly domain: DomainName;
  /** When the look began; ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly resolver: ResolverObservation;
  readonly record: RecordObservation;
  readonly policyHost: PolicyHostObservation;
  readonly mx: MxObservation;
  /** The hosts of `mx`, in order of preference. */
  readonly mxHosts: readonly MxHostObservation[];
  readonly port25: Port25;
  readonly tlsRpt: TlsRptObservation;
  /** The registrable domains of the policy's mx patterns that match no MX of the domain. */
  readonly patternDomains: readonly PatternDomain[];
}

/** Our side could not look. Never shown as a failure of the domain. */
export interface NotMeasured {
  readonly kind: 'not-measured';
  readonly because: NotMeasuredReason;
}

export const timeIsOver: NotMeasured = { kind: 'not-measured', because: 'time-is-over' };

type NotMeasuredReason =
  /** The time of the whole look was over. */
  | 'time-is-over'
  /** More of them than one look takes. */
  | 'too-many'
  /** This address was connected to as often as is polite within the last minute. */
  | 'asked-too-often'
  /** This machine has no way to addresses of that family. */
  | 'no-route'
  /** What has to be known first is not known, or makes it pointless. */
  | 'not-needed'
  /** It failed while nobody else could be reached that way either: a watch takes that for a fault of this machine's network. */
  | 'own-network';

// DNS

/** Why DNS gave no answer. `nxdomain` and an empty answer are answers, not problems. */
export type DnsProblem = 'timeout' | 'servfail' | 'refused' | 'malformed' | 'unreachable';

/** RFC 8914. */
export interface ExtendedError {
  readonly code: number;
  /** What the server wrote beside it; printable ASCII, shortened. */
  readonly text: string;
}

/** One question and what came of it. */
export type DnsLookup<T> = DnsAnswered<T> | DnsFailed | (NotMeasured & { readonly name: string });

export interface DnsAnswered<T> {
  readonly kind: 'answered';
  /** As asked, without the root's dot. */
  readonly name: string;
  /** False: the name, or the end of its chain of aliases, does not exist (NXDOMAIN). */
  readonly exists: boolean;
  /** At the name, or where its aliases lead; empty with `exists` is NODATA. */
  readonly records: readonly T[];
  /** The chain of CNAME targets in their order, without the name that was asked. */
  readonly aliases: readonly string[];
  /** The chain leads back into itself. */
  readonly aliasLoop?: true;
  /** A name of the chain has other data beside its CNAME (RFC 2181 §10.1). */
  readonly aliasBesideData?: true;
  /**
   * The smallest TTL of the answer in seconds; of an empty one how long its absence may be kept (RFC 2308
   * §5), where the server said so.
   */
  readonly ttlSeconds?: number;
  /** The AD flag (RFC 4035 §3.2.3). Means something only where `resolver.validates` is true. */
  readonly authentic: boolean;
  readonly extendedError?: ExtendedError;
}

export interface DnsFailed {
  readonly kind: 'failed';
  readonly name: string;
  readonly problem: DnsProblem;
  readonly extendedError?: ExtendedError;
  /** Asked again with checking disabled (RFC 4035 §3.2.2) it answered: DNSSEC is what fails. */
  readonly bogus?: true;
}

/** One TXT record: its character strings, to be joined without spaces (RFC 8461 §3.1). */
export type TxtRecord = readonly Octets[];

/** Each record with its strings joined without spaces (RFC 8461 §3.1). */
export function joined({ records }: DnsAnswered<TxtRecord>): readonly Uint8Array[] {
  return records.map((strings) => bytesOf(strings.join('')));
}

/** RFC 6698 §2.1. */
export interface TlsaRecord {
  readonly usage: number;
  readonly selector: number;
  readonly matchingType: number;
  /** Hexadecimal, lower case. */
  readonly data: string;
}

/** RFC 8659 §4.1. */
export interface CaaRecord {
  readonly critical: boolean;
  readonly tag: string;
  readonly value: Octets;
}

export interface ResolverObservation {
  /** Whether it sets AD for the root zone, which is signed; undefined when that could not be asked. */
  readonly validates?: boolean;
}

/** The TXT record at `_mta-sts.<domain>` and what belongs to it. */
export interface RecordObservation {
  /** From the resolver. */
  readonly lookup: DnsLookup<TxtRecord>;
  /** From the servers of the zone, asked directly. */
  readonly authoritative: readonly AuthoritativeAnswer[];
  /** TXT at a random sibling name: an answer is that of a wildcard. */
  readonly wildcard: DnsLookup<TxtRecord>;
  /** TXT at names that people publish at by mistake. */
  readonly wrongNames: readonly DnsLookup<TxtRecord>[];
  /** TXT at `_mta-sts.` of the registrable domain, where the domain lies below one. */
  readonly parent?: DnsLookup<TxtRecord>;
}

export interface AuthoritativeAnswer {
  readonly nameServer: string;
  readonly address: string;
  /** TXT as this server has it; it follows no alias out of its own zones. */
  readonly lookup: DnsLookup<TxtRecord> | AddressRefused;
}

/** The mail exchangers of a domain (RFC 5321 §5.1, RFC 7505). */
export type MxObservation =
  | {
      readonly kind: 'hosts';
      /** Sorted by preference, each host once. Empty when every record is unusable. */
      readonly hosts: readonly MxHost[];
      /** MX records that name no host. Absent when there are none. */
      readonly unusable?: readonly UnusableMx[];
      /** How many hosts were left out because the domain has more than anyone needs. Absent when none. */
      readonly omitted?: number;
    }
  /** `0 .` alone: the domain takes no mail (RFC 7505). */
  | { readonly kind: 'null-mx' }
  /** No MX record, but an address: the domain itself is the candidate (RFC 5321 §5.1). */
  | { readonly kind: 'implicit'; readonly host: HostName }
  /** The domain exists and has neither MX nor address. */
  | { readonly kind: 'no-mail' }
  | { readonly kind: 'nxdomain' }
  | { readonly kind: 'unknown'; readonly problem: DnsProblem };

export interface MxHost {
  /** The lower, the sooner it is tried. */
  readonly preference: number;
  readonly host: HostName;
}

/** The hosts that mail goes to, an implicit one included. */
export function liveHosts(mx: MxObservation | undefined): readonly MxHost[] {
  if (mx?.kind === 'hosts') return mx.hosts;
  return mx?.kind === 'implicit' ? [{ preference: 0, host: mx.host }] : [];
}

/** Whether DNS says that no mail goes there. */
export function takesNoMail({ kind }: MxObservation): boolean {
  return kind === 'null-mx' || kind === 'no-mail' || kind === 'nxdomain';
}

export interface UnusableMx {
  readonly preference: number;
  /** As it stands in DNS; what is not printable ASCII is written \\DDD, as in zone files. */
  readonly name: string;
  /** The end of a sentence that begins with the name: "is an IP address; …". */
  readonly why: string;
}

export interface MxLookup {
  readonly domain: DomainName;
  readonly mx: MxObservation;
  readonly durationMs: number;
}

/** Whether anybody can register the domain that a pattern points at. */
export interface PatternDomain {
  readonly domain: string;
  /** Name servers of it; NXDOMAIN means that it is not registered. */
  readonly lookup: DnsLookup<string>;
}

// Connections

/** Why a connection, or what was to be said over it, failed. */
export type SocketProblem =
  /** ECONNREFUSED. */
  | 'connection-refused'
  /** No answer within the time of this phase. */
  | 'timeout'
  /** ECONNRESET and the like. */
  | 'reset'
  /** Closed in order, before it was due. */
  | 'closed'
  /** No way to the address (EHOSTUNREACH, ENETUNREACH). */
  | 'unreachable'
  /** What came is not of the protocol that is due. */
  | 'garbage'
  /** More than a named limit. */
  | 'too-much'
  /** The TLS handshake ended with an alert, or could not be agreed on. */
  | 'tls';

/** Not connected to: the address is not public (and PROBE_ALLOW does not say otherwise). */
export interface AddressRefused {
  readonly kind: 'address-refused';
  /** Such as `loopback`, `private use`, `link-local`. */
  readonly block: string;
}

/** Times of one connection in milliseconds from its start; those not reached are absent. */
export interface Timings {
  readonly connectMs?: number;
  readonly tlsMs?: number;
  /** HTTP: the first octet of the answer. */
  readonly firstByteMs?: number;
  readonly totalMs: number;
}

/** A finished TLS handshake. */
export interface TlsObservation {
  /** `TLSv1.3`, `TLSv1.2`, `TLSv1.1`, `TLSv1`. */
  readonly protocol: string;
  /** As the server sent them, its own first; at least one. */
  readonly chain: readonly [CertificateObservation, ...CertificateObservation[]];
  /** Dates and names aside: whether the chain leads to an authority that this machine trusts. */
  readonly trust: ChainTrust;
  /** DNS-ID of the first certificate against the name that was asked: whole-label wildcards only (RFC 9525 §6.3). */
  readonly nameMatches: boolean;
}

export type ChainTrust =
  | 'trusted'
  /** The one certificate signed itself and is not known. */
  | 'self-signed'
  /** Leads to an authority that is not known. */
  | 'unknown-authority'
  /** An intermediate certificate was not sent. */
  | 'incomplete'
  /** A signature or constraint in it is wrong; also what else OpenSSL refuses. */
  | 'invalid';

export interface CertificateObservation {
  /** One line, such as `CN=mx1.example.com`. */
  readonly subject: string;
  readonly issuer: string;
  /** The last CN of the subject. */
  readonly commonName?: string;
  /** Of the subject alternative name, as they stand there. */
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly key: { readonly type: string; readonly bits?: number; readonly curve?: string };
  /** Such as `sha256WithRSAEncryption`, where it could be read. */
  readonly signatureAlgorithm?: string;
  /** OIDs; absent when the extension is. */
  readonly extendedKeyUsage?: readonly string[];
  readonly isAuthority: boolean;
  /** Hexadecimal, lower case, of the whole certificate. */
  readonly sha256: string;
}

// Policy host

/** `mta-sts.<domain>` and what it serves. */
export interface PolicyHostObservation {
  readonly name: HostName;
  readonly a: DnsLookup<string>;
  readonly aaaa: DnsLookup<string>;
  /** The first CAA records found on the way up from the name (RFC 8659 §3); absent: none, or not known. */
  readonly caa?: { readonly name: string; readonly records: readonly CaaRecord[] };
  /** One for each address that was tried, A before AAAA. */
  readonly fetches: readonly PolicyFetch[];
  /** Where the policy was looked for besides, because a finding needs it. */
  readonly followUps: readonly FollowUp[];
}

/** What a sender meets at one address of the policy host. */
export interface PolicyFetch {
  readonly address: string;
  readonly timings: Timings;
  readonly result:
    | AddressRefused
    | NotMeasured
    | {
        readonly kind: 'failed';
        readonly at: 'connect' | 'tls' | 'http';
        readonly problem: SocketProblem;
        /** Of a TLS alert, as OpenSSL names it, such as `unrecognized_name`. */
        readonly alert?: string;
        readonly tls?: TlsObservation;
        /** With which older version a second handshake came through. */
        readonly olderProtocol?: string;
      }
    | {
        readonly kind: 'response';
        readonly tls: TlsObservation;
        readonly response: HttpResponse;
        /** Whether a handshake with at most TLS 1.2 came through as well; absent: not tried. */
        readonly takesTls12?: boolean;
      };
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; those that a rule reads. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most `longestBody` octets of it. */
  readonly body: Octets;
  /** Why it is not whole: over the limit, closed before its Content-Length, or out of time. */
  readonly cut?: 'too-long' | 'closed' | 'timeout';
}

/** A named further request, to tell what went wrong; none of them is what a sender does. */
export interface FollowUp {
  readonly what: 'domain-itself' | 'top-of-host' | 'plain-http' | 'browser-agent' | 'identity-encoding';
  readonly url: string;
  readonly status?: number;
  readonly contentType?: string;
  /** Whether the body parses as a policy. */
  readonly isPolicy: boolean;
}

// MX hosts

export type Port25 =
  /** An MX host answered lately, or the control host did. */
  | 'open'
  /** Neither this domain's hosts nor the control host answered. */
  | 'closed'
  /** Nobody answered, and there is no control host. */
  | 'unknown';

export interface MxHostObservation {
  readonly host: HostName;
  readonly preference: number;
  readonly a: DnsLookup<string>;
  readonly aaaa: DnsLookup<string>;
  /** At `_25._tcp.<host>`; where the host is an alias and its target has some, at that (RFC 7672 §2.2.2). */
  readonly tlsa: DnsLookup<TlsaRecord>;
  /** One for each address, A before AAAA. */
  readonly sessions: readonly SmtpSession[];
  /**
   * When an earlier look had these sessions, which was not connected to again; ISO 8601, UTC. Absent: they are
   * of this look.
   */
  readonly lookedAt?: string;
}

/** What a sender meets at one address of an MX host. */
export interface SmtpSession {
  readonly address: string;
  readonly timings: Timings;
  readonly greeting?: SmtpReply;
  readonly ehlo?: SmtpReply;
  readonly result:
    | AddressRefused
    | NotMeasured
    | {
        readonly kind: 'failed';
        readonly at: 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'tls';
        /** `rejected`: the reply says no; `not-offered`: EHLO does not list STARTTLS. */
        readonly problem: SocketProblem | 'rejected' | 'not-offered';
        readonly reply?: SmtpReply;
        readonly alert?: string;
        /** With which older version a second handshake came through. */
        readonly olderProtocol?: string;
        /** What a second try met, where one was made. */
        readonly again?: 'the-same' | 'secured';
      }
    | {
        readonly kind: 'secured';
        readonly tls: TlsObservation;
        /** For each record of `tlsa`, whether this chain fits it; absent where there are none. */
        readonly tlsaMatches?: readonly boolean[];
      };
}

export interface SmtpReply {
  readonly code: number;
  /** Without code and line end; as many as one reply may have here. */
  readonly lines: readonly Octets[];
}

// TLS-RPT

/** With less left than this at the resolver, which counts down, the servers of the zone are asked for the TTL. */
export const shortTtlSeconds = 300;

/** The TXT record at `_smtp._tls.<domain>` and where its reports go. */
export interface TlsRptObservation {
  readonly lookup: DnsLookup<TxtRecord>;
  /** The TTL at the servers of the zone, in seconds; asked for only where the resolver's answer has a short one. */
  readonly ownTtlSeconds?: number;
  readonly wrongNames: readonly DnsLookup<TxtRecord>[];
  readonly destinations: readonly RuaDestination[];
}

/** Whether reports can arrive at one address of rua, as far as DNS tells; nothing is sent or fetched. */
export interface RuaDestination {
  readonly uri: string;
  /** The domain of the mail address, or the host of the URL. */
  readonly host: HostName;
  /** Of mailto. */
  readonly mx?: MxObservation;
  /** Of https. */
  readonly addresses?: DnsLookup<string>;
}
