/**
 * What a watch remembers between two looks: which findings it knows, what of them was told, and since when. PURE,
 * plain JSON; what changes it is in news.ts, keeping it is left to the store.
 */
import type { Verdict } from '../check/report.ts';
import type { Json } from '../store/shapes.ts';

/** The severities that are news; notices are for the digest. */
export type Rank = 'error' | 'warning';

/** What makes two findings of two looks the same one. */
export type FindingKey = { readonly id: string; readonly subject: string };

/** All instants are ISO 8601, UTC. */
export type WatchState = {
  /** Another number means another shape: the watch begins anew. */
  readonly version: 1;
  /** When the last look that counted began. */
  readonly lookedAt: string;
  /** Whether a look has measured the domain yet: until then what is found was there before the watch. */
  readonly begun: boolean;
  /** Looks in a row that left something for a second look, or fell into a fault of our own network. */
  readonly unconfirmed: number;
  /** As it was told last. */
  readonly verdict?: Verdict;
  /** The last verdict while nothing was wrong that is news, or waits to be. */
  readonly calm?: Verdict;
  readonly known: readonly Known[];
};

/**
 * A finding that is open (`told`), waits for a second look (neither `told` nor `goneSince`), or is over and
 * remembered for a day in case it comes again (`goneSince` without `told`).
 */
export type Known = FindingKey & {
  /** As the last look saw it that did. */
  readonly severity: Rank;
  /** The first look of this episode that saw it. */
  readonly since: string;
  /** The highest that was told in this episode. */
  readonly told?: Rank;
  /** A warning that was there when the watch began: nobody was told of it, so nobody is told of its end. */
  readonly quiet?: true;
  /** Seen since before the watch had measured anything. */
  readonly fromStart?: true;
  /** Since when something worse than what was told waits for a second look. */
  readonly rising?: string;
  /** Since when it has been less than what was told. */
  readonly falling?: string;
  /** When it came, within the last day; at most `comingsKept`. */
  readonly comings?: readonly string[];
  /** Told as coming and going. */
  readonly unstable?: true;
  /** The first of the looks in a row that measured and did not see it. */
  readonly goneSince?: string;
};

/** So many in a day are told as unstable. */
export const comingsKept = 3;
/** Of errors and of warnings each: more than one domain ever showed, and few enough for one row of the store. */
export const knownAtMost = 100;

/** Undefined for what another version wrote, or what is broken: then the watch begins anew. */
export function readWatchState(json: Json | undefined): WatchState | undefined {
  if (!isObject(json) || json.version !== 1) return undefined;
  const { lookedAt, begun, unconfirmed, verdict, calm, known } = json;
  if (!isInstant(lookedAt) || typeof begun !== 'boolean' || !Array.isArray(known)) return undefined;
  if (!Number.isSafeInteger(unconfirmed) || !isVerdict(verdict) || !isVerdict(calm)) return undefined;
  const read: readonly (Known | undefined)[] = known.slice(0, 3 * knownAtMost).map(readKnown);
  if (read.some((one) => one === undefined)) return undefined;
  return {
    version: 1,
    lookedAt,
    begun,
    unconfirmed: Number(unconfirmed),
    ...(verdict === undefined ? {} : { verdict }),
    ...(calm === undefined ? {} : { calm }),
    known: read.filter((one) => one !== undefined),
  };
}

function readKnown(json: Json): Known | undefined {
  if (!isObject(json)) return undefined;
  const { id, subject, severity, since, told, quiet, fromStart, unstable, comings } = json;
  const { rising, falling, goneSince } = json;
  if (typeof id !== 'string' || typeof subject !== 'string' || !isRank(severity) || !isInstant(since))
    return undefined;
  if (told !== undefined && !isRank(told)) return undefined;
  const instants = { rising, falling, goneSince };
  if (Object.values(instants).some((one) => one !== undefined && !isInstant(one))) return undefined;
  if (comings !== undefined && !(Array.isArray(comings) && comings.every(isInstant))) return undefined;
  return {
    id,
    subject,
    severity,
    since,
    ...(told === undefined ? {} : { told }),
    ...(quiet === true ? { quiet } : {}),
    ...(fromStart === true ? { fromStart } : {}),
    ...(isInstant(rising) ? { rising } : {}),
    ...(isInstant(falling) ? { falling } : {}),
    ...(Array.isArray(comings) ? { comings: comings.slice(-comingsKept) } : {}),
    ...(unstable === true ? { unstable } : {}),
    ...(isInstant(goneSince) ? { goneSince } : {}),
  };
}

const verdicts: readonly Verdict[] = ['enforced', 'testing', 'broken', 'off', 'unknown'];

function isVerdict(json: Json | undefined): json is Verdict | undefined {
  return json === undefined || verdicts.some((verdict) => verdict === json);
}

function isRank(json: Json | undefined): json is Rank {
  return json === 'error' || json === 'warning';
}

export function isInstant(json: Json | undefined): json is string {
  return typeof json === 'string' && !Number.isNaN(Date.parse(json));
}

export function isObject(json: Json | undefined): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
