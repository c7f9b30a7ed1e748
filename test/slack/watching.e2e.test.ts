/** Watches as people begin, see, change and end them in Slack, with real Bolt, the local Slack and a real store. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../src/check/history.ts';
import { createLook } from '../../src/check/look.ts';
import { readConfig } from '../../src/config.ts';
import type { Person } from '../../src/local/slack/person.ts';
import { textsOf } from '../../src/local/slack/person.ts';
import type { LookSummary } from '../../src/store/shapes.ts';
import { type Store, StoreUnavailable } from '../../src/store/store.ts';
import { outcome } from '../store/watch-world.ts';
import { type KeptStore, openStore } from './kept-world.ts';
import { domainName } from './slack-world.ts';
import { createWorld, logged, startBot } from './world.ts';

const team = 'T0HOME0001';
const other = 'T0OTHER001';
const mailOps = 'C0MAILOPS1';
const example = domainName('example.test');

let kept: KeptStore;
beforeAll(async () => {
  kept = await openStore();
});
afterEach(() => kept.forget(team, other));
afterAll(() => kept?.close());

async function start(change: (kept: KeptStore) => Store = ({ store }) => store) {
  const world = await createWorld('http');
  const look = createLook(readConfig(world.env).network, () => new Date());
  const bot = await startBot(world, look, change(kept));
  const { workspace } = world;
  return { ...kept, bot, workspace, ana: workspace.as('ana'), ben: workspace.as('ben') };
}

const newsIn = (person: Person, conversation: string) =>
  person
    .messages(conversation)
    .filter(
      (message) => !message.ephemeral && /has this app watch|ended the watch/.test(textsOf(message.blocks)),
    );

/** The look that the watch begins with, as its job saves it. */
async function looked(
  store: Store,
  domain: string,
  summary: Partial<LookSummary> = {},
  inTeam = team,
  ledger: readonly LedgerEntry[] = [],
) {
  const found = await store.watches.find(inTeam, domainName(domain));
  const subject = found && (await store.looks.subject(found.domainId));
  if (subject === undefined) throw new Error(`nobody watches ${domain}`);
  const saved = outcome();
  await store.looks.save(subject.domainId, {
    ...saved,
    looks: subject.looks,
    ledger,
    observation: { ...saved.observation, startedAt: new Date().toISOString(), domain: domainName(domain) },
    summary: { ...saved.summary, ...summary },
  });
}

function watchAll(
  store: Store,
  domains: readonly string[],
  more: { team?: string; conversation?: string } = {},
) {
  return Promise.all(
    domains.map((name) =>
      store.watches.add(
        {
          team,
          conversation: mailOps,
          owner: 'U0BEN00001',
          everyHours: 6,
          ...more,
          domain: domainName(name),
        },
        new Date(),
      ),
    ),
  );
}

