/**
 * The main job as a person does it: from the command to the shared record, in Chromium, with the bot as a process
 * of its own and the local Slack and internet around it.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BotProcess, createBotProcess } from '../../src/local/bot-process.ts';
import { createInternet } from '../../src/local/internet/internet.ts';
import { parseManifest } from '../../src/local/slack/manifest.ts';
import { createWorkspace, type Workspace } from '../../src/local/slack/workspace.ts';
import { describeInBrowser } from '../browser.ts';

const manifest = parseManifest(readFileSync(new URL('../../manifest.json', import.meta.url), 'utf8'));
const policy =
  'version: STSv1\nmode: testing\nmx: mx1.example.test\nmx: mx2.example.test\nmx: backup.example.net\nmax_age: 604800\n';

await describeInBrowser('from the command to the shared record', (launch) => {
  let browser: Browser;
  let internet: Awaited<ReturnType<typeof createInternet>>;
  let workspace: Workspace;
  let bot: BotProcess;
  let dataDir: string;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await launch();
    dataDir = await mkdtemp(join(tmpdir(), 'mta-sts-journey-'));
    internet = await createInternet();
    const scenarios = internet.scenarios.map(({ domain, title, records }) => ({ domain, title, records }));
    workspace = await createWorkspace({ manifest, scenarios });
    const lines: string[] = [];
    bot = createBotProcess({
      entry: fileURLToPath(new URL('../../src/main.ts', import.meta.url)),
      env: () => ({ ...workspace.env(), ...internet.env, DATA_DIR: dataDir, LOG_LEVEL: 'warn' }),
      onLine: (line) => lines.push(line),
      onDeath: (how) => problems.push(`The bot stopped (${how}). ${lines.slice(-5).join('\n')}`),
    });
    bot.start();
    await workspace.ready(20_000);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    page = await context.newPage();
    page.setDefaultTimeout(8000);
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(workspace.url);
    await composer().waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await bot.stop();
    await workspace.stop();
    await internet.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await workspace.act({ kind: 'reset' });
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^general/ }).click();
    await composer().fill('');
    await page.evaluate('document.activeElement?.blur()');
  });
  afterEach(() => expect(problems.splice(0)).toEqual([]));

  const composer = (): Locator => page.getByRole('textbox', { name: /^Message / });
  const dialog = (): Locator => page.getByRole('dialog', { name: 'MTA-STS policy' });
  const hosts = (): Locator => dialog().getByLabel('MX hosts or patterns, one a line');
  const answer = (): Locator => page.getByRole('article').filter({ hasText: 'mode testing' }).last();
  const say = async (text: string): Promise<void> => {
    await composer().fill(text);
    await composer().press('Enter');
  };

  test('with the mouse: form from DNS, records, exact copies, a file, and shared where the bot is no member', async () => {
    await page.getByRole('button', { name: 'example.test', exact: true }).click();
    await composer().press('Enter');
    await expect
      .poll(() => hosts().inputValue())
      .toBe('mx1.example.test\nmx2.example.test\nbackup.example.net');
    await dialog().getByLabel('TLS-RPT reports to (optional)').fill('tls-reports@example.test');
    await dialog().getByRole('button', { name: 'Generate' }).click();

    await answer().getByText('Only visible to you').waitFor();
    const boxes = await answer().locator('pre').allTextContents();
    expect(boxes[0]).toBe('https://mta-sts.example.test/.well-known/mta-sts.txt');
    expect(boxes[2]).toBe('_mta-sts.example.test');
    expect(boxes[3]).toMatch(/^v=STSv1; id=[A-Za-z0-9]{1,32};$/);
    expect(boxes.slice(4)).toEqual([
      '_smtp._tls.example.test',
      'v=TLSRPTv1; rua=mailto:tls-reports@example.test',
    ]);
    await answer().locator('.copy').nth(1).click();
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(policy);

    await answer().locator('button', { hasText: 'Share to…' }).click();
    const share = page.getByRole('dialog', { name: 'Share the records' });
    await share.getByLabel('Post to').selectOption('#postmasters (private)');
    await share.getByRole('button', { name: 'Share', exact: true }).click();
    await page.getByRole('button', { name: /^postmasters 1 unread/ }).waitFor();
    await answer().locator('button', { hasText: 'Policy as a file' }).click();
    await page.getByRole('button', { name: /^postmasters/ }).click();
    await expect.poll(async () => (await answer().locator('pre').allTextContents())[3]).toBe(boxes[3]);
    expect(await answer().getByText('Only visible to you').count()).toBe(0);

    await page.getByRole('button', { name: /^mta-sts/ }).click();
    const file = page.getByRole('link', { name: /mta-sts\.txt/ });
    const [download] = await Promise.all([page.waitForEvent('download'), file.click()]);
    expect(await readFile(await download.path(), 'utf8')).toBe(policy);
  });

  test('with the keyboard alone', async () => {
    const tabTo = async (what: RegExp, key = 'Tab'): Promise<void> => {
      const seen: string[] = [];
      for (let step = 0; step < 60; step += 1) {
        await page.keyboard.press(key);
        // The window's own controls come after the last element: then nothing in the page has the focus.
        const [here, label] = await page
          .locator('body')
          .evaluate(({ ownerDocument: { activeElement } }) => [
            activeElement?.ariaLabel ?? activeElement?.textContent ?? '',
            activeElement?.labels?.[0]?.textContent ?? '',
          ]);
        if (what.test(here) || what.test(label)) return;
        seen.push(label || here);
      }
      throw new Error(`Tab does not reach ${what}, but: ${seen.join(' | ').slice(0, 500)}`);
    };
    await tabTo(/^Message #general$/);
    await page.keyboard.type('/mta-sts example.test');
    await page.keyboard.press('Enter');
    await expect.poll(() => hosts().inputValue()).toContain('mx1.example.test');
    await tabTo(/^Generate$/);
    await page.keyboard.press('Enter');
    await answer().waitFor();
    await expect.poll(() => page.locator(':focus').getAttribute('aria-label')).toBe('Message #general');
    await tabTo(/^Share/, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Share the records' }).waitFor();
    await page.keyboard.type('#mail-ops');
    await tabTo(/^Share$/);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^mail-ops 1 unread/ }).waitFor();
  });

  test('an error stands at its field with its line, and what was typed stays', async () => {
    await say('/mta-sts example.test');
    await expect.poll(() => hosts().inputValue()).toContain('mx1.example.test');
    await hosts().fill('mx1.example.test\nbad host!');
    await dialog().getByRole('button', { name: 'Generate' }).click();
    const error = dialog().locator('.field-error');
    await error.waitFor();
    expect(await error.textContent()).toMatch(/line 2/i);
    expect(await hosts().inputValue()).toBe('mx1.example.test\nbad host!');
    await expect.poll(() => hosts().getAttribute('aria-invalid')).toBe('true');
  });

  test('what is unwise is said, and needs one tick', async () => {
    await say('/mta-sts example.test');
    await expect.poll(() => hosts().inputValue()).toContain('mx1.example.test');
    await dialog().getByLabel('enforce').check();
    await dialog().getByRole('button', { name: 'Generate' }).click();
    await dialog().getByText('Not generated yet').waitFor();
    await dialog().getByLabel('I know; generate anyway').check();
    await dialog().getByRole('button', { name: 'Generate' }).click();
    await page.getByText('mode: enforce').first().waitFor();
  });

  test('while DNS is silent the form is of use, and what was typed meanwhile stays', async () => {
    await say('/mta-sts silent-dns.test');
    await dialog().getByText('Looking up the MX of silent-dns.test…').waitFor();
    await dialog()
      .getByText(/DNS is slow/)
      .waitFor();
    await hosts().fill('mx.silent-dns.test');
    await dialog()
      .getByText(/No answer from DNS in 3 s/)
      .waitFor();
    expect(await hosts().inputValue()).toBe('mx.silent-dns.test');
    expect(await hosts().evaluate((field) => field === field.ownerDocument.activeElement)).toBe(true);
    await dialog().getByRole('button', { name: 'Generate' }).click();
    await answer().waitFor();
  });

  test('a wrong word is answered with what to type instead', async () => {
    await say('/mta-sts explian mx-change');
    await page.getByText('/mta-sts explain').last().waitFor();
  });
});
