/** What is equal stays the same object, so that it is not drawn again. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reuse } from '../../../../src/local/slack/page/reuse.ts';
import { runs, seed } from '../../../runs.ts';

test('nothing changed: the old object', () => {
  const before = { a: [{ id: 1, deep: { x: null } }], b: 'text' };
  expect(reuse(before, structuredClone(before))).toBe(before);
});

test('a message more: the others stay the same objects', () => {
  const before = {
    messages: [
      { ts: '1', text: 'a' },
      { ts: '2', text: 'b' },
    ],
  };
  const after = reuse(before, { messages: [...structuredClone(before.messages), { ts: '3', text: 'c' }] });
  expect(after.messages).toHaveLength(3);
  expect(after.messages[0]).toBe(before.messages[0]);
  expect(after.messages[1]).toBe(before.messages[1]);
});

test('a wire entry more at the front: the others are found by their id', () => {
  const before = [
    { id: 2, name: 'b' },
    { id: 1, name: 'a' },
  ];
  const after = reuse(before, [{ id: 3, name: 'c' }, ...structuredClone(before)]);
  expect(after[1]).toBe(before[0]);
  expect(after[2]).toBe(before[1]);
});

test.each([
  ['a key gone', { a: 1, b: 2 }, { a: 1 }],
  ['a key more', { a: 1 }, { a: 1, b: undefined }],
  ['another order', [{ id: 1 }, { id: 2 }], [{ id: 2 }, { id: 1 }]],
  ['shorter', [1, 2], [1]],
  ['list to object', [1], { 0: 1 }],
  ['null to object', null, {}],
])('%s', (_, before, after) => {
  const merged = reuse(before, after);
  expect(merged).toEqual(after);
  expect(merged).not.toBe(before);
});

test('always says what the new one says, and leaves the old one alone', () => {
  const json = fc.jsonValue();
  fc.assert(
    fc.property(json, json, (before, after) => {
      const kept = structuredClone(before);
      expect(reuse(before, after)).toEqual(after);
      expect(before).toEqual(kept);
      expect(reuse(before, structuredClone(before))).toEqual(before);
    }),
    { seed, numRuns: runs(200, 20_000) },
  );
});
