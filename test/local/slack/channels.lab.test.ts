/** Channels that change while the bot is at work: how people do it, and from which error the bot learns of it. */
import { WebClient } from '@slack/web-api';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FaultId } from '../../../src/local/slack/faults.ts';
import type { ChannelChange } from '../../../src/local/slack/page/protocol.ts';
import { createWorkspace } from '../../../src/local/slack/workspace.ts';
import { manifestWith } from './app.ts';

async function start() {
  const workspace = await createWorkspace({ manifest: manifestWith() });
  onTestFinished(() => workspace.stop());
  const { SLACK_API_URL: slackApiUrl = '', SLACK_BOT_TOKEN } = workspace.env();
  const client = new WebClient(SLACK_BOT_TOKEN, { slackApiUrl, retryConfig: { retries: 0 } });
  const error = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'ok',
      (failed: { data?: { error?: string } }) => failed.data?.error,
    );
  return { ...workspace, client, error };
}

interface Row {
  readonly why: string;
  readonly channel: 'general' | 'mail-ops' | 'postmasters';
  readonly changes: readonly ChannelChange[];
  readonly faults?: readonly FaultId[];
  /** What the next post is answered, and a change of what was posted before. */
  readonly post: string;
  readonly update: string;
}

const ids = { general: 'C0GENERAL1', 'mail-ops': 'C0MAILOPS1', postmasters: 'G0PRIVATE1' } as const;

const rows: readonly Row[] = [
  { why: 'archived', channel: 'mail-ops', changes: ['archive'], post: 'is_archived', update: 'is_inactive' },
  {
    why: 'archived and back',
    channel: 'mail-ops',
    changes: ['archive', 'unarchive'],
    post: 'ok',
    update: 'ok',
  },
  { why: 'removed, public', channel: 'mail-ops', changes: ['remove-app'], post: 'ok', update: 'ok' },
  {
    why: 'removed, public, without chat:write.public',
    channel: 'mail-ops',
    changes: ['remove-app'],
    faults: ['no-public-posting'],
    post: 'not_in_channel',
    update: 'ok',
  },
  {
    why: 'removed, private',
    channel: 'postmasters',
    changes: ['remove-app'],
    post: 'channel_not_found',
    update: 'channel_not_found',
  },
  {
    why: 'removed and invited again',
    channel: 'postmasters',
    changes: ['remove-app', 'invite-app'],
    post: 'ok',
    update: 'ok',
  },
  {
    why: 'private and archived',
    channel: 'postmasters',
    changes: ['archive'],
    post: 'is_archived',
    update: 'is_inactive',
  },
];

describe('a channel of the bot', () => {
  test.each(rows)('$why: $post', async ({ channel, changes, faults = [], post, update }) => {
    const { as, client, error, fault } = await start();
    const ana = as('ana');
    await ana.change(`#${channel}`, 'invite-app');
    const { ts = '' } = await client.chat.postMessage({ channel: ids[channel], text: 'card' });
    for (const change of changes) expect((await ana.change(`#${channel}`, change)).ok).toBe(true);
    for (const id of faults) fault(id, true);
    expect(await error(client.chat.postMessage({ channel: ids[channel], text: 'news', thread_ts: ts }))).toBe(
      post,
    );
    expect(await error(client.chat.update({ channel: ids[channel], ts, text: 'card, mended' }))).toBe(update);
  });
});

describe('the commands', () => {
  test.each([
    ['the name', '/invite @mta-sts', true],
    ['the name without its sign', '/invite mta-sts', true],
    ['the name that is shown', '/invite @MTA-STS', true],
    ['nobody', '/invite @nobody', false],
  ])('/invite with %s', async (_why, text, ok) => {
    const { as } = await start();
    const ana = as('ana');
    expect((await ana.command('#postmasters', text)).ok).toBe(ok);
    expect(ana.conversation('#postmasters').botIsMember).toBe(ok);
  });

  test('/remove and /archive', async () => {
    const { as } = await start();
    const ana = as('ana');
    expect(await ana.command('#mail-ops', '/remove @mta-sts')).toEqual({
      ok: true,
      note: 'MTA-STS was removed from #mail-ops.',
    });
    expect(ana.conversation('#mail-ops').botIsMember).toBe(false);
    await ana.command('#mail-ops', '/archive');
    expect(ana.conversation('#mail-ops').archived).toBe(true);
    expect(await ana.command('#mail-ops', 'still there?')).toMatchObject({ ok: false });
    expect(await ana.change('#mail-ops', 'invite-app')).toMatchObject({ ok: false });
    await ana.change('#mail-ops', 'unarchive');
    expect(await ana.command('#mail-ops', 'still there?')).toEqual({ ok: true });
  });

  test.each([
    ['a direct message', 'ana', '@ben', '/archive'],
    ['a direct message', 'ana', '@ben', '/invite @mta-sts'],
    ['a shared channel, by people of another workspace', 'kim', '#partners', '/archive'],
    ['a shared channel, by people of another workspace', 'kim', '#partners', '/remove @mta-sts'],
  ])('not in %s: %s %s %s', async (_why, who, where, text) => {
    const { as } = await start();
    const person = as(who);
    const before = person.conversation(where);
    expect(await person.command(where, text)).toMatchObject({ ok: false });
    expect(person.conversation(where)).toEqual(before);
  });

  test('are offered beside those of the app', async () => {
    const { as } = await start();
    expect(
      as('ana')
        .state()
        .commands.map(({ command }) => command),
    ).toEqual(['/mta-sts', '/invite', '/remove', '/archive']);
  });
});
