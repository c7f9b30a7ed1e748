/** A workspace with an app on real Bolt in it that only knows what the environment variables say. */
import { readFileSync } from 'node:fs';
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { onTestFinished } from 'vitest';
import { type Manifest, parseManifest } from '../../../src/local/slack/manifest.ts';
import {
  createWorkspace,
  type Workspace,
  type WorkspaceOptions,
} from '../../../src/local/slack/workspace.ts';

const manifestText = readFileSync(new URL('../../../manifest.json', import.meta.url), 'utf8');

/** The manifest of the repository, with more scopes and events when a test needs them. */
export function manifestWith(more: { scopes?: string[]; events?: string[] } = {}): Manifest {
  const manifest = parseManifest(manifestText);
  manifest.oauth_config.scopes.bot.push(...(more.scopes ?? []));
  manifest.settings.event_subscriptions?.bot_events.push(...(more.events ?? []));
  return manifest;
}

/** Started, connected, and stopped at the end of the test. */
export async function startApp(
  transport: 'http' | 'socket',
  listen: (app: App) => void,
  options: Partial<WorkspaceOptions> = {},
): Promise<Workspace & { app: App }> {
  const workspace = await createWorkspace({ manifest: manifestWith(), transport, ...options });
  onTestFinished(() => workspace.stop());
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
    clientOptions: { ...clientOptions, rejectRateLimitedCalls: true },
    logLevel: LogLevel.ERROR,
    convoStore: false,
    deferInitialization: true,
  });
  await app.init();
  listen(app);
  if (transport === 'http') await app.start(Number(env.PORT));
  else await app.start();
  onTestFinished(async () => {
    await app.stop();
  });
  await workspace.ready();
  return { ...workspace, app };
}
