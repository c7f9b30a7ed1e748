/**
 * What is found of changes, look after look: whole lives of a policy as tables. A row is an instant in days, what is
 * published then, and what the look at it finds.
 */
import { describe, expect, test } from 'vitest';
import type { Generated, History } from '../../../src/check/history.ts';
import type { Observation } from '../../../src/check/observation.ts';
import { policyHashOf } from '../../../src/check/policy-hash.ts';
import { createReport } from '../../../src/check/report.ts';
import { parsePolicy } from '../../../src/protocol/mtasts.ts';
import { unpublishable } from '../publishable.ts';
import { day, lookAt, noHistory, on, type Published, policyText, remember } from '../published.ts';

/** Of the rules that need history, and those that they speak instead of. */
const watched = [
  'txt.absent',
  'txt.absent-but-policy-host',
  'txt.id-not-bumped',
  'txt.id-reused',
  'txt.id-bumped-before-policy',
  'policy.max_age-jump',
  'policy.mode-testing-long',
  'mx-change.unsafe',
  'mx.not-covered',
  'mx.backup-not-covered',
  'enforce.too-early',
  'removal.premature',
  'host.missing',
  'http.status',
];
const watchedFacts = ['removal.done', 'txt.absent'];

type Row = readonly [days: number, published: Published, found: readonly string[]];

function judged(seen: Observation, history: History) {
  const { findings, facts } = createReport(seen, history);
  return [
    ...findings.filter(({ id }) => watched.includes(id)).map(({ id, severity }) => `${id} ${severity}`),
    ...facts.filter(({ id }) => watchedFacts.includes(id)).map(({ id }) => `fact ${id}`),
  ];
}

/** Looks at each row with the memory of those before it. */
function live(rows: readonly Row[], generated: readonly Generated[] = []): void {
  let history: History = { ...noHistory, generated };
  const told = rows.map(([days, published]) => {
    const seen = lookAt(day(days), published);
    const found = judged(seen, history);
    const { findings } = createReport(seen, history);
    expect(findings.flatMap(({ remedy }) => unpublishable(remedy))).toEqual([]);
    history = remember(history, seen);
    return [days, found];
  });
  expect(told).toEqual(rows.map(([days, , found]) => [days, found]));
}

const mx = ['mx1.example.com', 'mx2.example.com'];
/** Ten days of max_age, so that what is gone on day 1 is held until day 11. */
const a = policyText('enforce', mx, 10);
const b = policyText('enforce', [...mx, 'mx3.example.com'], 10);
const c = policyText('enforce', [...mx, '*.example.net'], 10);
const testing = policyText('testing', mx, 10);
const none = policyText('none', [], 1);
const noHost = { fails: 'no host' } as const;
const nothing: Published = { id: null, policy: noHost };

type Life = readonly [what: string, rows: readonly Row[]];

