/** For each rule about changes a history, and the smallest change after it that raises it, and nothing else. */
import type { History } from '../../../src/check/history.ts';
import type { Observation } from '../../../src/check/observation.ts';
import type { Severity } from '../../../src/check/rule.ts';
import { day, historyOf, lookAt, type Published, policyText, type Row } from '../published.ts';

export interface SmallestChangeSince {
  /** What is changed. */
  readonly what: string;
  readonly id: string;
  readonly severity: Severity;
  readonly seen: Observation;
  readonly history: History;
  /** A text that the finding's detail or remedy has to say. */
  readonly says: string;
}

const mx = ['mx1.example.com', 'mx2.example.com'];
const policy = policyText('enforce', mx, 30);
const other = policyText('enforce', mx, 31);
const testing = policyText('testing', mx, 30);
const healthy: Published = { id: 'x', policy };

/** Half a year without a change. */
const long: readonly Row[] = [0, 60, 120, 180].map((days) => [days, healthy]);

export const healthySince: readonly (readonly [what: string, seen: Observation, history: History])[] = [
  ['enforced', lookAt(day(181), healthy), historyOf(long)],
  [
    'in testing',
    lookAt(day(10), { id: 'x', policy: testing }),
    historyOf([
      [0, { id: null, policy: { fails: 'no host' } }],
      [1, { id: 'x', policy: testing }],
    ]),
  ],
];

function change(
  what: string,
  [id, severity, says]: readonly [string, Severity, string],
  [days, published]: Row,
  rows: readonly Row[],
): SmallestChangeSince {
  return { what, id, severity, says, seen: lookAt(day(days), published), history: historyOf(rows) };
}

export const smallestChangesSince: readonly SmallestChangeSince[] = [
  change(
    'another policy under the same id',
    ['txt.id-not-bumped', 'error', 'until 2026-07-31 00:00 UTC'],
    [181.1, { id: 'x', policy: other }],
    [...long, [181, { id: 'x', policy: other }]],
  ),
  change(
    'the same, seen for the first time',
    ['txt.id-not-bumped', 'notice', 'file first is the right order'],
    [181, { id: 'x', policy: other }],
    long,
  ),
  change(
    'the same in testing',
    ['txt.id-not-bumped', 'warning', 'v=STSv1; id=2026'],
    [11.1, { id: 'x', policy: policyText('testing', mx, 31) }],
    [
      [0, { id: 'x', policy: testing }],
      [11, { id: 'x', policy: policyText('testing', mx, 31) }],
    ],
  ),
  change(
    'an id that another policy had',
    ['txt.id-reused', 'warning', 'until 2026-07-30 00:00 UTC'],
    [182, { id: 'x', policy: policyText('enforce', mx, 32) }],
    [...long, [180, { id: 'y', policy: other }]],
  ),
  change(
    'a new id for the policy of before',
    ['txt.id-bumped-before-policy', 'notice', 'If another policy is to follow'],
    [181, { id: 'y', policy }],
    long,
  ),
  change(
    'a new id, and a new policy some hours after it',
    ['txt.id-bumped-before-policy', 'warning', 'between 2026-07-01 00:00 UTC and 2026-07-01 06:00 UTC'],
    [181.25, { id: 'y', policy: other }],
    [...long, [181, { id: 'y', policy }]],
  ),
  change('no record any more', ['txt.absent', 'error', 'v=STSv1; id=x;'], [181, { id: null, policy }], long),
  change(
    'neither record nor policy host',
    ['removal.premature', 'error', 'until 2026-07-31 00:00 UTC'],
    [181, { id: null, policy: { fails: 'no host' } }],
    long,
  ),
  change(
    'no policy host any more',
    ['removal.premature', 'error', 'mode: none'],
    [181, { id: 'x', policy: { fails: 'no host' } }],
    long,
  ),
  change(
    'no policy file any more',
    ['removal.premature', 'error', 'mode: none'],
    [181, { id: 'x', policy: { fails: [404, ''] } }],
    long,
  ),
  change(
    'an MX that the policy does not list',
    ['mx-change.unsafe', 'error', 'mx: mx3.example.com'],
    [181, { id: 'x', policy, mx: [...mx, 'mx3.example.com'] }],
    long,
  ),
  change(
    'back in testing',
    ['policy.weakened', 'warning', 'mode: enforce'],
    [181, { id: 'y', policy: testing }],
    long,
  ),
  change(
    'the mode is none, with an id of its own',
    ['policy.weakened', 'warning', 'was enforce until 2026-07-01 00:00 UTC'],
    [181, { id: 'y', policy: policyText('none', [], 1) }],
    long,
  ),
  change(
    'enforce at once',
    ['enforce.too-early', 'warning', 'mode: testing'],
    [1, { id: 'x', policy: policyText('enforce', mx, 7) }],
    [[0, { id: null, policy: { fails: 'no host' } }]],
  ),
  change(
    'two months of max_age on the first day of enforce',
    ['policy.max_age-jump', 'notice', 'max_age: 604800'],
    [20, { id: 'y', policy: policyText('enforce', mx, 60) }],
    [[0, { id: 'x', policy: testing }]],
  ),
  change(
    'testing for two months',
    ['policy.mode-testing-long', 'notice', 'for 60 days'],
    [60, { id: 'x', policy: testing }],
    [
      [0, { id: 'x', policy: testing }],
      [50, { id: 'x', policy: testing }],
    ],
  ),
];
