/** What the announcer makes of each of Slack's refusals, by a Slack that answers as it is told. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createLog } from '../../src/log.ts';
import { createAnnouncer, TryLater } from '../../src/slack/announcer.ts';
import { createSlackWeb } from '../../src/slack/web.ts';
import type { Incident, PauseReason } from '../../src/store/shapes.ts';
import * as any from './any-incidents.ts';
import { holdIncidents } from './held-incidents.ts';

type Answers = Readonly<Record<string, string | number>>;

/**
 * A Slack that answers each method with this error, or 429 and this Retry-After; else `ok`. `once` answers only the
 * first call of a method so.
 */
async function scene(answers: Answers, { once = false, incident = any.incident() as Incident } = {}) {
  const calls: { readonly method: string; readonly args: URLSearchParams }[] = [];
  const server = createServer(async (request, response) => {
    const method = (request.url ?? '').slice(1);
    const args = new URLSearchParams(Buffer.concat(await request.toArray()).toString('utf8'));
    const isFirst = calls.every((call) => call.method !== method);
    calls.push({ method, args });
    const answer = once && !isFirst ? undefined : answers[method];
    if (typeof answer === 'number') {
      response.writeHead(429, { 'retry-after': String(answer) }).end();
    } else {
      response.end(
        JSON.stringify(answer === undefined ? { ok: true, ts: '2.1' } : { ok: false, error: answer }),
      );
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const log = createLog('silent');
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const web = createSlackWeb({ token: 'xoxb-1', apiUrl, log, stopping: new AbortController().signal });
  const held = holdIncidents(incident);
  const workspace = { teamId: 'T0HOME0001', enterpriseId: undefined, bot: { botToken: 'xoxb-1' }, web };
  const now = () => new Date('2026-11-23T16:15:00Z');
  const announcer = createAnnouncer({
    workspaces: { of: async () => workspace },
    store: held.store,
    log,
    now,
  });
  const [watch] = held.watches;
  if (watch === undefined) throw new Error('no watch');
  const toTell = { incident: held.incident, summary: held.summary, watch, entries: [] };
  return {
    held,
    calls,
    /** For the first time, or with a card that has been told of the version before. */
    tell: (card?: { ts: string; toldVersion: number }) => announcer.tell({ ...toTell, card }),
    methods: () => calls.map(({ method }) => method.replace('chat.', '')),
  };
}

const card = { ts: '1.1', toldVersion: 0 };

test.each([
  ['is_archived', 'archived'],
  ['not_in_channel', 'not-in-channel'],
  ['channel_not_found', 'channel-gone'],
  ['restricted_action', 'restricted'],
  ['restricted_action_read_only_channel', 'restricted'],
  ['restricted_action_thread_only_channel', 'restricted'],
  ['restricted_action_non_threadable_channel', 'restricted'],
  ['messages_tab_disabled', 'restricted'],
] as const satisfies readonly (readonly [string, PauseReason])[])(
  'a post refused with %s pauses: %s',
  async (error, because) => {
    const { held, tell } = await scene({ 'chat.postMessage': error });
    expect(await tell()).toBe('gone');
    expect(held.calls).toEqual([`pause C0MAILOPS1 ${because}`]);
    expect(held.notices).toMatchObject([
      { user: 'U024BE7LH', content: { because, domains: ['example.com'] } },
    ]);
  },
);

test.each(['is_inactive', 'channel_not_found'])('so does an edit refused with %s', async (error) => {
  const { held, tell } = await scene({ 'chat.update': error });
  expect(await tell(card)).toBe('gone');
  expect(held.calls).toHaveLength(1);
});

test.each(['account_inactive', 'token_revoked', 'invalid_auth', 'team_access_not_granted', 'missing_scope'])(
  '%s is no matter of the conversation: nothing is paused or saved',
  async (error) => {
    const { held, tell } = await scene({ 'chat.postMessage': error });
    expect(await tell()).toBe('uninstalled');
    expect(held.calls).toEqual([]);
  },
);

test.each(['internal_error', 'fatal_error', 'service_unavailable', 'some_new_error'])(
  '%s is thrown, to be tried again',
  async (error) => {
    const { held, tell } = await scene({ 'chat.postMessage': error });
    await expect(tell()).rejects.toThrow(error);
    expect(held.calls).toEqual([]);
  },
);

test('a rate that is limited for long is thrown with the time', async () => {
  const { held, tell } = await scene({ 'chat.postMessage': 3600 });
  const error = await tell().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(TryLater);
  expect(error).toMatchObject({ afterSeconds: 3600 });
  expect(held.calls).toEqual([]);
});

test.each(['message_not_found', 'cant_update_message'])(
  'a card that is gone (%s) is posted once more',
  async (error) => {
    const { held, tell, methods } = await scene({ 'chat.update': error });
    expect(await tell(card)).toBe('told');
    expect(methods()).toEqual(['update', 'postMessage']);
    expect(held.calls).toEqual(['told C0MAILOPS1 0', 'told C0MAILOPS1 1']);
  },
);

test('a card that is too old to be edited stays, and is not posted at each change', async () => {
  const { held, tell, methods } = await scene({ 'chat.update': 'edit_window_closed' });
  expect(await tell(card)).toBe('told');
  expect(methods()).toEqual(['update']);
  expect(held.calls).toEqual(['told C0MAILOPS1 1']);
});

test.each(['invalid_blocks', 'invalid_attachments', 'msg_blocks_too_long'])(
  'what Slack does not draw (%s) is told as text',
  async (error) => {
    const { tell, calls } = await scene({ 'chat.postMessage': error }, { once: true });
    expect(await tell()).toBe('told');
    expect(calls.map(({ args }) => args.get('blocks') === '[]')).toEqual([false, true]);
    expect(calls[1]?.args.get('text')).toContain('An MX host is missing from the policy');
  },
);

test('an incident that another version wrote is left alone', async () => {
  const incident = any.incident({ state: { version: 2 } });
  const { held, tell, methods } = await scene({}, { incident });
  expect(await tell()).toBe('told');
  expect(methods()).toEqual([]);
  expect(held.calls).toEqual([]);
});
