/** What is told of looks over time. Each row is a look: hours since the first one, what was seen, what is told. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../src/check/observation.ts';
import type { Report } from '../../src/check/report.ts';
import { rules } from '../../src/check/rules/index.ts';
import { withoutObject } from '../../src/watch/absence.ts';
import { afterLook, needsSmtp, unconfirmedLooks } from '../../src/watch/news.ts';
import { keyOf, textOf } from '../../src/watch/same-finding.ts';
import { knownAtMost, readWatchState, type WatchState } from '../../src/watch/state.ts';
import { ways, withoutFailures } from '../../src/watch/ways.ts';
import { failed, fetched, healthy, testing } from '../check/observations.ts';
import { runs, seed } from '../runs.ts';
import {
  at,
  expired,
  kept,
  noStarttls,
  policyNotMeasured,
  refused,
  removed,
  reportAt,
  reportsMistyped,
  twoRecords,
  uncovered,
  uncoveredInTesting,
  unreachable,
  Watched,
  withFetches,
  withHostCertificate,
  withoutMx,
  withoutReports,
  withoutSmtp,
  withRecordFailing,
  withSessions,
  withStatus,
} from './looks.ts';

type Row = readonly [hours: number, seen: Observation, ...told: readonly string[]];

const mx1 = 'mx1.example.com';
const mx2 = 'mx2.example.com';
/** At one of two addresses. */
const withOneExpired = withFetches((address) =>
  address.includes(':')
    ? (withHostCertificate(-1).policyHost.fetches.at(-1)?.result ?? fetched(address).result)
    : fetched(address).result,
);
const handshakeFails = { kind: 'failed', at: 'tls', problem: 'reset', again: 'the-same' } as const;
/** A challenge that only a browser solves. */
const blocked = withFetches(
  (address) => fetched(address, '', { status: 403, headers: { 'cf-mitigated': 'challenge' } }).result,
);
/** What failed was taken to be the fault of our own network. */
const held = (seen: Observation) => withoutFailures(seen, new Set(ways));
const minutes = (count: number) => count / 60;

