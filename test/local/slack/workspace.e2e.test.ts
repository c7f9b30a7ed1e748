/** The local Slack on its own, against a tiny app on real Bolt, over both transports. */
import { readFileSync } from 'node:fs';
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { afterEach, describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/local/slack/manifest.ts';
import {
  createWorkspace,
  type Workspace,
  type WorkspaceOptions,
} from '../../../src/local/slack/workspace.ts';

const manifest = parseManifest(readFileSync(new URL('../../../manifest.json', import.meta.url), 'utf8'));
const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A workspace with an app in it that only knows what the environment variables say. */
async function start(
  transport: 'http' | 'socket',
  listen: (app: App) => void,
  options: Partial<WorkspaceOptions> = {},
): Promise<Workspace> {
  const workspace = await createWorkspace({ manifest, transport, ...options });
  stops.push(() => workspace.stop());
  const env = workspace.env();
  const clientOptions = { slackApiUrl: env.SLACK_API_URL ?? '', retryConfig: { retries: 0 } };
  const receiver =
    transport === 'socket'
      ? new SocketModeReceiver({
          appToken: env.SLACK_APP_TOKEN ?? '',
          logLevel: LogLevel.ERROR,
          installerOptions: { clientOptions },
        })
      : new HTTPReceiver({ signingSecret: env.SLACK_SIGNING_SECRET ?? '', logLevel: LogLevel.ERROR });
  const app = new App({
    receiver,
    token: env.SLACK_BOT_TOKEN ?? '',
    clientOptions,
    logLevel: LogLevel.ERROR,
    convoStore: false,
    deferInitialization: true,
  });
  await app.init();
  listen(app);
  if (transport === 'http') await app.start(Number(env.PORT));
  else await app.start();
  stops.push(() => app.stop());
  await workspace.ready();
  return workspace;
}

const form = {
  type: 'modal',
  callback_id: 'form',
  title: { type: 'plain_text', text: 'Form' },
  submit: { type: 'plain_text', text: 'Send' },
  blocks: [
    {
      type: 'input',
      block_id: 'name',
      label: { type: 'plain_text', text: 'Name' },
      element: { type: 'plain_text_input', action_id: 'name' },
    },
  ],
} as const;

describe.each(['http', 'socket'] as const)('over %s', (transport) => {
  test('a command opens a form, and its answer is posted where the person was', async () => {
    const workspace = await start(transport, (app) => {
      app.command('/mta-sts', async ({ ack, command, client }) => {
        await ack();
        await client.views.open({
          trigger_id: command.trigger_id,
          view: { ...form, blocks: [...form.blocks], private_metadata: command.channel_id },
        });
      });
      app.view('form', async ({ ack, view, client }) => {
        const name = view.state.values.name?.name?.value ?? '';
        if (name === 'bad') return ack({ response_action: 'errors', errors: { name: 'Not this.' } });
        await ack();
        await client.chat.postMessage({ channel: view.private_metadata, text: `Hello ${name}` });
      });
    });
    const ana = workspace.as('ana');
    expect(await ana.command('#general', '/mta-sts')).toEqual({ ok: true });
    await ana.modal('Form');
    await ana.type('Name', 'bad');
    await ana.submit();
    expect(ana.errors()).toEqual({ name: 'Not this.' });
    await ana.type('Name', 'world');
    await ana.submit();
    await ana.noModal();
    await ana.message('#general', 'Hello world');
  });
});
