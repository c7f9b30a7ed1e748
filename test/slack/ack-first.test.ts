/** Forms come in turn; whoever would come too late is known before. */
import { expect, test } from 'vitest';
import { afterAcks, isCongested } from '../../src/slack/ack-first.ts';

test('the first goes on at once, the others in their order, and a queue that is too long says so', async () => {
  const order: number[] = [];
  const startedAt = performance.now();
  const first = afterAcks().then(() => order.push(0));
  const others = [1, 2, 3].map((at) => afterAcks().then(() => order.push(at)));
  await first;
  expect(order).toEqual([0]);
  await Promise.all(others);
  expect(order).toEqual([0, 1, 2, 3]);
  expect(performance.now() - startedAt).toBeGreaterThan(20);
  expect(isCongested()).toBe(false);
  // Forty a second, and the last of these would wait for longer than a second and a half.
  const many = Array.from({ length: 64 }, () => afterAcks());
  expect(isCongested()).toBe(true);
  await Promise.all(many);
  expect(isCongested()).toBe(false);
});