const sequences: Readonly<Record<string, readonly Row[]>> = {
  'what a policy says wrong is news at once, and mended when a look finds it well': [
    [0, healthy],
    [6, uncovered, `card: error mx.backup-not-covered ${mx2}`],
    [12, uncovered],
    [18, healthy, `mended: error mx.backup-not-covered ${mx2}`, 'closed'],
    [24, healthy],
  ],
  'later news are entries in the thread of the one incident': [
    [0, healthy],
    [6, uncovered, `card: error mx.backup-not-covered ${mx2}`],
    [12, withSessions(mx2, expired(mx2), uncovered), `added: error smtp.cert-expired ${mx2}`],
    [18, withSessions(mx2, expired(mx2)), `mended: error mx.backup-not-covered ${mx2}`],
    [24, healthy, `mended: error smtp.cert-expired ${mx2}`, 'closed'],
  ],
  'a connection that was refused once is no news': [
    [0, healthy],
    [6, refused],
    [6 + minutes(3), healthy],
    [12, refused],
    [12 + minutes(3), healthy],
  ],
  'a connection that was refused twice in a row is': [
    [0, healthy],
    [6, refused],
    [6 + minutes(3), refused, 'card: error host.port-closed mta-sts.example.com'],
    [6 + minutes(9), refused],
    [12, healthy, 'mended: error host.port-closed mta-sts.example.com', 'closed'],
  ],
  'what fails by our own network is no news, however long it lasts, and mends nothing': [
    [0, healthy],
    [6, held(refused)],
    [6 + minutes(3), held(refused)],
    [12, held(refused)],
    [18, healthy],
    [24, refused],
    [24 + minutes(3), refused, 'card: error host.port-closed mta-sts.example.com'],
    [30, held(refused)],
    [36, held(refused)],
    [42, healthy, 'mended: error host.port-closed mta-sts.example.com', 'closed'],
  ],
  'a fault that was seen once waits for a look that is not held up by our own network': [
    [0, healthy],
    [6, refused],
    [6 + minutes(3), held(refused)],
    [6 + minutes(9), held(refused)],
    [7, refused, 'card: error host.port-closed mta-sts.example.com'],
    [13, healthy, 'mended: error host.port-closed mta-sts.example.com', 'closed'],
    [19, refused],
    [19 + minutes(3), held(refused)],
    [20, healthy],
  ],
  'what is seen wrong beside it is told as ever': [
    [0, healthy],
    [
      6,
      held({ ...twoRecords, policyHost: refused.policyHost }),
      'card: error txt.multiple _mta-sts.example.com',
    ],
    [12, held(refused), 'mended: error txt.multiple _mta-sts.example.com', 'closed'],
    // Without the policy nothing is known of how much hangs on the host.
    [18, held(withSessions(mx2, expired(mx2), refused)), `card: warning smtp.cert-expired ${mx2}`],
    [19, withSessions(mx2, expired(mx2)), `added: error smtp.cert-expired ${mx2}`],
  ],
  'a watch that begins in it begins when it is over': [
    [0, held(refused)],
    [minutes(3), held(refused)],
    [minutes(9), uncovered, `card: error mx.backup-not-covered ${mx2}`],
  ],
  'two looks in one breath are one': [
    [0, healthy],
    [6, refused],
    [6 + minutes(0.5), refused],
    [6 + minutes(1), refused, 'card: error host.port-closed mta-sts.example.com'],
  ],
  'SERVFAIL may pass': [
    [0, healthy],
    [6, withRecordFailing('servfail')],
    [7, withRecordFailing('servfail'), 'card: error txt.servfail _mta-sts.example.com'],
  ],
  'so may 503, and 404 may not': [
    [0, healthy],
    [6, withStatus(503)],
    [7, withStatus(503), 'card: error http.status mta-sts.example.com'],
    [8, healthy, 'mended: error http.status mta-sts.example.com', 'closed'],
    [12, withStatus(404), 'card: error http.status mta-sts.example.com'],
  ],
  'the verdict unknown is news when it stays, and mended when something is known': [
    [0, healthy],
    [6, withRecordFailing('timeout')],
    [6 + minutes(3), healthy],
    [12, withRecordFailing('timeout')],
    [12 + minutes(3), withRecordFailing('timeout'), 'card: warning look.unknown example.com'],
    [18, healthy, 'mended: warning look.unknown example.com', 'closed'],
  ],
  'a resolver of ours that is dead says nothing of the domain': [
    [0, healthy],
    [6, { ...withRecordFailing('timeout'), resolver: {} }],
    [7, { ...withRecordFailing('timeout'), resolver: {} }],
    [8, { ...withRecordFailing('timeout'), resolver: {} }],
  ],
  'what was not measured is not mended': [
    [0, healthy],
    [6, withSessions(mx2, expired(mx2)), `card: error smtp.cert-expired ${mx2}`],
    [12, withoutSmtp()],
    [18, withoutSmtp(withRecordFailing('timeout'))],
    [24, withSessions(mx2, expired(mx2))],
    [30, healthy, `mended: error smtp.cert-expired ${mx2}`, 'closed'],
  ],
  'nor is that of one host by a look at another': [
    [0, healthy],
    [6, withSessions(mx2, expired(mx2)), `card: error smtp.cert-expired ${mx2}`],
    [12, withSessions(mx2, { kind: 'not-measured', because: 'asked-too-often' })],
    [18, healthy, `mended: error smtp.cert-expired ${mx2}`, 'closed'],
  ],
  'nor a certificate by a host that now fails before it shows one': [
    [0, healthy],
    [6, withSessions(mx2, expired(mx2)), `card: error smtp.cert-expired ${mx2}`],
    [12, withSessions(mx2, noStarttls)],
    // Now that it is confirmed, it takes the place of the other.
    [12 + minutes(3), withSessions(mx2, noStarttls), `added: error smtp.starttls-missing ${mx2}`],
    [18, healthy, `mended: error smtp.starttls-missing ${mx2}`, 'closed'],
  ],
  'a look that left it out does not stand between two that saw it': [
    [0, healthy],
    [6, withSessions(mx2, noStarttls)],
    [7, withoutSmtp()],
    [8, withSessions(mx2, noStarttls), `card: error smtp.starttls-missing ${mx2}`],
  ],
  'what has no subject any more is mended': [
    [0, healthy],
    [6, withSessions(mx2, expired(mx2)), `card: error smtp.cert-expired ${mx2}`],
    [12, withoutMx(mx2), `mended: error smtp.cert-expired ${mx2}`, 'closed'],
    [18, withHostCertificate(-1), 'card: error host.cert-expired mta-sts.example.com'],
    [24, removed, 'mended: error host.cert-expired mta-sts.example.com', 'closed'],
  ],
  'a certificate warns once, alarms once, and expires once': [
    [0, withHostCertificate(20)],
    [24 * 9.5, withHostCertificate(20), 'card: warning host.cert-expiring mta-sts.example.com'],
    [24 * 10.5, withHostCertificate(20)],
    [24 * 12, withHostCertificate(20)],
    [24 * 17.5, withHostCertificate(20), 'added: error host.cert-expiring mta-sts.example.com'],
    [24 * 17.8, withHostCertificate(20)],
    // One that has expired does not expire soon: that leaves without a word.
    [24 * 20.5, withHostCertificate(20), 'added: error host.cert-expired mta-sts.example.com'],
    [24 * 20.8, withHostCertificate(120), 'mended: error host.cert-expired mta-sts.example.com', 'closed'],
  ],
  'a fault that moves from one address of the policy host to all is one fault, and worse by that': [
    [0, healthy],
    [6, withOneExpired, 'card: warning host.cert-expired 2001:db8::10'],
    [12, withHostCertificate(-1), 'added: error host.cert-expired mta-sts.example.com'],
    [18, withOneExpired],
    [24, withOneExpired],
    [30, healthy, 'mended: warning host.cert-expired 2001:db8::10', 'closed'],
  ],
  'the same at a higher severity is news': [
    [0, testing],
    [6, uncoveredInTesting, `card: warning mx.backup-not-covered ${mx2}`],
    [12, uncovered, `added: error mx.backup-not-covered ${mx2}`],
    [18, uncovered],
    // Less is none, and counts only when a second look sees it.
    [24, uncoveredInTesting],
    [30, uncoveredInTesting],
    [36, uncovered, `added: error mx.backup-not-covered ${mx2}`],
  ],
  'less, seen once, is nothing': [
    [0, healthy],
    [6, uncovered, `card: error mx.backup-not-covered ${mx2}`],
    [12, uncoveredInTesting],
    [18, uncovered],
  ],
  'nor is it where it comes and goes': [
    [0, healthy],
    [1, uncovered, `card: error mx.backup-not-covered ${mx2}`],
    [2, healthy, `mended: error mx.backup-not-covered ${mx2}`, 'closed'],
    [3, uncovered, `card: error mx.backup-not-covered ${mx2}`],
    [4, healthy, `mended: error mx.backup-not-covered ${mx2}`, 'closed'],
    [5, uncovered, `card: error mx.backup-not-covered ${mx2} (comes and goes)`],
    [6, uncoveredInTesting],
    [7, uncoveredInTesting],
    [8, uncovered],
  ],
  'what is behind one that is not confirmed is not given up for it': [
    [0, healthy],
    [6, withStatus(404), 'card: error http.status mta-sts.example.com'],
    [12, blocked],
    [12 + minutes(3), withStatus(404)],
    [18, blocked],
    [18 + minutes(3), blocked, 'added: error http.client-blocked mta-sts.example.com'],
    [24, healthy, 'mended: error http.client-blocked mta-sts.example.com', 'closed'],
  ],
  'a host that fails further on fails in another way, and is not mended between': [
    [0, healthy],
    [6, withSessions(mx2, noStarttls)],
    [7, withSessions(mx2, noStarttls), `card: error smtp.starttls-missing ${mx2}`],
    [12, withSessions(mx2, handshakeFails)],
    [12 + minutes(3), withSessions(mx2, handshakeFails), `added: error smtp.tls-handshake ${mx2}`],
    [18, healthy, `mended: error smtp.tls-handshake ${mx2}`, 'closed'],
  ],
  'another host of the same fault is another fault': [
    [0, healthy],
    [6, withSessions(mx2, expired(mx2)), `card: error smtp.cert-expired ${mx2}`],
    [
      12,
      withSessions(mx1, expired(mx1)),
      `added: error smtp.cert-expired ${mx1}`,
      `mended: error smtp.cert-expired ${mx2}`,
    ],
  ],
  'how much hangs on it is not known without the policy, so that nothing is lowered by that': [
    [0, healthy],
    [6, withSessions(mx2, expired(mx2)), `card: error smtp.cert-expired ${mx2}`],
    [7, withSessions(mx2, expired(mx2), refused)],
    [8, withSessions(mx2, expired(mx2), refused), 'added: error host.port-closed mta-sts.example.com'],
    [9, withSessions(mx2, expired(mx2)), 'mended: error host.port-closed mta-sts.example.com'],
  ],
  'what comes a third time in a day comes and goes: told once, mended after six hours': [
    [0, healthy],
    [1, uncovered, `card: error mx.backup-not-covered ${mx2}`],
    [2, healthy, `mended: error mx.backup-not-covered ${mx2}`, 'closed'],
    [3, uncovered, `card: error mx.backup-not-covered ${mx2}`],
    [4, healthy, `mended: error mx.backup-not-covered ${mx2}`, 'closed'],
    [5, uncovered, `card: error mx.backup-not-covered ${mx2} (comes and goes)`],
    [6, healthy],
    [7, uncovered],
    [8, healthy],
    [11, healthy],
    [13, uncovered],
    [14, healthy],
    [20, healthy, `mended: error mx.backup-not-covered ${mx2} (comes and goes)`, 'closed'],
    [21, uncovered, `card: error mx.backup-not-covered ${mx2}`],
  ],
  'what comes once a day does not': [
    [0, healthy],
    ...[24, 48, 72, 96].flatMap((hours): Row[] => [
      [hours + 1, uncovered, `card: error mx.backup-not-covered ${mx2}`],
      [hours + 2, healthy, `mended: error mx.backup-not-covered ${mx2}`, 'closed'],
    ]),
  ],
  'errors from before the watch open an incident, warnings do not, nor does their end': [
    [0, withSessions(mx2, expired(mx2), withoutReports), `card: error smtp.cert-expired ${mx2}`],
    [6, withSessions(mx2, expired(mx2))],
    [12, healthy, `mended: error smtp.cert-expired ${mx2}`, 'closed'],
    // That it was there once does not keep it from being news.
    [18, withoutReports, 'card: warning rpt.absent _smtp._tls.example.com'],
  ],
  'the watch begins with the first look that measured the domain': [
    [0, withRecordFailing('timeout')],
    [1, withRecordFailing('timeout')],
    [2, withoutReports],
    [3, withSessions(mx2, unreachable, withoutReports)],
    [4, withSessions(mx2, unreachable, withoutReports), `card: warning smtp.unreachable ${mx2}`],
  ],
  'an error that may pass is confirmed at the start as well': [
    [0, refused],
    [minutes(3), refused, 'card: error host.port-closed mta-sts.example.com'],
  ],
  'notices are no news': [
    [0, healthy],
    [6, withoutMx(mx2)],
    [12, withoutMx(mx2)],
  ],
  'errors of TLS-RPT are news, though they stop no mail': [
    [0, healthy],
    [6, reportsMistyped, 'card: error rpt.rua-no-scheme _smtp._tls.example.com'],
    [
      12,
      withoutReports,
      'added: warning rpt.absent _smtp._tls.example.com',
      'mended: error rpt.rua-no-scheme _smtp._tls.example.com',
    ],
    [18, healthy, 'mended: warning rpt.absent _smtp._tls.example.com', 'closed'],
  ],
  'an incident waits for what is being confirmed before it closes': [
    [0, healthy],
    [6, twoRecords, 'card: error txt.multiple _mta-sts.example.com'],
    [12, refused, 'mended: error txt.multiple _mta-sts.example.com'],
    [12 + minutes(3), refused, 'added: error host.port-closed mta-sts.example.com'],
    [18, healthy, 'mended: error host.port-closed mta-sts.example.com', 'closed'],
    [24, twoRecords, 'card: error txt.multiple _mta-sts.example.com'],
    [30, refused, 'mended: error txt.multiple _mta-sts.example.com'],
    [30 + minutes(3), healthy, 'closed'],
  ],
};

