/** How often one person, one workspace and one domain may be asked for, and what is told then. */
import { expect, test } from 'vitest';
import { createCheckLimits } from '../../src/slack/check-limits.ts';
import { domainName } from './slack-world.ts';

const ana = { user: 'U0ANA', team: 'T1' };
const ben = { user: 'U0BEN', team: 'T1' };
const times = async <T>(count: number, ask: () => Promise<T>) => {
  const answers: T[] = [];
  for (let at = 0; at < count; at += 1) answers.push(await ask());
  return answers;
};

test('a person who asked often enough waits; a colleague does not', async () => {
  const limits = createCheckLimits({ user: 2, team: 100, domain: 100 });
  expect(await times(2, () => limits.takeTurn(ana))).toEqual([undefined, undefined]);
  const refused = await limits.takeTurn(ana);
  expect(refused?.whose).toBe('user');
  expect(refused?.againInSeconds).toBeGreaterThan(590);
  expect(refused?.againInSeconds).toBeLessThanOrEqual(600);
  expect(await limits.takeTurn(ben)).toBeUndefined();
});

test('the same id in another workspace is another person', async () => {
  const limits = createCheckLimits({ user: 1, team: 100, domain: 100 });
  await limits.takeTurn(ana);
  expect(await limits.takeTurn({ ...ana, team: 'T2' })).toBeUndefined();
});

test('what a person is refused does not count for the workspace', async () => {
  const limits = createCheckLimits({ user: 1, team: 3, domain: 100 });
  await times(10, () => limits.takeTurn(ana));
  expect(await limits.takeTurn(ben)).toBeUndefined();
  expect(await limits.takeTurn({ user: 'U0KIM', team: 'T1' })).toBeUndefined();
  expect((await limits.takeTurn({ user: 'U0LEE', team: 'T1' }))?.whose).toBe('team');
});

test('a domain is left in peace, whoever asks', async () => {
  const limits = createCheckLimits({ user: 100, team: 100, domain: 2 });
  const domain = domainName('example.com');
  expect(await times(2, () => limits.takeLook(domain))).toEqual([undefined, undefined]);
  expect((await limits.takeLook(domain))?.whose).toBe('domain');
  expect(await limits.takeLook(domainName('example.org'))).toBeUndefined();
});
