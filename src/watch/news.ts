/**
 * What of a look is news. PURE: the state of the watch and a report give the next state and what is to be told.
 * What an incident becomes by it is in incident.ts. The rules, with their reasons: docs/decisions/alerts.md.
 *
 * - Errors and warnings are news; notices are for the digest.
 * - What a record, policy or certificate says wrong is news at once. What may pass by itself, because it rests on a
 *   connection or a lookup that failed, is news when a second look a minute later or more sees it, too; also the
 *   verdict `unknown`. A look that did not measure it is not counted between them.
 * - Mended is what a later look measured and did not find, or whose subject is gone. Not measured is not mended.
 * - What is told in a more specific way, or in a worse one, takes the place of what was told before, which leaves
 *   without a word. The same finding at a higher severity is news again.
 * - What comes for the third time within 24 hours is told as coming and going, once, and is mended only after
 *   six hours in which every look that measured it found it well.
 * - What was there before the watch: errors open an incident, warnings are known and not told.
 */
import type { Observation } from '../check/observation.ts';
import type { Report, Verdict } from '../check/report.ts';
import type { Finding } from '../check/rule.ts';
import { forceOf } from '../check/verdict.ts';
import { rfc } from '../protocol/rfc.ts';
import type { Json } from '../store/shapes.ts';
import { absenceOf, type Look, readLook } from './absence.ts';
import type { IncidentFinding } from './incident-shapes.ts';
import { isReplacedBy, isUncertain, keyOf, textOf, unknownId } from './same-finding.ts';
import {
  comingsKept,
  type FindingKey,
  type Known,
  knownAtMost,
  type Rank,
  readWatchState,
  type WatchState,
} from './state.ts';
import { metOn } from './ways.ts';

/** Two looks that somebody asks for in one breath are one. */
const apartMs = 60_000;
const unstableWithinMs = 24 * 3_600_000;
/** The default time between two looks, so that as a rule two of them found it well. */
const steadyAfterMs = 6 * 3_600_000;

/** Looks that an incident stays open for, when all of it is mended and something else waits to be confirmed. */
const waitedFor = 3;

export interface News {
  /** The look was counted already: nothing follows from it. */
  readonly repeated: boolean;
  /** Without what is not confirmed yet; where an open error was not measured, as before. */
  readonly verdict: Verdict;
  /** The last one with nothing wrong; undefined when the watch began with what is wrong now. */
  readonly verdictBefore: Verdict | undefined;
  /** New, or worse than it was told. */
  readonly added: readonly IncidentFinding[];
  readonly mended: readonly FindingKey[];
  /** Told in another way now: they leave without a word. */
  readonly replaced: readonly FindingKey[];
  /** All that was told and is not over, `added` included. */
  readonly open: readonly OpenFinding[];
  /** Something was seen once and waits for another look, which comes in minutes. */
  readonly waiting: boolean;
}

export interface OpenFinding extends FindingKey {
  readonly severity: Rank;
  readonly since: string;
  readonly isUnstable: boolean;
  /** It comes and goes, and this look found it well. */
  readonly isWell: boolean;
  /** As this look shows it; undefined when it did not measure it. */
  readonly finding: IncidentFinding | undefined;
}

/** `state` as it was kept; what cannot be read begins anew. `report.checkedAt` says when the look was. */
export function afterLook({
  state: kept,
  report,
}: {
  readonly state: Json | undefined;
  readonly report: Report;
}): { readonly state: WatchState; readonly news: News } {
  const before = readWatchState(kept);
  const at = report.checkedAt.toISOString();
  if (before !== undefined && at <= before.lookedAt) return { state: before, news: nothingNew(before) };
  const look = readLook(report);
  const turn: Turn = {
    at,
    look,
    starting: before?.begun !== true,
    present: presentIn(look),
    known: new Map((before?.known ?? []).map((one) => [textOf(one), one])),
    added: [],
    mended: [],
    replaced: [],
    unmeasured: [],
  };
  for (const [text, finding] of turn.present) meet(turn, text, finding);
  for (const [text, one] of turn.known) if (!turn.present.has(text)) miss(turn, text, one);
  return conclude(turn, before);
}

/**
 * Whether something waits for a second look, or was not measured because our own network is at fault, so that the next
 * look should come sooner: how many looks in a row left it so.
 */
export function unconfirmedLooks({ unconfirmed }: WatchState): number {
  return unconfirmed;
}

/** Whether this waits to be seen by a second look, so that nobody was told of it as it is now. */
export function isUnconfirmed({ known }: WatchState, finding: FindingKey): boolean {
  const text = textOf(keyOf(finding));
  return known.some((one) => textOf(one) === text && isPending(one));
}

/** Whether some of that is about the MX hosts, so that they have to be connected to. */
export function needsSmtp({ known }: WatchState): boolean {
  return known.some((one) => isPending(one) && /^(?:smtp|dane|enforce)\./.test(one.id));
}

/** Something failed on a way that is taken to be at fault here. */
function isHeld(observation: Observation): boolean {
  return metOn(observation)
    .values()
    .some(({ outcome }) => outcome === 'held');
}

