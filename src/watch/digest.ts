/**
 * What the weekly digest says, as values: how the domains stand, which need somebody, what was mended, and what is
 * worth doing. PURE, and bounded however many domains there are; how it looks is left to slack/.
 */
import type { Verdict } from '../check/report.ts';
import type { DomainName } from '../protocol/domain.ts';
import type { Incident, SummaryFinding, WatchedDomain } from '../store/shapes.ts';
import { type IncidentState, readIncident } from './incident-shapes.ts';

export interface WeeklyDigest {
  /** The week that it speaks of: up to the time of the digest. */
  readonly from: Date;
  readonly to: Date;
  readonly total: number;
  /** Domains by verdict; `undefined` summaries count as `unlooked`. */
  readonly counts: Readonly<Record<Verdict | 'unlooked', number>>;
  /** The most urgent first. */
  readonly needs: Bounded<DomainInNeed>;
  /** The latest first. */
  readonly mended: Bounded<Mended>;
  /** Notices, the commonest first. */
  readonly worthDoing: Bounded<WorthDoing>;
  /** Certificates that are late to be renewed: they end within three weeks. */
  readonly certificates: Bounded<EndingCertificate>;
  /** Domains of which nobody hears, because every conversation that watches them is paused. */
  readonly paused: Bounded<DomainName>;
}

/** What is shown of a list, and how many more there are. */
export interface Bounded<T> {
  readonly shown: readonly T[];
  readonly more: number;
}

export interface DomainInNeed {
  readonly domain: DomainName;
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly errors: number;
  readonly warnings: number;
  /** The worst of them. */
  readonly findings: readonly SummaryFinding[];
  /** The first look that saw the oldest of what is open. */
  readonly since: Date | undefined;
  /** A user id. */
  readonly acknowledgedBy: string | undefined;
}

interface Mended {
  readonly domain: DomainName;
  readonly title: string;
  readonly subject: string;
  readonly mendedAt: Date;
}

interface WorthDoing {
  readonly id: string;
  readonly title: string;
  readonly domains: Bounded<DomainName>;
}

interface EndingCertificate {
  readonly domain: DomainName;
  readonly subject: string;
  readonly severity: SummaryFinding['severity'];
  /** With the date; undefined where nobody was told of it. */
  readonly detail: string | undefined;
}

const weekMs = 7 * 86_400_000;
/** One message, read in a minute: what does not fit is in the list of App Home. */
const shownAtMost = { needs: 15, mended: 10, worthDoing: 5, certificates: 10, paused: 10 } as const;
const domainsOfNotice = 5;
const findingsOfDomain = 3;

/** `incidents` are those that were open or changed within the week, closed ones included. */
export function digestOf({
  domains,
  incidents,
  now,
}: {
  readonly domains: readonly WatchedDomain[];
  readonly incidents: readonly Incident[];
  readonly now: Date;
}): WeeklyDigest {
  const from = new Date(now.getTime() - weekMs);
  const states = incidents.flatMap((incident) => {
    const state = readIncident(incident.state);
    return state === undefined ? [] : [{ incident, state }];
  });
  const openOf = new Map(
    states
      .filter(({ incident }) => incident.closedAt === undefined)
      .map(({ incident, state }) => [incident.domain, state]),
  );
  return {
    from,
    to: now,
    total: domains.length,
    counts: countsOf(domains),
    needs: bounded(
      domains.flatMap((one) => needOf(one, openOf.get(one.domain)) ?? []).toSorted(byUrgency),
      shownAtMost.needs,
    ),
    mended: bounded(mendedIn(states, from, now), shownAtMost.mended),
    worthDoing: bounded(worthDoingIn(domains), shownAtMost.worthDoing),
    certificates: bounded(endingIn(domains, openOf), shownAtMost.certificates),
    paused: bounded(
      domains.filter(({ watches }) => isPaused(watches)).map(({ domain }) => domain),
      shownAtMost.paused,
    ),
  };
}

function isPaused(watches: WatchedDomain['watches']): boolean {
  return watches.length > 0 && watches.every(({ paused }) => paused !== undefined);
}

