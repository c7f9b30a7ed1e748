/** The state of an installation: ours, young, and good once. */
import { expect, test } from 'vitest';
import { createInstallState } from '../../src/slack/install-state.ts';
import { createSeen } from '../../src/slack/seen.ts';

const options = { scopes: ['commands'] };
const begun = new Date('2026-11-27T10:00:00Z');
const after = (seconds: number) => new Date(begun.getTime() + seconds * 1000);

function stateOf(secret = 'sixteen or more chars') {
  const seen = createSeen(3_600_000, 100, () => 0);
  return createInstallState({ secret, options, events: { isNew: async (id) => seen.add(id) } });
}

test('comes back with what was asked for', async () => {
  const state = stateOf();
  const text = await state.generateStateParam({}, begun);
  expect(text).toMatch(/^[\w.]+$/);
  expect(await state.verifyStateParam(after(599), text)).toEqual(options);
});

test('is good once', async () => {
  const state = stateOf();
  const text = await state.generateStateParam({}, begun);
  await state.verifyStateParam(begun, text);
  await expect(state.verifyStateParam(begun, text)).rejects.toMatchObject({
    code: 'slack_oauth_invalid_state',
  });
});

test('is never the same twice', async () => {
  const state = stateOf();
  const texts = await Promise.all(Array.from({ length: 100 }, () => state.generateStateParam({}, begun)));
  expect(new Set(texts).size).toBe(100);
});

test.each<[string, (text: string) => string]>([
  ['empty', () => ''],
  ['another text', () => 'x'.repeat(111)],
  ['another time', (text) => text.replace(/^\d+/, String(after(60).getTime()))],
  ['another seal', (text) => `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`],
  ['a seal that is cut short', (text) => text.slice(0, -1)],
  ['more behind it', (text) => `${text}.more`],
])('%s is not accepted', async (_what, change) => {
  const state = stateOf();
  const text = change(await state.generateStateParam({}, begun));
  await expect(state.verifyStateParam(begun, text)).rejects.toMatchObject({
    code: 'slack_oauth_invalid_state',
  });
});

test('made under another secret, or more than ten minutes ago, is not accepted', async () => {
  const state = stateOf();
  const elsewhere = await stateOf('another secret of ours').generateStateParam({}, begun);
  await expect(state.verifyStateParam(begun, elsewhere)).rejects.toThrow('not ours');
  const old = await state.generateStateParam({}, begun);
  await expect(state.verifyStateParam(after(601), old)).rejects.toThrow('too old');
});

test('is not taken for used while nobody knows', async () => {
  const away = new Error('the store is away');
  const state = createInstallState({
    secret: 'sixteen or more chars',
    options,
    events: { isNew: () => Promise.reject(away) },
  });
  await expect(state.verifyStateParam(begun, await state.generateStateParam({}, begun))).rejects.toBe(away);
});
