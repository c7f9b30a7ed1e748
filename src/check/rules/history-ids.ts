/**
 * The rules about the id over time (RFC 8461 §3.1): whether senders that hold an earlier policy learn of the one that
 * is served now. Each lasts as long as a sender may hold the other policy under the id of today.
 */
import type { Policy } from '../../protocol/mtasts.ts';
import { rfc } from '../../protocol/rfc.ts';
import { renewedRecord } from '../corrections.ts';
import type { LedgerEntry } from '../history.ts';
import { policyHashOf } from '../policy-hash.ts';
import { type Memory, spellInstant } from '../remembered.ts';
import { type Raised, type Rule, rule, type Skip } from '../rule.ts';
import type { Seen } from '../seen.ts';
import { asRaised, remembering, skip, unasked } from './needs.ts';

/** The file comes first (RFC 8461 §8.1): for so long the record may take to follow it. */
const graceMs = 3_600_000;
/** Within so long after the id a new policy is the one that the id was meant for. */
const togetherMs = 86_400_000;

interface Facts {
  readonly seen: Seen;
  readonly memory: Memory;
  readonly policy: Policy;
  readonly hash: string;
  readonly id: string;
  /** The first look that saw this id, and none other since. */
  readonly idSince: string;
  /** Other policies that senders may hold under this id, the longest held first. */
  readonly others: readonly LedgerEntry[];
}

function idFacts(seen: Seen): Facts | Skip {
  const known = remembering(seen);
  if ('skip' in known) return known;
  const off = unasked(seen);
  if (off !== undefined) return off;
  const id = seen.record?.value?.id;
  const policy = seen.usablePolicy;
  if (id === undefined || policy === undefined) return skip('no policy that senders can use is published');
  const { memory } = known;
  const hash = policyHashOf(policy);
  return {
    ...known,
    policy,
    hash,
    id,
    idSince: memory.trail.record?.since ?? seen.observation.startedAt,
    // What another address of the policy host still serves is no earlier policy.
    others: memory.held.filter(
      (entry) => entry.id === id && entry.policyHash !== hash && entry.goneAt !== null,
    ),
  };
}

function instant(text: string | null | undefined): string {
  return spellInstant(new Date(text ?? 0));
}

/** The same policy under the id before this one, where this id came to it. */
function beforeId({ memory, id, idSince }: Facts, policyHash: string): LedgerEntry | undefined {
  return memory.ledger.findLast(
    (entry) =>
      entry.policyHash === policyHash &&
      entry.id !== id &&
      entry.id !== null &&
      entry.lastSeenAt < idSince &&
      entry.goneAt !== null &&
      entry.goneAt >= idSince,
  );
}

/** The policy was still the one from before when the id was new already, and followed soon. */
function isBumpedTooSoon(facts: Facts, other: LedgerEntry): boolean {
  const window = Date.parse(other.goneAt ?? '') - Date.parse(facts.idSince);
  return beforeId(facts, other.policyHash) !== undefined && window <= togetherMs;
}

function newId({ seen, policy }: Facts): string {
  return `Publish the record with a new id: \`${renewedRecord(seen, policy)}\`.`;
}

function modesOf({ policy }: Facts, other: LedgerEntry): string {
  return other.mode === policy.mode ? '' : ` (mode ${other.mode}; it is ${policy.mode} now)`;
}

const notBumped = rule<Facts>({
  id: 'txt.id-not-bumped',
  area: 'record',
  title: 'The policy changed and the id did not',
  severity: asRaised('error where either policy is in enforce, else warning; notice within the first hour'),
  cite: rfc(8461, '3.1'),
  breaks: false,
  supersedes: ['txt.id-reused'],
  needs: idFacts,
  judge: (facts) => {
    const { seen, memory, policy, id, idSince, others } = facts;
    const mine = others.filter((other) => other.lastSeenAt >= idSince && !isBumpedTooSoon(facts, other));
    const [other] = mine;
    if (other === undefined) return [];
    const since = memory.trail.policy?.since ?? seen.observation.startedAt;
    const until = spellInstant(memory.heldUntil(other));
    const raised = { subject: seen.recordName, remedy: newId(facts) };
    if (seen.now.getTime() - Date.parse(since) < graceMs) {
      return [
        {
          ...raised,
          title: 'The policy is new, and the id is not yet',
          severity: 'notice',
          cite: rfc(8461, '8.1'),
          detail: `Senders that hold the earlier policy${modesOf(facts, other)} go on by it until the id changes. The new policy was first seen at ${instant(since)}, and the record still has the id ${id}: file first is the right order, and the record is what remains to be done.`,
        },
      ];
    }
    const enforced = policy.mode === 'enforce' || mine.some(({ mode }) => mode === 'enforce');
    return [
      {
        ...raised,
        severity: enforced ? 'error' : 'warning',
        detail: `Senders that hold the earlier policy${modesOf(facts, other)} see the id ${id}, which they know, and do not fetch the new one: the last of them goes on by the old one until ${until}. It was served under this id until ${instant(other.goneAt)}.`,
      },
    ];
  },
});

