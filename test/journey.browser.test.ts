/**
 * What a newcomer does, in a real browser with everything behind it real: `src/local/main.ts` as a process of its
 * own, which starts the bot, the local Slack and the local internet.
 */
import { readFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { parsePolicy, parseRecord } from '../src/protocol/mtasts.ts';
import { parseTlsRpt } from '../src/protocol/tlsrpt.ts';
import { describeInBrowser } from './browser.ts';
import { type LocalWorld, startLocalWorld } from './local-world.ts';

await describeInBrowser('from the command to the shared records', (launch) => {
  let browser: Browser;
  let world: LocalWorld;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    [browser, world] = await Promise.all([launch(), startLocalWorld()]);
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(8000);
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

  async function command(text: string, channel = 'general'): Promise<Locator> {
    await page.getByRole('button', { name: new RegExp(`^${channel}`) }).click();
    const composer = page.getByRole('textbox', { name: /^Message/ });
    await composer.fill(text);
    await composer.press('Enter');
    const form = page.getByRole('dialog', { name: 'MTA-STS policy' });
    await form.waitFor();
    return form;
  }

  /** The newest answer of the app in the conversation that is open. */
  const answer = (): Locator => page.getByRole('article', { name: /^MTA-STS/ }).last();

  async function blocksOf(article: Locator): Promise<string[]> {
    return article.getByRole('group', { name: 'Preformatted text' }).locator('code').allTextContents();
  }

  it('makes the records and shares them in a channel', async () => {
    const form = await command('/mta-sts example.test');
    await form.getByText('In DNS now: 3 MX hosts').waitFor();
    await form.getByRole('textbox', { name: /^TLS-RPT/ }).fill('tls-reports@example.test');
    await form.getByRole('button', { name: 'Generate' }).click();
    await form.waitFor({ state: 'detached' });
    await answer().getByText('Only visible to you').waitFor();
    const [url, policy = '', name, record = '', rptName, rpt = ''] = await blocksOf(answer());
    expect([url, name, rptName]).toEqual([
      'https://mta-sts.example.test/.well-known/mta-sts.txt',
      '_mta-sts.example.test',
      '_smtp._tls.example.test',
    ]);
    expect(parsePolicy(`${policy.trimEnd()}\n`).value).toEqual({
      mode: 'testing',
      mx: ['mx1.example.test', 'mx2.example.test', 'backup.example.net'],
      maxAgeSeconds: 604_800,
    });
    expect(parseRecord(record).verdict).toBe('valid');
    expect(parseTlsRpt(rpt).value).toEqual({ rua: ['mailto:tls-reports@example.test'] });

    await answer()
      .getByRole('button', { name: /^Share/ })
      .click();
    const share = page.getByRole('dialog');
    await share.getByRole('combobox').selectOption({ label: '#mail-ops' });
    await share.getByRole('button', { name: 'Share' }).click();
    await share.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^mail-ops/ }).click();
    await answer().getByText('_mta-sts.example.test').waitFor();
    expect(await blocksOf(answer())).toContain(record);
    expect(await answer().getByText('Only visible to you').count()).toBe(0);
  });

  it('keeps what was typed and says at the field what is wrong, and in which line', async () => {
    const form = await command('/mta-sts example.test');
    const hosts = form.getByRole('textbox', { name: /^MX hosts/ });
    await hosts.fill('mx1.example.test\nmx_2.example.test');
    await form.getByRole('button', { name: 'Generate' }).click();
    await expect.poll(() => hosts.getAttribute('aria-invalid')).toBe('true');
    const described = await hosts.getAttribute('aria-describedby');
    const told = await page
      .locator(
        (described ?? '')
          .split(' ')
          .map((id) => `[id="${id}"]`)
          .join(','),
      )
      .allTextContents();
    expect(told.join(' ')).toMatch(/line 2.*underscore/i);
    expect(await hosts.inputValue()).toBe('mx1.example.test\nmx_2.example.test');
    await hosts.fill('mx1.example.test\nmx2.example.test\nbackup.example.net');
    await form.getByRole('button', { name: 'Generate' }).click();
    await form.waitFor({ state: 'detached' });
  });

  it('asks for one deliberate tick before an unwise choice', async () => {
    const form = await command('/mta-sts example.test');
    await form.getByText('In DNS now').waitFor();
    await form.getByRole('radio', { name: 'enforce' }).check();
    await form.getByRole('button', { name: 'Generate' }).click();
    const tick = form.getByRole('checkbox');
    await tick.check();
    await form.getByRole('button', { name: 'Generate' }).click();
    await form.waitFor({ state: 'detached' });
    await expect.poll(async () => (await blocksOf(answer()))[1]).toContain('mode: enforce');
  });

  it('stays usable when DNS fails', async () => {
    const form = await command('/mta-sts servfail.test');
    await form.getByText(/DNS/).first().waitFor();
    const hosts = form.getByRole('textbox', { name: /^MX hosts/ });
    await hosts.fill('mx.servfail.test');
    await form.getByRole('button', { name: 'Generate' }).click();
    const tick = form.getByRole('checkbox');
    await Promise.race([tick.waitFor(), form.waitFor({ state: 'detached' })]);
    if ((await tick.count()) > 0) {
      await tick.check();
      await form.getByRole('button', { name: 'Generate' }).click();
      await form.waitFor({ state: 'detached' });
    }
    await expect.poll(async () => (await blocksOf(answer()))[1]).toContain('mx: mx.servfail.test');
  });

  it('answers and shares in a private channel that the app is no member of', async () => {
    const form = await command('/mta-sts example.test', 'postmasters');
    await form.getByText('In DNS now').waitFor();
    await form.getByRole('button', { name: /^Post .*conversation|^Post the answer/ }).click();
    await expect
      .poll(async () =>
        form
          .getByRole('combobox', { name: /^Post to/ })
          .locator('option:checked')
          .textContent(),
      )
      .toContain('postmasters');
    await form.getByRole('button', { name: 'Generate' }).click();
    await form.waitFor({ state: 'detached' });
    await expect.poll(async () => blocksOf(answer())).toContain('_mta-sts.example.test');
    expect(await answer().getByText('Only visible to you').count()).toBe(0);
  });

  it('copies exactly, and gives the file byte by byte', async () => {
    const form = await command('/mta-sts example.test');
    await form.getByText('In DNS now').waitFor();
    await form.getByRole('textbox', { name: /^TLS-RPT/ }).fill('copied@example.test');
    await form.getByRole('button', { name: 'Generate' }).click();
    await answer()
      .getByText(/copied@example\.test/)
      .waitFor();
    const policy =
      'version: STSv1\nmode: testing\nmx: mx1.example.test\nmx: mx2.example.test\nmx: backup.example.net\nmax_age: 604800\n';
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await answer().getByRole('button', { name: 'Copy', exact: true }).nth(1).click();
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(policy);
    await answer().locator('button', { hasText: 'Policy as a file' }).click();
    await page.getByRole('button', { name: /^mta-sts/ }).click();
    const file = page.getByRole('link', { name: /mta-sts\.txt/ }).last();
    const [download] = await Promise.all([page.waitForEvent('download'), file.click()]);
    expect(await readFile(await download.path(), 'utf8')).toBe(policy);
  });

  it('is of use while DNS is silent, and keeps what was typed meanwhile', async () => {
    const form = await command('/mta-sts silent-dns.test');
    await form.getByText(/DNS is slow/).waitFor();
    const hosts = form.getByRole('textbox', { name: /^MX hosts/ });
    await hosts.fill('mx.silent-dns.test');
    await form.getByText(/No answer from DNS in 3 s/).waitFor();
    expect(await hosts.inputValue()).toBe('mx.silent-dns.test');
    expect(await page.evaluate(focusedName)).toMatch(/^MX hosts/);
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'detached' });
  });

  it('works with the keyboard alone', async () => {
    // The focus is where it is when the page is opened.
    await page.goto(world.url);
    const { keyboard } = page;
    await tabTo(page, /^Message #/);
    await keyboard.type('/mta-sts example.test');
    await keyboard.press('Enter');
    const form = page.getByRole('dialog', { name: 'MTA-STS policy' });
    await form.getByText('In DNS now').waitFor();
    await tabTo(page, /^TLS-RPT/);
    await keyboard.type('keys@example.test');
    await tabTo(page, /^Generate/);
    await keyboard.press('Enter');
    await form.waitFor({ state: 'detached' });
    await expect.poll(async () => (await blocksOf(answer())).at(-1)).toContain('keys@example.test');
    await tabTo(page, /^Share to…/, 'last');
    await keyboard.press('Enter');
    const share = page.getByRole('dialog');
    await share.waitFor();
    await keyboard.type('#partners');
    await tabTo(page, /^Share$/);
    await keyboard.press('Enter');
    await share.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^partners 1 unread/ }).waitFor();
  });
});

/** Run in the page, where this project's types of the browser do not reach. */
const focusedName = `(({ activeElement: focused }) =>
  focused?.getAttribute('aria-label') ?? focused?.labels?.[0]?.textContent ?? focused?.textContent ?? '')(document)`;

/** Presses Tab until the focus is on what bears the name; `last` goes backwards from where the focus is. */
async function tabTo(page: Page, name: RegExp, from: 'first' | 'last' = 'first'): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < 150; presses += 1) {
    await page.keyboard.press(from === 'last' ? 'Shift+Tab' : 'Tab');
    const label = await page.evaluate<string>(focusedName);
    if (name.test(label.trim())) return;
    seen.push(label.slice(0, 40));
  }
  throw new Error(`Tab never came to ${name}; it came to: ${seen.join(' | ')}`);
}
