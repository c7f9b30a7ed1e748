/** When a domain is looked at next, and whether its MX hosts are connected to then. PURE; claiming what is due is the store's. */
import type { EveryHours } from '../store/shapes.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Servers that are restarted, and zones that are reloaded, are back within it; spread, as one outage fails many looks. */
const soonestMs = 2 * minuteMs;
const soonSpreadMs = 3 * minuteMs;
/** A timer may fire a moment early, and would find its own time still ahead. */
const apartMs = minuteMs;

export interface NextLook {
  /** Of the watched domain, always the same. */
  readonly key: string;
  readonly everyHours: EveryHours;
  readonly now: Date;
  /** Looks in a row that failed for our own reasons; 0 after one that did not. */
  readonly failuresInARow: number;
  /** Looks in a row that left something to be confirmed, as `unconfirmedLooks` of news.ts tells. */
  readonly unconfirmed: number;
}

/**
 * Each key has a time of its own within the interval, so that watches made in one minute, and looks missed while the
 * process was down, do not come together again; never later than an interval from now. After a look that failed,
 * or has to be confirmed, in two to five minutes, then after twice as long each time.
 */
export function nextLookAt({ key, everyHours, now, failuresInARow, unconfirmed }: NextLook): Date {
  const intervalMs = everyHours * hourMs;
  const share = shareOf(key);
  const phaseMs = Math.floor(share * intervalMs);
  const passed = (now.getTime() - phaseMs) % intervalMs;
  const regularMs = Math.max(apartMs, intervalMs - passed);
  const times = Math.max(failuresInARow, unconfirmed);
  if (times <= 0) return new Date(now.getTime() + regularMs);
  const soonMs = (soonestMs + share * soonSpreadMs) * 2 ** (times - 1);
  return new Date(now.getTime() + Math.floor(Math.min(soonMs, regularMs)));
}

/** At least so often, for each session costs somebody else a process. */
const smtpAtLeastMs = 24 * hourMs;
const looksPerSmtp = 4;
/** A look may start late; the next one would be too late by as much. */
const latenessMs = 10 * minuteMs;

export interface SmtpDue {
  /** Undefined: never. */
  readonly smtpLookedAt: Date | undefined;
  readonly everyHours: EveryHours;
  readonly now: Date;
  /** The last time some MX host could not be measured. */
  readonly previousFailed: boolean;
  /** Something about the MX hosts waits for a second look, as `needsSmtp` of news.ts tells. */
  readonly unconfirmed: boolean;
}

/** Whether this look connects to the MX hosts: every fourth look or once in 24 hours, whichever is sooner, and where the last one leaves a question. */
export function smtpIsDue({ smtpLookedAt, everyHours, now, previousFailed, unconfirmed }: SmtpDue): boolean {
  if (smtpLookedAt === undefined || previousFailed || unconfirmed) return true;
  const intervalMs = everyHours * hourMs;
  const latestMs = Math.min(smtpAtLeastMs, looksPerSmtp * intervalMs);
  // Where it would be over by the next look, it is due in this one.
  return now.getTime() - smtpLookedAt.getTime() > latestMs - intervalMs + latenessMs;
}

/** From 0 to 1, evenly: FNV-1a, and the mixing of MurmurHash3, as keys that count up differ in their last characters alone. */
function shareOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