describe('a new policy', () => {
  test.each<Life>([
    [
      'file first, record some minutes later: in order',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'x', policy: b }, ['txt.id-not-bumped notice']],
        [1.02, { id: 'x', policy: b }, ['txt.id-not-bumped notice']],
        [1.03, { id: 'y', policy: b }, []],
        [2, { id: 'y', policy: b }, []],
      ],
    ],
    [
      'both between two looks: in order',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: b }, []],
      ],
    ],
    [
      'the id stays: until the last sender that holds the old policy fetches anew',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'x', policy: b }, ['txt.id-not-bumped notice']],
        [1.04, { id: 'x', policy: b }, ['txt.id-not-bumped notice']],
        [1.05, { id: 'x', policy: b }, ['txt.id-not-bumped error']],
        [10.9, { id: 'x', policy: b }, ['txt.id-not-bumped error']],
        [11.1, { id: 'x', policy: b }, []],
      ],
    ],
    [
      'the id stays, and is mended later',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'x', policy: b }, ['txt.id-not-bumped notice']],
        [5, { id: 'x', policy: b }, ['txt.id-not-bumped error']],
        [6, { id: 'y', policy: b }, []],
      ],
    ],
    [
      'the id stays, and so it does while DNS or the policy host cannot be measured',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'x', policy: b }, ['txt.id-not-bumped notice']],
        [2, { id: 'dns fails', policy: b }, []],
        [3, { id: 'x', policy: { fails: 'timeout' } }, []],
        [4, { id: 'x', policy: b }, ['txt.id-not-bumped error']],
      ],
    ],
    [
      'taken back under the same id: who fetched it meanwhile keeps it',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'x', policy: b }, ['txt.id-not-bumped notice']],
        [2, { id: 'x', policy: a }, ['txt.id-not-bumped notice']],
        [3, { id: 'x', policy: a }, ['txt.id-not-bumped error']],
        [12.1, { id: 'x', policy: a }, []],
      ],
    ],
    [
      'out of enforce and back to testing, without the id: senders go on refusing',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'x', policy: testing }, ['txt.id-not-bumped notice']],
        [2, { id: 'x', policy: testing }, ['txt.id-not-bumped error']],
      ],
    ],
    [
      'in testing before and after: a warning',
      [
        [0, { id: 'x', policy: testing }, []],
        [1, { id: 'x', policy: policyText('testing', mx, 20) }, ['txt.id-not-bumped notice']],
        [2, { id: 'x', policy: policyText('testing', mx, 20) }, ['txt.id-not-bumped warning']],
      ],
    ],
    [
      'other white space, other order: no new policy',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'x', policy: a.replaceAll('\n', '\r\n') }, []],
        [2, { id: 'x', policy: policyText('enforce', mx.toReversed(), 10) }, []],
      ],
    ],
    [
      'max_age raised, with its id',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: policyText('enforce', mx, 180) }, []],
      ],
    ],
    [
      'another id in place of the old one, some hours before the policy',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: a }, ['txt.id-bumped-before-policy notice']],
        [1.2, { id: 'y', policy: b }, ['txt.id-bumped-before-policy warning']],
        [11.1, { id: 'y', policy: b }, ['txt.id-bumped-before-policy warning']],
        [11.3, { id: 'y', policy: b }, []],
      ],
    ],
    [
      'the same, mended with one more id',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: a }, ['txt.id-bumped-before-policy notice']],
        [1.2, { id: 'y', policy: b }, ['txt.id-bumped-before-policy warning']],
        [1.3, { id: 'z', policy: b }, []],
      ],
    ],
    [
      'another id for nothing: told for a day',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: a }, ['txt.id-bumped-before-policy notice']],
        [1.9, { id: 'y', policy: a }, ['txt.id-bumped-before-policy notice']],
        [2.1, { id: 'y', policy: a }, []],
      ],
    ],
    [
      'another id for nothing, and a policy a week later without one: that is its own fault',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: a }, ['txt.id-bumped-before-policy notice']],
        [8, { id: 'y', policy: b }, ['txt.id-not-bumped notice']],
        [9, { id: 'y', policy: b }, ['txt.id-not-bumped error']],
      ],
    ],
    [
      'an id that another policy had, while senders hold that',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: b }, []],
        [2, { id: 'x', policy: c }, ['txt.id-reused warning']],
        [10.9, { id: 'x', policy: c }, ['txt.id-reused warning']],
        [11.1, { id: 'x', policy: c }, []],
      ],
    ],
    [
      'back to an earlier policy, with the id that it had',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: b }, []],
        [2, { id: 'x', policy: a }, []],
      ],
    ],
    [
      'the id alone goes back: the record of before for the policy of today',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: b }, []],
        [2, { id: 'x', policy: b }, ['txt.id-reused warning']],
      ],
    ],
  ])('%s', (_, rows) => {
    live(rows);
  });

  test('at one address of two, which is no earlier policy', () => {
    const both = (at: number): Observation => {
      const seen = lookAt(day(at), { id: 'x', policy: a });
      const { fetches } = lookAt(day(at), { id: 'x', policy: b }).policyHost;
      return {
        ...seen,
        policyHost: { ...seen.policyHost, fetches: [...seen.policyHost.fetches, ...fetches] },
      };
    };
    const known = remember(remember(noHistory, both(0)), both(1));
    expect(known.ledger).toHaveLength(2);
    expect(judged(both(2), known)).toEqual([]);
  });

  const hash = (body: string) =>
    policyHashOf(parsePolicy(body).value ?? { mode: 'none', mx: [], maxAgeSeconds: 0 });
  const made = (id: string, body: string): Generated => ({
    at: on(0.5),
    id,
    policyHash: hash(body),
    mode: 'enforce',
    maxAgeSeconds: 864_000,
  });
  test('that was generated with this id, and is not served yet: as long as that lasts', () => {
    live(
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: a }, ['txt.id-bumped-before-policy warning']],
        [5, { id: 'y', policy: a }, ['txt.id-bumped-before-policy warning']],
        [6, { id: 'z', policy: b }, []],
      ],
      [made('y', b)],
    );
  });

  test('the same policy, generated once more with another id', () => {
    live(
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: a }, []],
      ],
      [made('y', a)],
    );
  });
});

