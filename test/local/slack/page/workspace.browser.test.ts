/** The page in Chromium, the local Slack behind it, and a tiny app on real Bolt behind that: what a person does arrives, and what the bot does is seen. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseManifest } from '../../../../src/local/slack/manifest.ts';
import { createWorkspace, type Workspace } from '../../../../src/local/slack/workspace.ts';
import { describeInBrowser } from '../../../browser.ts';
import { mrkdwn, plain } from './stage.ts';

const manifest = parseManifest(readFileSync(new URL('../../../../manifest.json', import.meta.url), 'utf8'));
const policy = 'version: STSv1\nmode: testing\nmx: *.example.test\nmax_age: 604800\n';

const input = (block_id: string, label: string, more: object = {}) => ({
  type: 'input' as const,
  block_id,
  label: { type: 'plain_text' as const, text: label },
  element: { type: 'plain_text_input' as const, action_id: 'a', ...more },
});
const modal = (blocks: readonly object[], channel: string) => ({
  type: 'modal' as const,
  callback_id: 'form',
  private_metadata: channel,
  title: plain('Form'),
  submit: plain('Send'),
  blocks,
});

/** Enough of a bot to go through everything that the page shows. */
function listen(app: App): void {
  app.command('/mta-sts', async ({ ack, command, client, respond }) => {
    await ack();
    if (command.text === 'private') {
      await respond({ response_type: 'ephemeral', text: 'Only for you.' });
      return;
    }
    const view = modal([input('name-1', 'Name'), input('hosts-1', 'Hosts')], command.channel_id);
    const opened = await client.views.open({ trigger_id: command.trigger_id, view: view as never });
    if (command.text !== 'update' || opened.view?.id === undefined) return;
    const next = modal(
      [
        input('name-1', 'Name', { initial_value: 'late' }),
        input('hosts-2', 'Hosts', { initial_value: 'filled' }),
      ],
      '',
    );
    await client.views.update({ view_id: opened.view.id, view: next as never });
  });
  app.view('form', async ({ ack, view, client, body }) => {
    const name = view.state.values['name-1']?.a?.value ?? '';
    if (name === 'bad')
      return ack({ response_action: 'errors', errors: { 'name-1': 'Write another name than "bad".' } });
    await ack();
    const actions = {
      type: 'actions',
      block_id: 'x',
      elements: [{ type: 'button', action_id: 'file', text: plain('As a file') }],
    };
    const section = {
      type: 'section',
      block_id: 's',
      text: mrkdwn(`Hello *${name}*, from <@${body.user.id}>`),
    };
    await client.chat.postMessage({
      channel: view.private_metadata,
      text: `Hello ${name}`,
      blocks: [section, actions] as never,
    });
  });
  app.action('file', async ({ ack, client, body }) => {
    await ack();
    const said = await client.chat.postMessage({ channel: body.user.id, text: 'Your file:' });
    await client.filesUploadV2({
      channel_id: said.channel ?? '',
      filename: 'mta-sts.txt',
      content: policy,
    });
  });
  app.event('app_home_opened', async ({ event, client }) => {
    const blocks = [{ type: 'header', block_id: 'h', text: plain('Welcome home') }];
    await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: blocks as never } });
  });
  app.shortcut('new_policy', async ({ ack, shortcut, client }) => {
    await ack();
    await client.views.open({
      trigger_id: shortcut.trigger_id,
      view: modal([input('name-1', 'Name')], '') as never,
    });
  });
}

