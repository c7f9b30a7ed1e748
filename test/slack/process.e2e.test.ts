/** The bot as a process of its own: killed, stopped, started wrongly, and what its health says. */
import { describe, expect, test } from 'vitest';
import { StartError } from '../../src/slack/slack-answers.ts';
import { madeOnce } from '../made-once.ts';
import {
  createWorld,
  logged,
  serverDatabase,
  spawnBot,
  startBot,
  type Transport,
  type World,
} from './world.ts';

/** What one test leaves in it is nothing to another. */
const database = madeOnce(serverDatabase);

async function createKeptWorld(transport: Transport): Promise<World> {
  const world = await createWorld(transport);
  return { ...world, env: { ...world.env, ...database() } };
}

test('a press works after the bot was killed and started again; a second signal ends it at once', async () => {
  const world = await createKeptWorld('socket');
  const first = spawnBot(world.env);
  await world.workspace.ready();
  const ana = world.workspace.as('ana');
  await ana.command('#general', '/mta-sts example.test');
  await ana.modal('MX hosts or patterns');
  await ana.submit();
  const shown = await ana.message('#general', 'v=STSv1; id=');
  first.kill('SIGKILL');
  await first.ended;
  const second = spawnBot(world.env);
  await logged(second, { msg: 'ready' });
  await world.workspace.ready();
  await ana.press('Edit', shown);
  await ana.modal('MX hosts or patterns');
  expect(ana.text('Domain')).toBe('example.test');
  await ana.submit();
  await ana.noModal();
  await ana.command('#general', '/mta-sts silent-dns.test');
  await ana.modal('MTA-STS policy');
  const startedAt = performance.now();
  second.kill('SIGTERM');
  await logged(second, { msg: 'stopping' });
  second.kill('SIGTERM');
  expect(await second.ended).toBe(1);
  expect(performance.now() - startedAt).toBeLessThan(1500);
});

describe('the process', () => {
  test('a stop waits for the form that is being answered', async () => {
    const world = await createKeptWorld('http');
    const bot = spawnBot(world.env);
    await world.workspace.ready();
    await logged(bot, { msg: 'ready' });
    const ana = world.workspace.as('ana');
    await ana.command('#general', '/mta-sts silent-dns.test');
    await ana.modal('MTA-STS policy');
    bot.kill('SIGTERM');
    await ana.modal(/No answer from DNS/, 6000);
    expect(await bot.ended).toBe(0);
    await logged(bot, { name: '/mta-sts', outcome: 'answered' });
  });

  test('a token that Slack does not know is one sentence and exit code 1', async () => {
    const world = await createKeptWorld('socket');
    const token = 'xoxb-0000-wrong';
    const bot = spawnBot({ ...world.env, SLACK_BOT_TOKEN: token });
    expect(await bot.ended).toBe(1);
    expect(bot.words).toEqual([expect.stringContaining('Slack does not accept SLACK_BOT_TOKEN')]);
    expect(JSON.stringify(bot.lines)).not.toContain(token);
  });

  test('so is an app token', async () => {
    const world = await createWorld('socket');
    const token = 'xapp-0000-wrong';
    const lines: Record<string, unknown>[] = [];
    const env = { ...world.env, SLACK_APP_TOKEN: token };
    const refused = await startBot({ ...world, env }, undefined, undefined, lines).catch((error) => error);
    // Of which main makes the sentence.
    expect(refused).toBeInstanceOf(StartError);
    expect(refused.message).toMatch(/^Slack does not accept SLACK_APP_TOKEN/);
    expect(JSON.stringify([lines, refused.message])).not.toContain(token);
  });

  test('a taken port and wrong variables are told', async () => {
    const world = await createKeptWorld('http');
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
    const world = await createKeptWorld('socket');
    const away = spawnBot({ ...world.env, SLACK_API_URL: 'http://127.0.0.1:1/api/' });
    await logged(away, { msg: 'HTTP listens' });
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
