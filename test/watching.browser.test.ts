/**
 * Watching as a mail admin meets it, in a real browser: bot, local Slack and a real store in this process. That the
 * looks and the alerts come by themselves is left to the tests of the whole.
 */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeInBrowser } from './browser.ts';
import { type KeptStore, openStore } from './slack/kept-world.ts';
import { domainName } from './slack/slack-world.ts';
import { createWorld, startBot } from './slack/world.ts';

const team = 'T0HOME0001';

await describeInBrowser('watching', (launch) => {
  let browser: Browser;
  let kept: KeptStore;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    [browser, kept] = await Promise.all([launch(), openStore()]);
  });

  afterAll(async () => {
    await browser?.close();
    await kept?.close();
  });

  beforeEach(async () => {
    complaints.length = 0;
    const world = await createWorld('http');
    await startBot(world, undefined, kept.store);
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(8000);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(world.workspace.url);
  });

  afterEach(async () => {
    await page.close();
    await kept.forget(team);
    expect(complaints).toEqual([]);
  });

  const go = (name: RegExp) => page.getByRole('button', { name }).first().click();
  const fromApp = (text: string): Locator =>
    page.getByRole('article', { name: /^MTA-STS/ }).filter({ hasText: text });

  async function type(text: string): Promise<void> {
    const composer = page.getByRole('textbox', { name: /^Message/ });
    await composer.fill(text);
    await composer.press('Enter');
  }

  it('begins with a command, is seen in Home and in the list, and ends in Home', async () => {
    await go(/^mail-ops/);
    await type('/mta-sts watch example.test');
    const answer = fromApp('A look begins now');
    await answer.getByText('Only visible to you').waitFor();
    const news = fromApp('has this app watch example.test for this conversation');
    await news.waitFor();
    expect(await news.getByText('Only visible to you').count()).toBe(0);

    await type('/mta-sts list');
    const list = fromApp('One domain is watched for this conversation.');
    await list.getByRole('button', { name: /^See all in App Home/ }).click();
    await page.getByRole('heading', { name: 'Watched domains' }).waitFor();
    await page.getByText('One domain, without an error. Worst first.').waitFor();
    await page.getByText('is not looked at yet').waitFor();

    await page.getByRole('button', { name: /^Unwatch: example\.test/ }).click();
    const question = page
      .getByRole('alertdialog')
      .or(page.getByRole('dialog', { name: 'Unwatch this domain?' }));
    await question.getByText('Its conversation is told that you ended it.').waitFor();
    await question.getByRole('button', { name: 'Keep it' }).click();
    expect(await kept.store.watches.find(team, domainName('example.test'))).toBeDefined();
    await page.getByRole('button', { name: /^Unwatch: example\.test/ }).click();
    await question.getByRole('button', { name: 'Unwatch' }).click();
    await page.getByText('is watched no longer').waitFor();
    await page.getByRole('heading', { name: /^MTA-STS policies/ }).waitFor();
    expect(await kept.store.watches.find(team, domainName('example.test'))).toBeUndefined();
    await go(/^mail-ops/);
    await fromApp('ended the watch of example.test').waitFor();
  });

  it('asks for an invitation in a private channel, and goes on from there', async () => {
    await go(/^postmasters/);
    await type('/mta-sts watch example.test');
    const refused = fromApp('is not watched');
    await refused.getByText('/invite @mta-sts').waitFor();
    await type('/invite @mta-sts');
    await refused.getByRole('button', { name: /^I have invited it/ }).click();
    await fromApp('A look begins now').waitFor();
    expect(await fromApp('is not watched').count()).toBe(0);
  });

  it('has settings that say what is wrong at the field', async () => {
    await go(/^general/);
    await type('/mta-sts settings');
    const form = page.getByRole('dialog', { name: 'Settings of watching' });
    await form.getByLabel(/^Quiet from/).fill('22:00');
    await form.getByRole('textbox', { name: /^Time zone/ }).fill('berlin');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Choose when the quiet hours end').waitFor();
    await form.getByText('Write Europe/Berlin.').or(form.getByText('Write `Europe/Berlin`.')).waitFor();
    await form.getByLabel(/^Quiet until/).fill('07:30');
    await form.getByRole('textbox', { name: /^Time zone/ }).fill('Europe/Berlin');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Quiet from 22:00 to 07:30 (Europe/Berlin)').waitFor();
    expect((await kept.store.teams.settings(team)).quietHours).toEqual({
      fromMinute: 1320,
      toMinute: 450,
      timeZone: 'Europe/Berlin',
    });
  });
});