function countsOf(domains: readonly WatchedDomain[]): WeeklyDigest['counts'] {
  const counts = { enforced: 0, testing: 0, broken: 0, off: 0, unknown: 0, unlooked: 0 };
  for (const { summary } of domains) counts[summary?.verdict ?? 'unlooked']++;
  return counts;
}

function needOf(
  { domain, summary }: WatchedDomain,
  incident: IncidentState | undefined,
): DomainInNeed | undefined {
  if (summary === undefined) return undefined;
  const errors = summary.findings.filter(({ severity }) => severity === 'error');
  const warnings = summary.findings.filter(({ severity }) => severity === 'warning');
  const { verdict, sentence } = summary;
  const isWell = errors.length + warnings.length === 0 && verdict !== 'broken' && verdict !== 'unknown';
  if (isWell) return undefined;
  const since = incident?.open.map((finding) => finding.since).toSorted()[0];
  return {
    domain,
    verdict,
    sentence,
    errors: errors.length,
    warnings: warnings.length,
    findings: [...errors, ...warnings].slice(0, findingsOfDomain),
    since: since === undefined ? undefined : new Date(since),
    acknowledgedBy: incident?.acknowledged?.by,
  };
}

/** Broken before what only has errors, errors before what could not be looked at, warnings last. */
function urgencyOf({ verdict, errors }: DomainInNeed): number {
  if (verdict === 'broken') return 0;
  if (errors > 0) return 1;
  return verdict === 'unknown' ? 2 : 3;
}

function byUrgency(one: DomainInNeed, other: DomainInNeed): number {
  return (
    urgencyOf(one) - urgencyOf(other) ||
    Number(one.acknowledgedBy !== undefined) - Number(other.acknowledgedBy !== undefined) ||
    other.errors - one.errors ||
    other.warnings - one.warnings ||
    byName(one.domain, other.domain)
  );
}

function mendedIn(
  states: readonly { readonly incident: Incident; readonly state: IncidentState }[],
  from: Date,
  to: Date,
): readonly Mended[] {
  return states
    .flatMap(({ incident: { domain }, state }) =>
      state.mended.map(({ title, subject, mendedAt }) => ({
        domain,
        title,
        subject,
        mendedAt: new Date(mendedAt),
      })),
    )
    .filter(({ mendedAt }) => from <= mendedAt && mendedAt <= to)
    .toSorted(
      (one, other) => other.mendedAt.getTime() - one.mendedAt.getTime() || byName(one.domain, other.domain),
    );
}

function worthDoingIn(domains: readonly WatchedDomain[]): readonly WorthDoing[] {
  const notices = domains.flatMap(({ domain, summary }) =>
    (summary?.findings ?? [])
      .filter(({ severity }) => severity === 'notice')
      .map(({ id, title }) => ({ id, title, domain })),
  );
  return [...Map.groupBy(notices, ({ id }) => id)]
    .map(([id, group]) => ({
      id,
      title: group[0]?.title ?? id,
      domains: [...new Set(group.map(({ domain }) => domain))].toSorted(byName),
    }))
    .toSorted((one, other) => other.domains.length - one.domains.length || byName(one.id, other.id))
    .map((one) => ({ ...one, domains: bounded(one.domains, domainsOfNotice) }));
}

function endingIn(
  domains: readonly WatchedDomain[],
  openOf: ReadonlyMap<DomainName, IncidentState>,
): readonly EndingCertificate[] {
  return domains
    .flatMap(({ domain, summary }) =>
      (summary?.findings ?? [])
        .filter(({ id }) => id.endsWith('.cert-expiring'))
        .map(({ id, subject, severity }): EndingCertificate => {
          const told = openOf
            .get(domain)
            ?.open.find((finding) => finding.id === id && finding.subject === subject);
          return { domain, subject, severity, detail: told?.detail };
        }),
    )
    .toSorted(
      (one, other) =>
        Number(one.severity !== 'error') - Number(other.severity !== 'error') ||
        byName(one.domain, other.domain),
    );
}

function bounded<T>(all: readonly T[], atMost: number): Bounded<T> {
  return { shown: all.slice(0, atMost), more: Math.max(0, all.length - atMost) };
}

function byName(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