describe('watch', () => {
  test('tells the person what is watched, and the channel who asked for it', async () => {
    const { store, workspace, ana, ben, bot } = await start();
    expect(await ana.command('#mail-ops', '/mta-sts watch Example.test.')).toEqual({ ok: true });
    const answer = await ana.message('#mail-ops', 'is watched');
    expect(answer.ephemeral).toBe(true);
    expect(textsOf(answer.blocks)).toMatch(/A look begins now; then it is looked at every 6 hours/);
    expect(textsOf(answer.blocks)).toContain(`<#${mailOps}>, which was told`);
    expect(newsIn(ben, '#mail-ops')).toHaveLength(1);
    const watched = await store.watches.find(team, example);
    expect(watched?.watches).toMatchObject([
      { conversation: mailOps, owner: ana.id, everyHours: 6, paused: undefined },
    ]);
    const line = await logged(bot, { name: '/mta-sts', outcome: 'answered' });
    expect(line.ackMs).toBeLessThan(3000);
    expect(JSON.stringify(bot.lines)).not.toContain('example.test');
    expect(workspace.wire().filter(({ failed }) => failed)).toEqual([]);
  });

  test('of what is watched already says by whom, posts nothing and changes nothing', async () => {
    const { store, ana, ben } = await start();
    await ben.command('#mail-ops', '/mta-sts watch example.test');
    await ben.message('#mail-ops', 'is watched');
    const before = await store.watches.find(team, example);
    await ana.command('#mail-ops', '/mta-sts watch example.test');
    const answer = await ana.message('#mail-ops', 'is watched for this conversation already');
    expect(textsOf(answer.blocks)).toContain(`Set up by <@${ben.id}>`);
    expect(newsIn(ana, '#mail-ops')).toHaveLength(1);
    expect((await store.watches.find(team, example))?.watches).toEqual(before?.watches);
    await ana.press('Change…', answer);
    await ana.modal('Change the watch');
    expect(ana.text('Look at it')).toBe('6');
    await ana.choose('Look at it', '1');
    await ana.submit();
    await ana.modal('is looked at every hour');
    expect((await store.watches.find(team, example))?.watches).toMatchObject([
      { everyHours: 1, owner: ben.id },
    ]);
  });

  test('typed twice at once makes one watch and one piece of news', async () => {
    const { store, ana, ben } = await start();
    await Promise.all([
      ana.command('#mail-ops', '/mta-sts watch example.test'),
      ben.command('#mail-ops', '/mta-sts watch example.test'),
    ]);
    const told = await Promise.all([
      ana.message('#mail-ops', /is watched\.|is watched for this conversation already/),
      ben.message('#mail-ops', /is watched\.|is watched for this conversation already/),
    ]);
    expect(told.filter(({ blocks }) => /already/.test(textsOf(blocks)))).toHaveLength(1);
    expect(newsIn(ana, '#mail-ops')).toHaveLength(1);
    expect((await store.watches.find(team, example))?.watches).toHaveLength(1);
  });

  test('in a private channel asks for an invitation, and tries again at a press', async () => {
    const { store, ana } = await start();
    await ana.command('#postmasters', '/mta-sts watch example.test');
    const refused = await ana.message('#postmasters', 'is not watched');
    expect(refused.ephemeral).toBe(true);
    expect(textsOf(refused.blocks)).toContain('`/invite @mta-sts`');
    expect(await store.watches.find(team, example)).toBeUndefined();
    await ana.press('I have invited it', refused);
    await ana.message('#postmasters', 'is not watched');
    expect(await store.watches.find(team, example)).toBeUndefined();
    await ana.command('#postmasters', '/invite @mta-sts');
    // Two presses of one button within two seconds count as one.
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const again = await ana.message('#postmasters', 'is not watched');
    await ana.press('I have invited it', again);
    await ana.message('#postmasters', 'A look begins now');
    expect(
      ana
        .messages('#postmasters')
        .some(({ ts, blocks }) => ts === again.ts && /is not watched/.test(textsOf(blocks))),
    ).toBe(false);
    expect((await store.watches.find(team, example))?.watches).toMatchObject([
      { conversation: 'G0PRIVATE1' },
    ]);
  });

  test('in the direct messages with the app: one message, which says it all', async () => {
    const { store, ana } = await start();
    await ana.command('@mta-sts', '/mta-sts watch example.test');
    const answer = await ana.message('@mta-sts', 'is watched');
    expect(answer.ephemeral).toBe(false);
    expect(ana.messages('@mta-sts').filter(({ blocks }) => /is watched/.test(textsOf(blocks)))).toHaveLength(
      1,
    );
    expect((await store.watches.find(team, example))?.watches).toMatchObject([
      { conversation: 'D0ANABOT01' },
    ]);
    await ana.press('Unwatch', answer);
    await ana.message('@mta-sts', 'is watched no longer for these direct messages');
    expect(await store.watches.find(team, example)).toBeUndefined();
  });

  test('in a direct message between people offers another conversation', async () => {
    const { store, ana, ben } = await start();
    await ana.command('@ben', '/mta-sts watch example.test');
    const refused = await ana.message('@ben', 'cannot post in a direct message between people');
    await ana.press('Choose another conversation', refused);
    await ana.modal('Watch a domain');
    expect(ana.text('Domain')).toBe('example.test');
    await ana.choose('Tell', '#mail-ops');
    await ana.choose('Look at it', '24');
    await ana.submit();
    await ana.modal('is watched');
    expect(newsIn(ben, '#mail-ops')).toHaveLength(1);
    expect((await store.watches.find(team, example))?.watches).toMatchObject([
      { conversation: mailOps, everyHours: 24 },
    ]);
  });

  test('whose news was posted and which then cannot be kept takes the news back', async () => {
    const { ana, store } = await start(({ store: real }) => ({
      ...real,
      watches: {
        ...real.watches,
        find: (...given) => real.watches.find(...given),
        add: async () => {
          throw new StoreUnavailable('gone meanwhile');
        },
      },
    }));
    await ana.command('#mail-ops', '/mta-sts watch example.test');
    const answer = await ana.message('#mail-ops', 'The watch was not set up');
    expect(textsOf(answer.blocks)).toContain('Nothing was changed');
    expect(newsIn(ana, '#mail-ops')).toEqual([]);
    expect(await store.watches.find(team, example)).toBeUndefined();
  });
});

