/** The rules as a whole: what each of them is raised by, and that nothing else is raised with it. */
import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/check/rule.ts';
import { rules } from '../../../src/check/rules/index.ts';
import { readObservation } from '../../../src/check/seen.ts';
import { healthy, testing } from '../observations.ts';
import { smallestChangesRecord } from './smallest-changes-record.ts';

const smallestChanges = { ...smallestChangesRecord };

test.each([
  ['enforced', healthy],
  ['in testing', testing],
])('a healthy domain %s raises nothing', (_, observation) => {
  expect(judge(rules, readObservation(observation)).findings).toEqual([]);
});

describe('the smallest change raises one finding', () => {
  test.each(Object.entries(smallestChanges))('%s', (id, observation) => {
    const { findings } = judge(rules, readObservation(observation));
    expect(findings.map((finding) => finding.id)).toEqual([id]);
  });

  test('of each rule', () => {
    expect(Object.keys(smallestChanges).toSorted()).toEqual(rules.map(({ id }) => id).toSorted());
  });
});
