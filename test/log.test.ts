/** The log keeps what helps and drops what it must not hold. */
import { expect, test } from 'vitest';
import { cleanText, createLog } from '../src/log.ts';
import { boltLogger } from '../src/slack/bolt-log.ts';

function capture(level = 'info') {
  const lines: Record<string, unknown>[] = [];
  const log = createLog(level, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

test.each([
  ['a bot token', 'failed with xoxb-123-abc-DEF', 'failed with [removed]'],
  ['an app token', 'xapp-1-A0-1-ffff!', '[removed]!'],
  ['a rotated token', 'xoxe.xoxb-1-Mi0y', '[removed]'],
  ['a bearer header', 'authorization: Bearer abc.def', 'authorization: [removed]'],
  ['a response URL', 'POST https://hooks.slack.com/commands/T1/2/x failed', 'POST [removed] failed'],
  ['an escape sequence', 'a\u001b[31mred', 'ared'],
  ['a forged line', 'one\n{"level":"fatal"}', 'one | {"level":"fatal"}'],
  ['a hidden direction', 'abc\u202edef', 'abcdef'],
  ['a body', 'x'.repeat(5000), `${'x'.repeat(4000)}…`],
])('%s', (_what, text, cleaned) => {
  expect(cleanText(text)).toBe(cleaned);
});

test('secrets and texts are taken out by the name of their field', () => {
  const { log, lines } = capture();
  log.info({ user: 'U1', text: 'hello', token: 'abc', nested: { response_url: 'x', ok: 1 } }, 'line');
  expect(lines[0]).toMatchObject({
    level: 'info',
    user: 'U1',
    text: '[removed]',
    token: '[removed]',
    nested: { response_url: '[removed]', ok: 1 },
    msg: 'line',
  });
});

test('an error is told with its causes and without what Slack quoted', () => {
  const { log, lines } = capture();
  const cause = Object.assign(new Error('no xoxb-1-2'), { code: 'ECONNREFUSED' });
  const data = { error: 'invalid_blocks', response_metadata: { messages: ['secret words'] } };
  log.error({ err: Object.assign(new Error('failed', { cause }), { data, body: 'secret words' }) }, 'x');
  expect(lines[0]?.err).toMatchObject({
    message: 'failed',
    slackError: 'invalid_blocks',
    cause: { message: 'no [removed]', code: 'ECONNREFUSED' },
  });
  expect(JSON.stringify(lines)).not.toContain('secret words');
});

test('whatever is thrown or circular gives a line', () => {
  const { log, lines } = capture();
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  log.info({ loop, err: 'a string', nothing: undefined, big: 10 }, 'x');
  log.error(new Error('bare'));
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatchObject({ level: 'error', err: { message: 'bare' } });
});

test('debug lines of Bolt, which hold bodies, are dropped at every level', () => {
  const { log, lines } = capture('trace');
  const logger = boltLogger(log);
  logger.debug('ack() call begins (body: secret words)');
  logger.error(new Error('WebSocket error'), 'xoxb-1-2');
  expect(logger.getLevel()).toBe('info');
  expect(lines).toMatchObject([{ level: 'error', from: 'bolt', msg: 'WebSocket error [removed]' }]);
});
