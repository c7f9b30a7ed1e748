/** The wire log: bounded, newest first, without tokens. */
import { expect, test } from 'vitest';
import { createWire, type Exchange } from '../../../src/local/slack/wire.ts';

const exchange: Exchange = {
  direction: 'to-bot',
  name: 'slash_commands',
  startedAt: 0,
  endedAt: 12.4,
  outcome: 'acknowledged',
  failed: false,
  request: {},
  response: undefined,
};

test('at most 200, newest first, each change told', () => {
  let changes = 0;
  const wire = createWire(() => {
    changes += 1;
  });
  for (let count = 0; count < 250; count += 1) wire.add({ ...exchange, name: `exchange ${count}` });
  expect(wire.entries()).toHaveLength(200);
  expect(wire.entries()[0]).toMatchObject({
    name: 'exchange 249',
    at: '1970-01-01T00:00:00.000Z',
    durationMs: 12,
  });
  expect(changes).toBe(250);
});

test.each([
  ['a token by name', { token: 'abc' }, '"token": "(hidden)"'],
  ['a token by look', { text: 'my xoxb-local-12ab is' }, 'my (token) is'],
  ['an app token in a text', 'xapp-local-12ab', '(token)'],
  ['a response URL', { response_url: 'http://127.0.0.1:1/response/12ab' }, '/response/(hidden)'],
  ['an upload', { upload_url: 'http://127.0.0.1:1/upload/12ab' }, '/upload/(hidden)'],
  ['a ticket', { url: 'ws://127.0.0.1:1/link/?ticket=12ab&app_id=A1' }, 'ticket=(hidden)&app_id=A1'],
])('hidden: %s', (_what, request, expected) => {
  const wire = createWire(() => {});
  wire.add({ ...exchange, request, response: { inner: [request] } });
  const [entry] = wire.entries();
  expect(entry?.request).toContain(expected);
  expect(`${entry?.request}${entry?.response}`).not.toMatch(/12ab|abc/);
});

test('a long body is cut, and says how long it was', () => {
  const wire = createWire(() => {});
  wire.add({ ...exchange, request: 'x'.repeat(10_000) });
  expect(wire.entries()[0]?.request).toMatch(/^x{4000}\n… 10000 characters in all$/);
});
