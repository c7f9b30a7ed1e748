/** One look for everybody who asks at the same time, a cap on all of them, and an end that waits for none. */
import { expect, test } from 'vitest';
import { nothingYet, type Progress } from '../../src/check/progress.ts';
import type { Report } from '../../src/check/report.ts';
import type { DomainName } from '../../src/protocol/domain.ts';
import { createLooks } from '../../src/slack/looks.ts';
import { report } from './any-reports.ts';
import { domainName } from './slack-world.ts';

/** Looks that end when the test says so. */
function scripted(limits?: { looks: number; waiting: number }) {
  const begun = new Map<
    DomainName,
    { progress: (now: Progress) => void; end: (outcome: Report | Error) => void }
  >();
  const stopping = new AbortController();
  let count = 0;
  const looks = createLooks({
    stopping: stopping.signal,
    ...(limits === undefined ? {} : { limits }),
    check: (domain, progress) => {
      count += 1;
      return new Promise((resolve, reject) => {
        begun.set(domain, {
          progress,
          end: (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)),
        });
      });
    },
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { looks, begun, settled, stop: () => stopping.abort(), count: () => count };
}

const [a, b, c, d] = ['a.example', 'b.example', 'c.example', 'd.example'].map(domainName) as [
  DomainName,
  DomainName,
  DomainName,
  DomainName,
];

test('who asks meanwhile shares the look, its progress and its report; who asks afterwards gets another', async () => {
  const { looks, begun, settled, count } = scripted();
  const first = looks.join(a);
  const second = looks.join(a);
  await settled();
  expect(count()).toBe(1);
  begun.get(a)?.progress({ ...nothingYet, record: 'done' });
  expect(first?.state()).toEqual({ kind: 'looking', progress: { ...nothingYet, record: 'done' } });
  expect(second?.state()).toEqual(first?.state());
  const made = report();
  begun.get(a)?.end(made);
  expect(await Promise.all([first?.outcome, second?.outcome])).toEqual([made, made]);
  expect(looks.running(a)).toBeUndefined();
  looks.join(a);
  await settled();
  expect(count()).toBe(2);
});

test('a look that fails fails for all who wait, and does not stay', async () => {
  const { looks, begun, settled } = scripted({ looks: 1, waiting: 1 });
  const first = looks.join(a);
  const next = looks.join(b);
  await settled();
  begun.get(a)?.end(new Error('a bug'));
  await expect(first?.outcome).rejects.toThrow('a bug');
  await settled();
  expect(begun.has(b)).toBe(true);
  expect(next?.state().kind).toBe('looking');
});

test('more than may run wait in turn, and more than may wait are refused', async () => {
  const { looks, begun, settled } = scripted({ looks: 1, waiting: 2 });
  const all = [a, b, c, d].map((domain) => looks.join(domain));
  expect(all.map((look) => look?.state())).toEqual([
    { kind: 'looking', progress: nothingYet },
    { kind: 'waiting', before: 0 },
    { kind: 'waiting', before: 1 },
    undefined,
  ]);
  expect(looks.join(c)).toBe(all[2]);
  await settled();
  expect([...begun.keys()]).toEqual([a]);
  begun.get(a)?.end(report());
  await settled();
  expect([...begun.keys()]).toEqual([a, b]);
  expect(all[2]?.state()).toEqual({ kind: 'waiting', before: 0 });
  expect(looks.join(d)).toBeDefined();
});

test('at a stop everybody is let go, and nothing else begins', async () => {
  const { looks, begun, settled, stop } = scripted({ looks: 1, waiting: 5 });
  const all = [a, b].map((domain) => looks.join(domain));
  await settled();
  stop();
  expect(await Promise.all(all.map((look) => look?.outcome))).toEqual(['stopped', 'stopped']);
  begun.get(a)?.end(report());
  await settled();
  expect([...begun.keys()]).toEqual([a]);
});
