/** The Web API by real WebClient and by hand: what Slack refuses, in Slack's words. */
import type { HomeView, ModalView } from '@slack/types';
import { type Logger, LogLevel, WebClient } from '@slack/web-api';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FaultId } from '../../../src/local/slack/faults.ts';
import {
  createWorkspace,
  type Workspace,
  type WorkspaceOptions,
} from '../../../src/local/slack/workspace.ts';
import { manifestWith } from './app.ts';

const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

async function start(options: Partial<WorkspaceOptions> = {}): Promise<Workspace & { client: WebClient }> {
  const workspace = await createWorkspace({ manifest: manifestWith(), ...options });
  onTestFinished(() => workspace.stop());
  const { SLACK_API_URL: slackApiUrl = '', SLACK_BOT_TOKEN } = workspace.env();
  const client = new WebClient(SLACK_BOT_TOKEN, {
    slackApiUrl,
    logger: silent,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
  return { ...workspace, client };
}

/** Slack's name of the error, or `ok`. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'ok',
    (error: { data?: { error?: string }; statusCode?: number; retryAfter?: number; code?: string }) =>
      error.data?.error ?? error.retryAfter ?? error.statusCode ?? error.code,
  );
}

const header = (text: string) => ({ type: 'header', text: { type: 'plain_text', text } }) as const;
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } }) as const;
const modal: ModalView = { type: 'modal', title: { type: 'plain_text', text: 'M' }, blocks: [header('x')] };

describe('chat.postMessage', () => {
  test.each([
    ['a channel of the bot', 'C0MAILOPS1', 'ok'],
    ['a channel by name', '#mail-ops', 'ok'],
    ['a public channel of others', 'C0GENERAL1', 'ok'],
    ['a private channel of others', 'G0PRIVATE1', 'channel_not_found'],
    ['a direct message of others', 'D0ANABEN01', 'channel_not_found'],
    ['an archived channel', 'C0ARCHIVED', 'is_archived'],
    ['a person', 'U0ANA00001', 'ok'],
    ['nothing', 'C0NOTHING1', 'channel_not_found'],
  ])('to %s', async (_why, channel, expected) => {
    const { client } = await start();
    expect(await outcome(client.chat.postMessage({ channel, text: 'x' }))).toBe(expected);
  });

  test('to a public channel of others needs chat:write.public', async () => {
    const { client, fault } = await start();
    fault('no-public-posting', true);
    expect(await outcome(client.chat.postMessage({ channel: 'C0GENERAL1', text: 'x' }))).toBe(
      'not_in_channel',
    );
    expect(await outcome(client.chat.postMessage({ channel: 'C0MAILOPS1', text: 'x' }))).toBe('ok');
  });

  test('to a person answers the channel of the direct message, also when it is new', async () => {
    const { client } = await start();
    expect((await client.chat.postMessage({ channel: 'U0ANA00001', text: 'x' })).channel).toBe('D0ANABOT01');
    expect((await client.chat.postMessage({ channel: 'U0KIM00001', text: 'x' })).channel).toMatch(/^D\d+$/);
  });

  test.each([
    ['no content', {}, 'no_text'],
    ['an empty text', { text: ' ' }, 'no_text'],
    ['a text that is too long', { text: 'x'.repeat(40_001) }, 'msg_too_long'],
    ['blocks that are no JSON', { text: 'x', blocks: '[' as unknown as [] }, 'invalid_blocks_format'],
    ['too many blocks', { text: 'x', blocks: Array(51).fill({ type: 'divider' }) }, 'invalid_blocks'],
    [
      'blocks too long in all',
      { text: 'x', blocks: Array(5).fill(section('x'.repeat(2900))) },
      'msg_blocks_too_long',
    ],
    ['a thread that is none', { text: 'x', thread_ts: '1.000001' }, 'invalid_thread_ts'],
  ])('with %s', async (_why, content, expected) => {
    const { client } = await start();
    const call = client.chat.postMessage({ channel: 'C0MAILOPS1', ...content } as {
      channel: string;
      text: string;
    });
    expect(await outcome(call)).toBe(expected);
  });

  test('says where blocks are wrong', async () => {
    const { client } = await start();
    const call = client.chat.postMessage({
      channel: 'C0MAILOPS1',
      text: 'x',
      blocks: [header('x'.repeat(151))],
    });
    await expect(call).rejects.toMatchObject({
      data: {
        error: 'invalid_blocks',
        errors: ['must be less than 151 characters [json-pointer:/blocks/0/text/text]'],
        response_metadata: {
          messages: ['[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]'],
        },
      },
    });
  });
});

test('messages are changed and deleted by their author only', async () => {
  const { client, as } = await start();
  const ana = as('ana');
  const channel = 'C0MAILOPS1';
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'one', blocks: [header('one')] });
  await client.chat.update({ channel, ts, text: 'two', blocks: [header('two')] });
  expect(ana.messages('#mail-ops').at(-1)).toMatchObject({ ts, text: 'two', edited: false });
  expect((await client.chat.getPermalink({ channel, message_ts: ts })).permalink).toContain(channel);
  await ana.command('#mail-ops', 'mine');
  const mine = ana.messages('#mail-ops').at(-1)?.ts ?? '';
  expect(await outcome(client.chat.update({ channel, ts: mine, text: 'x' }))).toBe('cant_update_message');
  expect(await outcome(client.chat.delete({ channel, ts: mine }))).toBe('cant_delete_message');
  expect(await outcome(client.chat.update({ channel, ts, text: 'x'.repeat(4001) }))).toBe('msg_too_long');
  await client.chat.delete({ channel, ts });
  expect(await outcome(client.chat.delete({ channel, ts }))).toBe('message_not_found');
});

describe('a message that is changed', () => {
  const channel = 'C0MAILOPS1';
  const last = ({ as }: Workspace) => as('ana').messages('#mail-ops').at(-1);

  test('by a text alone loses its blocks and is marked; by new blocks it is not', async () => {
    const slack = await start();
    const { client } = slack;
    const { ts = '' } = await client.chat.postMessage({ channel, text: 'one', blocks: [header('one')] });
    await client.chat.update({ channel, ts, text: 'two', blocks: [header('two')] });
    expect(last(slack)).toMatchObject({ text: 'two', blocks: [{ type: 'header' }], edited: false });
    await client.chat.update({ channel, ts, text: 'three' });
    expect(last(slack)).toMatchObject({ text: 'three', blocks: [], edited: true });
  });

  test.each([
    ['in a thread', 'C0MAILOPS1', true],
    ['in a direct message', 'D0ANABOT01', false],
  ])('%s', async (_why, where, inThread) => {
    const { client, as } = await start();
    const { ts: root = '' } = await client.chat.postMessage({ channel: where, text: 'card' });
    const { ts = '' } = inThread
      ? await client.chat.postMessage({ channel: where, text: 'reply', thread_ts: root })
      : { ts: root };
    const { message } = await client.chat.update({ channel: where, ts, text: 'changed' });
    expect(message).toMatchObject(inThread ? { text: 'changed', thread_ts: root } : { text: 'changed' });
    expect(
      as('ana')
        .messages(inThread ? '#mail-ops' : '@mta-sts')
        .at(-1)?.text,
    ).toBe('changed');
  });

  test.each([
    ['nobody wrote', 'C0MAILOPS1', '1.000001', 'message_not_found'],
    ['by the id of a person', 'U0ANA00001', '1.000001', 'channel_not_found'],
    ['in a private channel of others', 'G0PRIVATE1', '1.000001', 'channel_not_found'],
  ])('%s', async (_why, where, ts, expected) => {
    const { client } = await start();
    expect(await outcome(client.chat.update({ channel: where, ts, text: 'x' }))).toBe(expected);
  });
});

describe('a thread', () => {
  const channel = 'C0MAILOPS1';

  test('is known from its first message once there is a reply', async () => {
    const { client } = await start();
    const { ts = '', message } = await client.chat.postMessage({ channel, text: 'card' });
    expect(message?.thread_ts).toBeUndefined();
    const reply = await client.chat.postMessage({ channel, text: 'reply', thread_ts: ts });
    expect(reply.message).toMatchObject({ thread_ts: ts });
    const changed = await client.chat.update({ channel, ts, text: 'card, mended' });
    expect(changed.message).toMatchObject({ thread_ts: ts, reply_count: 1 });
  });

  test('has replies that stand in the channel too', async () => {
    const { client, as } = await start();
    const { ts = '' } = await client.chat.postMessage({ channel, text: 'card' });
    const reply = { channel, thread_ts: ts };
    const quiet = await client.chat.postMessage({ ...reply, text: 'quiet' });
    const loud = await client.chat.postMessage({ ...reply, text: 'loud', reply_broadcast: true });
    expect(quiet.message?.subtype).toBeUndefined();
    expect(loud.message).toMatchObject({ subtype: 'thread_broadcast', thread_ts: ts });
    expect(as('ana').messages('#mail-ops').slice(-2)).toMatchObject([
      { text: 'quiet', broadcast: false },
      { text: 'loud', broadcast: true },
    ]);
  });

  test('has one level, and none below what one person sees', async () => {
    const { client, as } = await start();
    const { ts = '' } = await client.chat.postMessage({ channel, text: 'card' });
    const { ts: reply = '' } = await client.chat.postMessage({ channel, text: 'reply', thread_ts: ts });
    const below = (thread_ts: string) => outcome(client.chat.postMessage({ channel, text: 'x', thread_ts }));
    expect(await below(reply)).toBe('cannot_reply_to_message');
    const { message_ts: secret = '' } = await client.chat.postEphemeral({
      channel,
      user: as('ana').id,
      text: 'psst',
    });
    expect(await below(secret)).toBe('cannot_reply_to_message');
  });
});

test('ephemeral messages need the bot in the channel', async () => {
  const { client, as } = await start();
  const post = (channel: string) =>
    outcome(client.chat.postEphemeral({ channel, user: as('ana').id, text: 'psst' }));
  expect(await post('C0MAILOPS1')).toBe('ok');
  expect(await post('C0GENERAL1')).toBe('not_in_channel');
  expect(as('ana').messages('#mail-ops').at(-1)).toMatchObject({ text: 'psst', ephemeral: true });
  expect(as('ben').messages('#mail-ops').at(-1)?.text).not.toBe('psst');
});

test('a file goes up in three steps and arrives byte for byte', async () => {
  const { client, as, url } = await start();
  const body = 'version: STSv1\r\nmode: none\n';
  await client.files.uploadV2({
    channel_id: 'D0ANABOT01',
    file: Buffer.from(body),
    filename: 'mta-sts.txt',
    initial_comment: 'Here',
  });
  const [file] = as('ana').messages('@mta-sts').at(-1)?.files ?? [];
  expect(file).toMatchObject({ name: 'mta-sts.txt', size: body.length });
  const response = await fetch(url + file?.url);
  expect(await response.text()).toBe(body);
  expect(response.headers.get('content-disposition')).toBe('attachment');
});

test.each([
  ['a private channel of others', 'G0PRIVATE1', 'channel_not_found'],
  ['a person instead of the direct message', 'U0ANA00001', 'channel_not_found'],
  ['a public channel of others', 'C0GENERAL1', 'not_in_channel'],
])('a file is not shared in %s', async (_why, channel_id, expected) => {
  const { client } = await start();
  const { upload_url = '', file_id = '' } = await client.files.getUploadURLExternal({
    filename: 'a.txt',
    length: 1,
  });
  expect((await fetch(upload_url, { method: 'POST', body: 'xy' })).status).toBe(400);
  expect((await fetch(upload_url, { method: 'POST', body: 'x' })).status).toBe(200);
  expect(await outcome(client.files.completeUploadExternal({ files: [{ id: file_id }], channel_id }))).toBe(
    expected,
  );
});

test('scopes: what is not granted is told with what is', async () => {
  const { client, fault } = await start();
  fault('no-files-write', true);
  await expect(client.files.getUploadURLExternal({ filename: 'a.txt', length: 1 })).rejects.toMatchObject({
    data: {
      error: 'missing_scope',
      needed: 'files:write',
      provided: 'commands,chat:write,chat:write.public',
    },
  });
  expect(await outcome(client.conversations.info({ channel: 'C0GENERAL1' }))).toBe('missing_scope');
  expect(await outcome(client.users.info({ user: 'U0ANA00001' }))).toBe('missing_scope');
});

test('conversations and users can be looked up with the scopes for it', async () => {
  const manifest = manifestWith({ scopes: ['channels:read', 'users:read', 'im:write'] });
  const { client } = await start({ manifest });
  const { channels = [] } = await client.conversations.list({ types: 'public_channel,private_channel' });
  expect(channels.map(({ name }) => name)).toEqual(['general', 'mail-ops', 'partners', 'old-mail']);
  expect((await client.conversations.info({ channel: 'C0GENERAL1' })).channel?.is_member).toBe(false);
  expect((await client.users.info({ user: 'U0KIM00001' })).user?.team_id).toBe('T0OTHER001');
  expect((await client.conversations.open({ users: 'U0BEN00001' })).channel?.id).toBe('D0BENBOT01');
});

test('tokens', async () => {
  const { client, env } = await start();
  const { SLACK_API_URL: slackApiUrl = '', SLACK_APP_TOKEN } = env();
  const by = (token?: string) => new WebClient(token, { slackApiUrl, retryConfig: { retries: 0 } });
  expect((await client.auth.test()).team_id).toBe('T0HOME0001');
  expect(await outcome(by().auth.test())).toBe('not_authed');
  expect(await outcome(by('xoxb-wrong').auth.test())).toBe('invalid_auth');
  expect(await outcome(by(SLACK_APP_TOKEN).auth.test())).toBe('not_allowed_token_type');
  expect(await outcome(client.apps.connections.open({}))).toBe('not_allowed_token_type');
  expect(await outcome(client.apiCall('chat.shout'))).toBe('unknown_method');
});

test('JSON bodies work as well; without a charset Slack warns', async () => {
  const { env } = await start();
  const { SLACK_API_URL, SLACK_BOT_TOKEN } = env();
  const response = await fetch(`${SLACK_API_URL}chat.postMessage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${SLACK_BOT_TOKEN}` },
    body: JSON.stringify({ channel: 'C0MAILOPS1', text: 'x', blocks: [header('x')] }),
  });
  expect(await response.json()).toMatchObject({ ok: true, warning: 'missing_charset' });
  expect(response.headers.get('x-oauth-scopes')).toContain('chat:write');
});

describe('views', () => {
  test.each([
    ['no trigger', { trigger_id: 'x', view: modal }, 'invalid_trigger_id'],
    [
      'a title that is too long',
      { trigger_id: 'x', view: { ...modal, title: { type: 'plain_text', text: 'x'.repeat(25) } } },
      'invalid_arguments',
    ],
    ['a home view', { trigger_id: 'x', view: { type: 'home', blocks: [] } }, 'invalid_arguments'],
    [
      'more than 250 KB',
      { trigger_id: 'x', view: { ...modal, private_metadata: 'x'.repeat(300_000) } },
      'view_too_large',
    ],
  ])('views.open with %s', async (_why, args, expected) => {
    const { client } = await start();
    expect(await outcome(client.apiCall('views.open', args))).toBe(expected);
  });

  test('views.publish and its hash', async () => {
    const { client } = await start();
    const view: HomeView = { type: 'home', blocks: [header('x')] };
    const { view: first } = await client.views.publish({ user_id: 'U0ANA00001', view });
    const again = { user_id: 'U0ANA00001', view, hash: first?.hash ?? '' };
    expect(await outcome(client.views.publish(again))).toBe('ok');
    expect(await outcome(client.views.publish(again))).toBe('hash_conflict');
    expect(await outcome(client.views.update({ view_id: 'V404', view: modal }))).toBe('not_found');
  });
});

test.each([
  ['rate-limited', 1],
  ['server-error', 500],
  ['not-in-channel', 'not_in_channel'],
] as [FaultId, unknown][])('the fault %s', async (id, expected) => {
  const { client, fault, wire } = await start();
  const post = () => client.chat.postMessage({ channel: 'C0MAILOPS1', text: 'x' });
  fault(id, true);
  expect(await outcome(post())).toBe(expected);
  expect(wire()[0]).toMatchObject({ name: 'chat.postMessage', failed: true });
  fault(id, false);
  expect(await outcome(post())).toBe('ok');
});
