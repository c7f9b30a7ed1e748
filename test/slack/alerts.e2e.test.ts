/** The buttons of alerts and of notices about them, pressed by people in the Slack of this machine. */
import { describe, expect, test } from 'vitest';
import type { PageMessage } from '../../src/local/slack/page/protocol.ts';
import { createLog } from '../../src/log.ts';
import { alertValue } from '../../src/slack/alert-button.ts';
import { cardOf, createAnnouncer } from '../../src/slack/announcer.ts';
import { pausedContent, pausedNotice, readPaused } from '../../src/slack/blocks/paused-notice.ts';
import type { Message } from '../../src/slack/blocks/pieces.ts';
import { contentOf } from '../../src/slack/private-answer.ts';
import { createSlackWeb } from '../../src/slack/web.ts';
import type { Watch } from '../../src/store/shapes.ts';
import * as any from './any-incidents.ts';
import { report } from './any-reports.ts';
import { type HeldIncidents, holdIncidents } from './held-incidents.ts';
import { createWorld, logged, type RunningBot, startBot, type Transport, type World } from './world.ts';

const ana = 'U0ANA00001';
const ben = 'U0BEN00001';

interface Scene extends World, RunningBot {
  readonly held: HeldIncidents;
  post(channel: string, message: Message): Promise<void>;
  /** Chooses in the menu of the card, as whoever this is. */
  snooze(who: string, card: PageMessage, days: 1 | 7): Promise<unknown>;
  card(): Promise<PageMessage>;
}

async function scene(
  watches: Watch[] = [any.watch({ owner: ana })],
  transport: Transport = 'socket',
): Promise<Scene> {
  const world = await createWorld(transport);
  const held = holdIncidents(any.incident(), watches);
  const bot = await startBot(world, async () => report({ verdict: 'broken' }), held.store);
  const { SLACK_API_URL: apiUrl = '', SLACK_BOT_TOKEN: token = '' } = world.workspace.env();
  const web = createSlackWeb({
    token,
    apiUrl,
    log: createLog('silent'),
    stopping: new AbortController().signal,
  });
  return {
    ...world,
    ...bot,
    held,
    async post(channel, message) {
      await web.trigger.chat.postMessage({ channel, ...contentOf(message) });
    },
    snooze(who, card, days) {
      const block = card.attachments
        .flatMap(({ blocks }) => blocks)
        .findLast(({ type }) => type === 'actions');
      const value = alertValue({ incident: any.incidentId, days });
      return world.workspace.act({
        kind: 'act',
        user: who,
        container: { kind: 'message', conversation: 'C0MAILOPS1', ts: card.ts },
        blockId: block?.block_id ?? '',
        actionId: 'alert.snooze',
        value: {
          type: 'static_select',
          selected_option: { text: { type: 'plain_text', text: `for ${days}` }, value },
        },
      });
    },
    card: () => world.workspace.as('ana').message('#mail-ops', 'example.com · '),
  };
}

/** With the card of the incident in #mail-ops. */
async function withCard(transport?: Transport): Promise<Scene> {
  const made = await scene(undefined, transport);
  const card = cardOf(made.held.incident, made.held.summary, new Date());
  if (card !== undefined) await made.post('C0MAILOPS1', card);
  return made;
}

describe.each(['socket', 'http'] as const)('over %s', (transport) => {
  test('Acknowledge names who pressed, on the card at once and in the store', async () => {
    const { workspace, held, card } = await withCard(transport);
    await workspace.as('ben').press('Acknowledge', await card());
    const after = await workspace.as('ana').message('#mail-ops', 'Acknowledged');
    expect(after.text).toContain(`Acknowledged by <@${ben}>`);
    expect(after.attachments[0]?.color).toBe('#ecb22e');
    expect(JSON.stringify(after.attachments)).not.toContain('alert.acknowledge');
    expect(held.incident.state).toMatchObject({ acknowledged: { by: ben } });
    // For the thread of every card, by the jobs.
    expect(held.toTell('C0MAILOPS1')?.entries.map(({ content }) => content)).toEqual([
      { kind: 'acknowledged', by: ben },
    ]);
  });
});

