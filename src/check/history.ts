/**
 * What earlier looks saw of a domain, and what was generated for it: what the rules about changes rest on. PURE,
 * plain JSON; keeping it between two looks is left to store/.
 */
import type { HostName } from '../protocol/domain.ts';
import { type Mode, maxAgeSecondsMax } from '../protocol/mtasts.ts';
import { asksForPolicy } from './asked.ts';
import { liveHosts, type Observation, type Octets } from './observation.ts';
import { readObservation, type Seen } from './seen.ts';
import { type Elsewhere, type Served, servedNow } from './served.ts';

export interface History {
  /** Every pair of id and policy ever seen served, the first seen first. Without the look that is judged. */
  readonly ledger: readonly LedgerEntry[];
  /** What else the rules remember; undefined before the first look. */
  readonly trail: Trail | undefined;
  /** What this team generated for the domain, newest first. */
  readonly generated: readonly Generated[];
}

/**
 * One pair of id and policy as senders could have it: a policy that is served while no record asks for it, and that
 * nobody can have come to, is none. Instants are ISO 8601, UTC.
 */
export interface LedgerEntry {
  /** Of the record in the same look; null when no usable record was there, or DNS did not tell. */
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

/**
 * What the ledger does not tell: since when it is as it is now. `since` is the first look of those without a break
 * that measured it so; looks that measured nothing are no break. Another number of `version` means another shape:
 * what is older is forgotten, not misread.
 */
export interface Trail {
  readonly version: 1;
  /** The latest look, whatever it measured. */
  readonly lookedAt: string | null;
  /** The first look that measured the policy host: what was served before is not known. */
  readonly knownSince: string | null;
  /** As it was measured last; id null: no usable record. */
  readonly record: { readonly id: string | null; readonly since: string } | null;
  /** As it was measured last; hash null: no policy that a sender can have. */
  readonly policy: { readonly hash: string | null; readonly since: string } | null;
  /** Of the policies; an outage between is no end of a mode. */
  readonly mode: { readonly mode: Mode; readonly since: string } | null;
  /** Those that mail went to when DNS last told. */
  readonly mx: readonly { readonly host: HostName; readonly since: string }[] | null;
  /** The policy host fails since then in ways that do not show whether others get the policy. */
  readonly unclearSince: string | null;
}

export interface Generated {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly id: string;
  readonly policyHash: string;
  readonly mode: Mode;
  readonly maxAgeSeconds: number;
}

/**
 * Until when a sender may hold the policy: the last moment at which it may have been served, plus its max_age
 * (RFC 8461 §8.3), which no sender keeps for longer than the maximum (§3.2). Whoever holds it may fetch it again at
 * any time (§3.3), so that one that is still served counts from now.
 */
export function heldUntil({ goneAt, maxAgeSeconds }: LedgerEntry, now: Date): Date {
  const servedUntil = goneAt === null ? now : new Date(goneAt);
  return new Date(servedUntil.getTime() + Math.min(maxAgeSeconds, maxAgeSecondsMax) * 1000);
}

/** When MTA-STS can end. */
export interface Expiry {
  /** From then on nobody holds a policy that was seen here. May lie in the past. */
  readonly at: Date;
  /** The policy that is held until then; with `goneAt` null the date moves on with `now`. */
  readonly entry: LedgerEntry;
}

/**
 * The latest end of all policies ever served (RFC 8461 §8.3), those of mode none aside: who holds such a policy
 * goes on as if there were none. Undefined when no other was ever served.
 */
export function expiryOf(ledger: readonly LedgerEntry[], now: Date): Expiry | undefined {
  return ledger
    .filter(({ mode }) => mode !== 'none')
    .map((entry) => ({ entry, at: heldUntil(entry, now) }))
    .reduce<Expiry | undefined>(
      (latest, one) => (latest === undefined || one.at > latest.at ? one : latest),
      undefined,
    );
}

/** What to keep of a look: the entries that are new or changed, and the trail in place of the one before. */
export interface Remembered {
  readonly ledger: readonly LedgerEntry[];
  readonly trail: Trail;
}

type Before = Pick<History, 'ledger' | 'trail'>;

/** What to remember after a look; of a trail of another version nothing is taken over. */
export function historyAfter(history: Before, observation: Observation): Remembered {
  return rememberedAfter(history, readObservation(observation));
}

/** The same, of a look that is read already. */
export function rememberedAfter({ ledger, trail }: Before, seen: Seen): Remembered {
  const before = trail?.version === 1 ? trail : nothingKnown;
  const { served, elsewhere } = servedNow(seen);
  const settled = settle(elsewhere, before.unclearSince, seen);
  return {
    ledger: ledgerAfter(ledger, {
      seen,
      served: canBeHad(ledger, before, seen) ? served : [],
      isSettled: settled.elsewhere === 'nothing',
    }),
    trail: trailAfter(before, { seen, served, ...settled }),
  };
}

/** Before the first look that measured anything. */
export const nothingKnown: Trail = {
  version: 1,
  lookedAt: null,
  knownSince: null,
  record: null,
  policy: null,
  mode: null,
  mx: null,
  unclearSince: null,
};

/**
 * For so long a host must have failed at every look before nobody is taken to get its policy: a server that was
 * switched off must not keep a removal waiting for ever, and hardly any outage, or block of this machine, that
 * leaves others served lasts longer.
 */
const unclearForMs = 7 * 86_400_000;

function settle(
  elsewhere: Elsewhere,
  before: string | null,
  { now, observation }: Seen,
): { readonly elsewhere: Elsewhere; readonly unclearSince: string | null } {
  if (elsewhere !== 'unclear') return { elsewhere, unclearSince: null };
  const unclearSince = before ?? observation.startedAt;
  const isOver = now.getTime() - Date.parse(unclearSince) >= unclearForMs;
  return { elsewhere: isOver ? 'nothing' : 'unclear', unclearSince };
}

interface Look {
  readonly seen: Seen;
  readonly served: readonly Served[];
}

function ledgerAfter(
  ledger: readonly LedgerEntry[],
  { seen, served, isSettled }: Look & { readonly isSettled: boolean },
): readonly LedgerEntry[] {
  const at = seen.observation.startedAt;
  const pairs = served.map((one) => pairOf(one, ledger, seen));
  const isPair = ({ id, policyHash }: LedgerEntry) =>
    pairs.some((pair) => pair.id === id && pair.policyHash === policyHash);
  const isServed = ({ policyHash }: LedgerEntry) => pairs.some((pair) => pair.policyHash === policyHash);
  const changed = ledger.flatMap((entry): LedgerEntry[] => {
    if (isPair(entry)) return [{ ...entry, lastSeenAt: at, goneAt: null }];
    // Only the id is another one, or the policy itself is gone.
    const isGone = isServed(entry) ? seen.record !== undefined : isSettled;
    return entry.goneAt === null && isGone ? [{ ...entry, goneAt: at }] : [];
  });
  const isKnown = (pair: Pair) =>
    ledger.some(({ id, policyHash }) => pair.id === id && pair.policyHash === policyHash);
  const begun = pairs
    .filter((pair) => !isKnown(pair) && !isFull(ledger))
    .map((pair): LedgerEntry => ({ ...pair, firstSeenAt: at, lastSeenAt: at, goneAt: null }));
  return [...changed, ...begun];
}

/**
 * A ledger takes no more than this: nobody has so many policies who waits for a safe end, and whoever serves another
 * one of 64 KB at every look must not fill the store, or have them all read at every look.
 */
const mostEntries = 500;
const mostOctets = 300_000;

function isFull(ledger: readonly LedgerEntry[]): boolean {
  return ledger.length >= mostEntries || ledger.reduce((sum, { body }) => sum + body.length, 0) >= mostOctets;
}

type Pair = Pick<LedgerEntry, 'id' | 'policyHash' | 'mode' | 'maxAgeSeconds' | 'body'>;

/** Where DNS did not tell, the id is taken to be what it was when the same policy was last seen. */
function pairOf({ hash, policy, body }: Served, ledger: readonly LedgerEntry[], seen: Seen): Pair {
  const open = ledger.findLast(({ policyHash, goneAt }) => policyHash === hash && goneAt === null);
  return {
    id: seen.record === undefined ? (open?.id ?? null) : (seen.record.value?.id ?? null),
    policyHash: hash,
    mode: policy.mode,
    maxAgeSeconds: policy.maxAgeSeconds,
    body,
  };
}

/**
 * A sender comes to a policy by the record (RFC 8461 §3.1), or because it held an earlier one when this one came
 * (§3.3), which was since the look before at the earliest.
 */
function canBeHad(ledger: readonly LedgerEntry[], { lookedAt }: Trail, seen: Seen): boolean {
  if (seen.record === undefined || asksForPolicy(seen)) return true;
  const before = lookedAt === null ? seen.now : new Date(lookedAt);
  return ledger.some((entry) => heldUntil(entry, seen.now) > before);
}

/** What is down for longer than this was switched off, and begins anew. */
const outageMs = 14 * 86_400_000;

function trailAfter(
  before: Trail,
  {
    seen,
    served: [first],
    elsewhere,
    unclearSince,
  }: Look & { readonly elsewhere: Elsewhere; readonly unclearSince: string | null },
): Trail {
  const at = seen.observation.startedAt;
  const isKnown = first !== undefined || elsewhere === 'nothing';
  const id = seen.record?.value?.id ?? null;
  const hash = first?.hash ?? null;
  return {
    version: 1,
    lookedAt: at,
    knownSince: before.knownSince ?? (isKnown ? at : null),
    record: seen.record === undefined || before.record?.id === id ? before.record : { id, since: at },
    policy: !isKnown || before.policy?.hash === hash ? before.policy : { hash, since: at },
    mode: first === undefined ? before.mode : modeAfter(before, first.policy.mode, at),
    mx: mxAfter(before.mx, seen),
    unclearSince,
  };
}

function modeAfter({ mode: before, policy }: Trail, mode: Mode, at: string): Trail['mode'] {
  const isBack = policy?.hash === null && Date.parse(at) - Date.parse(policy.since) > outageMs;
  return before?.mode === mode && !isBack ? before : { mode, since: at };
}

function mxAfter(before: Trail['mx'], { observation: { mx, startedAt } }: Seen): Trail['mx'] {
  if (mx.kind === 'unknown') return before;
  return liveHosts(mx).map(
    ({ host }) => before?.find((known) => known.host === host) ?? { host, since: startedAt },
  );
}
