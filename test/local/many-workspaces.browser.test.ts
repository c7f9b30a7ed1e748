/**
 * Many workspaces in a browser: the app is installed in one, then in the other, each with its own consent, and
 * uninstalled. Everything behind the page is real, `src/local/main.ts` a process of its own.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeInBrowser } from '../browser.ts';
import { type LocalWorld, startLocalWorld } from '../local-world.ts';

/** With a folder's name the pages are kept there as pictures. */
const { PICTURES: pictures = '' } = process.env;

await describeInBrowser('two workspaces', (launch) => {
  let browser: Browser;
  let context: BrowserContext;
  let world: LocalWorld;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    [browser, world] = await Promise.all([launch(), startLocalWorld()]);
    context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
    page = await context.newPage();
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

  async function picture(name: string): Promise<void> {
    if (pictures === '') return;
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${pictures}/${name}-${colorScheme}.png` });
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }

  async function say(text: string, channel: string): Promise<void> {
    await page.getByRole('button', { name: new RegExp(`^${channel}`) }).click();
    const composer = page.getByRole('textbox', { name: /^Message/ });
    await composer.fill(text);
    await composer.press('Enter');
  }

  /** From the link on the page to the app in its workspace. */
  async function install(workspace: string): Promise<void> {
    await page.getByRole('link', { name: 'Install MTA-STS' }).click();
    await page.getByRole('heading', { name: 'Add MTA-STS to Slack' }).waitFor();
    await page.getByRole('link', { name: 'Add to Slack' }).click();
    await page.getByRole('heading', { name: 'MTA-STS asks for permission' }).waitFor();
    // The one that does not have it yet is offered first.
    expect(await page.getByRole('radio', { name: workspace }).isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('heading', { name: 'MTA-STS is in Slack' }).waitFor();
    await page.getByText(`installed in ${workspace}`).waitFor();
  }

  it('begin with the third way to reach the bot', async () => {
    await page.getByRole('button', { name: 'Break something', exact: true }).click();
    await page.getByRole('button', { name: 'Many workspaces' }).click();
    await page.getByText('Connected over signed HTTP, OAuth').waitFor();
    await picture('not-installed');
  });

  it('can refuse, and are told that nothing has changed', async () => {
    await page.getByRole('link', { name: 'Install MTA-STS' }).click();
    await picture('install');
    await page.getByRole('link', { name: 'Add to Slack' }).click();
    await page.getByRole('heading', { name: 'MTA-STS asks for permission' }).waitFor();
    await picture('consent');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { name: 'The app was not installed' }).waitFor();
    await page.getByText('Nothing has changed').waitFor();
    await picture('cancelled');
    // The page answers 400, which the browser notes down.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('400')]);
    await page.getByRole('link', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Add MTA-STS to Slack' }).waitFor();
    await page.goto(world.url);
  });

  it('install the app one after the other, and each has its own', async () => {
    await install('Local workspace');
    await picture('installed');
    await page.getByRole('link', { name: 'Open it in Slack' }).click();
    await page.getByText('The app is installed.').waitFor();
    await say('/mta-sts watch watched.test', 'mail-ops');
    await page.getByText('is watched').first().waitFor();

    await page.getByRole('combobox', { name: 'Workspace' }).selectOption({ label: 'Other workspace' });
    await page.getByRole('button', { name: /^operations/ }).waitFor();
    await install('Other workspace');
    await page.getByRole('link', { name: 'Open it in Slack' }).click();
    await page.getByRole('button', { name: /^operations/ }).waitFor();
    await say('/mta-sts list', 'operations');
    await page
      .getByRole('article', { name: /^MTA-STS/ })
      .last()
      .waitFor();
    expect(await page.getByRole('main').innerText()).not.toContain('watched.test');
    await picture('other-workspace');
  });

  it('uninstall it, and the other keeps its own', async () => {
    await page.getByRole('button', { name: 'Uninstall' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Uninstall' }).click();
    await page.getByRole('link', { name: 'Install MTA-STS' }).waitFor();
    await page.getByRole('combobox', { name: 'Workspace' }).selectOption({ label: 'Local workspace' });
    await say('/mta-sts list', 'mail-ops');
    await page.getByText('watched.test').last().waitFor();
    await picture('home-workspace');
  });
});
