/** Requests that are signed and still not to be trusted: repeated, dated ahead, from elsewhere, malformed. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { logged, startAll, type World } from './world.ts';

describe('what comes from outside is not believed', () => {
  const press = (world: World, url: string, action: Record<string, string>) => {
    const payload = JSON.stringify({
      type: 'block_actions',
      team: { id: 'T0HOME0001' },
      user: { id: 'U0ANA00001', team_id: 'T0HOME0001' },
      channel: { id: 'C0MAILOPS1' },
      container: { type: 'message', message_ts: '1.2', channel_id: 'C0MAILOPS1', is_ephemeral: true },
      trigger_id: '1.2',
      actions: [{ type: 'button', block_id: 'b', ...action }],
    });
    return post(world, url, { form: { payload } });
  };

  test('a button of another version is answered', async () => {
    const world = await startAll('http');
    expect((await press(world, world.url, { action_id: 'gone' })).response.status).toBe(200);
    await world.workspace.as('ana').message('#mail-ops', 'another version');
    await logged(world, { name: 'gone', outcome: 'unknown' });
  });

  test.each([undefined, '', '[]', '[9]', '{"domain":"x"}', 'x'.repeat(2000)])(
    'a state that is %j',
    async (value) => {
      const world = await startAll('http');
      await press(world, world.url, { action_id: 'records.edit', ...(value !== undefined && { value }) });
      await logged(world, { name: 'records.edit', outcome: 'answered' });
      expect(world.workspace.as('ana').messages('#mail-ops').at(-1)?.ephemeral).toBe(true);
    },
  );

  test.each([
    ['a list', '[]'],
    ['no JSON', '{'],
    ['an empty object', '{}'],
    ['a submission without a view', '{"type":"view_submission","user":{"id":"U1"}}'],
    ['a press of nothing', '{"type":"block_actions","actions":[]}'],
    ['a press by nobody', '{"type":"block_actions","actions":[{}]}'],
  ])('a payload that is %s', async (_what, payload) => {
    const world = await startAll('http');
    const { response } = await post(world, world.url, { form: { payload } });
    expect(response.status).toBeLessThan(500);
    expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
  });
});

describe('signed requests', () => {
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
    const { send } = await post(world, world.url, { form: { trigger_id: 'none', user_id: '' } });
    await logged(world, { name: '/mta-sts', outcome: 'failed' }, 8000);
    const calls = () => world.workspace.wire().filter(({ name }) => name === 'views.open').length;
    const before = calls();
    await send();
    await logged(world, { msg: 'interaction' });
    await expect.poll(calls).toBeGreaterThan(before);
  });

  test.each([
    ['dated in the future', { aheadMs: 90_000 }, 401],
    ['dated days ahead', { aheadMs: 86_400_000 }, 401],
    ['too old', { aheadMs: -400_000 }, 401],
    ['a little ahead, as clocks are', { aheadMs: 30_000, form: { text: 'help' } }, 200],
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
    const unknown = await post(world, world.url, { form: { command: '/other' } });
    expect(unknown.response.status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(1500);
    await logged(world, { name: '/other' });
  });
});

async function post(
  world: World,
  url: string,
  options: { aheadMs?: number; form?: Record<string, string>; secret?: string } = {},
) {
  const { aheadMs = 0, form = {}, secret = world.env.SLACK_SIGNING_SECRET ?? '' } = options;
  const timestamp = String(Math.floor((Date.now() + aheadMs) / 1000));
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