describe('from nothing to enforce', () => {
  const week = policyText('enforce', mx, 7);
  const twoMonths = policyText('enforce', mx, 60);
  test.each<Life>([
    [
      'enforce at once: for the two weeks that testing would have taken',
      [
        [0, nothing, ['fact txt.absent']],
        [1, { id: 'x', policy: week }, ['enforce.too-early warning']],
        [14, { id: 'x', policy: week }, ['enforce.too-early warning']],
        [15.1, { id: 'x', policy: week }, []],
      ],
    ],
    [
      'after an hour in testing',
      [
        [0, nothing, ['fact txt.absent']],
        [1, { id: 'x', policy: testing }, []],
        [1.04, { id: 'y', policy: week }, ['enforce.too-early warning']],
        [2, { id: 'z', policy: testing }, []],
      ],
    ],
    [
      'after weeks in testing',
      [
        [0, nothing, ['fact txt.absent']],
        [1, { id: 'x', policy: testing }, []],
        [15, { id: 'y', policy: week }, []],
      ],
    ],
    [
      'the policy host was there before, and no record: nobody had the policy',
      [
        [0, { id: null, policy: week }, ['txt.absent-but-policy-host warning', 'fact txt.absent']],
        [1, { id: 'x', policy: week }, ['enforce.too-early warning']],
      ],
    ],
    [
      'in enforce when the first look came: nobody knows',
      [
        [0, { id: 'x', policy: twoMonths }, []],
        [1, { id: 'x', policy: twoMonths }, []],
      ],
    ],
    [
      'the first look saw nothing of the policy host',
      [
        [0, { id: 'x', policy: { fails: 'timeout' } }, []],
        [1, { id: 'x', policy: twoMonths }, []],
      ],
    ],
    [
      'months of max_age on the first day',
      [
        [0, { id: 'x', policy: testing }, []],
        [20, { id: 'y', policy: twoMonths }, ['policy.max_age-jump notice']],
        [33, { id: 'y', policy: twoMonths }, ['policy.max_age-jump notice']],
        [34.1, { id: 'y', policy: twoMonths }, []],
      ],
    ],
    [
      'the same, and made shorter',
      [
        [0, { id: 'x', policy: testing }, []],
        [20, { id: 'y', policy: twoMonths }, ['policy.max_age-jump notice']],
        [21, { id: 'z', policy: week }, []],
      ],
    ],
    [
      'a month of it is what is advised',
      [
        [0, { id: 'x', policy: testing }, []],
        [20, { id: 'y', policy: policyText('enforce', mx, 30) }, []],
      ],
    ],
    [
      'months of it, after a week of it',
      [
        [0, { id: 'x', policy: testing }, []],
        [20, { id: 'y', policy: week }, []],
        [27, { id: 'z', policy: twoMonths }, []],
      ],
    ],
    [
      'never: testing, whatever else changes in it',
      [
        [0, { id: 'x', policy: testing }, []],
        [30, { id: 'y', policy: policyText('testing', [...mx, '*.example.net'], 10) }, []],
        [55.9, { id: 'y', policy: policyText('testing', [...mx, '*.example.net'], 10) }, []],
        [
          56,
          { id: 'y', policy: policyText('testing', [...mx, '*.example.net'], 10) },
          ['policy.mode-testing-long notice'],
        ],
        [57, { id: 'z', policy: week }, []],
      ],
    ],
  ])('%s', (_, rows) => {
    live(rows);
  });
});

