/**
 * Alerts as a mail admin meets them, in a real browser, with `npm run local` as a process of its own: bot, watcher,
 * database, Slack and internet are all real. Nothing here waits for a time of the clock.
 */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeInBrowser } from './browser.ts';
import { type LocalWorld, startLocalWorld } from './local-world.ts';

await describeInBrowser('alerts', (launch) => {
  let browser: Browser;
  let world: LocalWorld;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    [browser, world] = await Promise.all([launch(), startLocalWorld({ store: 'embedded' })]);
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    // A post waits its turn, a look and a job run behind it, and other tests run beside.
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(world.url);
  });

  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  afterEach(() => expect(complaints.splice(0)).toEqual([]));

  const go = (name: RegExp) => page.getByRole('button', { name }).first().click();
  const fromApp = (text: string | RegExp): Locator =>
    page.getByRole('article', { name: /^MTA-STS/ }).filter({ hasText: text });

  async function say(text: string): Promise<void> {
    const composer = page.getByRole('textbox', { name: /^Message/ });
    await composer.fill(text);
    await composer.press('Enter');
  }

  async function openPanel(name: 'Domains' | 'Break something'): Promise<void> {
    const panel = page.getByRole('heading', { name, exact: true, level: 2 });
    if (!(await panel.isVisible())) await page.getByRole('button', { name, exact: true }).click();
    await panel.waitFor();
  }

  async function flip(name: RegExp, on: boolean): Promise<void> {
    await openPanel('Domains');
    const faults = page.getByText(/^Break it: 12 faults/);
    const fault = page.getByRole('switch', { name }).first();
    if (!(await fault.isVisible())) await faults.click();
    await fault.setChecked(on, { force: true });
    await expect.poll(() => fault.isChecked()).toBe(on);
    // Each look at the page would go through its hundreds of domains.
    await page.getByRole('button', { name: 'Close Domains' }).click();
  }

  /** A person's second press within two seconds counts as the same one, and tests are quicker than people. */
  async function pressUntil(button: Locator, seen: Locator): Promise<void> {
    for (let isSeen = false; !isSeen; ) {
      await button.click();
      isSeen = await seen.waitFor({ timeout: 2500 }).then(
        () => true,
        () => false,
      );
    }
  }

  /** In App Home. */
  async function checkAgain(sees: RegExp): Promise<void> {
    await go(/App Home/);
    const button = page.getByRole('button', { name: /^Check again: .*watched\.test/ });
    await pressUntil(button, page.getByText(sees).first());
  }

  /** The card of the incident, whatever it says now. */
  const cardWith = (heading: RegExp): Locator =>
    page
      .getByRole('article', { name: /^MTA-STS/ })
      .filter({ has: page.getByRole('heading', { name: heading }) })
      .last();

  const inThread = (text: string): Locator => page.getByRole('group', { name: 'Thread' }).getByText(text);

  /** As it is drawn, not as it was asked for. */
  const colorOf = (card: Locator): Promise<string> =>
    card
      .locator('.attachment')
      .first()
      .evaluate((bar) => bar.ownerDocument.defaultView.getComputedStyle(bar).borderLeftColor);

  it('an alert is read, acknowledged, and turns green when the fault is mended', async () => {
    await go(/^mail-ops/);
    await say('/mta-sts watch watched.test');
    await fromApp('A look begins now').waitFor();
    await checkAgain(/protected by 2 of 2 hosts/);

    await flip(/certificate of mx1 has expired/, true);
    await checkAgain(/Error: The certificate of an MX host has expired/);
    await go(/^mail-ops/);
    const card = cardWith(/^watched\.test · broken, was enforced$/);
    await card.getByText('mx1.watched.test would be refused').waitFor();
    await card.getByText('Renew the certificate').waitFor();
    await card.getByText('Nobody has acknowledged it yet').waitFor();
    expect(await colorOf(card)).toBe(red);
    // Everybody in the channel sees it.
    expect(await card.getByText('Only visible to you').count()).toBe(0);

    await card.getByRole('button', { name: /^Acknowledge/ }).click();
    await card
      .getByText(/Acknowledged by @Ana/)
      .first()
      .waitFor();
    expect(await colorOf(card)).toBe(yellow);
    expect(await card.getByRole('button', { name: /^Acknowledge/ }).count()).toBe(0);
    await inThread('acknowledged this.').waitFor();

    await flip(/certificate of mx1 has expired/, false);
    await card.getByRole('button', { name: /^Check again/ }).click();
    const mended = cardWith(/^watched\.test · enforced$/);
    await mended.getByText(/Mended after/).waitFor();
    expect(await colorOf(mended)).toBe(green);
    await mended.getByText('The certificate of an MX host has expired').first().waitFor();
    expect(await mended.getByRole('button', { name: /^(Acknowledge|Snooze|Explain)/ }).count()).toBe(0);
    await inThread('All is mended on watched.test').waitFor();
    await fromApp('watched.test: enforced').getByText('Only visible to you').waitFor();
    // One card for all of it.
    expect(await page.getByRole('heading', { name: /^watched\.test · / }).count()).toBe(1);
  });

  it('a channel is archived: the owner hears of it once, and resumes', async () => {
    await go(/^mail-ops/);
    await go(/^This channel/);
    await page.getByRole('menuitem', { name: /^Archive/ }).click();
    await page.getByText('This channel is archived').waitFor();
    await flip(/certificate of mx1 has expired/, true);
    await checkAgain(/paused: that channel is archived|Error: The certificate/);

    await go(/^mta-sts/);
    const notice = fromApp('is archived').last();
    await notice.getByText('watched.test').first().waitFor();
    expect(await notice.count()).toBe(1);
    await notice.getByRole('button', { name: /^Resume/ }).click();
    await fromApp('is still archived').waitFor();

    await go(/^mail-ops/);
    await go(/^This channel/);
    await page.getByRole('menuitem', { name: /^Unarchive/ }).click();
    await page.getByRole('textbox', { name: 'Message #mail-ops' }).waitFor();
    await go(/^mta-sts/);
    await pressUntil(notice.getByRole('button', { name: /^Resume/ }), fromApp('A look begins now'));
    await go(/^mail-ops/);
    await cardWith(/^watched\.test · broken/)
      .getByText('Nobody has acknowledged it yet')
      .waitFor();
  });

  it('the store is away: it says so in words, loses nothing, and recovers', async () => {
    await go(/^mail-ops/);
    const card = cardWith(/^watched\.test · broken/);
    await openPanel('Break something');
    await page.getByRole('switch', { name: /store is away/ }).setChecked(true, { force: true });
    await card.getByRole('button', { name: /^Acknowledge/ }).click();
    await fromApp('cannot be reached at this moment, so nothing was changed').waitFor();
    // What needs no memory goes on.
    await say('/mta-sts check watched.test');
    await fromApp('watched.test: broken').getByText('Only visible to you').waitFor();

    await page.getByRole('switch', { name: /store is away/ }).setChecked(false, { force: true });
    const acknowledge = card.getByRole('button', { name: /^Acknowledge/ });
    await pressUntil(acknowledge, card.getByText(/Acknowledged by @Ana/).first());
    await flip(/certificate of mx1 has expired/, false);
    await checkAgain(/protected by 2 of 2 hosts/);
    await go(/^mail-ops/);
    await cardWith(/^watched\.test · enforced$/)
      .getByText(/Mended after/)
      .waitFor();
  });
});

const red = 'rgb(224, 30, 90)';
const yellow = 'rgb(236, 178, 46)';
const green = 'rgb(46, 182, 125)';
