/**
 * The page in a browser with a state of the test's choosing: a server that says what protocol.ts says and notes
 * what the person did. What the local Slack itself does is left to its own tests.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type {
  ActionAnswer,
  BlockJson,
  PageMessage,
  PageState,
  PageView,
  PersonAction,
} from '../../../../src/local/slack/page/protocol.ts';
import { createPageFiles } from '../../../../src/local/slack/page-files.ts';

export interface Stage {
  readonly url: string;
  /** Everything the page sent, oldest first, without `read`. */
  readonly actions: PersonAction[];
  /** Paths that the page asked for and that are not there. */
  readonly missing: string[];
  show(state: PageState): void;
  /** How the next actions are answered; at first with `{ ok: true }`. */
  answer(with_: (action: PersonAction) => ActionAnswer | Promise<ActionAnswer>): void;
  /** Opens the page; `problems` collects what the browser complains about. */
  open(browser: Browser, options?: BrowserContextOptions): Promise<{ page: Page; problems: string[] }>;
  /** Everything as at the start, without loading the page again. */
  reset(page: Page): Promise<void>;
  stop(): Promise<void>;
}

const viewport = { width: 1280, height: 800 };

export async function createStage(first: PageState): Promise<Stage> {
  const files = createPageFiles();
  const listeners = new Set<ServerResponse>();
  const actions: PersonAction[] = [];
  const missing: string[] = [];
  let state = first;
  let reply: (action: PersonAction) => ActionAnswer | Promise<ActionAnswer> = () => ({ ok: true });
  const tell = (response: ServerResponse): void => {
    response.write(`data: ${JSON.stringify(state)}\n\n`);
  };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://stage');
    if (pathname === '/local/state') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      listeners.add(response);
      request.once('close', () => listeners.delete(response));
      tell(response);
      return;
    }
    if (pathname === '/local/act') {
      const action = JSON.parse(Buffer.concat(await request.toArray()).toString('utf8')) as PersonAction;
      if (action.kind !== 'read') actions.push(action);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(await reply(action)));
      return;
    }
    const file = await files.get(pathname);
    if (file === undefined) missing.push(pathname);
    response.writeHead(file === undefined ? 404 : 200, {
      'content-security-policy': files.csp,
      'content-type': file?.contentType ?? 'text/plain',
    });
    response.end(file?.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const show = (next: PageState): void => {
    state = next;
    for (const listener of listeners) tell(listener);
  };

  return {
    url,
    actions,
    missing,
    show,
    answer(with_) {
      reply = with_;
    },
    async open(browser, options = {}) {
      const context = await browser.newContext({ viewport, ...options });
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const page = await context.newPage();
      page.setDefaultTimeout(5000);
      const problems: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
      });
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('dialog', (dialog) => problems.push(`dialog: ${dialog.message()}`));
      page.on('request', (request) => {
        if (!request.url().startsWith(url)) problems.push(`request to ${request.url()}`);
      });
      await page.goto(url);
      await page.locator('.composer-text').first().waitFor();
      return { page, problems };
    },
    async reset(page) {
      actions.length = 0;
      reply = () => ({ ok: true });
      show(first);
      await page.locator('[role="dialog"], [role="alertdialog"]').waitFor({ state: 'detached' });
      await page.emulateMedia({ colorScheme: null });
      const { width, height } = page.viewportSize() ?? {};
      if (width !== viewport.width || height !== viewport.height) await page.setViewportSize(viewport);
      await page.mouse.move(0, 0);
      await page.evaluate(asAtTheStart);
      await page.getByLabel('Message #general').fill('');
      await page.evaluate('document.activeElement?.blur()');
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** In the page at once: each look at it from here would go through all of it. */
const asAtTheStart = `{
  document.activeElement?.blur();
  for (const button of document.querySelectorAll('button')) {
    const name = button.getAttribute('aria-label') ?? button.textContent ?? '';
    if (/^Close (Domains|Wire|Break something)$|^Dismiss$/.test(name)) button.click();
  }
  [...document.querySelectorAll('.sidebar button')].find(({ textContent }) => /general/.test(textContent)).click();
}`;

export const plain = (text: string) => ({ type: 'plain_text', text });
export const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
export const option = (value: string, description?: string) => ({
  text: plain(value),
  value,
  ...(description === undefined ? {} : { description: plain(description) }),
});

export function message(part: Partial<PageMessage>): PageMessage {
  return {
    ts: '1795500000.000100',
    threadTs: null,
    broadcast: false,
    user: 'U0BOT',
    text: '',
    blocks: [],
    attachments: [],
    ephemeral: false,
    edited: false,
    files: [],
    ...part,
  };
}

export function view(blocks: readonly BlockJson[], part: Partial<PageView> = {}): PageView {
  return {
    id: 'V1',
    hash: '1',
    title: 'MTA-STS policy',
    submit: 'Generate',
    close: 'Cancel',
    blocks,
    errors: {},
    ...part,
  };
}

/** A small workspace: one channel with the given messages, one DM, one command. */
export function pageState(messages: readonly PageMessage[] = [], part: Partial<PageState> = {}): PageState {
  const conversation = { botIsMember: true, archived: false, shared: false, unread: 0, messages: [] };
  return {
    workspace: { name: 'Stage', teamId: 'T0' },
    workspaces: [],
    installUrl: null,
    me: 'U0ANA',
    users: [
      { id: 'U0ANA', name: 'ana', realName: 'Ana Moreau', foreign: false, isBot: false },
      { id: 'U0BEN', name: 'ben', realName: 'Ben Okafor', foreign: false, isBot: false },
      { id: 'U0BOT', name: 'mta-sts', realName: 'MTA-STS', foreign: false, isBot: true },
    ],
    conversations: [
      { ...conversation, id: 'C0GENERAL', name: 'general', kind: 'channel', messages },
      { ...conversation, id: 'C0OTHER', name: 'other', kind: 'private' },
      { ...conversation, id: 'D0BOT', name: 'mta-sts', kind: 'dm' },
    ],
    home: null,
    views: [],
    commands: [{ command: '/mta-sts', description: 'Make a policy', usageHint: '[domain] | help' }],
    shortcuts: [{ callbackId: 'new_policy', name: 'Make an MTA-STS policy', description: 'Opens the form' }],
    scenarios: [
      {
        domain: 'example.test',
        title: 'All well',
        group: 'Healthy and ordinary',
        records: ['example.test. MX 10 mx1.example.test.'],
      },
    ],
    wire: [],
    faults: [{ id: 'slow-slack', title: 'Slack is slow', description: 'Two seconds more.', on: false }],
    switches: [],
    machine: null,
    transport: 'socket',
    bot: { userId: 'U0BOT', name: 'MTA-STS', connected: true },
    ...part,
  };
}