await describeInBrowser('the page of the local Slack', (launch) => {
  let browser: Browser;
  let workspace: Workspace;
  let app: App;
  let context: BrowserContext;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await launch();
    workspace = await createWorkspace({ manifest, limits: { answerMs: 500 } });
    const env = workspace.env();
    const clientOptions = { slackApiUrl: env.SLACK_API_URL ?? '', retryConfig: { retries: 0 } };
    const receiver = new SocketModeReceiver({
      appToken: env.SLACK_APP_TOKEN ?? '',
      logLevel: LogLevel.ERROR,
      installerOptions: { clientOptions },
    });
    const token = env.SLACK_BOT_TOKEN ?? '';
    app = new App({
      receiver,
      token,
      clientOptions,
      logLevel: LogLevel.ERROR,
      convoStore: false,
      deferInitialization: true,
    });
    await app.init();
    listen(app);
    await app.start();
    await workspace.ready();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await open('');
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
    await workspace.stop();
  });
  beforeEach(async () => {
    await workspace.act({ kind: 'reset' });
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^general/ }).click();
    await page.getByLabel('Message #general').fill('');
  });
  afterEach(() => expect(problems.splice(0)).toEqual([]));
  const open = async (query: string): Promise<Page> => {
    const opened = await context.newPage();
    opened.setDefaultTimeout(8000);
    opened.on('pageerror', (error) => problems.push(error.message));
    opened.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await opened.goto(`${workspace.url}/${query}`);
    await opened.getByLabel('Message #general').waitFor();
    return opened;
  };
  const say = async (text: string, on = page): Promise<void> => {
    await on.getByRole('textbox', { name: /^Message / }).fill(text);
    await on.getByRole('textbox', { name: /^Message / }).press('Enter');
  };

  test('command, form, error at the field, message', async () => {
    await say('/mta-sts');
    await page.getByLabel('Name', { exact: true }).fill('bad');
    await page.getByLabel('Hosts', { exact: true }).fill('x');
    await page.keyboard.press('Enter');
    await page.getByText('Write another name than "bad".').waitFor();
    expect(await page.getByLabel('Hosts', { exact: true }).inputValue()).toBe('x');
    await page.getByLabel('Name', { exact: true }).fill('<b>Ana</b>');
    await page.getByRole('button', { name: 'Send', exact: true }).last().click();
    const message = page.getByRole('article').filter({ hasText: 'Hello' });
    await message.waitFor();
    expect(await message.textContent()).toContain('from @Ana');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('a form that the bot updates keeps what stands under the same block_id', async () => {
    await say('/mta-sts update');
    await expect.poll(() => page.getByLabel('Hosts', { exact: true }).inputValue()).toBe('filled');
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('');
  });

  test('a file comes as it was sent, byte by byte', async () => {
    await say('/mta-sts');
    await page.getByLabel('Name', { exact: true }).fill('Ana');
    await page.getByLabel('Hosts', { exact: true }).fill('x');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'As a file' }).click();
    await page.getByRole('button', { name: /^mta-sts/ }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: /mta-sts\.txt/ }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('mta-sts.txt');
    expect(await readFile(await download.path(), 'utf8')).toBe(policy);
  });

  test('what is for one person is not shown to another, who is told of what is', async () => {
    const ben = await open('?user=U0BEN00001');
    await ben.getByRole('button', { name: 'mail-ops' }).click();
    await say('/mta-sts private');
    await page.getByText('Only for you.').waitFor();
    await say('Good morning');
    await ben.getByRole('button', { name: /general 1 unread/ }).click();
    await ben.getByText('Good morning').waitFor();
    expect(await ben.getByText('Only for you.').count()).toBe(0);
    await ben.getByRole('button', { name: /general$/ }).waitFor();
    await ben.close();
  });

  test('App Home and the shortcut', async () => {
    await page.getByRole('button', { name: 'App Home' }).click();
    await page.getByRole('heading', { name: 'Welcome home' }).waitFor();
    await page.getByRole('button', { name: 'general' }).click();
    await page.getByRole('button', { name: 'Shortcuts' }).click();
    await page.getByRole('menuitem', { name: /Make an MTA-STS policy/ }).click();
    await page.getByRole('dialog', { name: 'Form' }).waitFor();
  });

  test('a bot whose answer is lost: Slack says so, the text comes back, the wire marks it', async () => {
    await page.getByRole('button', { name: 'Break something' }).click();
    await page.getByRole('switch', { name: /answer is lost/ }).check({ force: true });
    await say('/mta-sts private');
    await page
      .getByRole('status')
      .getByText(/did not respond/)
      .waitFor();
    await expect.poll(() => page.getByLabel('Message #general').inputValue()).toBe('/mta-sts private');
    await page.getByRole('button', { name: 'Wire' }).click();
    await expect.poll(() => page.locator('.wire-failed').first().textContent()).toContain('slash_commands');
  });

  test('the browser itself refuses inline script and markup from strings', async () => {
    const ran = await page.evaluate(`(() => {
      const script = document.createElement('script');
      try { script.text = 'window.ran = true'; document.body.append(script); } catch {}
      try { document.body.insertAdjacentHTML('beforeend', '<i id="planted"></i>'); } catch {}
      return [window.ran === true, document.getElementById('planted') !== null];
    })()`);
    expect(ran).toEqual([false, false]);
    expect(problems.splice(0).join()).toContain('Trusted');
  });
});