describe('the form', () => {
  test.each([
    ['an archived channel', '#old-mail', /archived/],
    ['a private channel without the app', '#postmasters', /not watched: .*\/invite @mta-sts/i],
    ['a direct message between people', '@ben', /direct message between people/],
  ])('at %s keeps what was chosen and says what helps', async (_, conversation, error) => {
    const { store, ana } = await start();
    await ana.home();
    await ana.press('Watch a domain', 'home');
    await ana.modal('Watch a domain');
    await ana.type('Domain', 'example.test');
    await ana.choose('Tell', conversation);
    await ana.submit();
    expect(Object.entries(ana.errors())).toEqual([['watch_conversation', expect.stringMatching(error)]]);
    expect(ana.text('Domain')).toBe('example.test');
    expect(await store.watches.find(team, example)).toBeUndefined();
    await ana.choose('Tell', '#mail-ops');
    await ana.submit();
    await ana.modal('is watched');
    expect(await store.watches.find(team, example)).toBeDefined();
  });

  test('wants a domain', async () => {
    const { ana } = await start();
    await ana.home();
    await ana.press('Watch a domain', 'home');
    await ana.modal('Watch a domain');
    await ana.type('Domain', 'example');
    await ana.choose('Tell', '#mail-ops');
    await ana.submit();
    expect(ana.errors()).toEqual({ watch_domain: expect.stringContaining('has no dot in it') });
  });

  test('opens under records and under reports, for their domain', async () => {
    const { ana, store } = await start();
    await ana.command('#general', '/mta-sts example.test');
    await ana.modal('MX hosts or patterns');
    await ana.submit();
    await ana.press('Watch…', await ana.message('#general', 'v=STSv1; id='));
    await ana.modal('Watch a domain');
    expect(ana.text('Domain')).toBe('example.test');
    await ana.close();
    await ana.command('#general', '/mta-sts check healthy.test');
    await ana.press('Watch…', await ana.message('#general', 'Looked at'));
    await ana.modal('Watch a domain');
    expect(ana.text('Domain')).toBe('healthy.test');
    await ana.choose('Tell', '#general');
    await ana.submit();
    await ana.modal('is watched');
    expect((await store.watches.find(team, domainName('healthy.test')))?.watches).toHaveLength(1);
  });
});

test('while Slack is slow every press is answered in time, and the rest follows', async () => {
  const { workspace, store, bot, ana } = await start();
  await ana.home();
  await ana.press('Watch a domain', 'home');
  await ana.modal('Watch a domain');
  workspace.fault('slow-slack', true);
  await ana.command('#mail-ops', '/mta-sts watch example.test');
  const line = await logged(bot, { name: '/mta-sts', outcome: 'answered' });
  expect(line.ackMs).toBeLessThan(3000);
  expect(line.durationMs).toBeGreaterThan(line.ackMs as number);
  await ana.message('#mail-ops', 'is watched');
  await ana.type('Domain', 'other.test');
  await ana.choose('Tell', '#mail-ops');
  expect(await ana.submit()).toEqual({ ok: true });
  expect(textsOf(ana.view)).toContain('Setting up the watch of');
  workspace.fault('slow-slack', false);
  await ana.modal('is watched');
  expect((await store.watches.list(team, { offset: 0, limit: 9 })).total).toBe(2);
});