describe('looks over time', () => {
  test.each(Object.entries(sequences))('%s', (_, rows) => {
    const watched = new Watched();
    const told = rows.map(([hours, seen]) => [hours, watched.look(seen, at(hours))]);
    expect(told).toEqual(rows.map(([hours, , ...lines]) => [hours, lines]));
  });

  test.each(Object.entries(sequences))('told once, though every look is counted twice: %s', (_, rows) => {
    const watched = new Watched();
    for (const [hours, seen, ...lines] of rows) {
      expect(watched.look(seen, at(hours))).toEqual(lines);
      expect(watched.look(seen, at(hours))).toEqual([]);
    }
  });
});

describe('the verdict that is told', () => {
  const verdicts = (...rows: readonly (readonly [number, Observation])[]) => {
    const watched = new Watched();
    return rows.map(([hours, seen]) => {
      watched.look(seen, at(hours));
      return [watched.news?.verdict, watched.news?.verdictBefore];
    });
  };

  test('is as before until it is confirmed', () => {
    expect(verdicts([0, healthy], [6, refused], [7, refused], [8, healthy])).toEqual([
      ['enforced', undefined],
      ['enforced', 'enforced'],
      ['broken', 'enforced'],
      ['enforced', 'enforced'],
    ]);
  });

  test('is not better by what was not measured', () => {
    const ill = withSessions(mx2, expired(mx2));
    expect(verdicts([0, healthy], [6, ill], [12, withoutSmtp()], [18, policyNotMeasured])).toEqual([
      ['enforced', undefined],
      ['broken', 'enforced'],
      ['broken', 'enforced'],
      ['broken', 'enforced'],
    ]);
  });

  test('has none before it, where the watch began with what is wrong', () => {
    expect(verdicts([0, refused], [1, refused])).toEqual([
      ['broken', undefined],
      ['broken', undefined],
    ]);
  });

  test('is broken by a fault that is told, while another waits', () => {
    const both = withSessions(mx2, noStarttls, uncovered);
    expect(verdicts([0, healthy], [6, both]).at(-1)).toEqual(['broken', 'enforced']);
  });
});

