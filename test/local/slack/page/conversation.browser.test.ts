/** The page's conversations in Chromium: texts of others, composer, threads, copying, scrolling, keyboard, contrast. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PageMessage, PageState } from '../../../../src/local/slack/page/protocol.ts';
import { describeInBrowser } from '../../../browser.ts';
import { faintTexts } from './contrast.ts';
import { createStage, message, mrkdwn, option, pageState, plain, type Stage, view } from './stage.ts';

const policy = 'version: STSv1\nmode: testing\nmx: *.example.test\nmax_age: 604800\n';
const richText = (text: string) => ({
  type: 'rich_text',
  block_id: 'policy',
  elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
});
const said = (count: number): PageMessage[] =>
  Array.from({ length: count }, (_, index) =>
    message({ ts: `17955${String(index).padStart(5, '0')}.000100`, user: 'U0BEN', text: `message ${index}` }),
  );

await describeInBrowser('conversations', (launch) => {
  let browser: Browser;
  let stage: Stage;
  let page: Page;
  let problems: string[];
  beforeAll(async () => {
    browser = await launch();
    stage = await createStage(pageState());
    ({ page, problems } = await stage.open(browser));
  });
  afterAll(async () => {
    await browser.close();
    await stage.stop();
  });
  beforeEach(async () => {
    await stage.reset(page);
  });
  afterEach(() => {
    expect(problems.splice(0)).toEqual([]);
    expect(stage.missing).toEqual([]);
  });
  const composer = () => page.getByLabel('Message #general');
  const clipboard = () => page.evaluate('navigator.clipboard.readText()');
  const faint = async () =>
    page.locator((await page.locator('.modal').count()) > 0 ? '.modal' : 'body').evaluate(faintTexts);

  test('what others wrote stays text, wherever it stands', async () => {
    const evil = '<img src=x onerror=alert(1)><script>alert(1)</script>" onload="alert(1)';
    const escaped = evil.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    const state: PageState = pageState(
      [
        message({ user: 'U0EVIL', text: escaped, ts: '1.1' }),
        message({ user: 'constructor', text: `<javascript:alert(1)|${escaped}> <@__proto__>`, ts: '1.2' }),
        message({
          ts: '1.3',
          blocks: [
            { type: 'section', block_id: 'a', text: mrkdwn(escaped), fields: [plain(evil)] },
            { type: 'header', block_id: 'b', text: plain(evil) },
            { type: 'alert', block_id: 'c', level: 'constructor', text: plain(evil) },
            { ...richText(evil), block_id: 'd' },
            {
              type: 'rich_text',
              block_id: 'e',
              elements: [
                {
                  type: 'rich_text_section',
                  elements: [
                    { type: 'link', url: 'javascript:alert(1)', text: evil },
                    { type: 'user', user_id: '__proto__' },
                    { type: 'emoji', name: 'constructor', unicode: 'ffffff' },
                    { type: 'date', timestamp: 9e15, format: '{constructor}', fallback: evil },
                  ],
                },
              ],
            },
            { type: 'table', block_id: 'f', rows: [[{ type: 'raw_text', text: evil }]] },
            { type: 'image', block_id: 'g', image_url: 'https://elsewhere.example/x.png', alt_text: evil },
            { type: '<b>', block_id: '__proto__' },
            {
              type: 'actions',
              block_id: 'constructor',
              elements: [{ type: 'button', action_id: 'toString', text: plain(evil) }, { type: evil }],
            },
            { type: 'section' },
            { type: 'rich_text' },
            { type: 'input', block_id: 'h' },
          ],
        }),
      ],
      {
        workspace: { name: evil, teamId: 'T0' },
        users: [{ id: 'U0EVIL', name: evil, realName: evil, foreign: true, isBot: false }],
        scenarios: [{ domain: evil, title: evil, group: evil, records: [evil] }],
        wire: [
          {
            id: 1,
            at: '2026-11-24T00:00:00Z',
            direction: 'to-bot',
            name: evil,
            durationMs: 1,
            outcome: evil,
            failed: true,
            request: evil,
            response: evil,
          },
        ],
        faults: [{ id: evil, title: evil, description: evil, on: true }],
        switches: [{ id: evil, domain: evil, title: evil, description: evil, on: true }],
      },
    );
    stage.show(state);
    await page.locator('.message').nth(2).waitFor();
    for (const name of ['Domains', 'Wire', 'Break something']) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByRole('complementary', { name }).waitFor();
      if (name === 'Wire') await page.locator('.wire-row').click();
    }
    expect(
      await page
        .locator('img, script:not([src]), iframe, [onerror], [onload], a[href^="javascript"]')
        .count(),
    ).toBe(0);
    expect(await page.locator('.message').nth(2).textContent()).toContain(evil);
  });

  test('a command is completed with the keyboard and goes to the bot as it stands', async () => {
    await composer().focus();
    await page.keyboard.type('/');
    await page.getByRole('option', { name: /\/mta-sts \[domain\]/ }).waitFor();
    await page.keyboard.press('Tab');
    expect(await composer().inputValue()).toBe('/mta-sts ');
    await page.getByRole('option', { name: /example\.test/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    expect(await page.getByRole('listbox').getByRole('option', { selected: true }).textContent()).toContain(
      'example.test',
    );
    await page.keyboard.press('Enter');
    expect(await composer().inputValue()).toBe('/mta-sts example.test');
    expect(stage.actions).toEqual([]);
    await page.keyboard.press('Enter');
    await expect
      .poll(() => stage.actions)
      .toEqual([
        { kind: 'compose', user: 'U0ANA', conversation: 'C0GENERAL', text: '/mta-sts example.test' },
      ]);
    expect(await composer().inputValue()).toBe('');
  });

  test('what could not be sent comes back, with a note that says why', async () => {
    stage.answer(() => ({ ok: false, note: '/mta-sts failed because the app did not respond.' }));
    await composer().fill('/mta-sts x');
    await composer().press('Enter');
    await page.getByRole('status').getByText('the app did not respond').waitFor();
    expect(await composer().inputValue()).toBe('/mta-sts x');
  });

  test('a draft survives a look into another conversation and any update', async () => {
    await composer().fill('half a sen');
    await page.getByRole('button', { name: 'other' }).click();
    await page.getByLabel('Message #other').waitFor();
    await page.getByRole('button', { name: 'general' }).click();
    await composer().press('End');
    stage.show(pageState(said(3)));
    await page.getByText('message 2').waitFor();
    await page.keyboard.type('tence');
    expect(await composer().inputValue()).toBe('half a sentence');
  });

  test('one click, or Enter, copies a preformatted text exactly', async () => {
    stage.show(pageState([message({ blocks: [richText(policy)] })]));
    const copy = page.locator('.pre .copy');
    await copy.click();
    await page.getByText('Copied').waitFor();
    await expect.poll(clipboard).toBe(policy);
    await page.evaluate('navigator.clipboard.writeText("")');
    await copy.press('Enter');
    await expect.poll(clipboard).toBe(policy);
  });

  test('the newest message stays in sight, and who reads further up is left there', async () => {
    stage.show(pageState(said(60)));
    await page.getByText('message 59', { exact: true }).waitFor();
    const fromEnd = () =>
      page
        .getByRole('log')
        .evaluate((log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight));
    await expect.poll(fromEnd).toBe(0);
    stage.show(pageState(said(61)));
    await page.getByText('message 60', { exact: true }).waitFor();
    await expect.poll(fromEnd).toBe(0);
    await page.getByRole('log').evaluate((log) => log.scrollTo({ top: 200 }));
    await expect.poll(fromEnd).toBeGreaterThan(500);
    // The browser tells the page of it with the next picture.
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    stage.show(pageState(said(62)));
    await page.getByRole('button', { name: 'New messages' }).waitFor();
    expect(await page.getByRole('log').evaluate((log) => log.scrollTop)).toBe(200);
    await page.getByRole('button', { name: 'New messages' }).click();
    await expect.poll(fromEnd).toBe(0);
  });

  test('a message higher than the window is shown from its beginning, and the next one is followed', async () => {
    const long = message({ ts: '1795500100.000100', text: 'the beginning\n'.concat('line\n'.repeat(80)) });
    stage.show(pageState([...said(20), long]));
    const top = () =>
      page
        .getByRole('article')
        .filter({ hasText: 'the beginning' })
        .evaluate((article) =>
          Math.round(
            article.getBoundingClientRect().top - article.closest('.messages').getBoundingClientRect().top,
          ),
        );
    await expect.poll(top).toBe(0);
    stage.show(pageState([...said(20), long, message({ ts: '1795500101.000100', text: 'next' })]));
    await expect.poll(top).toBeLessThan(-500);
    expect(await page.getByRole('button', { name: 'New messages' }).count()).toBe(0);
  });

  test('a message that did not change is not drawn again', async () => {
    stage.show(pageState(said(5)));
    await page.getByText('message 4').waitFor();
    const log = page.getByRole('log');
    await log.evaluate((root) => {
      const view = root.ownerDocument.defaultView;
      view.changes = 0;
      const watch = new view.MutationObserver((records: unknown[]) => {
        view.changes += records.length;
      });
      watch.observe(root, { attributes: true, characterData: true, childList: true, subtree: true });
    });
    stage.show(pageState(said(5), { transport: 'http' }));
    await page.getByText('Connected over signed HTTP').waitFor();
    expect(await page.evaluate('changes')).toBe(0);
  });

  test('a reply goes into the thread, which stands below its message', async () => {
    stage.show(pageState([message({ user: 'U0BEN', text: 'question' })]));
    await page.getByRole('article').hover();
    await page.getByRole('button', { name: 'Reply in thread' }).click();
    await expect.poll(() => page.locator(':focus').getAttribute('aria-label')).toBe('Reply…');
    await page.keyboard.type('answer');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => stage.actions)
      .toMatchObject([{ kind: 'compose', text: 'answer', threadTs: '1795500000.000100' }]);
    stage.show(
      pageState([
        message({ user: 'U0BEN', text: 'question' }),
        message({ user: 'U0ANA', text: 'answer', ts: '1795500001.000100', threadTs: '1795500000.000100' }),
      ]),
    );
    await page.getByRole('button', { name: '1 reply' }).waitFor();
    await page.getByRole('group', { name: 'Thread' }).getByText('answer').waitFor();
    await page.getByRole('button', { name: '1 reply' }).click();
    expect(await page.getByText('answer', { exact: true }).count()).toBe(0);
  });

  test('a reply that stands in the channel too says to what, and is answered in its thread', async () => {
    const root = message({ text: 'a.test: *broken*, since <!date^1795500000^{time}|then>\nmore' });
    stage.show(
      pageState([
        root,
        message({ text: 'mended', ts: '1795500001.000100', threadTs: root.ts, broadcast: true }),
      ]),
    );
    await page.getByRole('button', { name: '1 reply' }).waitFor();
    const inChannel = page.getByRole('article').filter({ hasText: 'replied to' });
    expect(await inChannel.locator('.in-reply-to').innerText()).toMatch(
      /^replied to\s+a\.test: broken, since [\d:]+/,
    );
    expect(await page.getByText('mended', { exact: true }).count()).toBe(2);
    await inChannel.hover();
    await inChannel.getByRole('button', { name: 'Reply in thread' }).click();
    await expect.poll(() => page.locator(':focus').getAttribute('aria-label')).toBe('Reply…');
    await page.keyboard.type('thanks');
    await page.keyboard.press('Enter');
    await expect.poll(() => stage.actions).toMatchObject([{ text: 'thanks', threadTs: root.ts }]);
  });

  test('the menu of a channel says what can be done to it now', async () => {
    const open = async (name: string) => {
      await page.getByRole('button', { name: new RegExp(`^${name}( archived)?$`) }).click();
      await page.getByRole('button', { name: 'This channel' }).click();
      return page.getByRole('menuitem').locator('strong').allTextContents();
    };
    expect(await open('general')).toEqual(['Remove MTA-STS', 'Archive']);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const state = pageState();
    const conversations = state.conversations.map((each) => ({
      ...each,
      archived: each.name === 'general',
      botIsMember: false,
    }));
    stage.show({ ...state, conversations });
    await page.getByText('This channel is archived').waitFor();
    expect(await open('general')).toEqual(['Unarchive']);
    await page.keyboard.press('Enter');
    expect(await open('other')).toEqual(['Add MTA-STS', 'Archive']);
    await page.keyboard.press('Enter');
    const change = { kind: 'channel', user: 'U0ANA' };
    await expect
      .poll(() => stage.actions)
      .toEqual([
        { ...change, conversation: 'C0GENERAL', change: 'archive' },
        { ...change, conversation: 'C0GENERAL', change: 'unarchive' },
        { ...change, conversation: 'C0OTHER', change: 'invite-app' },
      ]);
    // Direct messages have none.
    await page.getByRole('button', { name: 'mta-sts', exact: true }).click();
    await expect.poll(() => page.getByRole('button', { name: 'This channel' }).count()).toBe(0);
  });

  test('only you, edited, and files are said in words', async () => {
    const files = [{ id: 'F1', name: 'mta-sts.txt', size: 2048, url: '/local/files/F1/mta-sts.txt' }];
    stage.show(pageState([message({ text: 'x', ephemeral: true, edited: true, files })]));
    await page.getByText('Only visible to you').waitFor();
    await page.getByText('(edited)').waitFor();
    const file = page.getByRole('link', { name: /mta-sts\.txt 2\.0 KB/ });
    expect(await file.getAttribute('download')).toBe('mta-sts.txt');
  });

  test('a press on a message’s button and a choice in it tell the bot where', async () => {
    const elements = [
      { type: 'button', action_id: 'edit', text: plain('Edit') },
      {
        type: 'static_select',
        action_id: 'pick',
        placeholder: plain('Pick'),
        options: [option('a'), option('b')],
      },
    ];
    stage.show(pageState([message({ blocks: [{ type: 'actions', block_id: 'x', elements }] })]));
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Pick').selectOption('b');
    const container = { kind: 'message', conversation: 'C0GENERAL', ts: '1795500000.000100' };
    await expect
      .poll(() => stage.actions)
      .toEqual([
        { kind: 'act', user: 'U0ANA', container, blockId: 'x', actionId: 'edit' },
        {
          kind: 'act',
          user: 'U0ANA',
          container,
          blockId: 'x',
          actionId: 'pick',
          value: { type: 'static_select', selected_option: option('b') },
        },
      ]);
  });

  test('what is attached stands below the blocks beside its colour, and can be used', async () => {
    const button = { type: 'button', action_id: 'take', text: plain('Take it') };
    const attached = (color: string) => ({
      color,
      blocks: [
        { type: 'section', block_id: 'state', text: mrkdwn(`*Open*, ${color}`) },
        { type: 'actions', block_id: 'of-take', elements: [button] },
      ],
    });
    const blocks = [{ type: 'header', block_id: 'head', text: plain('example.test') }];
    const show = (color: string) =>
      stage.show(pageState([message({ blocks, attachments: [attached(color)] })]));
    for (const [color, drawn] of [
      ['#e01e5a', 'rgb(224, 30, 90)'],
      ['good', 'rgb(46, 182, 125)'],
      // Only colours of Slack's own kind reach the page's style.
      ['red;background:url(x)', 'rgb(125, 139, 147)'],
    ] as const) {
      show(color);
      await page.getByText(`Open, ${color}`).waitFor();
      await expect
        .poll(() => page.evaluate('getComputedStyle(document.querySelector(".attachment")).borderLeftColor'))
        .toBe(drawn);
    }
    await page.getByRole('button', { name: 'Take it' }).click();
    await expect
      .poll(() => stage.actions)
      .toMatchObject([{ kind: 'act', blockId: 'of-take', actionId: 'take', container: { kind: 'message' } }]);
  });

  test('the lab: a domain goes into the composer, a fault is switched, the transport changes', async () => {
    await page.getByRole('button', { name: 'Domains' }).click();
    await page.getByRole('button', { name: /example\.test.*Try/ }).click();
    await expect.poll(() => composer().inputValue()).toBe('/mta-sts example.test');
    await page.getByRole('button', { name: 'Break something' }).click();
    await page.getByRole('switch', { name: /Slack is slow/ }).check({ force: true });
    await page.getByRole('button', { name: 'Signed HTTP' }).click();
    await page.getByRole('button', { name: 'Reset the workspace' }).click();
    await page.getByRole('button', { name: 'Start over' }).click();
    await expect
      .poll(() => stage.actions)
      .toEqual([
        { kind: 'fault', id: 'slow-slack', on: true },
        { kind: 'transport', transport: 'http' },
        { kind: 'reset' },
      ]);
  });

  test('many domains stand in groups, and a word finds those it fits', async () => {
    const scenario = (name: string, group: string) => ({
      domain: `${name}.test`,
      title: `Shows ${name}`,
      group,
      records: [`${name}.test A 192.0.2.1`],
    });
    const names = Array.from({ length: 20 }, (_, at) => `many${at}`);
    const scenarios = [...names.map((name) => scenario(name, 'Many')), scenario('rare', 'Few')];
    stage.show(pageState([], { scenarios }));
    await page.getByRole('button', { name: 'Domains' }).click();
    const tries = page.getByRole('button', { name: /Try$/ });
    await page.getByText('Many', { exact: true }).waitFor();
    expect(await tries.count()).toBe(0);
    await page.getByText('Many', { exact: true }).click();
    await expect.poll(() => tries.count()).toBe(20);
    await page.getByLabel('Find a domain or a fault').fill('Rare');
    await expect.poll(() => tries.count()).toBe(1);
    await tries.click();
    await expect.poll(() => composer().inputValue()).toBe('/mta-sts rare.test');
    await page.getByLabel('Find a domain or a fault').fill('nobody');
    await page.getByText('No domain fits.').waitFor();
  });

  const fault = (name: string, on: boolean) => ({
    id: `example.test/${name}`,
    domain: 'example.test',
    title: `The ${name} is gone`,
    description: 'As it happens.',
    on,
  });

  test('a domain is broken and mended with the keyboard, and says what is on', async () => {
    stage.show(pageState([], { switches: [fault('record', false), fault('policy', true)] }));
    await page.getByRole('button', { name: 'Domains', exact: true }).click();
    const faults = page.getByText('Break it: 2 faults');
    await page.getByText('1 on', { exact: true }).waitFor();
    await faults.focus();
    await page.keyboard.press('Enter');
    expect(await page.getByRole('switch', { name: /policy is gone/ }).isChecked()).toBe(true);
    const record = page.getByRole('switch', { name: /record is gone/ });
    await record.focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Mend all of it' }).click();
    await expect
      .poll(() => stage.actions)
      .toEqual([
        { kind: 'switch', id: 'example.test/record', on: true },
        { kind: 'switch', id: 'example.test/policy', on: false },
      ]);
    stage.show(pageState([], { switches: [fault('record', false), fault('policy', false)] }));
    await expect.poll(() => page.getByText(/^[12] on$/).count()).toBe(0);
  });

  test('the bot is killed, its store is paused, and a domain is one press away', async () => {
    const switches = [fault('record', true)];
    stage.show(pageState([], { switches, machine: { storePaused: false } }));
    await page.getByRole('button', { name: 'Break something' }).click();
    await page.getByRole('switch', { name: /store is away/ }).check({ force: true });
    await page.getByRole('button', { name: 'Kill the bot' }).click();
    await expect.poll(() => stage.actions).toEqual([{ kind: 'pause-store', on: true }, { kind: 'kill-bot' }]);
    await page
      .getByText('example.test can be broken and mended while everything runs: 1 fault on now.')
      .waitFor();
    await page.getByRole('button', { name: 'Break a domain…' }).click();
    await page.getByRole('complementary', { name: 'Domains' }).waitFor();
    stage.show(pageState([], { machine: { storePaused: null } }));
    await page.getByRole('button', { name: 'Break something' }).click();
    expect(await page.getByRole('switch', { name: /store/ }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Break a domain…' }).count()).toBe(0);
  });

  test('the wire can be filtered, and shows what failed', async () => {
    const entry = {
      at: '2026-11-24T00:00:00Z',
      durationMs: 12,
      request: '{"channel": "C1"}',
      response: '{"ok": true}',
    };
    stage.show(
      pageState([], {
        wire: [
          {
            ...entry,
            id: 2,
            direction: 'to-bot',
            name: 'slash_commands',
            outcome: 'no answer in 3 s',
            failed: true,
          },
          { ...entry, id: 1, direction: 'from-bot', name: 'chat.postMessage', outcome: 'ok', failed: false },
        ],
      }),
    );
    await page.getByRole('button', { name: 'Wire' }).click();
    await expect.poll(() => page.locator('.wire-row').count()).toBe(2);
    await page.getByRole('button', { name: 'Failed' }).click();
    await expect
      .poll(() => page.locator('.wire-row').allTextContents())
      .toEqual([expect.stringContaining('no answer in 3 s')]);
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.getByLabel('Filter by name or content').fill('postmessage');
    await expect.poll(() => page.locator('.wire-row').count()).toBe(1);
    await page.locator('.wire-row').click();
    expect(await page.locator('.wire-detail pre').first().textContent()).toBe('{"channel": "C1"}');
  });

  test('with the keyboard alone: skip link, conversation, shortcut', async () => {
    await page.reload();
    await composer().waitFor();
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the conversation');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator(':focus').getAttribute('id')).toBe('main');
    await composer().focus();
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Shortcuts');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator(':focus').getAttribute('role')).toBe('menuitem');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => stage.actions)
      .toEqual([{ kind: 'shortcut', user: 'U0ANA', callbackId: 'new_policy' }]);
  });

  test('whoever acts is in the address, so that two windows can be two people', async () => {
    await page.getByLabel('You act as').selectOption('Ben Okafor');
    await expect.poll(() => page.url()).toContain('user=U0BEN');
  });

  test('at 360 pixels nothing is wider than the window, and the conversations are one press away', async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    const long = `${'a-very-long-label.'.repeat(20)}test`;
    stage.show(
      pageState([
        message({
          blocks: [
            { type: 'section', block_id: 's', text: mrkdwn(`\`${long}\` ${long}`) },
            richText(long.repeat(3)),
          ],
        }),
      ]),
    );
    await page.getByRole('article').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(await page.getByRole('log').evaluate((log) => log.scrollWidth)).toBe(360);
    await page.getByRole('button', { name: 'Conversations' }).click();
    await page.getByRole('button', { name: 'other' }).click();
    await page.getByLabel('Message #other').waitFor();
    await page.getByRole('button', { name: 'This channel' }).click();
    const menu = await page.getByRole('menu').boundingBox();
    expect(menu?.x).toBeGreaterThanOrEqual(0);
    expect((menu?.x ?? 0) + (menu?.width ?? 0)).toBeLessThanOrEqual(360);
    await page.keyboard.press('Escape');
    stage.show(pageState([], { switches: [fault(long, true)] }));
    await page.getByRole('button', { name: 'Domains', exact: true }).click();
    await page.getByText('Break it: 1 fault').click();
    expect(await page.locator('.panel-scroll').evaluate((panel) => panel.scrollWidth)).toBe(360);
  });

  test.each(['light', 'dark'] as const)('%s: every text has the contrast of WCAG AA', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    const elements = [
      { type: 'button', action_id: 'a', text: plain('Edit') },
      { type: 'button', action_id: 'b', text: plain('Post'), style: 'primary' },
      { type: 'button', action_id: 'c', text: plain('Remove'), style: 'danger' },
      { type: 'timepicker', action_id: 'd', initial_time: '22:00', timezone: 'Europe/Berlin' },
      { type: 'overflow', action_id: 'e', options: [option('a', 'About a')] },
    ];
    const levels = ['default', 'info', 'warning', 'error', 'success'];
    const blocks = [
      {
        type: 'section',
        block_id: 's',
        text: mrkdwn('`code` <https://a.example|link> <@U0ANA> <@U0BEN> <!here>'),
      },
      { type: 'context', block_id: 'c', elements: [mrkdwn('small `code`')] },
      { type: 'actions', block_id: 'x', elements },
      ...levels.map((level) => ({ type: 'alert', block_id: level, level, text: mrkdwn('told') })),
      richText(policy),
      {
        type: 'table',
        block_id: 't',
        rows: [[{ type: 'raw_text', text: 'head' }], [{ type: 'raw_text', text: 'cell' }]],
      },
    ];
    const wire = {
      id: 1,
      at: '2026-11-24T00:00:00Z',
      direction: 'to-bot',
      durationMs: 1,
      request: '{"a": 1}',
      response: '',
    } as const;
    const state = pageState(
      [
        message({ ts: '1.1', blocks, files: [{ id: 'F', name: 'f', size: 1, url: '/f' }] }),
        message({
          ts: '1.2',
          user: 'U0BEN',
          text: '<https://a.example|link> `code`',
          ephemeral: true,
          edited: true,
        }),
        message({ ts: '1.3', threadTs: '1.1', text: 'mended', broadcast: true }),
      ],
      {
        switches: [fault('record', true)],
        machine: { storePaused: true },
        wire: [
          { ...wire, name: 'n', outcome: 'bad', failed: true },
          { ...wire, id: 2, name: 'm', outcome: 'ok', failed: false },
        ],
      },
    );
    stage.show(state);
    await page.getByRole('article').nth(1).waitFor();
    for (const name of ['Domains', 'Break something', 'Wire']) {
      await page.getByRole('button', { name, exact: true }).click();
      if (name === 'Domains') await page.getByText('Break it: 1 fault').click();
      expect(await faint(), name).toEqual([]);
    }
    await page.getByRole('button', { name: 'More actions' }).click();
    expect(await faint(), 'menu').toEqual([]);
    await page.keyboard.press('Escape');
    await page.locator('.wire-row').first().click();
    await composer().fill('/mta-sts ');
    await page.getByRole('listbox').getByRole('option').first().waitFor();
    expect(await faint()).toEqual([]);
    const input = {
      type: 'input',
      block_id: 'i',
      label: plain('Label'),
      hint: plain('hint'),
      optional: true,
    };
    const field = { type: 'plain_text_input', action_id: 'i', placeholder: plain('placeholder') };
    stage.show({
      ...state,
      views: [view([...blocks, { ...input, element: field }], { errors: { i: 'wrong' } })],
    });
    await page.getByText('wrong').waitFor();
    expect(await faint()).toEqual([]);
  });
});
