/** How alerts get into Slack, against the Slack of this machine: what is told once, in order, and after a crash. */
import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseManifest } from '../../src/local/slack/manifest.ts';
import type { PageMessage } from '../../src/local/slack/page/protocol.ts';
import { createWorkspace, type Workspace } from '../../src/local/slack/workspace.ts';
import { createLog } from '../../src/log.ts';
import { type Announcer, createAnnouncer, type Told } from '../../src/slack/announcer.ts';
import { digestMessage } from '../../src/slack/blocks/digest-message.ts';
import { createSlackWeb, type SlackWeb } from '../../src/slack/web.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import type { IncidentEntry, IncidentState } from '../../src/watch/incident-shapes.ts';
import { digests } from './any-digests.ts';
import * as any from './any-incidents.ts';
import { type HeldIncidents, holdIncidents } from './held-incidents.ts';

const ana = 'U0ANA00001';
const ben = 'U0BEN00001';
const mailOps = 'C0MAILOPS1';
const general = 'C0GENERAL1';
const now = new Date('2026-11-23T16:15:00Z');

interface Scene {
  readonly workspace: Workspace;
  readonly web: SlackWeb;
  readonly held: HeldIncidents;
  readonly announcer: Announcer;
  /** As the job does: whatever is to be told there. */
  tell(conversation?: string): Promise<Told | undefined>;
  change(entries: readonly IncidentEntry[], state?: Partial<IncidentState>, closed?: boolean): void;
  /** Of the bot in the channel, oldest first. */
  said(channel?: string): readonly PageMessage[];
}

/** At Slack's own pace only where that is looked at. */
async function scene(
  conversations: readonly string[] = [mailOps],
  pace: { readonly postEveryMs?: number } = { postEveryMs: 10 },
): Promise<Scene> {
  const manifest = parseManifest(readFileSync(new URL('../../manifest.json', import.meta.url), 'utf8'));
  const workspace = await createWorkspace({ manifest, transport: 'socket' });
  onTestFinished(() => workspace.stop());
  const { SLACK_API_URL: apiUrl = '', SLACK_BOT_TOKEN: token = '' } = workspace.env();
  const log = createLog('silent', { write: () => {} });
  const web = createSlackWeb({ token, apiUrl, log, stopping: new AbortController().signal });
  const bot = { botToken: token, botUserId: 'U0MTASTSBOT' };
  const held = holdIncidents(
    any.incident(),
    conversations.map((conversation) => any.watch({ conversation, owner: ana })),
  );
  const announcer = createAnnouncer({
    workspaces: {
      of: async ({ teamId }) =>
        teamId === 'T0HOME0001' ? { teamId, enterpriseId: undefined, bot, web } : undefined,
    },
    store: held.store,
    log,
    now: () => now,
    ...pace,
  });
  return {
    workspace,
    web,
    held,
    announcer,
    async tell(conversation = mailOps) {
      const toTell = held.toTell(conversation);
      return toTell && announcer.tell(toTell);
    },
    change: (entries, state = {}, closed = false) =>
      held.change({ state: any.json(any.state(state)), entries: entries.map(any.json), closed }),
    said: (channel = 'mail-ops') =>
      workspace
        .as('ben')
        .messages(channel)
        .filter(({ user }) => user === 'U0MTASTSBOT'),
  };
}

const colorOf = (message: PageMessage | undefined) => message?.attachments[0]?.color;
const added = { kind: 'added', findings: [any.expired] } as const;
const mended = { kind: 'mended', findings: [any.mended(any.notCovered)] } as const;
const acknowledged = { kind: 'acknowledged', by: ben } as const;
const isWell = { verdict: 'enforced', open: [], mended: [any.mended(any.notCovered)] } as const;

