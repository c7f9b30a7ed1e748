/** What a team's week was like, as the digest says it. */
import { describe, expect, test } from 'vitest';
import type { Report, Verdict } from '../../src/check/report.ts';
import type { DomainName } from '../../src/protocol/domain.ts';
import type { Incident, Watch, WatchedDomain } from '../../src/store/shapes.ts';
import { digestOf } from '../../src/watch/digest.ts';
import { acknowledge } from '../../src/watch/incident-press.ts';
import type { IncidentState } from '../../src/watch/incident-shapes.ts';
import { healthy } from '../check/observations.ts';
import {
  at,
  kept,
  refused,
  reportAt,
  uncovered,
  Watched,
  withHostCertificate,
  withoutMx,
  withoutReports,
  withRecordFailing,
} from './looks.ts';

const now = at(7 * 24);

function watchedAs(
  name: string,
  report: Report | undefined,
  more: Partial<WatchedDomain> = {},
): WatchedDomain {
  const domain = name as DomainName;
  return {
    domainId: name,
    domain,
    summary: report && { verdict: report.verdict, sentence: report.sentence, findings: report.findings },
    lastLookAt: now,
    nextLookAt: now,
    watches: [watchIn('C1', domain)],
    openIncident: undefined,
    ...more,
  };
}

function watchIn(conversation: string, domain: DomainName, paused?: Watch['paused']): Watch {
  return {
    id: conversation,
    team: 'T1',
    domain,
    conversation,
    owner: 'U1',
    everyHours: 6,
    createdAt: at(-24),
    paused,
  };
}

function incidentOf(name: string, state: IncidentState, closedAt?: Date): Incident {
  return {
    id: name,
    team: 'T1',
    domain: name as DomainName,
    openedAt: at(0),
    closedAt,
    version: 1,
    state: kept(state),
  };
}

/** The incident of these looks, six hours apart. */
function opened(...looks: readonly (typeof healthy)[]): { state: IncidentState; closed: boolean } {
  const watched = new Watched();
  let last: IncidentState | undefined;
  looks.forEach((seen, index) => {
    watched.look(seen, at(index * 6));
    last = watched.incident ?? last;
  });
  if (last === undefined) throw new Error('these looks open an incident');
  return { state: last, closed: watched.incident === undefined };
}

const well = reportAt(healthy, now);

