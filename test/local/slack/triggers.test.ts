/** Trigger ids: three seconds, and once. */
import { expect, test } from 'vitest';
import { createTriggers } from '../../../src/local/slack/triggers.ts';

const of = { userId: 'U1', conversationId: 'C1', viewId: null };

function start() {
  const clock = { now: 0, expired: false };
  const triggers = createTriggers({
    now: () => clock.now,
    lifeMs: 3000,
    expireAtOnce: () => clock.expired,
  });
  return { clock, triggers };
}

test('at three seconds it still works, and only once', () => {
  const { clock, triggers } = start();
  const id = triggers.issue(of);
  clock.now = 3000;
  expect(triggers.take(id)).toMatchObject(of);
  expect(triggers.take(id)).toBe('exchanged_trigger_id');
});

test('after three seconds it has expired', () => {
  const { clock, triggers } = start();
  const id = triggers.issue(of);
  clock.now = 3001;
  expect(triggers.take(id)).toBe('expired_trigger_id');
});

test('expired at once while the fault is on', () => {
  const { clock, triggers } = start();
  clock.expired = true;
  expect(triggers.take(triggers.issue(of))).toBe('expired_trigger_id');
});

test('an id that was never issued', () => {
  expect(start().triggers.take('1.2.3')).toBe('invalid_trigger_id');
});