test('a second person, at the card in another conversation, is told who was first; that card says so too', async () => {
  const { workspace, held, card, post, ...bot } = await withCard();
  const other = cardOf(held.incident, held.summary, new Date());
  if (other !== undefined) await post('C0GENERAL1', other);
  await workspace.as('ben').press('Acknowledge', await card());
  await logged(bot, { name: 'alert.acknowledge', outcome: 'answered', user: ben });
  const person = workspace.as('ana');
  await person.press('Acknowledge', await person.message('#general', 'example.com · '));
  const answer = await person.message('#general', `Acknowledged already by <@${ben}>`);
  expect(answer.ephemeral).toBe(true);
  await person.message('#general', `Acknowledged by <@${ben}>`);
  expect(held.incident.version).toBe(2);
});

test('what changes while a pressed card is drawn is on it in the end', async () => {
  const { workspace, held, card } = await withCard();
  const mended = any.state({ verdict: 'enforced', open: [], mended: [any.mended(any.notCovered)] });
  held.meanwhile = {
    call: 'find watched',
    work: () => held.change({ state: any.json(mended), entries: [], closed: true }),
  };
  await workspace.as('ben').press('Acknowledge', await card());
  const after = await workspace.as('ben').message('#mail-ops', 'example.com · enforced');
  expect(after.attachments[0]?.color).toBe('#2eb67d');
});

test('two presses at the same moment acknowledge once', async () => {
  const { workspace, held, card, ...bot } = await withCard();
  const shown = await card();
  await Promise.all([
    workspace.as('ben').press('Acknowledge', shown),
    workspace.as('ana').press('Acknowledge', shown),
  ]);
  await logged(bot, { name: 'alert.acknowledge', outcome: 'answered', user: ana });
  await logged(bot, { name: 'alert.acknowledge', outcome: 'answered', user: ben });
  expect(held.incident.version).toBe(2);
  const told = [...workspace.as('ana').messages('#mail-ops'), ...workspace.as('ben').messages('#mail-ops')];
  const private_ = told.filter(
    ({ ephemeral, text }) => ephemeral && text.startsWith('Acknowledged already by'),
  );
  expect(private_).toHaveLength(1);
});

test.each([
  [1, 86_400_000],
  [7, 604_800_000],
] as const)('Snooze for %i days says until when, and again changes nothing', async (days, ms) => {
  const { workspace, held, snooze, card, ...bot } = await withCard();
  await snooze(ben, await card(), days);
  const after = await workspace.as('ana').message('#mail-ops', 'Snoozed');
  expect(after.attachments[0]?.color).toBe('#868686');
  const { until } = (held.incident.state as { snoozed: { until: string } }).snoozed;
  expect(Math.abs(Date.parse(until) - Date.now() - ms)).toBeLessThan(60_000);
  const { version } = held.incident;
  await snooze(ana, after, days);
  await logged(bot, { name: 'alert.snooze', outcome: 'answered', user: ana });
  expect(held.incident.version).toBe(version);
  await workspace.as('ana').message('#mail-ops', 'Snoozed already');
});

test('Explain opens every finding in full, and the topic behind it', async () => {
  const { workspace, held, post } = await scene();
  held.change({ state: any.json(any.state({ open: any.sixFindings })), entries: [], closed: false });
  const card = cardOf(held.incident, held.summary, new Date());
  if (card !== undefined) await post('C0MAILOPS1', card);
  const person = workspace.as('ana');
  await person.press('Explain', await person.message('#mail-ops', 'example.com · broken'));
  const view = JSON.stringify(await person.modal('What is wrong'));
  for (const { title } of any.sixFindings) expect(view).toContain(title);
  expect(view).toContain('No mx line matches it.');
  expect(view).toContain('/mta-sts explain mx-change');
});

test('Check again asks the watch for a look, and tells whoever pressed what it is like now', async () => {
  const { workspace, held, card } = await withCard();
  await workspace.as('ana').press('Check again', await card());
  const answer = await workspace.as('ana').message('#mail-ops', 'example.com: broken');
  expect(answer.ephemeral).toBe(true);
  expect(answer.text).toContain('The watch looks again too');
  expect(held.calls).toContain('soon example.com');
  expect(
    workspace
      .as('ben')
      .messages('#mail-ops')
      .some(({ text }) => text.startsWith('example.com: broken')),
  ).toBe(false);
});

test('Check again in the minute of the last look has the watch look again: it may be mended by now', async () => {
  const { workspace, held, card } = await withCard();
  held.lastLookAt = new Date(Date.now() - 5000);
  await workspace.as('ana').press('Check again', await card());
  const answer = await workspace.as('ana').message('#mail-ops', 'example.com: broken');
  expect(answer.text).toContain('The watch looks again too');
  expect(held.calls).toContain('soon example.com');
});