describe('unwatch', () => {
  test('ends it, tells the channel who did, and says where it is watched still', async () => {
    const { store, ana, ben } = await start();
    await watchAll(store, ['example.test']);
    await watchAll(store, ['example.test'], { conversation: 'C0GENERAL1' });
    await ana.command('#mail-ops', '/mta-sts unwatch example.test');
    const answer = await ana.message('#mail-ops', 'is watched no longer');
    expect(answer.ephemeral).toBe(true);
    expect(textsOf(answer.blocks)).toContain('It is still watched for <#C0GENERAL1>');
    expect(newsIn(ben, '#mail-ops').map(({ blocks }) => textsOf(blocks))).toEqual([
      expect.stringContaining('ended the watch'),
    ]);
    expect((await store.watches.find(team, example))?.watches).toMatchObject([
      { conversation: 'C0GENERAL1' },
    ]);
  });

  test('of what is not watched there changes nothing, and knows what was meant', async () => {
    const { store, ana } = await start();
    await watchAll(store, ['example.test']);
    await ana.command('#mail-ops', '/mta-sts unwatch exmaple.test');
    const answer = await ana.message('#mail-ops', 'is not watched for this conversation');
    expect(textsOf(answer.blocks)).toContain('/mta-sts unwatch example.test');
    await ana.command('#general', '/mta-sts unwatch example.test');
    const elsewhere = await ana.message('#general', 'is not watched for this conversation');
    expect(textsOf(elsewhere.blocks)).toContain(`It is watched for <#${mailOps}>`);
    expect((await store.watches.find(team, example))?.watches).toHaveLength(1);
    expect(newsIn(ana, '#mail-ops')).toEqual([]);
  });
});

describe('list', () => {
  test('of an empty conversation says how to begin', async () => {
    const { ana } = await start();
    await ana.command('#mail-ops', '/mta-sts list');
    const answer = await ana.message('#mail-ops', 'No domain is watched for this conversation');
    expect(textsOf(answer.blocks)).toContain('/mta-sts watch example.com');
  });

  test('has this conversation’s domains with what is wrong, and not those of others', async () => {
    const { store, ana } = await start();
    await watchAll(store, ['a.test', 'b.test']);
    await watchAll(store, ['b.test', 'c.test'], { conversation: 'C0GENERAL1' });
    await looked(store, 'a.test', {
      verdict: 'broken',
      sentence: 'Mail to a.test waits.',
      findings: [
        { id: 'mx.not-covered', severity: 'error', subject: 'mx.a.test', title: 'An MX host is missing' },
      ],
    });
    await ana.command('#mail-ops', '/mta-sts list');
    const answer = await ana.message('#mail-ops', '2 domains are watched');
    expect(answer.ephemeral).toBe(true);
    const text = textsOf(answer.blocks);
    expect(text).toContain('Error: An MX host is missing (mx.a.test)');
    expect(text).toMatch(/b\.test\n \nis not looked at yet|is not looked at yet/);
    expect(text).not.toContain('c.test');
    expect(text).not.toContain('C0GENERAL1');
    await ana.press('See all in App Home', answer);
    const home = await ana.until('Home', ({ home: shown }) =>
      shown !== null && textsOf(shown).includes('c.test') ? shown : undefined,
    );
    expect(textsOf(home)).toContain('3 domains');
  });
});