describe('the next look comes sooner', () => {
  test('while something waits for it, and counts how often it did', () => {
    const watched = new Watched();
    const waits = (seen: Observation, hours: number) => {
      watched.look(seen, at(hours));
      return watched.state && [unconfirmedLooks(watched.state), needsSmtp(watched.state)];
    };
    expect(waits(healthy, 0)).toEqual([0, false]);
    expect(waits(refused, 6)).toEqual([1, false]);
    expect(waits(withSessions(mx2, noStarttls), 7)).toEqual([2, true]);
    expect(waits(withoutSmtp(), 8)).toEqual([3, true]);
    expect(waits(withSessions(mx2, noStarttls), 9)).toEqual([0, false]);
  });

  test('while our own network is at fault', () => {
    const watched = new Watched();
    const waits = (seen: Observation, hours: number) => {
      watched.look(seen, at(hours));
      return watched.state && unconfirmedLooks(watched.state);
    };
    expect([healthy, held(refused), held(refused), healthy].map(waits)).toEqual([0, 1, 2, 0]);
  });
});

describe('a state that cannot be read', () => {
  const good = afterLook({ state: undefined, report: reportAt(uncovered, at(0)) }).state;

  test.each([
    ['another version', { ...good, version: 2 }],
    ['no object', 'x'],
    ['nothing', null],
    ['a list', []],
    ['no list of findings', { ...good, known: {} }],
    ['a finding without an id', { ...good, known: [{ ...good.known[0], id: 1 }] }],
    ['a time that is none', { ...good, lookedAt: 'yesterday' }],
    ['a severity that is none', { ...good, known: [{ ...good.known[0], told: 'notice' }] }],
    ['a verdict that is none', { ...good, verdict: 'fine' }],
  ])('begins anew: %s', (_, state) => {
    expect(readWatchState(kept(state))).toBeUndefined();
    const { news } = afterLook({ state: kept(state), report: reportAt(uncovered, at(6)) });
    expect(news.added.map(({ id }) => id)).toEqual(['mx.backup-not-covered']);
  });

  test('what was written is read as it was', () => {
    expect(readWatchState(kept(good))).toEqual(good);
  });

  test('never throws, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        readWatchState(kept(json));
        readWatchState(kept({ ...good, known: json }));
        readWatchState(kept({ ...good, known: [json] }));
      }),
      { seed, numRuns: runs(100, 20_000) },
    );
  });

  test('loses no open incident, and tells none of it a second time', () => {
    const watched = new Watched();
    const ill = withSessions(mx2, expired(mx2), uncovered);
    expect(watched.look(healthy, at(0))).toEqual([]);
    expect(watched.look(ill, at(6))).toHaveLength(2);
    watched.state = undefined;
    expect(watched.look(withoutSmtp(uncovered), at(12))).toEqual([]);
    expect(watched.look(healthy, at(18)).toSorted()).toEqual([
      'closed',
      `mended: error mx.backup-not-covered ${mx2}`,
      `mended: error smtp.cert-expired ${mx2}`,
    ]);
  });
});

