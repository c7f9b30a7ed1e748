/** The rules as a whole: their names, what each of them is raised by, and that nothing else is raised with it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { History } from '../../../src/check/history.ts';
import type { Observation } from '../../../src/check/observation.ts';
import { judge } from '../../../src/check/rule.ts';
import { rules } from '../../../src/check/rules/index.ts';
import { readObservation } from '../../../src/check/seen.ts';
import { rulesDocument } from '../../../src/rules-doc.ts';
import { healthy, testing } from '../observations.ts';
import { unpublishable } from '../publishable.ts';
import { catalogue, catalogueOfMail, notBuilt } from './catalogue.ts';
import { healthySince, smallestChangesSince } from './smallest-changes-history.ts';
import { smallestMxChanges } from './smallest-changes-mx.ts';
import { smallestChangesRecord } from './smallest-changes-record.ts';

type Change = readonly [id: string, seen: Observation, history: History | undefined];
const smallestChanges: readonly Change[] = [
  ...Object.entries(smallestChangesRecord).map(([id, seen]): Change => [id, seen, undefined]),
  ...smallestMxChanges.map(({ id, seen }): Change => [id, seen, undefined]),
  ...smallestChangesSince.map(({ id, seen, history }): Change => [id, seen, history]),
];
/** Said beside the faults that it is the sum of: report.test.ts. */
const sums = ['enforce.unsafe-now'];
const ids = rules.map(({ id }) => id);
const known = new Set([...catalogue, ...catalogueOfMail]);

describe('the registry', () => {
  test('has every id once', () => {
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  test('has ids of the catalogue alone', () => {
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
  });

  test('has a rule for each id of the catalogue, or a reason why not', () => {
    expect([...known].filter((id) => !ids.includes(id) && !(id in notBuilt))).toEqual([]);
    expect(Object.keys(notBuilt).filter((id) => ids.includes(id) || !known.has(id))).toEqual([]);
  });

  test('silences only what there is', () => {
    const named = rules.flatMap(({ supersedes, silences }) => [...supersedes, ...silences]);
    expect(named.filter((id) => !known.has(id))).toEqual([]);
  });

  test('is docs/rules.md (npm run rules)', () => {
    const document = readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8');
    expect(document).toBe(rulesDocument());
    for (const id of ids) expect(document).toContain(`| \`${id}\` |`);
  });

  test.each(rules)('$id has words', ({ id, title, severityTold }) => {
    expect(id).toMatch(/^[a-z]+(?:-[a-z]+)*\.[a-z0-9_]+(?:-[a-z0-9_]+)*$/);
    expect(title).toMatch(/^[A-Zm].+[^.]$/);
    expect(severityTold).toMatch(/^(?:error|warning|notice)/);
  });
});

test.each([
  ['enforced', healthy],
  ['in testing', testing],
])('a healthy domain %s raises nothing', (_, observation) => {
  expect(judge(rules, readObservation(observation)).findings).toEqual([]);
});

test.each(healthySince)('a healthy domain %s, with a past, raises nothing', (_, observation, history) => {
  expect(judge(rules, readObservation(observation, history)).findings).toEqual([]);
});

describe('what changed since', () => {
  test.each(smallestChangesSince)('$id ($severity): $what', ({ id, severity, says, seen, history }) => {
    const { findings } = judge(rules, readObservation(seen, history));
    expect(findings.map((finding) => [finding.id, finding.severity])).toEqual([[id, severity]]);
    expect(`${findings[0]?.detail} ${findings[0]?.remedy}`).toContain(says);
  });

  test('is skipped where no earlier look is known, and alone', () => {
    const { skipped } = judge(rules, readObservation(healthy));
    const unknown = skipped.filter(({ because }) => because === 'no earlier look is known');
    const since = [...new Set(smallestChangesSince.map(({ id }) => id))];
    expect(unknown.map(({ id }) => id).toSorted()).toEqual(since.toSorted());
  });
});

describe('the smallest change raises one finding', () => {
  test.each(smallestChanges)('%s', (id, observation, history) => {
    const { findings } = judge(rules, readObservation(observation, history));
    expect(findings.map((finding) => finding.id)).toEqual([id]);
    for (const { subject, title, detail, remedy } of findings) {
      expect(subject).not.toBe('');
      expect(title).toMatch(/^[A-Zm`2-9][^\n]+[^.\n]$/);
      expect(detail).toMatch(/^[^\n]+[.)]$/);
      expect(detail.length).toBeLessThan(600);
      // An imperative, which may end in a whole file.
      expect(remedy).toMatch(/^[A-Z][^\n]+(?:[.`]|:\nversion: STSv1\n[\s\S]+)$/);
      expect(unpublishable(remedy)).toEqual([]);
      expect(`${title} ${detail} ${remedy}`).not.toMatch(/undefined|\[object|receiver|please|NaN|\$\{/i);
    }
  });

  test('of each rule', () => {
    const changed = smallestChanges.map(([id]) => id);
    expect(ids.filter((id) => !changed.includes(id))).toEqual(sums);
    expect(changed.filter((id) => !ids.includes(id))).toEqual([]);
  });
});