describe('mail that moves', () => {
  const moved = ['mx3.example.com'];
  const bOnly = policyText('enforce', moved, 10);
  test.each<Life>([
    [
      'the policy first, and both hosts for as long as it takes: in order',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: b }, []],
        [1.01, { id: 'y', policy: b, mx: [...mx, ...moved] }, []],
        [11.1, { id: 'y', policy: b, mx: moved }, []],
        [12, { id: 'z', policy: bOnly, mx: moved }, []],
      ],
    ],
    [
      'the MX alone: as long as that lasts, and not two findings for one host',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'x', policy: a, mx: moved }, ['mx-change.unsafe error']],
        [30, { id: 'x', policy: a, mx: moved }, ['mx-change.unsafe error']],
        [31, { id: 'x', policy: a }, []],
      ],
    ],
    [
      'the MX with the policy: first until all know the new id, then until the last has renewed, then the stubborn ones',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: b, mx: moved }, ['mx-change.unsafe error']],
        [1.03, { id: 'y', policy: b, mx: moved }, ['mx-change.unsafe error']],
        [1.05, { id: 'y', policy: b, mx: moved }, ['mx-change.unsafe warning']],
        [2, { id: 'y', policy: b, mx: moved }, ['mx-change.unsafe warning']],
        [2.05, { id: 'y', policy: b, mx: moved }, ['mx-change.unsafe notice']],
        // What this look cannot measure is taken to be as it was.
        [3, { id: 'y', policy: { fails: 'timeout' }, mx: moved }, ['mx-change.unsafe notice']],
        [4, { id: 'dns fails', policy: { fails: 'dns timeout' }, mx: moved }, ['mx-change.unsafe notice']],
        [10.9, { id: 'y', policy: b, mx: moved }, ['mx-change.unsafe notice']],
        // And with no policy there is none that would allow it.
        [
          10.95,
          { id: 'y', policy: noHost, mx: moved },
          ['mx-change.unsafe error', 'removal.premature error'],
        ],
        [11.1, { id: 'y', policy: b, mx: moved }, []],
      ],
    ],
    [
      'a long TTL of the record keeps the old id alive',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: b, mx: moved, ttlSeconds: 86_400 }, ['mx-change.unsafe error']],
        [1.9, { id: 'y', policy: b, mx: moved, ttlSeconds: 86_400 }, ['mx-change.unsafe error']],
        [2.1, { id: 'y', policy: b, mx: moved, ttlSeconds: 86_400 }, ['mx-change.unsafe warning']],
      ],
    ],
    [
      'the MX with the policy, and the id forgotten',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'x', policy: b, mx: moved }, ['txt.id-not-bumped notice', 'mx-change.unsafe error']],
        [5, { id: 'x', policy: b, mx: moved }, ['txt.id-not-bumped error', 'mx-change.unsafe error']],
        [11.1, { id: 'x', policy: b, mx: moved }, []],
      ],
    ],
    [
      'the MX after everything was removed',
      [
        [0, { id: 'x', policy: a }, []],
        [
          1,
          { ...nothing, mx: moved },
          ['mx-change.unsafe error', 'removal.premature error', 'fact txt.absent'],
        ],
        [11.1, { ...nothing, mx: moved }, ['fact txt.absent']],
      ],
    ],
    [
      'into testing first, then the MX: senders that learn of testing deliver',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: policyText('testing', [...mx, ...moved], 10) }, []],
        [
          5,
          { id: 'y', policy: policyText('testing', [...mx, ...moved], 10), mx: moved },
          ['mx-change.unsafe notice'],
        ],
      ],
    ],
    [
      'in testing before: nothing is refused',
      [
        [0, { id: 'x', policy: testing }, []],
        [1, { id: 'x', policy: testing, mx: moved }, ['mx.not-covered warning']],
      ],
    ],
    [
      'a host that was an MX all along: the policy is what is wrong',
      [
        [0, { id: 'x', policy: a, mx: [...mx, ...moved] }, ['mx.backup-not-covered error']],
        [1, { id: 'x', policy: a, mx: [...mx, ...moved] }, ['mx.backup-not-covered error']],
        [2, { id: 'y', policy: b, mx: [...mx, ...moved] }, []],
      ],
    ],
    [
      'DNS that fails is no move',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'x', policy: a, mx: 'dns fails' }, []],
        [2, { id: 'x', policy: a }, []],
      ],
    ],
  ])('%s', (_, rows) => {
    live(rows);
  });
});