describe('rules that are skipped', () => {
  /** Something was not measured, or hides behind another fault: proves nothing. */
  const proveNothing = [
    'DNS gave no answer about a random name',
    'DNS gave no answer about other names',
    'DNS gave no answer about the TLS-RPT record',
    'DNS gave no answer about the policy host',
    'DNS gave no answer about the record',
    'DNS gave no answer for TLSA',
    'DNS gave no answer for the MX',
    'DNS gave no answer for the domains of the patterns',
    'DNS gave no answer for the record',
    'a web page was served instead',
    'fewer than two addresses served a file',
    'no earlier look is known',
    'no policy that senders can use is published',
    'fewer than two name servers could be asked',
    'it was not looked for elsewhere',
    'no MX host could be measured from here',
    'no answer came with a TTL',
    'no answer came with status 200',
    'no certificate was seen',
    'no handshake was seen that a TLSA record could be held against',
    'no handshake with TLS 1.2 was tried',
    'no policy could be fetched',
    'no policy could be read',
    'no valid certificate was seen',
    'no valid policy is served',
    'port 25 cannot be reached from here',
    'the domain has more MX than are looked at',
    'the policy host gave no answer',
    'the resolver does not validate DNSSEC',
    'the servers of the zone did not tell its TTL',
    'there is no domain above it that could have a record',
  ];
  const folder = join(import.meta.dirname, '../../src/check/rules');
  const sources = globSync('*.ts', { cwd: folder }).map((file) => readFileSync(join(folder, file), 'utf8'));
  const reasons = new Set(
    sources.flatMap((text) =>
      [...text.matchAll(/\bskip(?:: |\()'([^']+)'/g)].map(([, reason]) => reason ?? ''),
    ),
  );

  test('are all sorted: into what proves that the fault is gone, and what proves nothing', () => {
    const sorted = [...Object.keys(withoutObject), ...proveNothing];
    expect([...reasons].filter((reason) => !sorted.includes(reason))).toEqual([]);
  });

  test.each(Object.keys(withoutObject))('do say "%s"', (reason) => {
    const written = reason.replace(/mode (?:none|enforce)$/, (mode) =>
      reason.startsWith('the policy is') ? 'mode $' : mode,
    );
    expect(sources.some((text) => text.includes(written))).toBe(true);
  });

  test('prove nothing where DNS knew no MX', () => {
    const watched = new Watched();
    const ill = withSessions(mx2, expired(mx2));
    watched.look(healthy, at(0));
    watched.look(ill, at(6));
    const unknownMx: Observation = { ...healthy, mx: { kind: 'unknown', problem: 'timeout' }, mxHosts: [] };
    expect(watched.look(unknownMx, at(12))).toEqual([]);
    expect(watched.incident?.open.map(({ id }) => id)).toEqual(['smtp.cert-expired']);
  });

  test('and those that do not exist any more leave without a word', () => {
    const { state } = afterLook({ state: undefined, report: reportAt(uncovered, at(0)) });
    const old: WatchState = {
      ...state,
      known: [
        { id: 'mx.of-old', subject: 'x', severity: 'error', told: 'error', since: at(-6).toISOString() },
      ],
    };
    const { news } = afterLook({ state: kept(old), report: reportAt(healthy, at(6)) });
    expect(news).toMatchObject({ mended: [], replaced: [{ id: 'mx.of-old', subject: 'x' }], open: [] });
  });

  test('a server of the zone that fell silent does not prove that all agree', () => {
    const watched = new Watched();
    const [first, second] = healthy.record.authoritative;
    if (first === undefined || second === undefined) throw new Error('the healthy domain has two');
    const withSecond = (lookup: typeof second.lookup): Observation => ({
      ...healthy,
      record: { ...healthy.record, authoritative: [first, first, { ...second, lookup }] },
    });
    const differs = withSecond(twoRecords.record.lookup);
    watched.look(healthy, at(0));
    watched.look(differs, at(6));
    expect(watched.look(differs, at(7))).toEqual(['card: warning txt.ns-inconsistent _mta-sts.example.com']);
    expect(watched.look(withSecond(failed('_mta-sts.example.com', 'timeout')), at(8))).toEqual([]);
    expect(watched.look(healthy, at(9))).toHaveLength(2);
  });
});

// Random looks

type Seen = 'well' | 'ill' | 'worse' | 'unseen';

/** A finding each, that may be there, be worse, not be there, or not be measured, whatever the others are. */
const subjects = [
  { id: 'mx.not-covered', subject: 'a', isUncertain: false },
  { id: 'mx.not-covered', subject: 'b', isUncertain: false },
  { id: 'txt.duplicate-field', subject: 'record', isUncertain: false },
  { id: 'host.port-closed', subject: '192.0.2.1', isUncertain: true },
  { id: 'txt.servfail', subject: 'record', isUncertain: true },
  { id: 'policy.max_age-short', subject: 'policy', isUncertain: false },
] as const;

const rulesById = new Map(rules.map((one) => [one.id, one]));

const allWell = reportAt(healthy, at(0));

/** A report that says so. A rule with two subjects is measured for both or for none. */
function reportOf(look: readonly Seen[], when: Date): Report {
  const seen = subjects.map((one, index) => ({ ...one, is: look[index] ?? 'well' }));
  const unseen = new Set(seen.filter(({ is }) => is === 'unseen').map(({ id }) => id as string));
  const there = seen.filter(({ id, is }) => (is === 'ill' || is === 'worse') && !unseen.has(id));
  const findings = there.map(({ id, subject, is }) => {
    const rule = rulesById.get(id);
    if (rule === undefined) throw new Error(`no rule ${id}`);
    const { area, title, cite } = rule;
    const severity = is === 'worse' ? 'error' : 'warning';
    return {
      id,
      area,
      title,
      cite,
      subject,
      severity,
      detail: 'It is so.',
      remedy: 'Mend it.',
      breaks: false,
    } as const;
  });
  const others = allWell.passed.filter((id) => !subjects.some((one) => one.id === id));
  const ids = [...new Set(subjects.map(({ id }) => id as string))];
  return {
    ...allWell,
    checkedAt: when,
    findings,
    passed: [...others, ...ids.filter((id) => !unseen.has(id) && !findings.some((one) => one.id === id))],
    skipped: [...unseen].map((id) => ({ id, because: 'no certificate was seen' })),
    // A host that is neither in the MX nor gone from them: DNS had more than are looked at.
    observation: {
      ...allWell.observation,
      startedAt: when.toISOString(),
      mx: {
        kind: 'hosts',
        omitted: 1,
        hosts: ['a', 'b'].map((host) => ({ preference: 10, host: host as never })),
      },
    },
  };
}

const looks = fc.array(
  fc.tuple(
    fc.array(fc.constantFrom<Seen>('well', 'ill', 'worse', 'unseen'), {
      minLength: subjects.length,
      maxLength: subjects.length,
    }),
    fc.constantFrom(2, 5, 60, 360, 1440),
  ),
  { minLength: 2, maxLength: 40 },
);

/** What the looks say of one finding, as a simple reader would: only what was measured counts. */
function measuredOf(all: readonly (readonly Seen[])[], index: number): (Seen | undefined)[] {
  const id = subjects[index]?.id;
  return all.map((look) => {
    const isUnseen = subjects.some((one, other) => one.id === id && look[other] === 'unseen');
    return isUnseen ? undefined : look[index];
  });
}

describe('whatever is found, lost, or not measured', () => {
  const numRuns = runs(20, 1_500);

  function replay(rows: readonly (readonly [readonly Seen[], number])[]) {
    const watched = new Watched();
    let clock = at(0).getTime();
    watched.judge(
      reportOf(
        subjects.map(() => 'well'),
        new Date(clock),
      ),
      new Date(clock),
    );
    return rows.map(([look, waitMinutes]) => {
      clock += waitMinutes * 60_000;
      const report = reportOf(look, new Date(clock));
      const lines = watched.judge(report, new Date(clock));
      expect(watched.judge(report, new Date(clock))).toEqual([]);
      const state = watched.state;
      if (state === undefined) throw new Error('a look leaves a state');
      expect(readWatchState(kept(state))).toEqual(state);
      return { lines, state, news: watched.news, incident: watched.incident };
    });
  }

  const linesAbout = (lines: readonly string[], index: number) => {
    const one = subjects[index];
    return lines.filter((line) => line.includes(` ${one?.id} ${one?.subject}`));
  };

  test('nothing is told as mended while the look shows it, or did not measure it', () => {
    fc.assert(
      fc.property(looks, (rows) => {
        const steps = replay(rows);
        const all = rows.map(([look]) => look);
        for (const index of subjects.keys()) {
          const measured = measuredOf(all, index);
          for (const [step, { lines }] of steps.entries()) {
            const isMended = linesAbout(lines, index).some((line) => line.startsWith('mended'));
            if (isMended) expect(measured[step]).toBe('well');
          }
        }
      }),
      { seed, numRuns },
    );
  });

  test('an error that two measured looks in a row see is told, and told once until it is mended', () => {
    fc.assert(
      fc.property(looks, (rows) => {
        const steps = replay(rows);
        const all = rows.map(([look]) => look);
        for (const index of subjects.keys()) {
          const measured = measuredOf(all, index);
          let isTold = false;
          let earlier: Seen | undefined;
          for (const [step, { lines, state }] of steps.entries()) {
            const about = linesAbout(lines, index);
            const news = about.filter((line) => /^(?:card|added): error/.test(line));
            const known = state.known.find((one) => textOf(one) === textOf(keyOf(subjects[index] ?? one)));
            if (isTold && known?.told === 'error')
              expect(news.filter((line) => !line.includes('comes'))).toEqual([]);
            if (news.length > 0) expect(measured[step]).toBe('worse');
            expect(news.length).toBeLessThanOrEqual(1);
            isTold = known?.told === 'error';
            if (measured[step] === 'worse' && earlier === 'worse') expect(isTold).toBe(true);
            earlier = measured[step] ?? earlier;
          }
        }
      }),
      { seed, numRuns },
    );
  });

  test('what is told is open in the incident, and what is open was told', () => {
    fc.assert(
      fc.property(looks, (rows) => {
        for (const { news, incident } of replay(rows)) {
          // A second look at the same is empty; the incident stands as it was left.
          expect(news?.repeated).toBe(true);
          for (const finding of incident?.open ?? []) expect(finding.severity).not.toBe('notice');
        }
        const watched = new Watched();
        let clock = at(0).getTime();
        for (const [look, waitMinutes] of rows) {
          clock += waitMinutes * 60_000;
          watched.judge(reportOf(look, new Date(clock)), new Date(clock));
          const told = (watched.news?.open ?? []).map(textOf).toSorted();
          expect((watched.incident?.open ?? []).map((one) => textOf(keyOf(one))).toSorted()).toEqual(told);
        }
      }),
      { seed, numRuns },
    );
  });

  test('what comes and goes is told at most three times in a day', () => {
    const watched = new Watched();
    const lines: string[] = [];
    for (let look = 0; look < 288; look++) {
      const ill = look % 2 === 1;
      lines.push(...watched.look(ill ? uncovered : healthy, at(look / 12)));
    }
    expect(lines.filter((line) => line.startsWith('card'))).toHaveLength(3);
    expect(lines.filter((line) => line.startsWith('mended'))).toHaveLength(2);
  });
});

describe('the state stays small', () => {
  test(`at ${knownAtMost} findings of a severity, errors first, whatever a domain shows`, () => {
    const base = reportAt(uncovered, at(0));
    const [one] = base.findings;
    if (one === undefined) throw new Error('it has a finding');
    let state: WatchState | undefined;
    for (let look = 0; look < runs(12, 50); look++) {
      const findings = Array.from({ length: 500 }, (_, index) => ({
        ...one,
        severity: index % 2 === 0 ? ('warning' as const) : ('error' as const),
        subject: `mx${(index + look * 437) % 1000}.example.com`,
        detail: 'x'.repeat(100_000),
      }));
      const when = at(look * 6);
      const { observation } = reportAt(uncovered, when);
      const report = { ...base, checkedAt: when, observation, findings };
      state = afterLook({ state: kept(state), report }).state;
      const open = state.known.filter(({ goneSince }) => goneSince === undefined);
      expect(open.length).toBeLessThanOrEqual(2 * knownAtMost);
      expect(state.known.length).toBeLessThanOrEqual(3 * knownAtMost);
      expect(JSON.stringify(state).length).toBeLessThan(100_000);
      expect(readWatchState(kept(state))).toEqual(state);
    }
  });
});
