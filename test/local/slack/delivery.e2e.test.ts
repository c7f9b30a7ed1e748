/** Between Slack and the bot: signatures, retries, what the "break something" menu breaks, and how it heals. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import {
  createWorkspace,
  type Workspace,
  type WorkspaceOptions,
} from '../../../src/local/slack/workspace.ts';
import { manifestWith, startApp } from './app.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A bot that is a bare HTTP server: what arrives, byte for byte. */
async function startBare(statuses: number[], options: Partial<WorkspaceOptions> = {}) {
  const workspace = await createWorkspace({ manifest: manifestWith(), transport: 'http', ...options });
  onTestFinished(() => workspace.stop());
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  }).listen(Number(workspace.env().PORT), '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await workspace.ready();
  return { ...workspace, received };
}

test('signed HTTP: the v0 signature over the exact bytes, and the exact content types', async () => {
  const { as, env, received } = await startBare([]);
  const secret = env().SLACK_SIGNING_SECRET ?? '';
  const ana = as('ana');
  await ana.command('#general', '/mta-sts café & more');
  await ana.shortcut('new_policy');
  await ana.command('#general', '/mta-sts');
  for (const { headers, body } of received) {
    const timestamp = headers['x-slack-request-timestamp'];
    const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
    expect(headers['x-slack-signature']).toBe(`v0=${digest}`);
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
  }
  expect(new URLSearchParams(received[0]?.body).get('text')).toBe('café & more');
  const shortcut = JSON.parse(new URLSearchParams(received[1]?.body).get('payload') ?? '');
  expect(shortcut).toMatchObject({ type: 'shortcut', callback_id: 'new_policy', user: { username: 'ana' } });
});

test('an event that fails is sent again under the same id, numbered, with the reason', async () => {
  const { as, received, wire } = await startBare([500, 503, 200], {
    limits: { eventRetriesMs: [10, 10, 10] },
  });
  await as('ana').openHome();
  await expect.poll(() => received.length).toBe(3);
  expect(
    received.map(({ headers }) => [headers['x-slack-retry-num'], headers['x-slack-retry-reason']]),
  ).toEqual([
    [undefined, undefined],
    ['1', 'http_error'],
    ['2', 'http_error'],
  ]);
  expect(received[0]?.headers['content-type']).toBe('application/json');
  expect(new Set(received.map(({ body }) => JSON.parse(body).event_id)).size).toBe(1);
  await expect
    .poll(() => wire().map(({ outcome }) => outcome))
    .toEqual(['acknowledged', 'status 503', 'status 500']);
});

test('a command is never sent again; a refusal is told', async () => {
  const { as, received } = await startBare([500]);
  expect(await as('ana').command('#general', '/mta-sts')).toEqual({
    ok: false,
    note: '/mta-sts failed with the error "dispatch_failed".',
  });
  expect(received).toHaveLength(1);
});

test('no bot at all', async () => {
  const workspace = await createWorkspace({ manifest: manifestWith(), transport: 'socket' });
  onTestFinished(() => workspace.stop());
  const ana = workspace.as('ana');
  expect(await ana.command('#general', '/mta-sts')).toMatchObject({ ok: false });
  expect(ana.state().bot.connected).toBe(false);
  await expect(workspace.ready(50)).rejects.toThrow('did not connect over socket');
});

const modal = {
  type: 'modal',
  title: { type: 'plain_text', text: 'Form' },
  blocks: [{ type: 'divider' }],
} as const;

test.each(['http', 'socket'] as const)('an expired trigger opens nothing, over %s', async (transport) => {
  const errors: unknown[] = [];
  const slack = await startApp(transport, (app) => {
    app.command('/mta-sts', async ({ ack, command, client }) => {
      await ack();
      const open = () =>
        client.views
          .open({ trigger_id: command.trigger_id, view: { ...modal, blocks: [...modal.blocks] } })
          .then(() => 'ok')
          .catch((error: { data: { error: string } }) => error.data.error);
      errors.push(await open(), await open());
    });
  });
  slack.fault('expired-trigger', true);
  await slack.as('ana').command('#general', '/mta-sts');
  await expect.poll(() => errors).toEqual(['expired_trigger_id', 'expired_trigger_id']);
  slack.fault('expired-trigger', false);
  await slack.as('ana').command('#general', '/mta-sts');
  await expect.poll(() => errors.slice(2)).toEqual(['ok', 'exchanged_trigger_id']);
});

