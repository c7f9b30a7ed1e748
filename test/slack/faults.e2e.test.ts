/** Whatever breaks between Slack and the bot: the person is told, and nothing happens twice. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { textsOf } from '../../src/local/slack/person.ts';
import { createWorld, logged, spawnBot, startAll, startBot, type World } from './world.ts';

const records = 'v=STSv1; id=';

async function generate({ workspace }: World, where = '#general') {
  const ana = workspace.as('ana');
  await ana.command(where, '/mta-sts example.test');
  await ana.modal('MX hosts or patterns');
  await ana.submit();
  return ana.message(where, records);
}

describe('calls that fail', () => {
  test('an expired trigger is told with what to do', async () => {
    const { workspace } = await startAll('socket');
    workspace.fault('expired-trigger', true);
    const ana = workspace.as('ana');
    await ana.command('#general', '/mta-sts');
    expect((await ana.message('#general', /once more/)).ephemeral).toBe(true);
  });

  test('a Slack that fails is told with a reference that is in the log', async () => {
    const { workspace, ...bot } = await startAll('http');
    const shown = await generate({ workspace, env: {} });
    workspace.fault('server-error', true);
    const ana = workspace.as('ana');
    await ana.press('Policy as a file', shown);
    const told = await ana.message('#general', /reference/, 8000);
    const reference = /[2-9A-Z]{4}-[2-9A-Z]{4}/.exec(textsOf(told.blocks))?.[0];
    expect(reference).toBeDefined();
    await logged(bot, { level: 'error', reference });
  });

  test('a limited rate is waited for', async () => {
    const world = await startAll('http');
    world.workspace.fault('rate-limited', true);
    const ana = world.workspace.as('ana');
    await ana.command('#general', '/mta-sts');
    const opened = await ana
      .modal('Domain', 1500)
      .catch(() => ana.command('#general', '/mta-sts').then(() => ana.modal('Domain')));
    expect(opened.title).toBe('MTA-STS policy');
    await ana.type('Domain', 'example.test');
    await ana.type('MX hosts', 'mx1.example.test\nmx2.example.test\nbackup.example.org');
    await ana.choose('Post to', '#mail-ops');
    await ana.submit();
    if (ana.view !== undefined) {
      await ana.choose('Generate in spite', 'accepted');
      await ana.submit();
    }
    await workspaceMessage(world, '#mail-ops');
  });

  test('a slow Slack does not open the form too late without a word', async () => {
    const { workspace } = await startAll('http');
    workspace.fault('slow-slack', true);
    const ana = workspace.as('ana');
    expect(await ana.command('#general', '/mta-sts')).toEqual({ ok: true });
    await ana.message('#general', /once more/, 8000);
  });

  test('without files:write the text itself is the answer', async () => {
    const world = await startAll('socket');
    const shown = await generate(world);
    world.workspace.fault('no-files-write', true);
    const ana = world.workspace.as('ana');
    await ana.press('Policy as a file', shown);
    await ana.message('#general', 'files:write');
  });

  test('a channel that the bot may not post in is reached over the response URL', async () => {
    const { workspace } = await startAll('http');
    workspace.fault('not-in-channel', true);
    const ana = workspace.as('ana');
    await ana.command('#general', '/mta-sts example.test');
    await ana.modal('MX hosts or patterns');
    await ana.choose('Post to', '#mail-ops');
    await ana.submit();
    await workspace.as('ben').message('#mail-ops', records);
  });
});

test('a dropped socket is opened again', async () => {
  const { workspace } = await startAll('socket');
  workspace.fault('dropped-socket', true);
  const ana = workspace.as('ana');
  await ana.until(
    'Connected again',
    ({ faults, bot }) => (bot.connected && !faults.some(({ on }) => on)) || undefined,
    12_000,
  );
  await ana.command('#general', '/mta-sts');
  await ana.modal('Domain');
});

describe('the same again', () => {
  test('a form submitted twice, because the first answer was lost, posts once', async () => {
    const { workspace, ...bot } = await startAll('http');
    const ana = workspace.as('ana');
    await ana.command('#general', '/mta-sts example.test');
    await ana.modal('MX hosts or patterns');
    await ana.choose('Post to', '#mail-ops');
    workspace.fault('lost-answer', true);
    await ana.submit();
    workspace.fault('lost-answer', false);
    await workspaceMessage({ workspace }, '#mail-ops');
    await ana.submit();
    await ana.noModal();
    await logged(bot, { name: 'policy_form' });
    const posted = workspace
      .as('ben')
      .messages('#mail-ops')
      .filter(({ blocks }) => textsOf(blocks).includes(records));
    expect(posted).toHaveLength(1);
  });

  test('a double press does nothing twice', async () => {
    const world = await startAll('socket');
    const shown = await generate(world);
    const ana = world.workspace.as('ana');
    await Promise.all([ana.press('Policy as a file', shown), ana.press('Policy as a file', shown)]);
    await logged(world, { name: 'records.file', outcome: 'answered' });
    await logged(world, { name: 'records.file', outcome: 'repeated' });
    expect(ana.messages('@mta-sts').flatMap(({ files }) => files)).toHaveLength(1);
  });

  test('an event that Slack sends again is answered and has no effect', async () => {
    const { workspace, ...bot } = await startAll('http');
    workspace.fault('repeated-delivery', true);
    await workspace.as('ana').home();
    await logged(bot, { name: 'app_home_opened', outcome: 'repeated' });
    expect(workspace.wire().filter(({ name }) => name === 'views.publish')).toHaveLength(1);
  });
});

test('a press works after the bot was killed and started again', async () => {
  const world = await createWorld('socket');
  const first = spawnBot(world.env);
  await world.workspace.ready();
  const shown = await generate(world);
  first.kill('SIGKILL');
  await first.ended;
  const second = spawnBot(world.env);
  await logged(second, { msg: 'ready' }, 10_000);
  await world.workspace.ready();
  const ana = world.workspace.as('ana');
  await ana.press('Edit', shown);
  await ana.modal('MX hosts or patterns');
  expect(ana.text('Domain')).toBe('example.test');
  await ana.submit();
  await ana.noModal();
});

describe('signed requests', () => {
  async function post(
    world: World,
    url: string,
    options: { at?: number; form?: Record<string, string>; secret?: string } = {},
  ) {
    const { at = Date.now(), form = {}, secret = world.env.SLACK_SIGNING_SECRET ?? '' } = options;
    const timestamp = String(Math.floor(at / 1000));
    const body = new URLSearchParams({
      command: '/mta-sts',
      text: '',
      team_id: 'T0HOME0001',
      user_id: 'U0ANA00001',
      channel_id: 'C0GENERAL1',
      trigger_id: `${Math.random()}`,
      response_url: `${world.workspace.url}/nowhere`,
      ...form,
    }).toString();
    const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
    const send = () =>
      fetch(`${url}/slack/events`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-slack-request-timestamp': timestamp,
          'x-slack-signature': signature,
        },
      });
    return { send, response: await send() };
  }

  test('a replayed one has no effect', async () => {
    const world = await startAll('http');
    const { send, response } = await post(world, world.url, { form: { text: 'help' } });
    expect(await response.text()).toContain('/mta-sts explain');
    const again = await send();
    expect([again.status, await again.text()]).toEqual([200, '']);
    await logged(world, { name: '/mta-sts', outcome: 'repeated' });
  });

  test('one that failed runs again', async () => {
    const world = await startAll('http');
    world.workspace.fault('server-error', true);
    const { send } = await post(world, world.url, { form: { trigger_id: 'none', text: '' } });
    await logged(world, { name: '/mta-sts', outcome: 'failed' }, 8000);
    const calls = () => world.workspace.wire().filter(({ name }) => name === 'views.open').length;
    const before = calls();
    await send();
    await logged(world, { msg: 'interaction' });
    await expect.poll(calls).toBeGreaterThan(before);
  });

  test.each([
    ['dated in the future', { at: Date.now() + 90_000 }, 401],
    ['dated days ahead', { at: Date.now() + 86_400_000 }, 401],
    ['too old', { at: Date.now() - 400_000 }, 401],
    ['a little ahead, as clocks are', { at: Date.now() + 30_000, form: { text: 'help' } }, 200],
    ['signed by somebody else', { secret: 'another-secret-0123456789' }, 401],
  ])('one that is %s', async (_what, options, status) => {
    const world = await startAll('http');
    expect((await post(world, world.url, options)).response.status).toBe(status);
  });

  test('people of other workspaces are told no politely, and an unknown command is answered', async () => {
    const world = await startAll('http');
    const elsewhere = await post(world, world.url, { form: { team_id: 'T0OTHER001' } });
    expect(await elsewhere.response.text()).toContain('workspace');
    await logged(world, { team: 'T0OTHER001', outcome: 'elsewhere' });
    const startedAt = performance.now();
    const unknown = await post(world, world.url, { form: { name: '/other' } });
    expect(unknown.response.status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(1500);
    await logged(world, { name: '/other' });
  });
});

test('a person of another workspace presses a button in a shared channel', async () => {
  const { workspace } = await startAll('socket');
  const ana = workspace.as('ana');
  await ana.command('#partners', '/mta-sts example.test');
  await ana.modal('MX hosts or patterns');
  await ana.choose('Post to', '#partners');
  await ana.submit();
  const kim = workspace.as('kim');
  await kim.press('Edit', await kim.message('#partners', records));
  expect((await kim.message('#partners', 'works for the workspace')).ephemeral).toBe(true);
  expect(kim.view).toBeUndefined();
});

describe('the process', () => {
  test('a stop waits for the form that is being answered', async () => {
    const world = await createWorld('http');
    const bot = spawnBot(world.env);
    await world.workspace.ready();
    await logged(bot, { msg: 'ready' }, 10_000);
    const ana = world.workspace.as('ana');
    await ana.command('#general', '/mta-sts silent-dns.test');
    await ana.modal('MTA-STS policy');
    bot.kill('SIGTERM');
    await ana.modal(/No answer from DNS/, 6000);
    expect(await bot.ended).toBe(0);
    await logged(bot, { name: '/mta-sts', outcome: 'answered' });
  });

  test('a second signal ends it at once', async () => {
    const world = await createWorld('socket');
    const bot = spawnBot(world.env);
    await logged(bot, { msg: 'ready' }, 10_000);
    await world.workspace.ready();
    const ana = world.workspace.as('ana');
    await ana.command('#general', '/mta-sts silent-dns.test');
    await ana.modal('MTA-STS policy');
    const startedAt = performance.now();
    bot.kill('SIGTERM');
    await logged(bot, { msg: 'stopping' });
    bot.kill('SIGTERM');
    expect(await bot.ended).toBe(1);
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  test.each([
    ['a bot token that Slack does not know', 'SLACK_BOT_TOKEN', 'xoxb-0000-wrong'],
    ['an app token that Slack does not know', 'SLACK_APP_TOKEN', 'xapp-0000-wrong'],
  ])('%s is one sentence and exit code 1', async (_what, variable, value) => {
    const world = await createWorld('socket');
    const bot = spawnBot({ ...world.env, [variable]: value });
    expect(await bot.ended).toBe(1);
    expect(bot.words).toEqual([expect.stringContaining(`Slack does not accept ${variable}`)]);
    expect(JSON.stringify(bot.lines)).not.toContain(value);
  });

  test('a taken port and wrong variables are told', async () => {
    const world = await createWorld('http');
    const port = new URL(world.workspace.url).port;
    const taken = spawnBot({ ...world.env, PORT: port });
    expect(await taken.ended).toBe(1);
    expect(taken.words).toEqual([expect.stringContaining('PORT')]);
    const wrong = spawnBot({ SLACK_BOT_TOKEN: 'nonsense', PORT: 'x' });
    expect(await wrong.ended).toBe(1);
    expect(wrong.words.join('\n')).toMatch(/SLACK_BOT_TOKEN.*\n.*PORT/);
  });
});

describe('health', () => {
  test('ready once Slack answers, and says what does not', async () => {
    const world = await createWorld('socket');
    const away = spawnBot({ ...world.env, SLACK_API_URL: 'http://127.0.0.1:1/api/' });
    await logged(away, { msg: 'HTTP listens' }, 10_000);
    const { HOST, PORT } = world.env;
    const get = (path: string) => fetch(`http://${HOST}:${PORT}${path}`);
    expect((await get('/healthz')).status).toBe(200);
    const unready = await get('/readyz');
    expect(unready.status).toBe(503);
    expect(await unready.json()).toMatchObject({ ready: false, slack: expect.any(String) });
    away.kill('SIGTERM');
    expect(await away.ended).toBe(0);
    const { url } = await startBot(world);
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true }]);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('mta_sts_bot_interactions_total');
  });
});

async function workspaceMessage({ workspace }: Pick<World, 'workspace'>, where: string) {
  return workspace.as('ben').message(where, records, 10_000);
}
