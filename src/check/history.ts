/**
 * What earlier looks saw of a domain, and what was generated for it: what the rules about changes rest on. PURE,
 * plain JSON; keeping it between two looks is left to store/.
 */
import type { Mode } from '../protocol/mtasts.ts';
import type { Octets } from './observation.ts';

export interface History {
  /** Every pair of id and policy ever seen served, the first seen first. Without the look that is judged. */
  readonly ledger: readonly LedgerEntry[];
  /** What else the rules remember; undefined before the first look. */
  readonly trail: Trail | undefined;
  /** What this team generated for the domain, newest first. */
  readonly generated: readonly Generated[];
}

/** One pair of id and policy as senders could have it. Instants are ISO 8601, UTC. */
export interface LedgerEntry {
  /** Of the record in the same look; null when no usable record was there. */
  readonly id: string | null;
  /** SHA-256, hexadecimal, of the policy in its normal form: what means the same has the same hash. */
  readonly policyHash: string;
  readonly mode: Mode;
  readonly maxAgeSeconds: number;
  /** The text as it was served first. */
  readonly body: Octets;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  /** The first look that measured and no longer saw it; null while it is served. */
  readonly goneAt: string | null;
}

/** Another number of `version` means another shape: what is older is forgotten, not misread. */
export interface Trail {
  readonly version: 1;
}

export interface Generated {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly id: string;
  readonly policyHash: string;
  readonly mode: Mode;
  readonly maxAgeSeconds: number;
}
