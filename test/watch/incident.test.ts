/** What an incident becomes by looks, presses and time: reminders, acknowledging, snoozing, closing. */
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../src/check/observation.ts';
import type { IncidentStep } from '../../src/watch/incident.ts';
import { acknowledge, snooze } from '../../src/watch/incident-press.ts';
import { type IncidentState, readEntry, readIncident } from '../../src/watch/incident-shapes.ts';
import { healthy } from '../check/observations.ts';
import {
  at,
  expired,
  kept,
  uncovered,
  Watched,
  withHostCertificate,
  withoutReports,
  withSessions,
} from './looks.ts';

const mx2 = 'mx2.example.com';
const both = withSessions(mx2, expired(mx2), uncovered);
const coverage = `error mx.backup-not-covered ${mx2}`;
const certificate = `error smtp.cert-expired ${mx2}`;
const reports = 'warning rpt.absent _smtp._tls.example.com';
const withoutBoth: Observation = { ...uncovered, tlsRpt: withoutReports.tlsRpt };

/** A press of a button, told as the looks are. */
function press(watched: Watched, step: IncidentStep | undefined): readonly string[] {
  if (step === undefined) return [];
  watched.incident = step.state;
  return step.entries.map(({ kind }) => kind);
}

function openOf({ incident }: Watched): IncidentState {
  if (incident === undefined) throw new Error('an incident is open');
  return incident;
}

/** Opened at 6 hours. */
function ill(seen: Observation = uncovered): Watched {
  const watched = new Watched();
  watched.look(healthy, at(0));
  watched.look(seen, at(6));
  return watched;
}

/** The hours at which something was told, of looks every six hours. */
function toldAt(
  watched: Watched,
  seen: Observation,
  from: number,
  to: number,
): readonly (number | string)[][] {
  const told: (number | string)[][] = [];
  for (let hours = from; hours <= to; hours += 6) {
    const lines = watched.look(seen, at(hours));
    if (lines.length > 0) told.push([hours, ...lines]);
  }
  return told;
}

describe('open errors are told again', () => {
  test('after 24 hours, then three days, then every week', () => {
    expect(toldAt(ill(), uncovered, 12, 24 * 26)).toEqual([
      [30, `sustained: ${coverage}`],
      [30 + 72, `sustained: ${coverage}`],
      [30 + 72 + 168, `sustained: ${coverage}`],
      [30 + 72 + 336, `sustained: ${coverage}`],
      [30 + 72 + 504, `sustained: ${coverage}`],
    ]);
  });

  test('from a new error on again, together', () => {
    const watched = ill();
    expect(toldAt(watched, uncovered, 12, 30)).toHaveLength(1);
    expect(watched.look(both, at(36))).toEqual([`added: ${certificate}`]);
    expect(toldAt(watched, both, 42, 60)).toEqual([
      [60, `sustained: ${coverage}`, `sustained: ${certificate}`],
    ]);
  });

  test('and a new warning does not put that off', () => {
    const watched = ill();
    expect(watched.look(withoutBoth, at(24))).toEqual([`added: ${reports}`]);
    expect(watched.look(withoutBoth, at(30))).toEqual([`sustained: ${coverage}`]);
  });

  test('warnings are not', () => {
    expect(toldAt(ill(withoutReports), withoutReports, 12, 24 * 30)).toEqual([]);
  });

  test('nor what comes and goes while it is well', () => {
    const watched = new Watched();
    const looks = [healthy, uncovered, healthy, uncovered, healthy, uncovered];
    looks.forEach((seen, hours) => {
      watched.look(seen, at(hours));
    });
    expect(openOf(watched).open[0]?.unstable).toBe(true);
    for (let hours = 6; hours < 28; hours += 5) {
      watched.look(healthy, at(hours));
      watched.look(uncovered, at(hours + 2));
    }
    expect(watched.look(healthy, at(29.5))).toEqual([]);
    expect(watched.look(uncovered, at(30))).toEqual([`sustained: ${coverage} (comes and goes)`]);
  });
});

