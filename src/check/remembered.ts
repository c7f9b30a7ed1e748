/** The history with the look that is judged in it: what the rules about changes start from, worked out once. */
import {
  type Expiry,
  expiryOf,
  heldUntil,
  type LedgerEntry,
  rememberedAfter,
  type Trail,
} from './history.ts';
import { once } from './once.ts';

export interface Memory {
  /** With what this look saw. */
  readonly ledger: readonly LedgerEntry[];
  readonly trail: Trail;
  /** Of all policies but those of mode none. */
  readonly expiry: Expiry | undefined;
  /** Until when a sender may hold the policy of an entry. */
  readonly heldUntil: (entry: LedgerEntry) => Date;
  /** The policies that senders may hold now, the longest held first. */
  readonly held: readonly LedgerEntry[];
}

/** Undefined where no earlier look is known that measured the policy host. */
export const memoryOf = once((seen): Memory | undefined => {
  const { history, now } = seen;
  if (
    history === undefined ||
    ((history.trail?.knownSince ?? null) === null && history.ledger.length === 0)
  ) {
    return undefined;
  }
  const after = rememberedAfter(history, seen);
  const isChanged = (entry: LedgerEntry) => !history.ledger.some((before) => isPair(before, entry));
  const ledger = [
    ...history.ledger.map((before) => after.ledger.find((entry) => isPair(before, entry)) ?? before),
    ...after.ledger.filter(isChanged),
  ];
  const until = (entry: LedgerEntry) => heldUntil(entry, now);
  return {
    ledger,
    trail: after.trail,
    expiry: expiryOf(ledger, now),
    heldUntil: until,
    held: ledger
      .filter((entry) => until(entry) > now)
      .toSorted((one, other) => until(other).getTime() - until(one).getTime()),
  };
});

function isPair(one: LedgerEntry, other: LedgerEntry): boolean {
  return one.id === other.id && one.policyHash === other.policyHash;
}

/** `2026-12-26 12:00 UTC`: an instant as a sentence holds it, rounded up to the minute, because it is waited for. */
export function spellInstant(instant: Date): string {
  const minute = new Date(Math.ceil(instant.getTime() / 60_000) * 60_000);
  return `${minute.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