describe('the digest', () => {
  test('of a quiet week says how many there are, and nothing else', () => {
    const digest = digestOf({
      domains: [watchedAs('a.example', well), watchedAs('b.example', undefined)],
      incidents: [],
      now,
    });
    expect(digest).toEqual({
      from: at(0),
      to: now,
      total: 2,
      counts: { enforced: 1, testing: 0, broken: 0, off: 0, unknown: 0, unlooked: 1 },
      needs: { shown: [], more: 0 },
      mended: { shown: [], more: 0 },
      worthDoing: { shown: [], more: 0 },
      certificates: { shown: [], more: 0 },
      paused: { shown: [], more: 0 },
    });
  });

  test('orders what needs somebody: broken, errors, unknown, warnings; what is taken care of after what is not', () => {
    const taken = acknowledge(opened(healthy, uncovered).state, 'U7', at(8))?.state;
    if (taken === undefined) throw new Error('it can be acknowledged');
    const digest = digestOf({
      domains: [
        watchedAs('warned.example', reportAt(withoutReports, now)),
        watchedAs('unknown.example', reportAt(withRecordFailing('timeout'), now)),
        watchedAs('taken.example', reportAt(uncovered, now)),
        watchedAs('error.example', reportAt(withHostCertificate(8), now)),
        watchedAs('broken.example', reportAt(refused, now)),
        watchedAs('well.example', well),
      ],
      incidents: [incidentOf('taken.example', taken)],
      now,
    });
    expect(digest.needs.shown.map(({ domain, errors, warnings }) => [domain, errors, warnings])).toEqual([
      ['broken.example', 1, 0],
      ['taken.example', 1, 0],
      ['error.example', 1, 0],
      ['unknown.example', 0, 0],
      ['warned.example', 0, 1],
    ]);
    expect(digest.needs.shown[1]).toMatchObject({ acknowledgedBy: 'U7', since: at(6) });
    expect(digest.needs.shown[0]).toMatchObject({ acknowledgedBy: undefined, since: undefined });
    expect(digest.counts).toEqual({ enforced: 3, testing: 0, broken: 2, off: 0, unknown: 1, unlooked: 0 });
  });

  test('says what was mended within the week, the latest first, and nothing older', () => {
    const one = opened(healthy, uncovered, healthy).state;
    // As it was when it closed: what was open is mended.
    const close = (mendedAt: Date): IncidentState => ({
      ...one,
      mended: one.open.map((finding) => ({ ...finding, mendedAt: mendedAt.toISOString() })),
      open: [],
    });
    const digest = digestOf({
      domains: [],
      incidents: [
        incidentOf('early.example', close(at(1)), at(1)),
        incidentOf('late.example', close(at(100)), at(100)),
        incidentOf('before.example', close(at(-1)), at(-1)),
      ],
      now,
    });
    expect(digest.mended.shown.map(({ domain, mendedAt }) => [domain, mendedAt])).toEqual([
      ['late.example', at(100)],
      ['early.example', at(1)],
    ]);
  });

  test('gathers notices by what they say', () => {
    const noticed = reportAt(withoutMx('mx2.example.com'), now);
    const domains = Array.from({ length: 7 }, (_, index) => watchedAs(`d${index}.example`, noticed));
    const { worthDoing, needs } = digestOf({ domains, incidents: [], now });
    expect(needs.shown).toEqual([]);
    expect(worthDoing.shown).toMatchObject([
      {
        id: 'mx.pattern-unused',
        domains: { shown: ['d0.example', 'd1.example', 'd2.example', 'd3.example', 'd4.example'], more: 2 },
      },
    ]);
  });

  test('names certificates that are late, with the date where it was told', () => {
    const late = withHostCertificate(8);
    const watched = new Watched();
    watched.look(healthy, at(-24));
    watched.look(late, at(0));
    const state = watched.incident;
    if (state === undefined) throw new Error('it is told');
    const { certificates } = digestOf({
      domains: [watchedAs('a.example', reportAt(late, at(24))), watchedAs('b.example', reportAt(late, now))],
      incidents: [incidentOf('b.example', state)],
      now,
    });
    expect(certificates.shown).toMatchObject([
      { domain: 'b.example', severity: 'error', detail: expect.stringContaining('2026-12-04') },
      { domain: 'a.example', severity: 'warning', detail: undefined },
    ]);
  });

  test('names domains of which nobody hears', () => {
    const domain = 'a.example' as DomainName;
    const paused = { at: at(1), because: 'archived' } as const;
    const all = watchedAs(domain, well, { watches: [watchIn('C1', domain, paused)] });
    const some = watchedAs('b.example', well, {
      watches: [watchIn('C1', domain, paused), watchIn('C2', domain)],
    });
    expect(digestOf({ domains: [all, some], incidents: [], now }).paused.shown).toEqual(['a.example']);
  });

  test('leaves out an incident that cannot be read', () => {
    const incident = { ...incidentOf('a.example', opened(healthy, uncovered).state), state: { version: 2 } };
    expect(
      digestOf({ domains: [watchedAs('a.example', well)], incidents: [incident], now }).mended.shown,
    ).toEqual([]);
  });

  test('is read in a minute, of 200 domains too, and says how much it leaves out', () => {
    const ills = [
      uncovered,
      refused,
      withoutReports,
      withRecordFailing('timeout'),
      withHostCertificate(8),
      withoutMx('mx2.example.com'),
    ];
    const reports = ills.map((seen) => reportAt(seen, now));
    const domains = Array.from({ length: 200 }, (_, index) =>
      watchedAs(`d${index}.example`, reports[index % 6]),
    );
    const { state } = opened(healthy, uncovered, healthy);
    const mended = { ...state, mended: state.open.map((one) => ({ ...one, mendedAt: at(2).toISOString() })) };
    const digest = digestOf({
      domains,
      incidents: domains.map(({ domain }) => incidentOf(domain, mended)),
      now,
    });
    expect(JSON.stringify(digest).length).toBeLessThan(20_000);
    expect(Object.values(digest.counts).reduce((sum, count) => sum + count)).toBe(200);
    for (const list of [digest.needs, digest.mended, digest.certificates])
      expect(list.more).toBeGreaterThan(0);
    expect(digest.needs.shown.length + digest.needs.more).toBe(167);
    expect(digest.needs.shown.every(({ verdict }) => verdict === ('broken' satisfies Verdict))).toBe(true);
  });
});