describe('acknowledged', () => {
  test('names who, and is told every week', () => {
    const watched = ill();
    expect(press(watched, acknowledge(openOf(watched), 'U1', at(8)))).toEqual(['acknowledged']);
    expect(openOf(watched).acknowledged).toEqual({ by: 'U1', at: at(8).toISOString() });
    expect(toldAt(watched, uncovered, 12, 24 * 17).map(([hours]) => hours)).toEqual([180, 348]);
  });

  test('a second press changes nothing, whoever presses', () => {
    const watched = ill();
    press(watched, acknowledge(openOf(watched), 'U1', at(8)));
    expect(acknowledge(openOf(watched), 'U1', at(8))).toBeUndefined();
    expect(acknowledge(openOf(watched), 'U2', at(9))).toBeUndefined();
  });

  test('what is acknowledged is not what comes later: a new error asks again, a warning does not', () => {
    const watched = ill();
    press(watched, acknowledge(openOf(watched), 'U1', at(8)));
    watched.look(withoutBoth, at(12));
    expect(openOf(watched).acknowledged?.by).toBe('U1');
    watched.look({ ...both, tlsRpt: withoutReports.tlsRpt }, at(18));
    expect(openOf(watched).acknowledged).toBeUndefined();
  });
});

describe('snoozed', () => {
  test('is quiet until then, and tells what is open when the time is over', () => {
    const watched = ill();
    expect(press(watched, snooze(openOf(watched), 'U1', at(8 + 168), at(8)))).toEqual(['snoozed']);
    expect(toldAt(watched, uncovered, 12, 24 * 9)).toEqual([
      [180, `sustained: ${coverage}`],
      [204, `sustained: ${coverage}`],
    ]);
    expect(openOf(watched).snoozed).toBeUndefined();
  });

  test('a warning waits for the end of it, and is on the card at once', () => {
    const watched = ill();
    press(watched, snooze(openOf(watched), 'U1', at(32), at(8)));
    expect(watched.look(withoutBoth, at(12))).toEqual([]);
    expect(openOf(watched).open.map(({ id }) => id)).toEqual(['mx.backup-not-covered', 'rpt.absent']);
    expect(watched.look(withoutBoth, at(36))).toEqual([`added: ${reports}`, `sustained: ${coverage}`]);
    expect(watched.look(withoutBoth, at(42))).toEqual([]);
  });

  test('a new error ends it', () => {
    const watched = ill();
    press(watched, snooze(openOf(watched), 'U1', at(32), at(8)));
    expect(watched.look(both, at(12))).toEqual([`added: ${certificate}`]);
    expect(openOf(watched).snoozed).toBeUndefined();
  });

  test('so does a warning that becomes an error', () => {
    const watched = new Watched();
    const late = withHostCertificate(20);
    watched.look(healthy, at(0));
    expect(watched.look(late, at(24 * 10))).toHaveLength(1);
    press(watched, snooze(openOf(watched), 'U1', at(24 * 24), at(24 * 10)));
    expect(watched.look(late, at(24 * 18))).toEqual(['added: error host.cert-expiring mta-sts.example.com']);
  });

  test('the card turns green meanwhile, without a word in the thread', () => {
    const watched = ill();
    press(watched, snooze(openOf(watched), 'U1', at(32), at(8)));
    expect(watched.look(healthy, at(12))).toEqual([]);
    expect(watched.incident).toBeUndefined();
  });

  test('a second press changes nothing; another length does', () => {
    const watched = ill();
    press(watched, snooze(openOf(watched), 'U1', at(32), at(8)));
    expect(snooze(openOf(watched), 'U2', at(32.01), at(8.01))).toBeUndefined();
    expect(snooze(openOf(watched), 'U1', at(8 + 168), at(9))).toBeDefined();
    expect(snooze(openOf(watched), 'U1', at(7), at(9))).toBeUndefined();
  });

  test('wakes also where only warnings are open', () => {
    const watched = ill(withoutReports);
    press(watched, snooze(openOf(watched), 'U1', at(32), at(8)));
    expect(watched.look(withoutReports, at(36))).toEqual([]);
    expect(openOf(watched).snoozed).toBeUndefined();
  });
});