test('Explain with a trigger that has expired says to press again', async () => {
  const { workspace, card } = await withCard();
  workspace.fault('expired-trigger', true);
  const person = workspace.as('ana');
  await person.press('Explain', await card());
  expect((await person.message('#mail-ops', 'Press Explain once more')).ephemeral).toBe(true);
});

describe('with the store away', () => {
  test('a press says that nothing was changed, and works when it is back', async () => {
    const { workspace, held, card } = await withCard();
    held.failAt = { call: 'change', when: 'before' };
    const person = workspace.as('ben');
    await person.press('Acknowledge', await card());
    const answer = await person.message('#mail-ops', 'cannot be reached at this moment');
    expect(answer.ephemeral).toBe(true);
    expect(held.incident.version).toBe(1);
    // Past the time in which a press counts as the same.
    await new Promise((resolve) => setTimeout(resolve, 2100));
    await person.press('Acknowledge', await card());
    await person.message('#mail-ops', `Acknowledged by <@${ben}>`);
  });

  test('Check again looks all the same', async () => {
    const { workspace, held, card } = await withCard();
    held.failAt = { call: 'find', when: 'before' };
    await workspace.as('ana').press('Check again', await card());
    const answer = await workspace.as('ana').message('#mail-ops', 'example.com: broken');
    expect(answer.text).toContain('so the card stays as it is');
  });

  test('that is gone after the change: the press counts, and the card is left to the jobs', async () => {
    const { workspace, held, card, ...bot } = await withCard();
    held.failAt = { call: 'find watched', when: 'before' };
    await workspace.as('ben').press('Acknowledge', await card());
    await logged(bot, { name: 'alert.acknowledge', outcome: 'answered' });
    expect(held.incident.version).toBe(2);
    expect((await card()).text).not.toContain('Acknowledged');
  });
});

test.each([
  ['Acknowledge', 'Nothing is known of this alert any more'],
  ['Explain', 'Nothing is known of this alert any more'],
  ['Check again', 'Nobody watches this domain any more'],
])('%s on the card of an incident of another team finds nothing', async (button, answer) => {
  const { workspace, held, card } = await withCard();
  const shown = await card();
  held.incident = { ...held.incident, team: 'T0OTHER001' };
  await workspace.as('ana').press(button, shown);
  await workspace.as('ana').message('#mail-ops', answer);
  expect(held.incident.version).toBe(1);
});

describe('on a card whose incident is not kept any more', () => {
  /** Shown, and forgotten since; the domain is still watched. */
  async function forgotten() {
    const made = await withCard();
    const shown = await made.card();
    made.held.incident = { ...made.held.incident, id: '0192f4a0-7c1e-7bb2-9d7e-3f1f6f1c2aff' };
    return { ...made, shown };
  }

  test.each(['Acknowledge', 'Explain'])('%s says so, and why', async (button) => {
    const { workspace, held, shown } = await forgotten();
    const person = workspace.as('ana');
    await person.press(button, shown);
    const answer = await person.message('#mail-ops', 'alerts are kept for a year after their end');
    expect(answer.ephemeral).toBe(true);
    expect(answer.text).toContain('Nothing is known of this alert any more, so this does nothing');
    expect(held.incident.version).toBe(1);
  });

  test('so does Snooze', async () => {
    const { workspace, held, snooze, shown } = await forgotten();
    await snooze(ana, shown, 7);
    await workspace.as('ana').message('#mail-ops', 'Nothing is known of this alert any more');
    expect(held.incident.version).toBe(1);
  });

  test('Check again has the domain in its button: it checks, and the watch looks too', async () => {
    const { workspace, held, shown } = await forgotten();
    const person = workspace.as('ana');
    await person.press('Check again', shown);
    const answer = await person.message('#mail-ops', 'example.com: broken');
    expect(answer.text).toContain(
      'This alert is over, so its card stays as it is. The watch looks again too',
    );
    expect(held.calls).toContain('soon example.com');
  });
});

test('Check again on the card of an incident that is over promises nothing of this card', async () => {
  const { workspace, held, post } = await scene();
  const mended = any.state({ verdict: 'enforced', open: [], mended: [any.mended(any.notCovered)] });
  held.change({ state: any.json(mended), entries: [], closed: true });
  const card = cardOf(held.incident, held.summary, new Date());
  if (card !== undefined) await post('C0MAILOPS1', card);
  const person = workspace.as('ana');
  await person.press('Check again', await person.message('#mail-ops', 'example.com · enforced'));
  const answer = await person.message('#mail-ops', 'example.com: broken');
  expect(answer.text).toContain('This alert is over, so its card stays as it is.');
  expect(held.calls).toContain('soon example.com');
});

