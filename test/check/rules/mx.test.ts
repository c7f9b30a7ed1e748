/** The rules about MX hosts: what is the least that raises each, and what comes near and raises nothing. */
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../../src/check/observation.ts';
import { judge } from '../../../src/check/rule.ts';
import { daneRules } from '../../../src/check/rules/dane.ts';
import { domainRules } from '../../../src/check/rules/domain.ts';
import { rules } from '../../../src/check/rules/index.ts';
import { mxRules } from '../../../src/check/rules/mx.ts';
import { mxPatternRules } from '../../../src/check/rules/mx-patterns.ts';
import { smtpRules } from '../../../src/check/rules/smtp.ts';
import { readObservation } from '../../../src/check/seen.ts';
import { healthy, testing } from '../observations.ts';
import { smallestMxChanges } from './smallest-changes-mx.ts';

const own = [...mxPatternRules, ...mxRules, ...smtpRules, ...daneRules, ...domainRules];

function judged(observation: Observation) {
  return judge(rules, readObservation(observation));
}

test.each([
  ['enforce', healthy],
  ['testing', testing],
])('nothing is said of a healthy domain in mode %s', (_, seen) => {
  expect(judged(seen).findings).toEqual([]);
});

describe('the smallest change raises one finding', () => {
  test.each(smallestMxChanges.map((change) => [change.id, change.what, change] as const))(
    '%s: %s',
    (id, _, { seen, severity, says = '' }) => {
      const { findings } = judged(seen);
      expect(findings.map((finding) => [finding.id, finding.severity])).toEqual([[id, severity]]);
      const [finding] = findings;
      expect(`${finding?.detail} ${finding?.remedy}`).toContain(says);
    },
  );

  test('for every rule but the one that speaks of all hosts', () => {
    const covered = new Set(smallestMxChanges.map(({ id }) => id));
    expect(own.map(({ id }) => id).filter((id) => !covered.has(id))).toEqual(['enforce.unsafe-now']);
  });
});