describe('the card', () => {
  test('holds what is open, errors first, what was mended, and the verdict before', () => {
    const watched = ill(withoutReports);
    watched.look({ ...both, tlsRpt: withoutReports.tlsRpt }, at(12));
    watched.look(withSessions(mx2, expired(mx2), withoutReports), at(18));
    expect(openOf(watched)).toMatchObject({
      verdict: 'broken',
      verdictBefore: 'enforced',
      open: [
        { id: 'smtp.cert-expired', since: at(12).toISOString() },
        { id: 'rpt.absent', since: at(6).toISOString() },
      ],
      mended: [{ id: 'mx.backup-not-covered', mendedAt: at(18).toISOString() }],
    });
  });

  test('does not change by another wording of the same: days left, fresh ids', () => {
    const watched = new Watched();
    const late = withHostCertificate(20);
    watched.look(healthy, at(0));
    watched.look(late, at(24 * 10));
    const before = openOf(watched);
    watched.look(late, at(24 * 12));
    expect(openOf(watched)).toEqual(before);
    expect(before.open[0]?.detail).toContain('in 10 days');
  });

  test('opens again where the incident was lost', () => {
    const watched = ill();
    watched.incident = undefined;
    expect(watched.look(uncovered, at(12))).toEqual([`card: ${coverage}`]);
  });
});

describe('a kept incident', () => {
  const good = openOf(ill());

  test('is read as it was written', () => {
    expect(readIncident(kept(good))).toEqual(good);
  });

  test.each([
    ['another version', { ...good, version: 2 }],
    ['nothing', null],
    ['no findings', { ...good, open: 1 }],
    ['a finding without a source', { ...good, open: [{ ...good.open[0], cite: undefined }] }],
    ['a time that is none', { ...good, toldAt: 'soon' }],
    ['somebody at no time', { ...good, acknowledged: { by: 'U1' } }],
    ['nobody', { ...good, acknowledged: { at: good.toldAt } }],
    ['snoozed by nobody', { ...good, snoozed: { at: good.toldAt, until: good.toldAt } }],
    ['a finding that was mended at no time', { ...good, mended: good.open }],
  ])('is not, where it is broken: %s', (_, json) => {
    expect(readIncident(kept(json))).toBeUndefined();
  });

  test('and a press on one in which nothing is open does nothing', () => {
    const closed: IncidentState = { ...good, open: [] };
    expect(acknowledge(closed, 'U1', at(8))).toBeUndefined();
    expect(snooze(closed, 'U1', at(32), at(8))).toBeUndefined();
  });
});

describe('a kept entry of the thread', () => {
  const findings = openOf(ill()).open;
  const [finding] = findings;
  const until = '2026-11-27T12:00:00.000Z';

  test.each([
    { kind: 'added', findings },
    { kind: 'sustained', findings },
    { kind: 'mended', findings: [{ ...finding, mendedAt: until }] },
    { kind: 'acknowledged', by: 'U1' },
    { kind: 'snoozed', by: 'U1', until },
    { kind: 'closed' },
  ])('$kind is read as it was written', (entry) => {
    expect(readEntry(kept(entry))).toEqual(entry);
  });

  test.each([
    ['nothing', null],
    ['no object', 'closed'],
    ['a list', [{ kind: 'closed' }]],
    ['no kind', { findings }],
    ['a kind of another version', { kind: 'resolved', findings }],
    ['no findings', { kind: 'added' }],
    ['a finding that is none', { kind: 'sustained', findings: [null] }],
    ['a finding without a title', { kind: 'added', findings: [{ ...finding, title: undefined }] }],
    ['a finding seen at no time', { kind: 'added', findings: [{ ...finding, since: 'soon' }] }],
    ['a finding that was mended at no time', { kind: 'mended', findings }],
    ['acknowledged by nobody', { kind: 'acknowledged' }],
    ['snoozed until no time', { kind: 'snoozed', by: 'U1' }],
    ['snoozed by nobody', { kind: 'snoozed', until }],
  ])('is not, where it is broken: %s', (_, json) => {
    expect(readEntry(kept(json))).toBeUndefined();
  });
});