describe('the end', () => {
  test.each<Life>([
    [
      'mode none first, and all kept until the policy has expired: in order',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: none }, []],
        [10.9, { id: 'y', policy: none }, []],
        [11.1, { id: 'y', policy: none }, ['fact removal.done']],
        [12, { id: null, policy: none }, ['fact txt.absent']],
        [13, nothing, ['fact txt.absent']],
      ],
    ],
    [
      'mode none, and the record goes too early',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: none }, []],
        [5, { id: null, policy: none }, ['removal.premature error', 'fact txt.absent']],
        [6, { id: 'z', policy: none }, []],
      ],
    ],
    [
      'mode none, and the host goes too early',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: none }, []],
        [5, { id: 'y', policy: noHost }, ['removal.premature error']],
        [11.1, { id: 'y', policy: noHost }, ['host.missing error']],
      ],
    ],
    [
      'all at once: until the last sender has forgotten the policy',
      [
        [0, { id: 'x', policy: a }, []],
        [1, nothing, ['removal.premature error', 'fact txt.absent']],
        [10.9, nothing, ['removal.premature error', 'fact txt.absent']],
        [11.1, nothing, ['fact txt.absent']],
      ],
    ],
    [
      'a short max_age at last does not shorten what was served before it',
      [
        [0, { id: 'x', policy: policyText('enforce', mx, 100) }, []],
        [1, { id: 'y', policy: policyText('enforce', mx, 1) }, []],
        [3, nothing, ['removal.premature error', 'fact txt.absent']],
        [100.9, nothing, ['removal.premature error', 'fact txt.absent']],
        [101.1, nothing, ['fact txt.absent']],
      ],
    ],
    [
      'the record alone: who holds the policy goes on fetching it, for ever',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: null, policy: a }, ['txt.absent error']],
        [60, { id: null, policy: a }, ['txt.absent error']],
        [61, { id: 'x', policy: a }, []],
      ],
    ],
    [
      'the record, then the host',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: null, policy: a }, ['txt.absent error']],
        [20, nothing, ['removal.premature error', 'fact txt.absent']],
        [30.1, nothing, ['fact txt.absent']],
      ],
    ],
    [
      'of enforce, by way of testing, and the record goes before enforce has expired',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'y', policy: testing }, []],
        [2, { id: null, policy: testing }, ['removal.premature error', 'fact txt.absent']],
        [11.1, { id: null, policy: testing }, ['txt.absent warning']],
      ],
    ],
    [
      'the host alone, and it comes back',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'x', policy: noHost }, ['removal.premature error']],
        [2, { id: 'x', policy: { fails: [404, ''] } }, ['removal.premature error']],
        [3, { id: 'x', policy: a }, []],
      ],
    ],
    [
      'a host that is down for a while is no removal',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'x', policy: { fails: [503, ''] } }, ['http.status error']],
        [2, { id: 'x', policy: { fails: 'refused' } }, []],
        [3, { id: 'x', policy: a }, []],
      ],
    ],
    [
      'a server that was switched off: in the end it counts as gone',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: null, policy: { fails: 'refused' } }, ['txt.absent error']],
        [8, { id: null, policy: { fails: 'refused' } }, ['removal.premature error', 'fact txt.absent']],
        [18.1, { id: null, policy: { fails: 'refused' } }, ['fact txt.absent']],
      ],
    ],
    [
      'of testing: no mail is refused for it',
      [
        [0, { id: 'x', policy: testing }, []],
        [1, nothing, ['fact txt.absent']],
      ],
    ],
    [
      'of testing, with the policy left behind',
      [
        [0, { id: 'x', policy: testing }, []],
        [1, { id: null, policy: testing }, ['txt.absent warning']],
      ],
    ],
    [
      'of a domain that takes no mail any more: nothing is lost',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { ...nothing, mx: 'null mx' }, ['fact txt.absent']],
      ],
    ],
    [
      'nothing is told where DNS does not tell',
      [
        [0, { id: 'x', policy: a }, []],
        [1, { id: 'dns fails', policy: { fails: 'dns timeout' } }, []],
      ],
    ],
    [
      'mode none at the first look: what was before is not known',
      [
        [0, { id: 'x', policy: none }, []],
        [50, { id: 'x', policy: none }, []],
      ],
    ],
  ])('%s', (_, rows) => {
    live(rows);
  });
});

