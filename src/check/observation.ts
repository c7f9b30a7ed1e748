/** What was seen of a domain, failures included, as plain JSON. Judging it is left to others. */
import type { DomainName, HostName } from '../protocol/domain.ts';

/** Why DNS gave no answer. `nxdomain` and an empty answer are answers, not problems. */
export type DnsProblem = 'timeout' | 'servfail' | 'refused' | 'malformed' | 'unreachable';

/** The mail exchangers of a domain (RFC 5321 §5.1, RFC 7505). */
export type MxObservation =
  | { readonly kind: 'hosts'; readonly hosts: readonly MxHost[] }
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

export interface MxLookup {
  readonly domain: DomainName;
  readonly mx: MxObservation;
  readonly durationMs: number;
}