const reused = rule<Facts>({
  id: 'txt.id-reused',
  area: 'record',
  title: 'The id was used before, for another policy',
  severity: 'warning',
  cite: rfc(8461, '3.1'),
  supersedes: ['txt.id-bumped-before-policy'],
  needs: idFacts,
  judge: (facts) => {
    const { seen, memory, id, idSince, others } = facts;
    const other = others.find(({ lastSeenAt }) => lastSeenAt < idSince);
    if (other === undefined) return [];
    return [
      {
        subject: seen.recordName,
        detail: `Senders that still hold the policy which had the id ${id} until ${instant(other.goneAt)}${modesOf(facts, other)} see the id that they know and do not fetch the one of today; the last of them holds it until ${spellInstant(memory.heldUntil(other))}.`,
        remedy: newId(facts),
      },
    ];
  },
});

const bumpedBeforePolicy = rule<Facts>({
  id: 'txt.id-bumped-before-policy',
  area: 'record',
  title: 'The id changed before the policy did',
  severity: asRaised('warning; notice where no other policy is known to follow', 'warning'),
  cite: rfc(8461, '8.1'),
  needs: idFacts,
  judge: (facts) => {
    const { seen, memory, id, idSince, others } = facts;
    const other = others.find((one) => one.lastSeenAt >= idSince && isBumpedTooSoon(facts, one));
    if (other === undefined) return pending(facts);
    return [
      {
        subject: seen.recordName,
        severity: 'warning',
        detail: `Senders that fetched the policy between ${instant(idSince)} and ${instant(other.goneAt)} hold the earlier one under the new id ${id}${modesOf(facts, other)}, and do not fetch the one of today before ${spellInstant(memory.heldUntil(other))}.`,
        remedy: newId(facts),
      },
    ];
  },
});

/** The id is new and the policy is not. Nobody has to change a policy with the id, so that time ends it. */
function pending(facts: Facts): readonly Raised[] {
  const { seen, memory, hash, id, idSince } = facts;
  const before = beforeId(facts, hash);
  // Under the id before it had taken another one's place already: that is the order of §8.1.
  const isOwed = memory.ledger.some((entry) => entry.id === before?.id && entry.policyHash !== hash);
  if (before === undefined || isOwed) return [];
  const meant = seen.history?.generated.find((generated) => generated.id === id);
  const isMeantSo = meant?.policyHash === hash;
  const isOver = meant === undefined && seen.now.getTime() - Date.parse(idSince) >= togetherMs;
  if (isMeantSo || isOver) return [];
  const detail = `A sender that fetches now holds the earlier policy under the new id ${id}, and does not fetch the one that comes later. The id is new since ${instant(idSince)}, and the policy is the one from before.`;
  return meant === undefined
    ? [
        {
          subject: seen.recordName,
          severity: 'notice',
          detail,
          remedy: `If another policy is to follow, publish the record after it with one more new id: \`${renewedRecord(seen, facts.policy)}\`.`,
        },
      ]
    : [
        {
          subject: seen.recordName,
          severity: 'warning',
          detail,
          remedy: `Serve the policy that was made for this id at ${seen.policyUrl}, and after that publish the record with one more new id: \`${renewedRecord(seen, facts.policy)}\`.`,
        },
      ];
}

export const historyIdRules: readonly Rule[] = [notBumped, reused, bumpedBeforePolicy];