describe('App Home', () => {
  const names = Array.from({ length: 25 }, (_, at) => `d${String(at).padStart(2, '0')}.test`);

  test('has the worst first, ten on a page, and is published once for what it shows', async () => {
    const { store, workspace, ana, bot } = await start();
    await watchAll(store, names);
    await looked(store, 'd24.test', { verdict: 'broken', sentence: 'It is broken.' });
    // The last page: Home opened there waits for no first look.
    for (const at of [19, 20, 21, 22, 23])
      await looked(store, `d${at}.test`, { verdict: 'enforced', sentence: 'All is well.' });
    const first = textsOf(await ana.home());
    expect(first).toContain('25 domains, 1 with an error. Worst first. 1 to 10 are shown.');
    expect(first.indexOf('d24.test')).toBeLessThan(first.indexOf('d00.test'));
    expect(first).not.toContain('d23.test');
    await ana.press('Next page', 'home');
    await homeWith(ana, 'Page 2 of 3');
    await ana.press('Next page', 'home');
    const last = await homeWith(ana, 'Page 3 of 3');
    expect(last).toContain('d23.test');
    expect(last).not.toContain('Next page');
    const published = () => workspace.wire().filter(({ name }) => name === 'views.publish').length;
    const before = published();
    const opened = () =>
      bot.lines.filter(({ name, kind }) => kind === 'event' && name === 'app_home_opened').length;
    const openedBefore = opened();
    await ana.openHome();
    await ana.openHome();
    await expect.poll(opened).toBe(openedBefore + 2);
    expect(published()).toBe(before);
    await watchAll(store, ['d99.test']);
    await ana.openHome();
    await homeWith(ana, '26 domains');
    expect(published()).toBe(before + 1);
  });

  test('opened before the first look is over, shows what it found when it is', async () => {
    const { store, ana } = await start();
    await watchAll(store, ['a.test']);
    await ana.openHome();
    await homeWith(ana, 'is not looked at yet');
    await looked(store, 'a.test', { verdict: 'broken', sentence: 'It is broken.' });
    await homeWith(ana, 'It is broken.');
  });

  test('checks again, changes and ends', async () => {
    const { store, ana, ben } = await start();
    await watchAll(store, ['a.test']);
    await looked(store, 'a.test');
    await ana.home();
    await ana.press('Check again', 'home');
    await homeWith(ana, 'is looked at again');
    await looked(store, 'a.test', { verdict: 'broken', sentence: 'Now it is broken.' });
    const after = await homeWith(ana, 'Now it is broken.');
    expect(after).not.toContain('is looked at again');
    await watchAll(store, ['a.test'], { conversation: 'C0GENERAL1' });
    await ana.openHome();
    await homeWith(ana, 'C0GENERAL1');
    await ana.press('Change or unwatch…', 'home');
    await ana.modal('Change the watch');
    await ana.choose('Look at it', '24');
    await ana.choose('Tell', mailOps);
    await ana.submit();
    await ana.modal('One conversation hears of it no longer');
    expect(newsIn(ben, '#general')).toHaveLength(1);
    await homeWith(ana, 'once a day');
    expect((await store.watches.find(team, domainName('a.test')))?.watches).toMatchObject([
      { conversation: mailOps, everyHours: 24 },
    ]);
    await ana.press('Unwatch', 'home');
    await homeWith(ana, 'is watched no longer');
    expect(await store.watches.find(team, domainName('a.test'))).toBeUndefined();
    expect(newsIn(ben, '#mail-ops')).toHaveLength(1);
  });

  test('shows nobody whose direct messages hear of a domain', async () => {
    const { store, ana, ben } = await start();
    await watchAll(store, ['a.test'], { conversation: 'D0BENBOT01' });
    expect(textsOf(await ana.home())).toContain('tells direct messages');
    expect(textsOf(await ben.home())).toContain('tells your direct messages with this app');
    // And nobody ends it without their knowing.
    await ana.press('Unwatch', 'home');
    await homeWith(ana, 'is watched no longer');
    const told = await ben.message('@mta-sts', 'ended the watch of');
    expect(textsOf(told.blocks)).toContain('a.test');
    expect(JSON.stringify(told.blocks)).toContain(ana.id);
  });
});

test('nothing of another team is seen, ended or changed', async () => {
  const { store, ana } = await start();
  await watchAll(store, ['example.test', 'secret.test'], { team: other });
  expect(textsOf(await ana.home())).not.toContain('secret.test');
  await ana.command('#mail-ops', '/mta-sts list');
  await ana.message('#mail-ops', 'No domain is watched');
  await ana.command('#mail-ops', '/mta-sts unwatch example.test');
  const answer = await ana.message('#mail-ops', 'is not watched for this conversation');
  expect(textsOf(answer.blocks)).toContain('Nobody in this workspace watches it.');
  await watchAll(store, ['example.test']);
  await ana.command('#mail-ops', '/mta-sts unwatch example.test');
  await ana.message('#mail-ops', 'is watched no longer');
  expect((await store.watches.find(other, example))?.watches).toHaveLength(1);
});

