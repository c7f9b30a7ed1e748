/**
 * What an incident becomes by a look and the passing of time, and what its thread is told. PURE; what is news at all is
 * in news.ts, presses of buttons in incident-press.ts, keeping and telling are left to others.
 *
 * One incident for each domain: its card opens it, later news are entries in its thread, and it closes when all is
 * mended. Open errors are told again after 24 hours, then three days, then every week; those somebody acknowledged
 * every week; warnings never. While it is snoozed only the card changes, unless a new error comes, which also ends
 * the acknowledgement. When the time is over, what is open is told.
 */
import type { Report } from '../check/report.ts';
import { absenceOf, readLook } from './absence.ts';
import type { IncidentEntry, IncidentFinding, IncidentState, MendedFinding } from './incident-shapes.ts';
import type { News, OpenFinding } from './news.ts';
import { keyOf, textOf } from './same-finding.ts';

export interface IncidentStep {
  readonly state: IncidentState;
  /** For its thread, in this order. Empty where only the card changes, and where the card itself is new. */
  readonly entries: readonly IncidentEntry[];
  readonly closed: boolean;
}

const dayMs = 86_400_000;
/** After what was told last. The first comes while the one who saw it is still at work on the next day. */
const remindAfterMs = [dayMs, 3 * dayMs, 7 * dayMs] as const;
const remindAcknowledgedMs = 7 * dayMs;
/** More than a card shows. */
const openAtMost = 60;
const mendedAtMost = 60;

/** Undefined where nothing changes. `incident` is the open one. */
export function incidentAfter({
  incident,
  news,
  report,
  now,
}: {
  readonly incident: IncidentState | undefined;
  readonly news: News;
  readonly report: Report;
  readonly now: Date;
}): IncidentStep | undefined {
  if (news.repeated) return undefined;
  if (incident === undefined) return opened(news, now);
  const turned = turn(incident, news, report, now);
  const { open, mended, added } = turned;
  const closed = open.length === 0 && news.open.length === 0 && !news.waiting;
  const rest = restOf(incident, added, now);
  const entries = rest.snoozed === undefined ? entriesOf(incident, { ...turned, closed, news, now }) : [];
  const errorsTold = entries.some(
    (entry) =>
      (entry.kind === 'added' || entry.kind === 'sustained') &&
      entry.findings.some(({ severity }) => severity === 'error'),
  );
  const isReminder = entries.some(({ kind }) => kind === 'sustained') && incident.snoozed === undefined;
  const newError = added.some(({ severity }) => severity === 'error');
  const reminders =
    newError || incident.snoozed !== rest.snoozed ? 0 : (incident.reminders ?? 0) + (isReminder ? 1 : 0);
  const state: IncidentState = {
    version: 1,
    verdict: news.verdict,
    ...(incident.verdictBefore === undefined ? {} : { verdictBefore: incident.verdictBefore }),
    open,
    mended: [...incident.mended, ...mended].slice(-mendedAtMost),
    ...rest,
    toldAt: errorsTold ? now.toISOString() : incident.toldAt,
    ...(reminders === 0 ? {} : { reminders }),
  };
  return entries.length === 0 && !closed && isSame(state, incident) ? undefined : { state, entries, closed };
}

/** With what is open and told; also where the incident was lost, so that nothing stays open unseen. */
function opened(news: News, now: Date): IncidentStep | undefined {
  const open = news.open.flatMap(({ finding }) => finding ?? []);
  if (open.length === 0) return undefined;
  return {
    state: {
      version: 1,
      verdict: news.verdict,
      ...(news.verdictBefore === undefined ? {} : { verdictBefore: news.verdictBefore }),
      open: inOrder(open),
      mended: [],
      toldAt: now.toISOString(),
    },
    entries: [],
    closed: false,
  };
}

interface Turned {
  readonly open: readonly IncidentFinding[];
  readonly mended: readonly MendedFinding[];
  /** What the conversation has not been told so. */
  readonly added: readonly IncidentFinding[];
}

function turn(incident: IncidentState, news: News, report: Report, now: Date): Turned {
  const openNow = new Map(news.open.map((one) => [textOf(one), one]));
  const mendedNow = new Set(news.mended.map(textOf));
  const replacedNow = new Set(news.replaced.map(textOf));
  const before = new Map(incident.open.map((finding) => [textOf(keyOf(finding)), finding]));
  const open: IncidentFinding[] = [];
  const mended: MendedFinding[] = [];
  for (const [text, finding] of before) {
    const known = openNow.get(text);
    if (known !== undefined) open.push(asNow(finding, known));
    else if (replacedNow.has(text)) continue;
    else if (mendedNow.has(text)) mended.push({ ...finding, mendedAt: now.toISOString() });
    else {
      const fate = fateOf(finding, report);
      if (fate === 'mended') mended.push({ ...finding, mendedAt: now.toISOString() });
      else if (fate === 'open') open.push(finding);
    }
  }
  const others = news.open.filter((one) => !before.has(textOf(one)));
  open.push(...others.flatMap(({ finding }) => finding ?? []));
  const added = news.added.filter((finding) => {
    const earlier = before.get(textOf(keyOf(finding)));
    return (
      earlier === undefined ||
      (earlier.severity === 'warning' && finding.severity === 'error') ||
      (finding.unstable === true && earlier.unstable !== true)
    );
  });
  return { open: inOrder(open), mended, added };
}

