/** The shape of a scenario: one domain of the local internet, what DNS says of it and how its servers behave. */
import type { Verdict } from '../../check/report.ts';
import type { CertificateRequest } from './authority.ts';

export interface Scenario extends Place {
  /** What it shows, in plain words. */
  readonly title: string;
  readonly group: ScenarioGroup;
  readonly expect: Expected;
}

/** A domain and what can be reached there. */
export interface Place {
  /** As a person types it. */
  readonly domain: string;
  /** `name [TTL] TYPE data`, names in A-labels. The domain exists even without any. */
  readonly records: readonly string[];
  readonly dns?: DnsBehaviour;
  readonly web?: readonly WebServer[];
  readonly mail?: readonly MailServer[];
}

/** In the order in which they are shown. */
export const scenarioGroups = [
  'Healthy and ordinary',
  'Record in DNS',
  'Policy host',
  'Certificate of the policy host',
  'HTTP answer',
  'Policy text',
  'MX records',
  'Mail hosts',
  'Certificates of mail hosts',
  'DANE',
  'TLS reports',
  'DNS itself',
  'To break and mend',
] as const;
export type ScenarioGroup = (typeof scenarioGroups)[number];

/** What a check has to say; ids are those of the catalogue of findings. */
export interface Expected {
  readonly verdict: Verdict;
  readonly findings: readonly string[];
}

/** What the DNS servers do instead of answering well. */
export interface DnsBehaviour {
  /** The zone is signed, so that the resolver vouches for its answers (AD). */
  readonly signed?: true;
  readonly faults?: readonly DnsFault[];
  /** Where one server has something else at a name than the records say. */
  readonly differences?: readonly DnsDifference[];
}

export type DnsFault = {
  /** Only for questions about these names; default: every name of the domain. */
  readonly names?: readonly string[];
  /** Only there; default: every server. */
  readonly at?: DnsServerRole;
} & (
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'fails'; readonly rcode: 'SERVFAIL' | 'REFUSED' }
  /** Signatures that do not fit: the resolver fails unless checking is disabled (RFC 4035 §3.2.2). */
  | { readonly kind: 'bogus' }
  /** Every answer over UDP is cut off, and whole over TCP. */
  | { readonly kind: 'cuts-udp' }
);

export type DnsServerRole = 'resolver' | 'ns1' | 'ns2';

interface DnsDifference {
  readonly at: DnsServerRole;
  readonly name: string;
  /** All that this server has at the name; none: the name does not exist there. */
  readonly records: readonly string[];
}

/** How the TCP connection and the TLS handshake go; a host without a server refuses connections. */
export interface Connection {
  /** Its names default to the host's own. */
  readonly certificate?: CertificateRequest;
  /** The lowest and the highest version of TLS; default 1.2 and 1.3. */
  readonly protocols?: readonly [lowest: TlsVersion, highest: TlsVersion];
  /** `silent`: accepts and says nothing. `resets`: breaks off at the first octets of the client. */
  readonly fault?: 'silent' | 'resets';
}

type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** One name at one or more addresses, over HTTPS. */
export interface WebServer extends Connection {
  readonly host: string;
  readonly addresses: readonly string[];
  /** Over plain HTTP on port 80 instead. */
  readonly plain?: true;
  /** Ends the handshake with the alert unrecognized_name (RFC 6066 §3). */
  readonly unknownName?: true;
  /** By path; everything else is 404. */
  readonly pages: Readonly<Record<string, Page>>;
}

export interface Page {
  /** Default 200. */
  readonly status?: number;
  /** Names in lower case; default: `content-type: text/plain`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent in UTF-8. */
  readonly body?: string | Uint8Array;
  /** Waits so long before the first octet. */
  readonly delayMs?: number;
  /** Sends one octet so often, in milliseconds, without an end. */
  readonly dripMs?: number;
  /** Announces so many octets more than it sends, and closes. */
  readonly missingOctets?: number;
  /** Clients whose User-Agent lacks this text get 403 and a page of HTML. */
  readonly onlyAgent?: string;
  /** Compressed without being asked. */
  readonly gzip?: true;
}

/** One MX host at one or more addresses. */
export interface MailServer extends Connection {
  readonly host: string;
  readonly addresses: readonly string[];
  /** The whole first reply without its line end; default `220 <host> ESMTP`. */
  readonly greeting?: string;
  /** Keywords after the name in the reply to EHLO; default those of a server with STARTTLS. */
  readonly extensions?: readonly string[];
  /** The reply to STARTTLS without its line end; default `220 2.0.0 Go ahead`, after which the handshake begins. */
  readonly starttls?: string;
  /** Ends every handshake with the alert handshake_failure. */
  readonly refusesHandshake?: true;
}
