/**
 * What several rules need before they can look at all, and why they cannot where it is missing: a domain
 * that asks for no policy is not judged for having none, and what was not measured is not passed. Besides, the
 * severities and the consequences that several of them share.
 */
import { asksForPolicy } from '../asked.ts';
import { type Memory, memoryOf } from '../remembered.ts';
import type { Raised, Severity, Skip } from '../rule.ts';
import type { Seen } from '../seen.ts';
import type { Force } from '../verdict.ts';

/** The end of "Skipped because …". */
export function skip(because: string): Skip {
  return { skip: because };
}

/** The severity that each finding brings along, in words for docs/rules.md. */
export function asRaised(told: string, otherwise: Severity = 'error') {
  return { told, of: (_: unknown, raised: Raised): Severity => raised.severity ?? otherwise };
}

/** Of what loses mail only where senders hold it against the host. */
export const byForce = {
  told: 'error in enforce, else warning',
  of: ({ force }: { readonly force: Force }) => (force === 'enforce' ? 'error' : 'warning'),
} as const;

/** Of what may show at some addresses of the policy host and not at others. */
export const byAddresses = asRaised('error; warning where another address works');

const off = skip('no record asks for a policy');
export const recordUnknown = skip('DNS gave no answer about the record');

/** What a fault of the record in DNS does. */
export const noRecord = 'Senders see no record, and deliver as if there were no policy.';
/** What a fault of the policy host does. */
export const noPolicy =
  'Senders cannot fetch the policy: they deliver as if there were none, or by an older one that they still keep.';

/** Why the policy and its host are not judged; undefined where a record, or what was meant as one, asks for a policy. */
export function unasked(seen: Seen): Skip | undefined {
  if (seen.record === undefined) return recordUnknown;
  return asksForPolicy(seen) ? undefined : off;
}

/** What a rule about changes needs; the look that is judged is in it. */
export interface Remembering {
  readonly seen: Seen;
  readonly memory: Memory;
}

export function remembering(seen: Seen): Remembering | Skip {
  const memory = memoryOf(seen);
  return memory === undefined ? skip('no earlier look is known') : { seen, memory };
}
