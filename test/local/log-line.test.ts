/** The bot's log lines as people read them. */
import { expect, test } from 'vitest';
import { compactLogLine } from '../../src/local/log-line.ts';

test.each([
  [
    '{"level":"info","time":"2026-11-24T01:51:21.945Z","port":3000,"msg":"HTTP listens"}',
    '01:51:21 HTTP listens port=3000',
  ],
  ['{"level":"warn","time":"2026-11-24T01:51:21Z","msg":"slow","of":["a"]}', '01:51:21 warn slow of=["a"]'],
  ['{"level":"error","msg":"failed","err":{"message":"no"}}', 'error failed no'],
  ['{"time":"no time","msg":"x"}', 'x'],
  ['Node.js v26', 'Node.js v26'],
  ['\u001b[31mred\u001b[0m \u0007bell', 'red bell'],
  ['{"msg":"\\u001b[2Jcleared"}', 'cleared'],
  ['{broken', '{broken'],
])('%s', (line, expected) => {
  expect(compactLogLine(line)).toBe(expected);
});