function isPending({ told, goneSince, rising }: Known): boolean {
  return (told === undefined && goneSince === undefined) || rising !== undefined;
}

/** One look being counted. `known` changes as it goes on. */
interface Turn {
  readonly at: string;
  readonly look: Look;
  readonly starting: boolean;
  readonly present: ReadonlyMap<string, Met>;
  readonly known: Map<string, Known>;
  readonly added: IncidentFinding[];
  readonly mended: FindingKey[];
  readonly replaced: FindingKey[];
  /** What was told, and what the look cannot tell of. */
  readonly unmeasured: Known[];
}

interface Met {
  readonly key: FindingKey;
  readonly severity: Rank;
  readonly finding: Finding | UnknownFinding;
  readonly isUncertain: boolean;
}

type UnknownFinding = Omit<Finding, 'area' | 'breaks'>;

/** Errors first, so that they are never crowded out. */
function presentIn({ report, seen }: Look): Map<string, Met> {
  // A resolver that cannot tell of the root either is at fault itself.
  const isBlind = seen.observation.resolver.validates === undefined || isHeld(seen.observation);
  const findings = report.verdict === 'unknown' && !isBlind ? [unknownOf(report)] : [];
  const met = new Map<string, Met>();
  for (const severity of ['error', 'warning'] as const) {
    for (const finding of [...report.findings, ...findings]) {
      const key = keyOf(finding);
      if (finding.severity !== severity || met.has(textOf(key))) continue;
      met.set(textOf(key), { key, severity, finding, isUncertain: isUncertain(finding, report) });
    }
  }
  return met;
}

function unknownOf({ domain, sentence, nextStep }: Report): UnknownFinding {
  return {
    id: unknownId,
    severity: 'warning',
    subject: domain,
    title: 'The domain could not be looked at',
    detail: sentence,
    remedy: nextStep ?? 'Look whether the name servers of the zone and the policy host answer.',
    cite: rfc(8461, '3'),
  };
}

function meet(turn: Turn, text: string, met: Met): void {
  const one = turn.known.get(text);
  if (one?.told !== undefined) turn.known.set(text, metAgain(turn, { ...one, told: one.told }, met));
  else if (one === undefined || one.goneSince !== undefined) appear(turn, text, met, one);
  else if (!met.isUncertain || isApart(one.since, turn.at)) turn.known.set(text, confirm(turn, one, met));
  else turn.known.set(text, { ...one, severity: met.severity });
}

function appear(turn: Turn, text: string, met: Met, earlier: Known | undefined): void {
  const { key, severity } = met;
  const { at, known, starting } = turn;
  const current = [...known.values()].filter((one) => one.told !== undefined || one.goneSince === undefined);
  const alike = current.filter((one) => one.severity === severity);
  // Warnings that become errors count twice, so that both bounds are needed.
  if (alike.length >= knownAtMost || current.length >= 2 * knownAtMost) return;
  const one: Known = {
    ...key,
    severity,
    since: at,
    ...(starting ? { fromStart: true } : {}),
    ...(earlier?.comings === undefined ? {} : { comings: earlier.comings }),
  };
  known.set(text, met.isUncertain ? one : confirm(turn, one, met));
}

function metAgain(turn: Turn, one: Known & { readonly told: Rank }, met: Met): Known {
  const { at, look } = turn;
  const { goneSince: _, rising, falling, ...rest } = one;
  if (met.severity === one.told) return { ...rest, severity: met.severity };
  if (met.severity === 'error') {
    const since = rising ?? at;
    if (!met.isUncertain || isApart(since, at)) return confirm(turn, rest, met);
    return { ...rest, rising: since };
  }
  // Without the policy nothing is known of how much hangs on it.
  if (one.unstable === true || forceOf(look.seen) === 'unknown') return rest;
  const since = falling ?? at;
  if (!isApart(since, at)) return { ...rest, falling: since };
  return { ...rest, severity: met.severity, told: met.severity };
}

/** It is so: told, unless it was a warning before there was a watch. */
function confirm(turn: Turn, one: Known, { severity, finding }: Met): Known {
  const { quiet: _, rising: __, ...rest } = one;
  if (severity === 'warning' && one.fromStart === true)
    return { ...rest, severity, told: severity, quiet: true };
  const comings = [...recent(one.comings, turn.at), turn.at].slice(-comingsKept);
  const isUnstable = one.unstable === true || comings.length === comingsKept;
  turn.added.push(told(finding, one.since, isUnstable));
  return { ...rest, severity, told: severity, comings, ...(isUnstable ? { unstable: true } : {}) };
}

