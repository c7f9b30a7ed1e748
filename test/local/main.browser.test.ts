/**
 * The local world in a browser: a domain is broken on the page, the check sees it, and sees it mended; a channel
 * is lost and got back. Everything behind the page is real, `src/local/main.ts` a process of its own.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeInBrowser } from '../browser.ts';
import { type LocalWorld, startLocalWorld } from '../local-world.ts';

await describeInBrowser('the local world', (launch) => {
  let browser: Browser;
  let world: LocalWorld;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    [browser, world] = await Promise.all([launch(), startLocalWorld()]);
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(8000);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(world.url);
    await page.getByRole('button', { name: 'Domains', exact: true }).click();
    await page.getByText('Break it: 12 faults').click();
  });

  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  afterEach(() => expect(complaints.splice(0)).toEqual([]));

  async function say(text: string): Promise<void> {
    const composer = page.getByRole('textbox', { name: /^Message/ });
    await composer.fill(text);
    await composer.press('Enter');
  }

  /** The newest report on watched.test must come to this. */
  async function check(verdict: string, finding?: string): Promise<void> {
    const headings = page.getByRole('heading', { name: /^watched\.test: / });
    const before = await headings.count();
    await say('/mta-sts check watched.test');
    await expect.poll(() => headings.count()).toBe(before + 1);
    await expect.poll(() => headings.last().textContent()).toBe(`watched.test: ${verdict}`);
    const report = page.getByRole('article').filter({ has: headings.last() }).last();
    if (finding === undefined) expect(await report.innerText()).not.toMatch(/^(Error|Warning): /m);
    else await report.getByText(finding).waitFor();
  }

  const flip = (name: RegExp) => page.getByRole('switch', { name }).first().click({ force: true });

  const faults: readonly [name: RegExp, verdict: string, finding: string][] = [
    [/certificate of mx1 has expired/, 'broken', 'Error: The certificate of an MX host has expired'],
    [/policy host is down/, 'broken', 'Error: The policy host takes no connection on port 443'],
    [/TXT record is gone/, 'off', 'A policy is served and no record asks for it'],
  ];

  it.for(faults)('a domain is broken (%s), and mended', async ([name, verdict, finding]) => {
    await flip(name);
    await page.getByText('1 on', { exact: true }).waitFor();
    await check(verdict, finding);
    await page.getByRole('button', { name: 'Mend all of it' }).click();
    await expect.poll(() => page.getByText('1 on', { exact: true }).count()).toBe(0);
    await check('enforced');
  });

  it('a channel is archived and brought back, the app invited as it asks to be', async () => {
    await page.getByRole('button', { name: 'postmasters' }).click();
    await page.getByText('The app is not a member here').waitFor();
    await say('/invite @mta-sts');
    await page.getByRole('status').getByText('MTA-STS was added to #postmasters.').waitFor();
    expect(await page.getByText('The app is not a member here').count()).toBe(0);
    await page.getByRole('button', { name: 'This channel' }).click();
    await page.getByRole('menuitem', { name: /^Archive/ }).click();
    await page.getByText('This channel is archived').waitFor();
    await page.getByRole('button', { name: 'This channel' }).click();
    await page.getByRole('menuitem', { name: /^Unarchive/ }).click();
    await page.getByRole('textbox', { name: 'Message #postmasters' }).waitFor();
  });

  it('the bot is killed and answers again', async () => {
    await page.getByRole('button', { name: 'Break something' }).click();
    await page.getByRole('button', { name: 'Kill the bot' }).click();
    await page.getByText('MTA-STS is not connected').waitFor();
    await page.getByText('Connected over Socket Mode').waitFor({ timeout: 20_000 });
    await say('/mta-sts help');
    await page
      .getByRole('article', { name: /^MTA-STS/ })
      .last()
      .waitFor();
  });
});
