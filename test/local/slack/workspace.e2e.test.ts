/** The local Slack on its own, against a tiny app on real Bolt, over both transports. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModalView } from '@slack/types';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createWorkspace } from '../../../src/local/slack/workspace.ts';
import { manifestWith, startApp } from './app.ts';

const plain = (text: string) => ({ type: 'plain_text', text }) as const;
const button = (text: string, action_id: string) => ({
  type: 'actions' as const,
  block_id: `of-${action_id}`,
  elements: [{ type: 'button' as const, action_id, text: plain(text), value: 'v' }],
});

function form(blocks: ModalView['blocks'], more: Partial<ModalView> = {}): ModalView {
  return {
    type: 'modal',
    callback_id: 'form',
    title: plain('Form'),
    submit: plain('Send'),
    blocks,
    ...more,
  };
}
const nameField = {
  type: 'input',
  block_id: 'name',
  label: plain('Name'),
  element: { type: 'plain_text_input', action_id: 'name' },
} as const;

describe.each(['http', 'socket'] as const)('over %s', (transport) => {
  test('a command opens a form; an error stands at its field; the answer is posted', async () => {
    const slack = await startApp(transport, (app) => {
      app.command('/mta-sts', async ({ ack, command, client }) => {
        await ack();
        const view = form([nameField], { private_metadata: command.channel_id });
        await client.views.open({ trigger_id: command.trigger_id, view });
      });
      app.view('form', async ({ ack, view, client }) => {
        const name = view.state.values.name?.name?.value ?? '';
        if (name === 'bad') return ack({ response_action: 'errors', errors: { name: 'Not this.' } });
        await ack();
        await client.chat.postMessage({ channel: view.private_metadata, text: `Hello ${name}` });
      });
    });
    const ana = slack.as('ana');
    expect(await ana.command('#general', '/mta-sts')).toEqual({ ok: true });
    await ana.modal('Form');
    await ana.type('Name', 'bad');
    await ana.submit();
    expect(ana.errors()).toEqual({ name: 'Not this.' });
    expect(ana.text('Name')).toBe('bad');
    await ana.type('Name', 'world');
    await ana.submit();
    await ana.noModal();
    await ana.message('#general', 'Hello world');
    expect(slack.as('ben').messages('#general').at(-1)?.text).toBe('Hello world');
  });

  test('a command says what Slack says', async () => {
    const seen: unknown[] = [];
    const slack = await startApp(transport, (app) => {
      app.command('/mta-sts', async ({ ack, body }) => {
        seen.push(body);
        await ack('Only you see this.');
      });
    });
    const ana = slack.as('ana');
    await ana.command('#postmasters', '/mta-sts  <http://example.test|example.test>  ');
    expect(seen).toEqual([
      {
        token: expect.any(String),
        team_id: 'T0HOME0001',
        team_domain: 'local',
        channel_id: 'G0PRIVATE1',
        channel_name: 'privategroup',
        user_id: ana.id,
        user_name: 'ana',
        command: '/mta-sts',
        text: '<http://example.test|example.test>',
        api_app_id: expect.any(String),
        is_enterprise_install: 'false',
        response_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/response\/\w+$/),
        trigger_id: expect.any(String),
      },
    ]);
    const { ephemeral } = await ana.message('#postmasters', 'Only you see this.');
    expect(ephemeral).toBe(true);
    expect(slack.as('ben').messages('#postmasters').at(-1)?.text).not.toContain('Only you');
  });

  test('a button in a message comes with the message, in an ephemeral one without', async () => {
    const seen: Record<string, unknown>[] = [];
    const slack = await startApp(transport, (app) => {
      app.command('/mta-sts', async ({ ack, respond, command }) => {
        await ack();
        const blocks = [button('Press', 'press')];
        await respond({
          response_type: command.text === 'all' ? 'in_channel' : 'ephemeral',
          text: 'Here',
          blocks,
        });
      });
      app.action('press', async ({ ack, body, respond }) => {
        await ack();
        seen.push(body as unknown as Record<string, unknown>);
        await respond({ replace_original: true, text: 'Pressed' });
      });
    });
    const ana = slack.as('ana');
    for (const text of ['all', 'me']) {
      await ana.command('#general', `/mta-sts ${text}`);
      await ana.press('Press', await ana.message('#general', 'Here'));
      await ana.until(
        'No button',
        () => ana.messages('#general').every((each) => each.blocks.length === 0) || undefined,
      );
    }
    const [open, ephemeral] = seen;
    expect(open).toMatchObject({
      type: 'block_actions',
      user: { id: ana.id, username: 'ana', team_id: 'T0HOME0001' },
      team: { id: 'T0HOME0001', domain: 'local' },
      enterprise: null,
      is_enterprise_install: false,
      container: { type: 'message', channel_id: 'C0GENERAL1', is_ephemeral: false },
      channel: { id: 'C0GENERAL1', name: 'general' },
      message: { type: 'message', text: 'Here', blocks: [{ block_id: 'of-press' }] },
      state: { values: {} },
      actions: [
        { type: 'button', action_id: 'press', block_id: 'of-press', value: 'v', text: { text: 'Press' } },
      ],
    });
    expect(ephemeral).toMatchObject({ container: { type: 'message', is_ephemeral: true } });
    expect(ephemeral).not.toHaveProperty('message');
    expect(
      ana
        .messages('#general')
        .map(({ text }) => text)
        .slice(-2),
    ).toEqual(['Pressed', 'Pressed']);
  });

  test('a button beside a bar of a colour comes with the message, and where in it', async () => {
    const seen: Record<string, unknown>[] = [];
    const slack = await startApp(transport, (app) => {
      app.action('press', async ({ ack, body }) => {
        await ack();
        seen.push(body as unknown as Record<string, unknown>);
        const { channel, message } = body as { channel: { id: string }; message: { ts: string } };
        const attachments = [{ color: '#2eb67d', blocks: [button('again')] }];
        await app.client.chat.update({ channel: channel.id, ts: message.ts, text: 'Done', attachments });
      });
    });
    const button = (block_id: string) =>
      ({
        type: 'actions',
        block_id,
        elements: [{ type: 'button', action_id: 'press', text: plain('Press') }],
      }) as const;
    const attachments = [{ color: '#e01e5a', blocks: [button('first')] }];
    await slack.app.client.chat.postMessage({ channel: 'C0MAILOPS1', text: 'Here', attachments });
    const ana = slack.as('ana');
    await ana.press('Press', await ana.message('#mail-ops', 'Here'));
    const done = await ana.message('#mail-ops', 'Done');
    expect(seen).toMatchObject([
      {
        container: {
          type: 'message_attachment',
          attachment_id: 1,
          message_ts: done.ts,
          is_app_unfurl: false,
        },
        message: {
          text: 'Here',
          attachments: [{ id: 1, color: '#e01e5a', blocks: [{ block_id: 'first' }] }],
        },
        actions: [{ action_id: 'press', block_id: 'first' }],
      },
    ]);
    expect(done.attachments).toMatchObject([{ color: '#2eb67d', blocks: [{ block_id: 'again' }] }]);
  });

  test('a form keeps what was typed under the same block_id, and fills anew under a fresh one', async () => {
    const field = (block_id: string, initial_value: string) => ({
      ...nameField,
      block_id,
      element: { ...nameField.element, initial_value },
    });
    const slack = await startApp(transport, (app) => {
      app.command('/mta-sts', async ({ ack, command, client }) => {
        await ack();
        const view = form([field('first', 'one'), button('Fill', 'fill'), button('Keep', 'keep')]);
        await client.views.open({ trigger_id: command.trigger_id, view });
      });
      app.action(/fill|keep/, async ({ ack, body, action, client }) => {
        await ack();
        if (body.type !== 'block_actions' || !('action_id' in action)) return;
        const { id = '', hash = '' } = body.view ?? {};
        const fresh = action.action_id === 'fill' ? 'second' : 'first';
        const view = form([field(fresh, 'two'), button('Fill', 'fill'), button('Keep', 'keep')]);
        await client.views.update({ view_id: id, hash, view });
      });
    });
    const ana = slack.as('ana');
    await ana.command('#general', '/mta-sts');
    const { hash } = await ana.modal();
    expect(ana.text('Name')).toBe('one');
    await ana.type('Name', 'typed');
    await ana.press('Keep');
    await ana.until('Another hash', () => ana.view?.hash !== hash || undefined);
    expect(ana.text('Name')).toBe('typed');
    await ana.press('Fill');
    await ana.until('The other field', () => ana.view?.blocks[0]?.block_id === 'second' || undefined);
    expect(ana.text('Name')).toBe('two');
  });

  test('every input of a submission is there, the empty ones as null', async () => {
    const seen: unknown[] = [];
    const option = (value: string) => ({ text: plain(value), value });
    const input = (block_id: string, element: Record<string, unknown>, more = {}) =>
      ({
        type: 'input',
        block_id,
        label: plain(block_id),
        optional: true,
        element: { action_id: 'a', ...element },
        ...more,
      }) as unknown as ModalView['blocks'][number];
    const slack = await startApp(transport, (app) => {
      app.shortcut('new_policy', async ({ ack, shortcut, client }) => {
        await ack();
        const view = form([
          input('text', { type: 'plain_text_input' }),
          input('number', { type: 'number_input', is_decimal_allowed: false }),
          input('radio', {
            type: 'radio_buttons',
            options: [option('x'), option('y')],
            initial_option: option('x'),
          }),
          input('select', { type: 'static_select', options: [option('x'), option('y')] }),
          input('ticks', { type: 'checkboxes', options: [option('x')] }),
          input('place', { type: 'conversations_select', response_url_enabled: true }),
        ]);
        await client.views.open({ trigger_id: shortcut.trigger_id, view });
      });
      app.view('form', async ({ ack, view, body }) => {
        await ack();
        const [url] = ('response_urls' in body && body.response_urls) || [];
        seen.push(view.state.values, url);
        if (url !== undefined)
          await fetch(url.response_url, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ response_type: 'in_channel', text: 'Shared' }),
          });
      });
    });
    const ana = slack.as('ana');
    await ana.shortcut('new_policy');
    await ana.modal();
    await ana.choose('place', '#postmasters');
    await ana.submit();
    await ana.message('#postmasters', 'Shared');
    expect(seen).toEqual([
      {
        text: { a: { type: 'plain_text_input', value: null } },
        number: { a: { type: 'number_input', value: null } },
        radio: {
          a: { type: 'radio_buttons', selected_option: { text: { emoji: true, ...plain('x') }, value: 'x' } },
        },
        select: { a: { type: 'static_select', selected_option: null } },
        ticks: { a: { type: 'checkboxes', selected_options: [] } },
        place: { a: { type: 'conversations_select', selected_conversation: 'G0PRIVATE1' } },
      },
      { block_id: 'place', action_id: 'a', channel_id: 'G0PRIVATE1', response_url: expect.any(String) },
    ]);
    const { ephemeral, user } = await slack.as('ben').message('#postmasters', 'Shared');
    expect([ephemeral, user]).toEqual([false, ana.state().bot.userId]);
  });

  test('a menu, a select and a time tell what was picked, in App Home and in a message', async () => {
    const seen: Record<string, unknown>[] = [];
    const option = (text: string) => ({ text: plain(text), value: text.toLowerCase() });
    const more = (domain: string) => ({
      type: 'section' as const,
      block_id: `watch-${domain}`,
      text: { type: 'mrkdwn' as const, text: `*${domain}*` },
      accessory: {
        type: 'overflow' as const,
        action_id: 'more',
        options: [option('Check again'), option('Unwatch')],
      },
    });
    const slack = await startApp(transport, (app) => {
      app.event('app_home_opened', async ({ event, client }) => {
        const select = {
          type: 'static_select',
          action_id: 'every',
          options: [option('Hourly'), option('Daily')],
        };
        const time = { type: 'timepicker', action_id: 'quiet', initial_time: '22:00' };
        const blocks = [
          ...Array.from({ length: 49 }, (_, at) => [
            more(`d${at}.test`),
            { type: 'divider' as const },
          ]).flat(),
          { type: 'actions', block_id: 'settings', elements: [select, time] },
        ];
        await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: blocks as never } });
      });
      app.action(/.*/, async ({ ack, body, client }) => {
        await ack();
        seen.push(body as unknown as Record<string, unknown>);
        if (body.type === 'block_actions' && body.actions[0]?.type === 'overflow' && body.view !== undefined)
          await client.chat.postMessage({ channel: 'C0MAILOPS1', text: 'card', blocks: [more('d7.test')] });
      });
    });
    const ana = slack.as('ana');
    const home = await ana.home();
    expect(home.blocks).toHaveLength(99);
    await ana.pick('Unwatch', 'home', 'd7.test');
    const card = await ana.message('#mail-ops', 'd7.test');
    await slack.app.client.chat.postMessage({ channel: 'C0MAILOPS1', text: 'news', thread_ts: card.ts });
    await ana.pick('check again', card);
    await ana.pick('Daily', 'home');
    await ana.setTime('quiet', '23:30', 'home');
    const [inHome, inMessage, ofSelect, ofTime] = seen;
    const picked = { type: 'overflow', action_id: 'more', block_id: 'watch-d7.test' };
    expect(inHome).toMatchObject({
      container: { type: 'view' },
      view: { type: 'home', state: { values: { settings: { quiet: { selected_time: '22:00' } } } } },
      actions: [{ ...picked, selected_option: { value: 'unwatch', text: { text: 'Unwatch' } } }],
    });
    expect(inHome).not.toHaveProperty('view.state.values.watch-d7.test');
    expect(inMessage).toMatchObject({
      container: { type: 'message', message_ts: card.ts, thread_ts: card.ts },
      message: { ts: card.ts, thread_ts: card.ts, reply_count: 1 },
      actions: [{ ...picked, selected_option: { value: 'check again' } }],
    });
    expect(ofSelect?.actions).toMatchObject([{ type: 'static_select', selected_option: { value: 'daily' } }]);
    expect(ofTime).toMatchObject({
      actions: [{ type: 'timepicker', action_id: 'quiet', initial_time: '22:00', selected_time: '23:30' }],
      view: { state: { values: { settings: { quiet: { type: 'timepicker', selected_time: '23:30' } } } } },
    });
  });

  test('a form starts with the conversation it was opened in, where that is offered', async () => {
    const seen: unknown[] = [];
    const place = (block_id: string, more: object) => ({
      type: 'input' as const,
      block_id,
      optional: true,
      label: plain(block_id),
      element: {
        type: 'conversations_select' as const,
        action_id: 'a',
        default_to_current_conversation: true,
        ...more,
      },
    });
    const slack = await startApp(transport, (app) => {
      app.command('/mta-sts', async ({ ack, command, client }) => {
        await ack();
        const view = form([
          place('any', { response_url_enabled: true }),
          place('channels', { filter: { include: ['public', 'private'] } }),
          place('own', { initial_conversation: 'C0PARTNERS' }),
          place('unshared', { filter: { exclude_external_shared_channels: true } }),
          {
            type: 'section',
            block_id: 'beside',
            text: plain('Beside'),
            accessory: {
              type: 'conversations_select',
              action_id: 'a',
              default_to_current_conversation: true,
              response_url_enabled: true,
            },
          } as ModalView['blocks'][number],
          {
            type: 'input',
            block_id: 'from',
            label: plain('From'),
            element: { type: 'timepicker', action_id: 'a', initial_time: '22:00' },
          },
        ]);
        await client.views.open({ trigger_id: command.trigger_id, view });
      });
      app.view('form', async ({ ack, view, body }) => {
        await ack();
        const urls = 'response_urls' in body ? (body.response_urls ?? []) : [];
        const { values } = view.state;
        seen.push({
          chosen: Object.fromEntries(
            Object.entries(values).map(([block, { a }]) => [
              block,
              a?.selected_conversation ?? a?.selected_time ?? null,
            ]),
          ),
          urls: urls.map(({ block_id, channel_id }) => [block_id, channel_id]),
        });
      });
    });
    const ana = slack.as('ana');
    for (const where of ['#partners', '#mail-ops', '@mta-sts']) {
      await ana.command(where, '/mta-sts');
      await ana.modal('Form');
      await ana.submit();
    }
    const chosen = { own: 'C0PARTNERS', from: '22:00' };
    const [partners, mailOps, dm] = ['C0PARTNERS', 'C0MAILOPS1', 'D0ANABOT01'];
    expect(seen).toEqual([
      {
        chosen: { ...chosen, any: partners, channels: partners, unshared: null, beside: partners },
        urls: [['any', partners]],
      },
      {
        chosen: { ...chosen, any: mailOps, channels: mailOps, unshared: mailOps, beside: mailOps },
        urls: [['any', mailOps]],
      },
      { chosen: { ...chosen, any: dm, channels: null, unshared: dm, beside: dm }, urls: [['any', dm]] },
    ]);
  });

  test('modals lie on each other, three at most, and closing is told to who asked', async () => {
    const closed: boolean[] = [];
    const errors: unknown[] = [];
    const next = (depth: number) =>
      form([button('Deeper', 'deeper')], { title: plain(`Depth ${depth}`), notify_on_close: true });
    const slack = await startApp(transport, (app) => {
      app.command('/mta-sts', async ({ ack, command, client }) => {
        await ack();
        await client.views.open({ trigger_id: command.trigger_id, view: next(1) });
      });
      app.action('deeper', async ({ ack, body, client }) => {
        await ack();
        if (body.type !== 'block_actions') return;
        const depth = Number(body.view?.title?.text.slice(-1)) + 1;
        await client.views
          .push({ trigger_id: body.trigger_id, view: next(depth) })
          .catch((error: { data: { error: string } }) => errors.push(error.data.error));
      });
      app.view({ type: 'view_closed', callback_id: 'form' }, async ({ ack, body }) => {
        await ack();
        if (body.type === 'view_closed') closed.push(body.is_cleared);
      });
    });
    const ana = slack.as('ana');
    await ana.command('#general', '/mta-sts');
    for (const depth of [1, 2, 3]) {
      await ana.modal(`Depth ${depth}`);
      await ana.press('Deeper');
    }
    await expect.poll(() => errors).toEqual(['push_limit_reached']);
    await ana.close();
    await ana.modal('Depth 2');
    expect(closed).toEqual([false]);
  });

  test('the App Home is published when it is opened', async () => {
    const seen: unknown[] = [];
    const slack = await startApp(
      transport,
      (app) => {
        app.event('app_home_opened', async ({ event, body, client }) => {
          seen.push(body);
          const view = { type: 'home' as const, blocks: [{ type: 'header' as const, text: plain('Home') }] };
          await client.views.publish({ user_id: event.user, view });
        });
        app.event('member_joined_channel', async ({ event, client }) => {
          await client.chat.postMessage({ channel: event.channel, text: 'Thank you.' });
        });
      },
      { manifest: manifestWith({ events: ['member_joined_channel'] }) },
    );
    const ana = slack.as('ana');
    const home = await ana.home();
    expect(home.blocks).toMatchObject([{ type: 'header', text: { text: 'Home' } }]);
    expect(seen).toMatchObject([
      {
        type: 'event_callback',
        event_id: expect.stringMatching(/^Ev/),
        authorizations: [{ team_id: 'T0HOME0001', is_bot: true }],
        event: { type: 'app_home_opened', user: ana.id, tab: 'home', channel: 'D0ANABOT01' },
      },
    ]);
    await ana.command('#postmasters', '/invite @mta-sts');
    await ana.message('#postmasters', 'Thank you.');
  });

  test('what the bot does not answer in time is told to the person', async () => {
    const slack = await startApp(
      transport,
      (app) => {
        app.command('/mta-sts', async ({ command, client }) => {
          if (command.text === 'form')
            await client.views.open({ trigger_id: command.trigger_id, view: form([nameField]) });
        });
        app.view('form', async () => {});
      },
      { limits: { answerMs: 150 } },
    );
    const ana = slack.as('ana');
    const failed = { ok: false, note: '/mta-sts failed because the app did not respond.' };
    expect(await ana.command('#general', '/mta-sts')).toEqual(failed);
    await ana.command('#general', '/mta-sts form');
    await ana.modal();
    await ana.type('Name', 'x');
    expect(await ana.submit()).toEqual({ ok: false, note: 'We had some trouble connecting. Try again?' });
    expect(ana.text('Name')).toBe('x');
    expect(slack.wire()[0]).toMatchObject({
      name: 'view_submission',
      failed: true,
      outcome: 'no answer in time',
    });
  });

  test('answers to a form: update, push, clear, and what Slack does not understand', async () => {
    const answers = {
      update: { response_action: 'update', view: form([nameField], { title: plain('Updated') }) },
      push: { response_action: 'push', view: form([nameField], { title: plain('Pushed') }) },
      clear: { response_action: 'clear' },
      strange: { response_action: 'dance' },
      nowhere: { response_action: 'errors', errors: { elsewhere: 'No such field.' } },
      broken: {
        response_action: 'update',
        view: form([], { title: plain('A title of more than 24 characters') }),
      },
    } as const;
    const slack = await startApp(transport, (app) => {
      app.command('/mta-sts', async ({ ack, command, client }) => {
        await ack();
        await client.views.open({ trigger_id: command.trigger_id, view: form([nameField]) });
      });
      app.view('form', async ({ ack, view }) => {
        const name = view.state.values.name?.name?.value as keyof typeof answers;
        await (ack as (answer: unknown) => Promise<void>)(answers[name]);
      });
    });
    const ana = slack.as('ana');
    await ana.command('#general', '/mta-sts');
    await ana.modal('Form');
    for (const bad of ['strange', 'nowhere', 'broken']) {
      await ana.type('Name', bad);
      expect(await ana.submit()).toMatchObject({ ok: false });
      expect(ana.view?.title).toBe('Form');
    }
    for (const [answer, title] of [
      ['update', 'Updated'],
      ['push', 'Pushed'],
    ] as const) {
      await ana.type('Name', answer);
      expect(await ana.submit()).toEqual({ ok: true });
      expect(ana.view?.title).toBe(title);
    }
    await ana.type('Name', 'clear');
    await ana.submit();
    await ana.noModal();
  });
});

test('a bot that is being replaced is not taken for the one that comes', async () => {
  const replacing = Promise.withResolvers<void>();
  const slack = await createWorkspace({ manifest: manifestWith(), onTransport: () => replacing.promise });
  onTestFinished(() => slack.stop());
  const old = createServer((socket) => socket.destroy()).listen(Number(slack.env().PORT), '127.0.0.1');
  await once(old, 'listening');
  const switched = slack.act({ kind: 'transport', transport: 'http' });
  // Long enough for two looks, if there were any: after the second, what the first saw would be believed.
  await sleep(2500);
  await once(old.close(), 'close');
  replacing.resolve();
  await switched;
  await expect(slack.ready(300)).rejects.toThrow('did not connect over http');
});