test('on an old card of an incident that is over, Acknowledge says so and mends the card', async () => {
  const { workspace, held, card } = await withCard();
  const shown = await card();
  const mended = any.state({ verdict: 'enforced', open: [], mended: [any.mended(any.notCovered)] });
  held.change({ state: any.json(mended), entries: [], closed: true });
  await workspace.as('ana').press('Acknowledge', shown);
  await workspace.as('ana').message('#mail-ops', 'Nothing is open any more');
  const after = await card();
  expect(after.text).toContain('example.com · enforced');
  expect(after.attachments[0]?.color).toBe('#2eb67d');
});

describe('Resume', () => {
  async function paused(conversation: string, owner = ana): Promise<Scene & { press(): Promise<unknown> }> {
    const watch = any.watch({
      conversation,
      owner,
      paused: { at: new Date(), because: 'channel-gone' },
    });
    const made = await scene([watch]);
    const notice = readPaused(any.json(pausedContent([watch], 'channel-gone')));
    if (notice === undefined) throw new Error('cannot be read');
    await made.post(ana, pausedNotice(notice, 'U0MTASTSBOT'));
    const person = made.workspace.as('ana');
    return {
      ...made,
      press: async () => person.press('Resume', await person.message('@mta-sts', 'Nothing can be told')),
    };
  }

  test('while the app is not in the channel says what to do; once it is, the watch goes on', async () => {
    const { workspace, held, press } = await paused('G0PRIVATE1');
    const person = workspace.as('ana');
    await press();
    await person.message('@mta-sts', 'Not resumed');
    expect(held.watches[0]?.paused).toBeDefined();
    await person.command('#postmasters', '/invite @mta-sts');
    // Past the time in which a press counts as the same.
    await new Promise((resolve) => setTimeout(resolve, 2100));
    await press();
    await person.message('#postmasters', `<@${ana}> resumed watching here: example.com.`);
    await person.message('@mta-sts', 'A look begins now');
    expect(held.watches[0]?.paused).toBeUndefined();
    expect(held.calls).toContain('add example.com G0PRIVATE1');
  });

  test('of what others watch there resumes nothing', async () => {
    const { workspace, held, press } = await paused('C0MAILOPS1', ben);
    await press();
    await workspace.as('ana').message('@mta-sts', 'nothing to resume');
    expect(held.watches[0]?.paused).toBeDefined();
  });
});

test('from the failed post to the green card: the whole way of one incident', async () => {
  const { workspace, held, ...bot } = await scene();
  const { SLACK_API_URL: apiUrl = '', SLACK_BOT_TOKEN: botToken = '' } = workspace.env();
  const log = createLog('silent');
  const web = createSlackWeb({ token: botToken, apiUrl, log, stopping: new AbortController().signal });
  const home = { teamId: 'T0HOME0001', enterpriseId: undefined, bot: { botToken }, web };
  const announcer = createAnnouncer({
    workspaces: { of: async () => home },
    store: held.store,
    log,
    now: () => new Date(),
    postEveryMs: 10,
  });
  const tell = async () => {
    const toTell = held.toTell('C0MAILOPS1');
    if (toTell !== undefined) await announcer.tell(toTell);
  };
  await tell();
  const person = workspace.as('ben');
  await person.press('Acknowledge', await person.message('#mail-ops', 'example.com · broken'));
  await logged(bot, { name: 'alert.acknowledge', outcome: 'answered' });
  await tell();
  const mended = any.state({ verdict: 'enforced', open: [], mended: [any.mended(any.notCovered)] });
  held.change({
    state: any.json(mended),
    entries: [any.json({ kind: 'mended', findings: mended.mended }), { kind: 'closed' }],
    closed: true,
  });
  await tell();
  const messages = person.messages('#mail-ops').filter(({ user }) => user === 'U0MTASTSBOT');
  expect(messages.map(({ text }) => text.split('\n')[0])).toEqual([
    'example.com · enforced',
    `<@${ben}> acknowledged this.`,
    'Mended: 1 finding',
  ]);
  expect(messages[0]?.attachments[0]?.color).toBe('#2eb67d');
});