describe('one incident', () => {
  test('is one card, edited in place, with a thread in the order of its changes, and green at the end', async () => {
    const { held, tell, change, said } = await scene();
    expect(await tell()).toBe('told');
    expect(said().map(colorOf)).toEqual(['#e01e5a']);
    expect(await tell()).toBeUndefined();

    change([acknowledged], { acknowledged: { by: ben, at: now.toISOString() } });
    await tell();
    expect(colorOf(said()[0])).toBe('#ecb22e');
    change([added], { open: [any.notCovered, any.expired] });
    change([], { open: [any.notCovered, any.expired] });
    change([mended, { kind: 'closed' }], isWell, true);
    await tell();

    const [card, ...replies] = said();
    expect(card?.text).toMatch(/^example\.com · enforced\nMended after/);
    expect(colorOf(card)).toBe('#2eb67d');
    expect(replies.map(({ threadTs }) => threadTs)).toEqual(Array(3).fill(card?.ts));
    expect(replies.map(({ text }) => text.split('\n')[0])).toEqual([
      `<@${ben}> acknowledged this.`,
      'New since the last look:',
      'Mended: 1 finding',
    ]);
    expect(replies.at(-1)?.text).toContain('All is mended on example.com');
    expect(held.calls).toEqual([
      `told ${mailOps} 1`,
      `told ${mailOps} 2`,
      `told ${mailOps} 3`,
      `told ${mailOps} 5`,
    ]);
  });

  test('is told in each conversation by itself', async () => {
    const { tell, change, said } = await scene([mailOps, general]);
    await tell(mailOps);
    change([acknowledged], { acknowledged: { by: ben, at: now.toISOString() } });
    await Promise.all([tell(mailOps), tell(general)]);
    expect(said('mail-ops')).toHaveLength(2);
    // The card says what came before it.
    expect(said('general').map(colorOf)).toEqual(['#ecb22e']);
    change([], isWell, true);
    await Promise.all([tell(mailOps), tell(general)]);
    expect([said('mail-ops')[0], said('general')[0]].map(colorOf)).toEqual(['#2eb67d', '#2eb67d']);
  });

  test('whose card somebody deleted gets another one, and its thread goes on there', async () => {
    const { web, tell, change, said } = await scene();
    await tell();
    const ts = said()[0]?.ts ?? '';
    await web.trigger.chat.delete({ channel: mailOps, ts });
    change([added], { open: [any.notCovered, any.expired] });
    await tell();
    const [card, reply] = said();
    expect(card?.ts).not.toBe(ts);
    expect(reply?.threadTs).toBe(card?.ts);
    expect(said()).toHaveLength(2);
  });
});

describe('broken off', () => {
  test('between the post of the card and its saving: it is posted again, and only it', async () => {
    const { held, tell, said } = await scene();
    held.failAt = { call: 'told', when: 'before' };
    await expect(tell()).rejects.toThrow(StoreUnavailable);
    expect(said()).toHaveLength(1);
    await tell();
    expect(said()).toHaveLength(2);
    expect(await tell()).toBeUndefined();
  });

  test('after its saving: nothing is repeated', async () => {
    const { held, tell, said } = await scene();
    held.failAt = { call: 'told', when: 'after' };
    await expect(tell()).rejects.toThrow(StoreUnavailable);
    expect(await tell()).toBeUndefined();
    expect(said()).toHaveLength(1);
  });

  test.each([
    ['before', 4],
    ['after', 3],
  ] as const)('%s the saving of the second of three replies', async (when, replies) => {
    const { held, tell, change, said } = await scene();
    await tell();
    change([added], { open: [any.notCovered, any.expired] });
    change([acknowledged]);
    change([mended, { kind: 'closed' }], isWell, true);
    held.failAt = { call: `told ${mailOps} 3`, when };
    await expect(tell()).rejects.toThrow(StoreUnavailable);
    await tell();
    const [card, ...thread] = said();
    expect(colorOf(card)).toBe('#2eb67d');
    expect(thread).toHaveLength(replies);
    const acknowledgements = thread.filter(({ text }) => text.includes('acknowledged'));
    expect(acknowledgements).toHaveLength(replies - 2);
    expect(thread.at(-1)?.text).toContain('All is mended');
  });

  test('when Slack fails: nothing is posted, and the next time all is', async () => {
    const { workspace, tell, said, held } = await scene();
    workspace.fault('server-error', true);
    await expect(tell()).rejects.toThrow();
    expect(held.calls).toEqual([]);
    workspace.fault('server-error', false);
    await tell();
    expect(said()).toHaveLength(1);
  });

  test('by a limited rate: it waits as Slack asks, and goes on', async () => {
    const { workspace, tell, change, said } = await scene();
    workspace.fault('rate-limited', true);
    await tell();
    change([added], { open: [any.notCovered, any.expired] });
    await tell();
    expect(said()).toHaveLength(2);
  });
});