/** Texts stay as they were told until something changes: days left and fresh ids would change the card at each look. */
function asNow(
  finding: IncidentFinding,
  { severity, isUnstable, finding: now }: OpenFinding,
): IncidentFinding {
  const { unstable: _, ...rest } = finding;
  if (now !== undefined && now.severity !== finding.severity) return now;
  return { ...rest, severity, ...(isUnstable ? { unstable: true } : {}) };
}

/** Of what the state of the watch does not know, because it began anew. */
function fateOf(finding: IncidentFinding, report: Report): 'open' | 'mended' | 'gone' {
  const text = textOf(keyOf(finding));
  const isThere = report.findings.some((one) => one.severity !== 'notice' && textOf(keyOf(one)) === text);
  if (isThere) return 'open';
  const absence = absenceOf(keyOf(finding), readLook(report));
  return absence === 'no-rule' ? 'gone' : absence === 'mended' ? 'mended' : 'open';
}

/** Who takes care of it, and until when it is quiet, after what was added. */
function restOf(
  { acknowledged, snoozed }: IncidentState,
  added: readonly IncidentFinding[],
  now: Date,
): Pick<IncidentState, 'acknowledged' | 'snoozed'> {
  const isWorse = added.some(({ severity }) => severity === 'error');
  return {
    ...(acknowledged === undefined || isWorse ? {} : { acknowledged }),
    ...(snoozed === undefined || isWorse || Date.parse(snoozed.until) <= now.getTime() ? {} : { snoozed }),
  };
}

function entriesOf(
  incident: IncidentState,
  { open, mended, added, closed, news, now }: Turned & { closed: boolean; news: News; now: Date },
): readonly IncidentEntry[] {
  const { snoozed } = incident;
  // Nobody was told of the warnings that came meanwhile.
  const kept =
    snoozed === undefined
      ? []
      : open.filter(({ severity, since }) => severity === 'warning' && since >= snoozed.at);
  const tell = [...added, ...kept.filter((finding) => !isAmong(finding, added))];
  const well = news.open.filter(({ isWell }) => isWell);
  const errors = open.filter(
    (finding) => finding.severity === 'error' && !isAmong(finding, added) && !isAmong(finding, well),
  );
  const due =
    snoozed === undefined ? isReminderDue(incident, now) : Date.parse(snoozed.until) <= now.getTime();
  return [
    ...(tell.length === 0 ? [] : [{ kind: 'added', findings: tell } as const]),
    ...(mended.length === 0 ? [] : [{ kind: 'mended', findings: mended } as const]),
    ...(due && errors.length > 0 ? [{ kind: 'sustained', findings: errors } as const] : []),
    ...(closed ? [{ kind: 'closed' } as const] : []),
  ];
}

function isReminderDue({ acknowledged, toldAt, reminders = 0 }: IncidentState, now: Date): boolean {
  const since = Math.max(Date.parse(toldAt), Date.parse(acknowledged?.at ?? toldAt));
  const afterMs =
    acknowledged === undefined ? (remindAfterMs[reminders] ?? remindAfterMs[2]) : remindAcknowledgedMs;
  return now.getTime() - since >= afterMs;
}

function isAmong(
  one: { id: string; subject: string },
  others: readonly { id: string; subject: string }[],
): boolean {
  return others.some((other) => textOf(keyOf(other)) === textOf(keyOf(one)));
}

function inOrder(findings: readonly IncidentFinding[]): readonly IncidentFinding[] {
  return findings
    .toSorted(
      (one, other) =>
        Number(one.severity !== 'error') - Number(other.severity !== 'error') ||
        (one.since < other.since ? -1 : Number(one.since > other.since)),
    )
    .slice(0, openAtMost);
}

/** The same JSON; a database keeps no order of keys. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return one === other;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length || Array.isArray(one) !== Array.isArray(other)) return false;
  const values = new Map<string, unknown>(Object.entries(other));
  return Object.entries(one).every(([key, value]) => values.has(key) && isSame(value, values.get(key)));
}
