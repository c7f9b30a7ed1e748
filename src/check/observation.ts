/** What was seen of a domain, failures included, as plain JSON. Judging it is left to others. */
import type { DomainName, HostName } from '../protocol/domain.ts';

/** Why DNS gave no answer. `nxdomain` and an empty answer are answers, not problems. */
export type DnsProblem = 'timeout' | 'servfail' | 'refused' | 'malformed' | 'unreachable';

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