describe('settings', () => {
  test('are asked for by typing, kept, shown again, and told to the channel that gets the summary', async () => {
    const summaries: (Date | undefined)[] = [];
    const { store, ana, ben } = await start(({ store: real }) => ({
      ...real,
      jobs: {
        ...real.jobs,
        digestAt: async (of, at) => {
          await real.jobs.digestAt(of, at);
          summaries.push(at);
        },
      },
    }));
    await ana.command('#general', '/mta-sts settings');
    await ana.modal('Settings of watching');
    expect([ana.text('Quiet from'), ana.text('Post the summary to'), ana.text('On'), ana.text('At')]).toEqual(
      ['', '', '1', '09:00'],
    );
    await ana.choose('Quiet from', '22:00');
    await ana.submit();
    expect(ana.errors()).toEqual({ quiet_to: expect.stringContaining('when the quiet hours end') });
    await ana.choose('Quiet until', '07:30');
    await ana.choose('Post the summary to', '#mail-ops');
    await ana.choose('On', 'Friday');
    await ana.type('Time zone', 'berlin');
    await ana.submit();
    expect(ana.errors()).toEqual({ time_zone: expect.stringContaining('Write `Europe/Berlin`') });
    await ana.type('Time zone', 'Europe/Berlin');
    await ana.submit();
    await ana.modal('Quiet from 22:00 to 07:30 (Europe/Berlin). A summary every Friday at 09:00');
    const timeZone = 'Europe/Berlin';
    const kept = {
      quietHours: { fromMinute: 1320, toMinute: 450, timeZone },
      digest: { conversation: mailOps, weekday: 5, minute: 540, timeZone },
    };
    expect(await store.teams.settings(team)).toEqual(kept);
    // Nothing else makes the first one.
    expect(summaries.map((at) => at?.toLocaleString('en-GB', { timeZone, weekday: 'long' }))).toEqual([
      'Friday',
    ]);
    const news = ben
      .messages('#mail-ops')
      .filter(({ blocks }) => /summary of the watched/.test(textsOf(blocks)));
    expect(news.map(({ ephemeral }) => ephemeral)).toEqual([false]);
    await ana.close();

    await ben.home();
    await watchAll(store, ['example.test']);
    await ben.openHome();
    await homeWith(ben, 'example.test');
    await ben.press('Settings', 'home');
    await ben.modal('Settings of watching');
    expect([ben.text('Quiet from'), ben.text('Post the summary to'), ben.text('Time zone')]).toEqual([
      '22:00',
      mailOps,
      timeZone,
    ]);
    await ben.choose('Quiet from');
    await ben.choose('Quiet until');
    await ben.submit();
    await ben.modal('No quiet hours');
    expect(await store.teams.settings(team)).toEqual({ ...kept, quietHours: undefined });
    // It was told where the summary comes before.
    expect(
      ben.messages('#mail-ops').filter(({ blocks }) => /summary of the watched/.test(textsOf(blocks))),
    ).toHaveLength(1);
  });

  test('do not name a conversation in which nothing can be posted', async () => {
    const { store, ana } = await start();
    await ana.command('#general', '/mta-sts settings');
    await ana.modal('Settings of watching');
    await ana.choose('Post the summary to', '#postmasters');
    await ana.submit();
    expect(ana.errors()).toEqual({ digest_to: expect.stringContaining('/invite @mta-sts') });
    expect((await store.teams.settings(team)).digest).toBeUndefined();
  });
});

describe('while the store is away', () => {
  test.each([
    ['watch example.test', 'The watch was not set up.'],
    ['unwatch example.test', 'The watch was not ended.'],
    ['list', 'What is watched cannot be shown.'],
    ['settings', 'The settings cannot be shown.'],
  ])('%s says what is missing and what works', async (typed, lead) => {
    const { store, away, ana, ben } = await start();
    await watchAll(store, ['a.test']);
    away(true);
    await ana.command('#mail-ops', `/mta-sts ${typed}`);
    const answer = await ana.message('#mail-ops', lead);
    expect(answer.ephemeral).toBe(true);
    expect(textsOf(answer.blocks)).toMatch(
      /Nothing was changed\.[\s\S]*policies, checks and explanations work/,
    );
    expect(newsIn(ben, '#mail-ops')).toEqual([]);
    away(false);
    expect((await store.watches.list(team, { offset: 0, limit: 9 })).total).toBe(1);
  });

  test('Home says so, and what still works; its buttons say so too', async () => {
    const { store, away, ana } = await start();
    await watchAll(store, ['a.test']);
    await ana.home();
    away(true);
    for (const [button, told] of [
      ['Unwatch', 'The watch was not ended.'],
      ['Check again', 'Nothing was looked at.'],
    ] as const) {
      await ana.openHome();
      away(false);
      await ana.openHome();
      await homeWith(ana, 'a.test');
      away(true);
      await ana.press(button, 'home');
      const home = await homeWith(ana, told);
      expect(home).toContain('What this workspace watches cannot be shown');
      expect(home).toContain('What to type, in any conversation');
    }
    await ana.press('Watch a domain', 'home');
    await ana.modal('Watch a domain');
    await ana.type('Domain', 'example.test');
    await ana.choose('Tell', '#mail-ops');
    await ana.submit();
    expect(ana.errors()).toEqual({ watch_domain: expect.stringContaining('Nothing was changed') });
    expect(newsIn(ana, '#mail-ops')).toEqual([]);
    away(false);
    await ana.submit();
    await ana.modal('is watched');
    expect((await store.watches.list(team, { offset: 0, limit: 9 })).total).toBe(2);
  });

  test('records are made all the same, and it is said that they are not kept', async () => {
    const { store, away, ana } = await start();
    away(true);
    await make(ana);
    await ana.message('#general', 'v=STSv1; id=');
    await ana.message('#general', 'Not kept: ');
    away(false);
    expect(await store.publications.of(team, example, 9)).toEqual([]);
  });

  test('for a moment only, records are kept as soon as it is back', async () => {
    const { store, away, ana } = await start();
    away(true);
    await make(ana);
    await ana.message('#general', 'v=STSv1; id=');
    away(false);
    await expect.poll(() => store.publications.of(team, example, 9)).toHaveLength(1);
    expect(ana.messages('#general').some(({ text }) => text.startsWith('Not kept'))).toBe(false);
  });
});