test('a lost answer: the bot has answered, the person is told that it did not', async () => {
  let commands = 0;
  const slack = await startApp(
    'socket',
    (app) => {
      app.command('/mta-sts', async ({ ack }) => {
        commands += 1;
        await ack('Here');
      });
    },
    { limits: { answerMs: 100 } },
  );
  slack.fault('lost-answer', true);
  expect(await slack.as('ana').command('#general', '/mta-sts')).toMatchObject({ ok: false });
  expect(commands).toBe(1);
  expect(slack.as('ana').messages('#general')).toHaveLength(1);
});

test('a repeated event has the same id', async () => {
  const ids: string[] = [];
  const slack = await startApp(
    'http',
    (app) => {
      app.event('app_home_opened', async ({ body }) => {
        ids.push(body.event_id);
      });
    },
    { limits: { eventRetriesMs: [10] } },
  );
  slack.fault('repeated-delivery', true);
  await slack.as('ana').openHome();
  await expect.poll(() => ids.length).toBe(2);
  expect(ids[0]).toBe(ids[1]);
});

test('a socket that drops or is told to go comes back by itself', async () => {
  const cuts = [
    (slack: Workspace) => slack.fault('dropped-socket', true),
    (slack: Workspace) => slack.refreshSockets('refresh_requested'),
  ];
  // Together: the client waits 5 s before it connects again.
  const tries = cuts.map(async (cut) => {
    const slack = await startApp('socket', (app) => {
      app.command('/mta-sts', async ({ ack }) => ack('Here'));
    });
    const ana = slack.as('ana');
    cut(slack);
    await ana.until('Gone', ({ bot }) => !bot.connected || undefined);
    expect(await ana.command('#general', '/mta-sts')).toMatchObject({ ok: false });
    await ana.until('Back', ({ bot }) => bot.connected || undefined, 8000);
    expect(await ana.command('#general', '/mta-sts')).toEqual({ ok: true });
    expect(ana.state().faults.every(({ on }) => !on)).toBe(true);
  });
  await Promise.all(tries);
});

test('people of another workspace see and press, and have no commands', async () => {
  const teams: unknown[] = [];
  const slack = await startApp('http', (app) => {
    app.action('press', async ({ ack, body, respond }) => {
      await ack();
      teams.push([body.team?.id, 'team_id' in body.user ? body.user.team_id : undefined]);
      await respond({ response_type: 'ephemeral', replace_original: false, text: 'Not for you.' });
    });
  });
  const text = { type: 'plain_text', text: 'Press' } as const;
  await slack.app.client.chat.postMessage({
    channel: '#partners',
    text: 'Look',
    blocks: [{ type: 'actions', elements: [{ type: 'button', action_id: 'press', text }] }],
  });
  const kim = slack.as('kim');
  expect(await kim.command('#partners', '/mta-sts')).toMatchObject({ ok: false });
  expect(await kim.shortcut('new_policy')).toMatchObject({ ok: false });
  await kim.press('Press', await kim.message('#partners', 'Look'));
  expect(teams).toEqual([['T0HOME0001', 'T0OTHER001']]);
  await kim.message('#partners', 'Not for you.');
});

test('a response URL takes five posts in half an hour', async () => {
  let now = Date.UTC(2026, 0, 1);
  const { as, received, url, wire } = await startBare([], { now: () => now });
  const ana = as('ana');
  const newUrl = async () => {
    await ana.command('#postmasters', '/mta-sts');
    return new URLSearchParams(received.at(-1)?.body).get('response_url') ?? '';
  };
  const post = async (to: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(to, { method: 'POST', headers, body: JSON.stringify(body) });
    return response.status;
  };
  const first = await newUrl();
  expect(first.startsWith(url)).toBe(true);
  expect(await post(first, { blocks: [{ type: 'header' }] })).toBe(400);
  for (let count = 0; count < 5; count += 1) expect(await post(first, { text: `Post ${count}` })).toBe(200);
  expect(await post(first, { text: 'One more' })).toBe(404);
  const second = await newUrl();
  now += 30 * 60_000 + 1;
  expect(await post(second, { text: 'Late' })).toBe(404);
  expect(JSON.stringify(wire())).not.toContain(second.split('/').at(-1));
});

test('the wire log has no tokens', async () => {
  const slack = await startApp('socket', (app) => {
    app.command('/mta-sts', async ({ ack }) => ack());
  });
  await slack.as('ana').command('#general', '/mta-sts');
  const text = JSON.stringify(slack.wire());
  for (const secret of [slack.env('http').SLACK_SIGNING_SECRET, slack.env('socket').SLACK_APP_TOKEN])
    expect(text).not.toContain(secret);
  expect(text).not.toMatch(/xox[a-z]-|xapp-|ticket=[0-9a-f]/);
});
