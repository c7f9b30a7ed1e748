/** The app installed by many workspaces: real Bolt, the local Slack with two of them, and a real store. */
import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, describe, expect, test } from 'vitest';
import { textsOf } from '../../src/local/slack/person.ts';
import { createLog } from '../../src/log.ts';
import { createAnnouncer } from '../../src/slack/announcer.ts';
import { createInstalledWorkspaces } from '../../src/slack/installed-workspaces.ts';
import { full } from '../runs.ts';
import { contents } from '../store/filled.ts';
import { type Backend, backends } from '../store/servers.ts';
import {
  both,
  counted,
  createBrowser,
  eventFor,
  home,
  install,
  type ManyStore,
  type ManyWorld,
  openMany,
  other,
  postSigned,
  rowsOf,
  startMany,
  wayBack,
} from './many-workspaces.ts';
import { logged } from './world.ts';

const tcp: Backend = { name: 'server over TCP' };
/** One of each server for all tests. */
const stores = new Map<string, Promise<ManyStore>>();
async function start(options: Parameters<typeof startMany>[1] = {}, backend = tcp): Promise<ManyWorld> {
  const store = stores.get(backend.name) ?? openMany(backend);
  stores.set(backend.name, store);
  return startMany(await store, options);
}
afterAll(async () => {
  for (const store of stores.values()) await (await store).close();
});

const personal = ['chat:write.public', 'files:write'];

async function watch(world: ManyWorld, who: 'ana' | 'lee', domain: string): Promise<void> {
  const [person, channel] =
    who === 'ana'
      ? [world.workspace.as('ana'), '#mail-ops']
      : [world.workspace.as('lee', 'other'), '#operations'];
  expect(await person.command(channel, `/mta-sts watch ${domain}`)).toEqual({ ok: true });
  await person.message(channel, 'is watched');
}

async function tokenOf({ opened }: ManyWorld, teamId: string, enterpriseId?: string): Promise<string> {
  const text = await opened.store.installations.find({ teamId, enterpriseId, isEnterpriseInstall: false });
  return JSON.parse(text ?? '{}').bot?.token ?? '';
}

