/** How patient a call is: what is tried again, what must not be, and when it is enough. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLog } from '../../src/log.ts';
import { createSlackWeb, isTooLate, slackErrorOf } from '../../src/slack/web.ts';

type Answer = (response: ServerResponse) => void;

const ok: Answer = (response) => void response.end('{"ok":true,"ts":"1.2"}');
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end('no');
const platform =
  (error: string): Answer =>
  (response) =>
    void response.end(JSON.stringify({ ok: false, error }));
const hangUp: Answer = (response) => void response.destroy();

/** A Slack that gives these answers in turn, the last one for ever. */
async function slackThat(...answers: readonly Answer[]) {
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume();
    const answer = answers[Math.min(calls, answers.length - 1)];
    calls += 1;
    answer?.(response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const stopping = new AbortController();
  const url = `http://127.0.0.1:${port}/`;
  const log = createLog('silent');
  const web = createSlackWeb({ token: 'xoxb-1', apiUrl: url, log, stopping: stopping.signal });
  const post = () => web.patiently((client) => client.chat.postMessage({ channel: 'C1', text: 'x' }));
  return { web, post, stopping, url, calls: () => calls };
}

describe('a call that may be repeated', () => {
  test.each([
    ['waits as Slack asks', [status(429, { 'retry-after': '1' }), ok], 2, 1000],
    ['tries again after a 500', [status(500), ok], 2, 500],
    ['tries again after two of them', [status(503), status(500), ok], 3, 1500],
  ])('%s', async (_what, answers, calls, atLeastMs) => {
    const slack = await slackThat(...answers);
    const startedAt = performance.now();
    expect((await slack.post()).ts).toBe('1.2');
    expect(slack.calls()).toBe(calls);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(atLeastMs - 20);
  });

  test.each([
    ['three failures are enough', [status(500)], 3],
    ['nobody waits an hour', [status(429, { 'retry-after': '3600' })], 1],
    ['a 429 that does not say how long is a failure', [status(429)], 1],
    ['a refusal stands', [platform('channel_not_found')], 1],
    ['what may have been posted is not posted again', [hangUp], 1],
  ])('%s', async (_what, answers, calls) => {
    const slack = await slackThat(...answers);
    await expect(slack.post()).rejects.toThrow();
    expect(slack.calls()).toBe(calls);
  });

  test('a stop ends the waiting with the failure that was waited for', async () => {
    const slack = await slackThat(status(429, { 'retry-after': '20' }));
    const waiting = slack.post();
    setTimeout(() => slack.stopping.abort(), 50);
    await expect(waiting).rejects.toThrow('rate-limit');
  });
});

test('a call with a trigger is tried once', async () => {
  const slack = await slackThat(status(500));
  const view = { type: 'modal' as const, title: { type: 'plain_text' as const, text: 'x' }, blocks: [] };
  const error = await slack.web.trigger.views
    .open({ trigger_id: '1', view })
    .catch((caught: unknown) => caught);
  expect(slack.calls()).toBe(1);
  expect(isTooLate(error)).toBe(true);
});

test.each([
  ['expired_trigger_id', true],
  ['trigger_exchanged', true],
  ['invalid_arguments', false],
  ['missing_scope', false],
])('%s is too late: %s', async (code, tooLate) => {
  const slack = await slackThat(platform(code));
  const error = await slack.post().catch((caught: unknown) => caught);
  expect([slackErrorOf(error), isTooLate(error)]).toEqual([code, tooLate]);
});

test('a page instead of JSON is no code of Slack', async () => {
  const slack = await slackThat((response) => void response.end('<html>secret words</html>'));
  const error = await slack.post().catch((caught: unknown) => caught);
  expect(slackErrorOf(error)).toBeUndefined();
});

test.each([
  ['404', status(404)],
  ['500', status(500)],
  ['a refusal in the body', platform('invalid_blocks')],
  ['a redirect', status(302, { location: 'http://127.0.0.1:1/' })],
])('a response_url that answers %s throws', async (_what, answer) => {
  const slack = await slackThat(answer);
  await expect(slack.web.respond(slack.url, { text: 'x' })).rejects.toThrow();
});
