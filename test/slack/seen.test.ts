/** What was dealt with is remembered as long as it could come again, in bounded memory. */
import { expect, test } from 'vitest';
import { createSeen } from '../../src/slack/seen.ts';

test('a key is new once, until it expires', () => {
  let now = 0;
  const seen = createSeen(1000, 10, () => now);
  expect(seen.add('a')).toBe(true);
  expect(seen.add('a')).toBe(false);
  now = 999;
  expect(seen.add('a')).toBe(false);
  now = 1000;
  expect(seen.add('a')).toBe(true);
});

test('what had no effect may come again', () => {
  const seen = createSeen(1000, 10, () => 0);
  seen.add('a');
  seen.forget('a');
  expect(seen.add('a')).toBe(true);
});

test('the expired make room, then the oldest', () => {
  let now = 0;
  const seen = createSeen(1000, 3, () => now);
  for (const key of ['a', 'b', 'c', 'd']) seen.add(key);
  expect(seen.size).toBe(3);
  expect(seen.add('a')).toBe(true);
  expect(seen.add('d')).toBe(false);
  now = 5000;
  seen.add('e');
  expect(seen.size).toBe(1);
});

test('a hundred thousand keys stay within bounds and time', () => {
  const seen = createSeen(1000, 1000, () => 0);
  for (let at = 0; at < 100_000; at += 1) seen.add(`key ${at}`);
  expect(seen.size).toBe(1000);
});