async function authTest({ env }: ManyWorld, token: string) {
  const response = await fetch(`${env.SLACK_API_URL}auth.test`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  return (await response.json()) as { ok: boolean; error?: string; team_id?: string };
}

// The store's own tests hold both kinds of server to the same.
describe.each(full ? backends : [tcp])('two workspaces, kept in $name', (backend) => {
  test('each installs the app, and sees only its own', async () => {
    const world = await start({}, backend);
    const ana = world.workspace.as('ana');
    const lee = world.workspace.as('lee', 'other');
    expect(ana.state().commands.some(({ command }) => command === '/mta-sts')).toBe(false);
    expect(await ana.command('#mail-ops', '/mta-sts help')).toMatchObject({ ok: false });

    const done = await install(world);
    expect(done.status).toBe(200);
    expect(done.text).toContain('The app is installed in <b>Local workspace</b>');
    expect(done.text).toMatch(/app_redirect\?app=A0MTASTSAPP&amp;team=T0HOME0001/);
    await watch(world, 'ana', 'example.test');
    expect(await lee.command('#operations', '/mta-sts list')).toMatchObject({ ok: false });

    expect((await install(world, other)).text).toContain('<b>Other workspace</b>');
    await lee.command('#operations', '/mta-sts list');
    await lee.message('#operations', /watches nothing|No domain|nothing/i);
    await watch(world, 'lee', 'enforced.test');
    await lee.command('#operations', '/mta-sts list');
    await ana.command('#mail-ops', '/mta-sts list');
    await lee.message('#operations', /1 domain|watched/);
    const homes = [textsOf((await ana.home()).blocks), textsOf((await lee.home()).blocks)];
    expect(homes.map((text) => [text.includes('example.test'), text.includes('enforced.test')])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(JSON.stringify(lee.state().conversations)).not.toContain('example.test');
    expect(JSON.stringify(ana.state().conversations)).not.toContain('enforced.test');
    expect(world.workspace.wire().filter(({ failed }) => failed)).toEqual([]);
  });

  test('an organisation installs it once for both, and their data stay apart', async () => {
    const world = await start({}, backend);
    expect((await install(world, both)).text).toContain('<b>Local organisation</b>');
    await watch(world, 'ana', 'example.test');
    await watch(world, 'lee', 'enforced.test');
    expect(counted(await rowsOf(world.opened))).toMatchObject({ installations: 1, teams: 2, watches: 2 });
    const { store } = world.opened;
    const [ofHome, ofOther] = await Promise.all(
      [home, other].map((team) => store.watches.list(team, { offset: 0, limit: 9 })),
    );
    expect(ofHome?.domains.map(({ domain }) => domain)).toEqual(['example.test']);
    expect(ofOther?.domains.map(({ domain }) => domain)).toEqual(['enforced.test']);
    expect(textsOf((await world.workspace.as('lee', 'other').home()).blocks)).not.toContain('example.test');
    // For looks and alerts, which know the team alone.
    expect(await tokenOf(world, other)).toMatch(/^xoxb-/);

    // The organisation keeps the app and takes it from one of its workspaces.
    const access = eventFor(
      other,
      { type: 'team_access_revoked', team_ids: [other] },
      {
        authorizations: [{ enterprise_id: both, team_id: null, is_enterprise_install: true }],
      },
    );
    expect((await postSigned(world, access)).status).toBe(200);
    expect(counted(await rowsOf(world.opened))).toMatchObject({ installations: 1, teams: 1, watches: 1 });
    await world.workspace.uninstall('home');
    expect(counted(await rowsOf(world.opened))).toEqual({});
  });

  test('a new installation puts its token in the place of the old one', async () => {
    const world = await start({}, backend);
    await install(world);
    await watch(world, 'ana', 'example.test');
    const before = await tokenOf(world, home);
    await install(world);
    const after = await tokenOf(world, home);
    expect(after).not.toBe(before);
    expect((await authTest(world, before)).error).toBe('token_revoked');
    const ana = world.workspace.as('ana');
    await ana.command('#mail-ops', '/mta-sts example.test');
    await ana.modal('MX hosts or patterns');
    expect(counted(await rowsOf(world.opened))).toMatchObject({ installations: 1, watches: 1 });
  });

  test('an end deletes everything of the team at once, and touches nothing of the other', async () => {
    const world = await start({}, backend);
    await install(world, other);
    await watch(world, 'lee', 'enforced.test');
    const without = await rowsOf(world.opened);
    await install(world);
    await watch(world, 'ana', 'example.test');
    const { store } = world.opened;
    await store.teams.changeSettings(home, {
      quietHours: undefined,
      digest: { conversation: 'C0MAILOPS1', weekday: 1, minute: 540, timeZone: 'UTC' },
    });
    await store.jobs.digestAt(home, new Date(Date.now() + 60_000));
    const token = await tokenOf(world, home);
    expect(counted(await rowsOf(world.opened))).toMatchObject({ teams: 2, watches: 2, jobs: 3 });
    await world.workspace.uninstall('home');
    await logged(world, { msg: 'the app was removed: all that is known of it is deleted', team: home });
    expect(await rowsOf(world.opened)).toEqual(without);
    expect((await authTest(world, token)).error).toBe('account_inactive');
    expect(await world.workspace.as('lee', 'other').command('#operations', '/mta-sts help')).toEqual({
      ok: true,
    });
    // Both events were taken at the first try.
    const farewell = world.workspace.wire().filter(({ name }) => /revoked|uninstalled/.test(name));
    expect(farewell.map(({ failed }) => failed)).toEqual([false, false]);
  });
});

describe('the news of an end', () => {
  test('is not acked while the store is away, and Slack brings it again', async () => {
    const world = await start({ limits: { eventRetriesMs: Array(40).fill(500) } });
    await install(world);
    await watch(world, 'ana', 'example.test');
    await world.relay.close();
    await expect.poll(() => world.opened.store.problem(), { timeout: 20_000 }).toBeDefined();
    const ended = world.workspace.uninstall('home');
    const news = () =>
      world.workspace.wire().filter(({ name }) => /^(app_uninstalled|tokens_revoked)/.test(name));
    await expect.poll(() => news().length, { timeout: 20_000 }).toBeGreaterThan(3);
    expect(news().filter(({ failed }) => !failed)).toEqual([]);
    expect(counted(await rowsOf(world.opened))).toMatchObject({ teams: 1, watches: 1 });
    await world.relay.open();
    await ended;
    expect(counted(await rowsOf(world.opened))).toEqual({});
  });

  test.each([
    [
      "a person's token, of which the app has none",
      { type: 'tokens_revoked', tokens: { oauth: ['U0ANA00001'] } },
    ],
    ['an empty list of bots', { type: 'tokens_revoked', tokens: { oauth: [], bot: [] } }],
  ])('of %s changes nothing', async (_what, event) => {
    const world = await start();
    await install(world);
    const before = await rowsOf(world.opened);
    expect((await postSigned(world, eventFor(home, event))).status).toBe(200);
    expect(await rowsOf(world.opened)).toEqual(before);
  });

  test('that comes after the app was installed again changes nothing', async () => {
    const world = await start();
    await install(world);
    await watch(world, 'ana', 'example.test');
    const before = await rowsOf(world.opened);
    const old = { event_time: Math.floor(Date.now() / 1000) - 600 };
    expect((await postSigned(world, eventFor(home, { type: 'app_uninstalled' }, old))).status).toBe(200);
    await logged(world, { msg: 'the app was removed, and installed again since: what is known of it stays' });
    expect(await rowsOf(world.opened)).toEqual(before);
  });

  test('of a workspace that nobody knows is acked', async () => {
    const world = await start();
    expect((await postSigned(world, eventFor('T0NOBODY01', { type: 'app_uninstalled' }))).status).toBe(200);
  });
});

describe('whoever comes back from Slack', () => {
  const refused = async (
    world: ManyWorld,
    status: number,
    words: RegExp,
    page: { status: number; text: string },
  ) => {
    expect(page.text).toMatch(words);
    expect(page.status).toBe(status);
    expect(counted(await rowsOf(world.opened))).toEqual({});
  };

  test.each<[string, (back: URL, world: ManyWorld) => void]>([
    ['a state that somebody made up', (back) => back.searchParams.set('state', 'x'.repeat(40))],
    [
      'a state under another secret',
      (back) => {
        const text = `${Date.now()}.${'0'.repeat(32)}`;
        const seal = createHmac('sha256', 'another secret').update(text).digest('hex');
        back.searchParams.set('state', `${text}.${seal}`);
      },
    ],
    [
      'a state of eleven minutes ago',
      (back, { env }) => {
        const text = `${Date.now() - 11 * 60_000}.${'0'.repeat(32)}`;
        const seal = createHmac('sha256', env.SLACK_STATE_SECRET ?? '')
          .update(text)
          .digest('hex');
        back.searchParams.set('state', `${text}.${seal}`);
      },
    ],
  ])('with %s installs nothing', async (_what, change) => {
    const world = await start();
    const browser = createBrowser();
    const back = new URL(await wayBack(world, browser));
    change(back, world);
    // Even where a cookie was planted beside it.
    browser.cookies.set('slack-app-oauth-state', back.searchParams.get('state') ?? '');
    await refused(world, 400, /not begun in this browser/, await browser.get(back.href));
  });

  test('in another browser installs nothing', async () => {
    const world = await start();
    const back = await wayBack(world, createBrowser());
    await refused(world, 400, /not begun in this browser/, await createBrowser().get(back));
  });

  test('a second time with the same state and the same cookie installs nothing', async () => {
    const world = await start();
    const browser = createBrowser();
    const back = new URL(await wayBack(world, browser));
    const cookies = new Map(browser.cookies);
    expect((await browser.get(back.href)).status).toBe(200);
    const token = await tokenOf(world, home);
    const fresh = new URL(await wayBack(world, createBrowser(), { place: other }));
    back.searchParams.set('code', fresh.searchParams.get('code') ?? '');
    for (const [name, value] of cookies) browser.cookies.set(name, value);
    const again = await browser.get(back.href);
    expect([again.status, /not begun in this browser/.test(again.text)]).toEqual([400, true]);
    expect(await tokenOf(world, home)).toBe(token);
    expect(await tokenOf(world, other)).toBe('');
  });

  test('having cancelled is told so, kindly', async () => {
    const world = await start();
    const browser = createBrowser();
    const page = await browser.get(await wayBack(world, browser, { cancel: true }));
    await refused(world, 400, /cancelled in Slack. Nothing has changed/, page);
    expect(page.text).toContain('href="install">Try again');
  });

  test('with a code that was used before installs nothing', async () => {
    const world = await start();
    const [first, second] = [createBrowser(), createBrowser()];
    const used = new URL(await wayBack(world, first)).searchParams.get('code') ?? '';
    const { SLACK_CLIENT_ID = '', SLACK_CLIENT_SECRET = '', SLACK_API_URL = '' } = world.env;
    const form = { client_id: SLACK_CLIENT_ID, client_secret: SLACK_CLIENT_SECRET, code: used };
    await fetch(`${SLACK_API_URL}oauth.v2.access`, { method: 'POST', body: new URLSearchParams(form) });
    const back = new URL(await wayBack(world, second));
    back.searchParams.set('code', used);
    await refused(world, 400, /does not take this permission any more/, await second.get(back.href));
  });

  test.each([
    ['code', /not whole/],
    ['state', /not whole/],
  ])('without a %s installs nothing', async (name, words) => {
    const world = await start();
    const browser = createBrowser();
    const back = new URL(await wayBack(world, browser));
    back.searchParams.delete(name);
    await refused(world, 400, words, await browser.get(back.href));
  });

  test('while the store is away is told so, and uses up nothing: a new try works', async () => {
    const world = await start();
    const browser = createBrowser();
    const back = await wayBack(world, browser);
    await world.relay.close();
    const page = await browser.get(back);
    expect([page.status, /cannot write down the installation/.test(page.text)]).toEqual([503, true]);
    expect(world.workspace.wire().map(({ name }) => name)).not.toContain('oauth.v2.access');
    await world.relay.open();
    await expect.poll(() => world.opened.store.problem(), { timeout: 20_000 }).toBeUndefined();
    expect((await install(world)).status).toBe(200);
  });

  test('while Slack fails is told so', async () => {
    const world = await start();
    const browser = createBrowser();
    const back = await wayBack(world, browser);
    world.workspace.fault('server-error', true);
    await refused(world, 503, /Slack does not answer/, await browser.get(back));
  });

  test('to an app whose client secret is wrong is told what its admin needs', async () => {
    const world = await start({ envOf: () => ({ SLACK_CLIENT_SECRET: 'none-of-this-app' }) });
    const browser = createBrowser();
    const page = await browser.get(await wayBack(world, browser));
    await refused(world, 502, /Slack refused to install the app[\s\S]*bad_client_secret/, page);
  });

  test('without the optional permissions can use all but what they are for', async () => {
    const world = await start();
    await install(world, home, []);
    const text = await world.opened.store.installations.find({
      teamId: home,
      enterpriseId: undefined,
      isEnterpriseInstall: false,
    });
    expect(JSON.parse(text ?? '{}').bot.scopes).toEqual(['commands', 'chat:write']);
    await watch(world, 'ana', 'example.test');
    const ana = world.workspace.as('ana');
    await ana.command('#general', '/mta-sts watch example.test');
    await ana.message('#general', 'is not watched');
    await install(world, home, personal);
    await ana.command('#general', '/mta-sts watch example.test');
    await ana.message('#general', 'is watched');
  });
});

describe('who asks', () => {
  test('from a workspace that removed the app is told so, whatever was pressed', async () => {
    const world = await start();
    const command = {
      command: '/mta-sts',
      text: 'list',
      team_id: home,
      user_id: 'U0ANA00001',
      channel_id: 'C1',
    };
    const answer = await postSigned(world, { form: command });
    expect([answer.status, /not installed in this workspace any more/.test(answer.text)]).toEqual([
      200,
      true,
    ]);
    const payload = JSON.stringify({
      type: 'view_submission',
      team: { id: home },
      user: { id: 'U0ANA00001', team_id: home },
      view: { id: 'V1', callback_id: 'check_form', state: { values: { check_domain: {} } } },
    });
    const form = await postSigned(world, { form: { payload } });
    expect(JSON.parse(form.text)).toMatchObject({
      response_action: 'errors',
      errors: { check_domain: expect.stringContaining('not installed') },
    });
    await logged(world, { outcome: 'elsewhere', team: home });
  });

  test('while the store is away is told so; where the token is known all goes on that needs no store', async () => {
    const world = await start();
    await install(world);
    const ana = world.workspace.as('ana');
    await ana.command('#mail-ops', '/mta-sts help');
    await world.relay.close();
    await ana.command('#mail-ops', '/mta-sts example.test');
    await ana.modal('MX hosts or patterns');
    const stranger = {
      command: '/mta-sts',
      text: 'list',
      team_id: other,
      user_id: 'U0LEE00001',
      channel_id: 'C1',
    };
    const toldBefore = world.workspace.wire().length;
    const answer = await postSigned(world, {
      form: { ...stranger, response_url: `${world.workspace.url}/response/none` },
    });
    expect(answer.status).toBe(200);
    await logged(world, { outcome: 'failed', team: other });
    const told = world.workspace.wire().slice(0, world.workspace.wire().length - toldBefore);
    expect(JSON.stringify(told)).toContain('cannot reach its store at the moment');
  });

  test('in a shared channel from another workspace is turned away, whether that has the app or not', async () => {
    const world = await start();
    await install(world);
    await watch(world, 'ana', 'example.test');
    const ana = world.workspace.as('ana');
    await ana.command('#partners', '/mta-sts watch example.test');
    const kim = world.workspace.as('kim');
    const news = await kim.message('#partners', 'has this app watch');
    for (const isInstalledToo of [false, true]) {
      if (isInstalledToo) await install(world, other);
      const before = await rowsOf(world.opened);
      const payload = JSON.stringify({
        type: 'block_actions',
        team: { id: home },
        user: { id: kim.id, team_id: other },
        channel: { id: 'C0PARTNERS' },
        container: { type: 'message', message_ts: news.ts, channel_id: 'C0PARTNERS' },
        trigger_id: `1.${isInstalledToo}`,
        actions: [
          {
            type: 'button',
            // Two presses of one button within two seconds count as one.
            block_id: `b${isInstalledToo}`,
            action_id: 'watch.end',
            value: '[1,"example.test","C0MAILOPS1",null]',
          },
        ],
      });
      const told = () =>
        kim
          .messages('#partners')
          .filter(({ blocks }) => textsOf(blocks).includes('works for the workspace that installed it'))
          .length;
      const toldBefore = told();
      await postSigned(world, { form: { payload } });
      await expect.poll(told).toBe(toldBefore + 1);
      expect(await rowsOf(world.opened)).toEqual(before);
    }
  });
});

test('an alert finds the new token where another replica has the old one in mind', async () => {
  const world = await start();
  await install(world);
  const { store } = world.opened;
  const log = createLog('silent', { write: () => {} });
  // As a second process has it.
  const stopping = new AbortController().signal;
  const apiUrl = world.env.SLACK_API_URL ?? '';
  const workspaces = createInstalledWorkspaces({ store, apiUrl, log, stopping });
  const announcer = createAnnouncer({ workspaces, store, log, now: () => new Date(), postEveryMs: 10 });
  const send = (text: string) =>
    announcer.send({ team: home, conversation: 'C0MAILOPS1' }, { text, blocks: [] });
  expect(await send('with the first token')).toBe('told');
  await install(world);
  expect(await send('with the second token')).toBe('told');
  await world.workspace.uninstall();
  expect(await send('with none')).toBe('uninstalled');
  const said = world.workspace
    .as('ben')
    .messages('#mail-ops')
    .map(({ text }) => text);
  expect(said.filter((text) => text.startsWith('with'))).toEqual([
    'with the first token',
    'with the second token',
  ]);
});

test("in an organisation's channel its own people are at home, and strangers are not", async () => {
  const world = await start();
  await install(world, both);
  await watch(world, 'ana', 'example.test');
  await watch(world, 'lee', 'enforced.test');
  const press = (team: string, count: number) =>
    postSigned(world, {
      form: {
        payload: JSON.stringify({
          type: 'block_actions',
          is_enterprise_install: true,
          enterprise: { id: both, name: 'Local organisation' },
          team: { id: home, enterprise_id: both },
          user: { id: 'U0KIM00001', team_id: team },
          channel: { id: 'C0PARTNERS' },
          container: { type: 'message', message_ts: `1.${count}`, channel_id: 'C0PARTNERS' },
          trigger_id: `1.${count}`,
          actions: [{ type: 'button', block_id: 'b', action_id: 'home.start', value: '' }],
        }),
      },
    });
  await press('T0STRANGER', 1);
  await logged(world, { team: 'T0STRANGER', name: 'home.start', outcome: 'elsewhere' });
  await press(other, 2);
  await logged(world, { team: other, name: 'home.start', outcome: 'answered' });
});

test('no token and no secret stands in the log, on a page, or in the database as it is', async () => {
  const world = await start();
  const pages = [await install(world), await install(world, other), await install(world, both)];
  await watch(world, 'ana', 'example.test');
  await watch(world, 'lee', 'enforced.test');
  const tokens = [await tokenOf(world, home), await tokenOf(world, other)];
  const {
    SLACK_CLIENT_SECRET = '',
    SLACK_STATE_SECRET = '',
    SLACK_SIGNING_SECRET = '',
    SECRETS_KEY = '',
  } = world.env;
  const secrets = [...tokens, SLACK_CLIENT_SECRET, SLACK_STATE_SECRET, SLACK_SIGNING_SECRET, SECRETS_KEY];
  expect(secrets.every((secret) => secret.length >= 16)).toBe(true);
  const { db } = world.opened.connection;
  const { rows } = await sql<{ name: string }>`
    select table_schema || '.' || table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`.execute(db);
  const all = JSON.stringify(
    await contents(
      db,
      rows.map(({ name }) => name),
    ),
  );
  expect(all).toContain('v1.');
  const told = JSON.stringify([world.lines, world.opened.lines, pages]);
  for (const secret of secrets) {
    expect(all.includes(secret)).toBe(false);
    expect(told.includes(secret)).toBe(false);
  }
  expect(all).not.toMatch(/xoxb-/);
});