describe('the whole report', () => {
  const since = (rows: readonly (readonly [number, Published])[]) =>
    rows.reduce((history, [days, published]) => remember(history, lookAt(day(days), published)), noHistory);
  const known = since([[0, { id: 'x', policy: a }]]);

  test.each([
    ['all was removed', nothing, 'off', 'senders that hold its policy go on by it', 'mode: none'],
    ['the record is gone', { id: null, policy: a }, 'off', 'any more', 'v=STSv1; id=x;'],
    [
      'the host is gone',
      { id: 'x', policy: noHost },
      'broken',
      'The policy host is gone',
      'Serve the policy again; or, to end MTA-STS, serve this policy',
    ],
    [
      'the file is gone',
      { id: 'x', policy: { fails: [404, ''] } },
      'broken',
      'The policy file is gone while senders hold it',
      'Serve the policy again; or, to end MTA-STS, serve this policy',
    ],
    ['mode none', { id: 'y', policy: none }, 'off', 'has ended MTA-STS', 'until 2026-01-12 00:00 UTC'],
    [
      'the MX moved with the policy',
      { id: 'y', policy: b, mx: ['mx3.example.com'] },
      'broken',
      'Senders that hold an earlier policy',
      'Keep a host that the earlier policy allows',
    ],
    ['the id was forgotten', { id: 'x', policy: b }, 'enforced', 'protected by', undefined],
  ] as const)('%s', (_, published, verdict, sentence, nextStep) => {
    const report = createReport(lookAt(day(1), published as Published), known);
    expect(report.verdict).toBe(verdict);
    expect(report.sentence).toContain(sentence);
    if (nextStep === undefined) expect(report.nextStep).toBeUndefined();
    else expect(report.nextStep).toContain(nextStep);
  });

  test('tells when a removal is done, and from when on it is known', () => {
    const ended = since([
      [0, { id: 'x', policy: a }],
      [1, { id: 'y', policy: none }],
    ]);
    const { facts, nextStep } = createReport(lookAt(day(12), { id: 'y', policy: none }), ended);
    expect(facts.find(({ id }) => id === 'removal.done')?.text).toBe(
      'Every policy that was seen here since 2026-01-01 00:00 UTC has expired, the last on 2026-01-12 00:00 UTC: _mta-sts.example.com can be removed, and after it mta-sts.example.com.',
    );
    expect(nextStep).toBe('Remove the record at _mta-sts.example.com, and after it mta-sts.example.com.');
  });

  test('is not judged by looks that measured nothing', () => {
    const blind = since([[0, { id: 'dns fails', policy: { fails: 'time over' }, mx: 'dns fails' }]]);
    const { skipped } = createReport(lookAt(day(1), { id: 'x', policy: a }), blind);
    expect(skipped).toContainEqual({ id: 'txt.id-not-bumped', because: 'no earlier look is known' });
  });

  test('is the same as ever without a history, but for what was skipped', () => {
    const seen = lookAt(day(1), { id: 'y', policy: b });
    const [alone, empty] = [createReport(seen), createReport(seen, noHistory)];
    expect(empty).toEqual(alone);
    expect(createReport(seen, known).findings).toEqual(alone.findings);
  });
});