describe('a conversation that takes no more', () => {
  test.each([
    ['archived', 'C0ARCHIVED', 'is archived'],
    ['private, without the app', 'G0PRIVATE1', 'it is private and without this app'],
  ])('%s: the watch pauses and its owner is told once', async (_why, conversation, words) => {
    const { workspace, held, announcer, tell } = await scene([conversation, mailOps]);
    expect(await tell(conversation)).toBe('gone');
    expect(held.watches.map(({ paused }) => paused !== undefined)).toEqual([true, false]);
    expect(await tell(conversation)).toBeUndefined();
    expect(held.notices).toHaveLength(1);
    for (const notice of held.notices) expect(await announcer.sendNotice(notice)).toBe('told');
    expect(held.calls.at(-1)).toBe('sent n0');
    const [notice] = workspace
      .as('ana')
      .messages('@mta-sts')
      .filter(({ text }) => text.includes(words));
    expect(notice?.text).toContain('example.com');
    // The other conversation hears of it as before.
    expect(await tell(mailOps)).toBe('told');
  });

  test('an archived one with a card in it', async () => {
    const { held, announcer, change } = await scene(['C0ARCHIVED']);
    const card = { ts: '1795500000.000100', toldVersion: 1 };
    change([added]);
    const toTell = held.toTell('C0ARCHIVED');
    if (toTell === undefined) throw new Error('nothing to tell');
    expect(await announcer.tell({ ...toTell, card })).toBe('gone');
    expect(held.calls).toEqual(['pause C0ARCHIVED archived']);
  });

  test('one that removed the app while it ran', async () => {
    const { workspace, held, tell, change, said } = await scene();
    workspace.fault('no-public-posting', true);
    await tell();
    await workspace.as('ben').command('#mail-ops', '/remove @mta-sts');
    change([added], { open: [any.notCovered, any.expired] });
    expect(await tell()).toBe('gone');
    expect(held.watches[0]?.paused?.because).toBe('not-in-channel');
    // The card could still be edited; there is no reply.
    expect(said()).toHaveLength(1);
  });
});

test('a workspace that is not installed is told nothing, and nothing is changed', async () => {
  const { held, announcer } = await scene();
  const toTell = held.toTell(mailOps);
  if (toTell === undefined) throw new Error('nothing to tell');
  const watch = { ...toTell.watch, team: 'T0OTHER001' };
  expect(await announcer.tell({ ...toTell, watch })).toBe('uninstalled');
  expect(held.calls).toEqual([]);
});

describe('a notice', () => {
  test('that another version wrote counts as sent, and nobody is troubled', async () => {
    const { workspace, held, announcer } = await scene();
    const notice = { id: 'n7', team: 'T0HOME0001', user: ana, content: { kind: 'else' } };
    expect(await announcer.sendNotice(notice)).toBe('told');
    expect(held.calls).toEqual(['sent n7']);
    expect(workspace.as('ana').messages('@mta-sts')).toEqual([]);
  });

  test('to a person who is gone counts as sent', async () => {
    const { held, announcer, tell } = await scene(['C0ARCHIVED']);
    await tell('C0ARCHIVED');
    for (const notice of held.notices)
      expect(await announcer.sendNotice({ ...notice, user: 'U0NOBODY01' })).toBe('gone');
    expect(held.calls.at(-1)).toBe('sent n0');
  });
});

test('the digest is a message of its own; where it cannot be posted nothing is paused', async () => {
  const { held, announcer, said } = await scene();
  const message = digestMessage(digests.usual);
  expect(await announcer.send({ team: 'T0HOME0001', conversation: mailOps }, message)).toBe('told');
  expect(said().at(-1)?.text).toContain('14 domains');
  expect(await announcer.send({ team: 'T0HOME0001', conversation: 'C0ARCHIVED' }, message)).toBe('gone');
  expect(held.calls).toEqual([]);
});

test('posts in one channel are a second apart, as Slack wants them', async () => {
  const { workspace, tell, change } = await scene([mailOps], {});
  await tell();
  change([added], { open: [any.notCovered, any.expired] });
  change([acknowledged]);
  await tell();
  const posts = workspace
    .wire()
    .filter(({ name }) => name === 'chat.postMessage')
    .map(({ at }) => Date.parse(at));
  expect(posts).toHaveLength(3);
  for (const [index, at] of posts.slice(1).entries()) expect((posts[index] ?? 0) - at).toBeGreaterThan(900);
});

test('an entry that cannot be read is left out, and what stands beside it and comes after is told', async () => {
  const { held, tell, said } = await scene();
  await tell();
  const broken = [
    { kind: 'added' },
    { kind: 'mended', findings: [any.notCovered] },
    { kind: 'unheard-of' },
    null,
  ];
  const incident = { state: any.json(any.state()), closed: false };
  held.change({ ...incident, entries: [...broken.map(any.json), { kind: 'acknowledged', by: ana }] });
  held.change({ ...incident, entries: broken.map(any.json) });
  held.change({ ...incident, entries: [{ kind: 'acknowledged', by: ben }] });
  expect(await tell()).toBe('told');
  expect(said().map(({ text }) => text.split('\n')[0])).toEqual([
    expect.stringContaining('example.com · broken'),
    `<@${ana}> acknowledged this.`,
    `<@${ben}> acknowledged this.`,
  ]);
  expect(await tell()).toBeUndefined();
});