describe('what was made', () => {
  test('is kept, and keeps its id until the policy changes; no id is used twice', async () => {
    const { store, ana } = await start();
    const first = await made(ana);
    await expect
      .poll(() => store.publications.of(team, example, 9))
      .toMatchObject([{ id: first, askedBy: ana.id, record: `v=STSv1; id=${first};` }]);
    const [kept] = await store.publications.of(team, example, 9);
    expect(kept?.policy).toMatch(/^version: STSv1\r?\nmode: testing/);
    expect(await made(ana)).toBe(first);
    const changed = await made(ana, '2592000');
    expect(changed).not.toBe(first);
    // The policy of before, after another one: whoever holds either has to see that it changed.
    const back = await made(ana);
    expect([first, changed]).not.toContain(back);
    await expect.poll(() => store.publications.of(team, example, 9)).toHaveLength(3);
  });
});

describe('a report', () => {
  /** As an earlier look saw it; the domain publishes nothing now. */
  const ledger: LedgerEntry = {
    id: '20261101T080000Z',
    policyHash: 'a'.repeat(64),
    mode: 'enforce',
    maxAgeSeconds: 2_592_000,
    body: 'version: STSv1\nmode: enforce\nmx: *.example.test\nmax_age: 2592000\n',
    firstSeenAt: new Date(Date.now() - 9 * 86_400_000).toISOString(),
    lastSeenAt: new Date(Date.now() - 86_400_000).toISOString(),
    goneAt: null,
  };

  test('rests on what this workspace saw before, and on nothing of another’s', async () => {
    const { store, ana } = await start();
    const removed = /MTA-STS was removed while senders hold its policy/;
    await watchAll(store, ['example.test'], { team: other });
    await looked(store, 'example.test', {}, other, [ledger]);
    await ana.command('#general', '/mta-sts check example.test');
    const without = await ana.message('#general', 'Looked at');
    expect(textsOf(without.blocks)).not.toMatch(removed);
    await watchAll(store, ['example.test']);
    await looked(store, 'example.test', {}, team, [ledger]);
    await ana.command('#mail-ops', '/mta-sts check example.test');
    expect(textsOf((await ana.message('#mail-ops', 'Looked at')).blocks)).toMatch(removed);
  });
});

/** Makes the policy of example.test; answers the id that is shown. */
async function made(person: Person, maxAge?: string): Promise<string | undefined> {
  const shown = () =>
    person.messages('#general').filter(({ blocks }) => /v=STSv1; id=/.test(textsOf(blocks)));
  const before = shown().length;
  await make(person, maxAge);
  const [newest] = await person.until('Records', () => {
    const now = shown();
    return now.length > before ? [now.at(-1)] : undefined;
  });
  return /v=STSv1; id=(\w+);/.exec(textsOf(newest?.blocks))?.[1];
}

async function make(person: Person, maxAge = '604800'): Promise<void> {
  await person.command('#general', '/mta-sts example.test');
  await person.modal('In DNS now');
  await person.choose('Senders may keep', maxAge);
  await person.submit();
  await person.noModal();
}

async function homeWith(person: Person, text: string): Promise<string> {
  return person.until(`Home with ${text}`, ({ home }) =>
    home !== null && textsOf(home).includes(text) ? textsOf(home) : undefined,
  );
}
