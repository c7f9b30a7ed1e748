/**
 * What an incident holds: what is wrong with a watched domain from the first news until all is mended, and what
 * its thread is told; and reading both again. PURE, plain JSON, kept by the store and drawn by slack/. Instants are
 * ISO 8601, UTC. Types and not interfaces, so that they are what the store takes as JSON.
 */
import type { Verdict } from '../check/report.ts';
import type { Severity } from '../check/rule.ts';
import type { Json } from '../store/shapes.ts';
import { isInstant, isObject } from './state.ts';

export type IncidentState = {
  /** Another number means another shape. */
  readonly version: 1;
  readonly verdict: Verdict;
  /** Before the incident; absent when the watch began with it. */
  readonly verdictBefore?: Verdict;
  /** Errors first. Empty once all is mended. */
  readonly open: readonly IncidentFinding[];
  /** What was open and is not any more. */
  readonly mended: readonly MendedFinding[];
  readonly acknowledged?: { readonly by: string; readonly at: string };
  /** Until then only the card changes. */
  readonly snoozed?: { readonly by: string; readonly at: string; readonly until: string };
  /** When the open findings were last told of: reminders count from here. */
  readonly toldAt: string;
  /** How many reminders came since something new was told; absent for none. The next one takes longer. */
  readonly reminders?: number;
};

/** A finding as it was when it was told. */
export type IncidentFinding = {
  readonly id: string;
  readonly severity: Severity;
  readonly subject: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
  readonly cite: { readonly label: string; readonly url: string };
  /** The first look that saw it. */
  readonly since: string;
  /** It comes and goes, and counts as mended only when it has been well for hours. */
  readonly unstable?: true;
};

export type MendedFinding = IncidentFinding & { readonly mendedAt: string };

/** One reply in the thread of the incident's card. */
export type IncidentEntry =
  | { readonly kind: 'added'; readonly findings: readonly IncidentFinding[] }
  | { readonly kind: 'mended'; readonly findings: readonly MendedFinding[] }
  /** Still so: a reminder. */
  | { readonly kind: 'sustained'; readonly findings: readonly IncidentFinding[] }
  | { readonly kind: 'acknowledged'; readonly by: string }
  | { readonly kind: 'snoozed'; readonly by: string; readonly until: string }
  /** All is mended. */
  | { readonly kind: 'closed' };

/** What the store kept; undefined for another version, or what is broken. */
export function readIncident(json: Json | undefined): IncidentState | undefined {
  if (!isObject(json) || json.version !== 1 || !isInstant(json.toldAt)) return undefined;
  const { open, mended, acknowledged, snoozed, reminders } = json;
  if (!isFindings(open) || !isMended(mended) || typeof json.verdict !== 'string') return undefined;
  if (acknowledged !== undefined && !(isObject(acknowledged) && isBy(acknowledged, 'at'))) return undefined;
  if (snoozed !== undefined && !(isObject(snoozed) && isBy(snoozed, 'until') && isInstant(snoozed.at)))
    return undefined;
  if (reminders !== undefined && typeof reminders !== 'number') return undefined;
  return json as unknown as IncidentState;
}

/** One entry of its thread, as the store kept it; undefined for a kind that is not known, or what is broken. */
export function readEntry(json: Json | undefined): IncidentEntry | undefined {
  if (!isObject(json) || !isEntry(json)) return undefined;
  return json as unknown as IncidentEntry;
}

function isEntry(json: JsonObject): boolean {
  switch (json.kind) {
    case 'added':
    case 'sustained':
      return isFindings(json.findings);
    case 'mended':
      return isMended(json.findings);
    case 'acknowledged':
      return typeof json.by === 'string';
    case 'snoozed':
      return isBy(json, 'until');
    case 'closed':
      return true;
    default:
      return false;
  }
}

type JsonObject = { readonly [key: string]: Json };

function isBy(json: JsonObject, when: 'at' | 'until'): boolean {
  return typeof json.by === 'string' && isInstant(json[when]);
}

function isMended(json: Json | undefined): boolean {
  return isFindings(json) && json.every(({ mendedAt }) => isInstant(mendedAt));
}

function isFindings(json: Json | undefined): json is readonly JsonObject[] {
  return (
    Array.isArray(json) &&
    json.every(
      (one: Json) =>
        isObject(one) &&
        isInstant(one.since) &&
        isObject(one.cite) &&
        [one.id, one.severity, one.subject, one.title, one.detail, one.remedy].every(
          (text) => typeof text === 'string',
        ),
    )
  );
}