function miss(turn: Turn, text: string, one: Known): void {
  const { at, known } = turn;
  if (one.told === undefined && one.goneSince !== undefined) {
    if (recent(one.comings, at).length === 0) known.delete(text);
    return;
  }
  const reading = replacedOr(turn, one);
  if (reading === 'not-measured') {
    if (one.told !== undefined && one.quiet !== true) turn.unmeasured.push(one);
    return;
  }
  const { id, subject } = one;
  if (one.told === undefined || one.quiet === true) {
    end(turn, text, one);
  } else if (reading === 'replaced') {
    end(turn, text, one);
    turn.replaced.push({ id, subject });
  } else if (one.unstable === true && !isSteady(one, at)) {
    known.set(text, { ...one, goneSince: one.goneSince ?? at });
  } else {
    end(turn, text, one);
    turn.mended.push({ id, subject });
  }
}

function replacedOr({ present, known, look }: Turn, one: Known): 'mended' | 'not-measured' | 'replaced' {
  const successors = [...present].filter(([, { key }]) => isReplacedBy(one, key));
  // What only waits to be told cannot stand for what was told.
  const isTold = successors.some(([text]) => known.get(text)?.told !== undefined);
  if (isTold) return 'replaced';
  if (successors.length > 0 && one.told !== undefined) return 'not-measured';
  const absence = absenceOf(one, look);
  return absence === 'no-rule' ? 'replaced' : absence;
}

/** Remembered for a day where it came within one. */
function end({ known, at }: Turn, text: string, { id, subject, severity, since, ...one }: Known): void {
  const comings = one.unstable === true ? [] : recent(one.comings, at);
  const ended = [...known.values()].filter(({ told: rank, goneSince }) => rank === undefined && goneSince);
  if (comings.length === 0 || ended.length >= knownAtMost) known.delete(text);
  else known.set(text, { id, subject, severity, since, comings, goneSince: at });
}

function conclude(turn: Turn, before: WatchState | undefined): { state: WatchState; news: News } {
  const { at, look, present, starting, added, mended, replaced } = turn;
  const known = [...turn.known.values()];
  const open = known.flatMap((one): OpenFinding[] => {
    if (one.told === undefined || one.quiet === true) return [];
    const { id, subject, severity, since } = one;
    const isUnstable = one.unstable === true;
    const met = present.get(textOf(one))?.finding;
    const finding = met && { ...told(met, since, isUnstable), severity };
    return [{ id, subject, severity, since, isUnstable, isWell: one.goneSince !== undefined, finding }];
  });
  const waiting = known.some(isPending);
  const verdict = verdictTold(turn, before?.verdict, waiting);
  const calm = open.length === 0 && !waiting ? verdict : before?.calm;
  const unconfirmed = waiting || isHeld(look.seen.observation) ? (before?.unconfirmed ?? 0) + 1 : 0;
  return {
    state: {
      version: 1,
      lookedAt: at,
      begun: !starting || look.report.verdict !== 'unknown',
      unconfirmed,
      verdict,
      ...(calm === undefined ? {} : { calm }),
      known,
    },
    news: {
      repeated: false,
      verdict,
      verdictBefore: before?.calm,
      added,
      mended,
      replaced,
      open,
      waiting: waiting && unconfirmed <= waitedFor,
    },
  };
}

/** What waits to be confirmed, or was not measured, changes nothing of what was told. */
function verdictTold(
  { look: { report }, unmeasured, known }: Turn,
  earlier: Verdict | undefined,
  waiting: boolean,
): Verdict {
  const { verdict } = report;
  if (earlier === undefined) return verdict;
  const isTold = (finding: FindingKey) => known.get(textOf(keyOf(finding)))?.told !== undefined;
  if (verdict === 'unknown') return isTold({ id: unknownId, subject: report.domain }) ? verdict : earlier;
  if (verdict === 'broken')
    return waiting && !report.findings.some((one) => one.breaks && isTold(one)) ? earlier : verdict;
  return unmeasured.some(({ told: rank }) => rank === 'error') ? earlier : verdict;
}

function nothingNew({ verdict = 'unknown', calm }: WatchState): News {
  return {
    repeated: true,
    verdict,
    verdictBefore: calm,
    added: [],
    mended: [],
    replaced: [],
    open: [],
    waiting: false,
  };
}

/** Slack takes 3000 characters in one block; texts of rules are shorter, those of hostile domains are cut. */
const longestText = 2_000;

function told(
  { id, severity, subject, title, detail, remedy, cite }: Finding | UnknownFinding,
  since: string,
  isUnstable: boolean,
): IncidentFinding {
  return {
    id,
    severity,
    subject: subject.slice(0, longestText),
    title,
    detail: detail.slice(0, longestText),
    remedy: remedy.slice(0, longestText),
    cite: { label: cite.label, url: cite.url },
    since,
    ...(isUnstable ? { unstable: true } : {}),
  };
}

function recent(comings: readonly string[] | undefined, at: string): readonly string[] {
  return (comings ?? []).filter((coming) => Date.parse(at) - Date.parse(coming) < unstableWithinMs);
}

function isApart(since: string, at: string): boolean {
  return Date.parse(at) - Date.parse(since) >= apartMs;
}

function isSteady({ goneSince }: Known, at: string): boolean {
  return goneSince !== undefined && Date.parse(at) - Date.parse(goneSince) >= steadyAfterMs;
}
