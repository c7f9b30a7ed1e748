/** The two ways on which payloads come: signed HTTP and Socket Mode. What is in them is left to the door. */
import type { RequestListener, ServerResponse } from 'node:http';
import { type CodedError, HTTPReceiver, type Receiver, SocketModeReceiver } from '@slack/bolt';
import type { Log } from '../log.ts';
import { readManifest } from '../manifest-file.ts';
import { boltLogger } from './bolt-log.ts';
import { installedPage, installPage, notInstalledPage } from './install-pages.ts';
import type { SlackInstallation } from './installed-workspaces.ts';
import { badToken, reasonOf, retryPauseMs, StartError } from './slack-answers.ts';

/** Slack signs with its own clock; further ahead than this nobody's clock is. */
const futureMs = 60_000;
/** The largest payload is a view of 100 blocks with its state. */
const bodyLimitBytes = 1024 * 1024;
/** A dead connection shows after this long; Bolt also waits this long before it connects again. */
const socketPingTimeoutMs = 3000;

/** How Slack reaches us. */
export interface Way {
  readonly receiver: Receiver;
  readonly slackEvents: RequestListener | undefined;
  start(stopping: AbortSignal): Promise<void>;
  isOpen(): boolean;
  stop(): Promise<void>;
}

/** What an installation over OAuth needs (https://docs.slack.dev/authentication/installing-with-oauth). */
export interface OAuth {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly stateSecret: string;
  readonly slackApiUrl: string;
  readonly save: (installation: SlackInstallation) => Promise<void>;
}

export const installPath = '/slack/install';
export const redirectPath = '/slack/oauth_redirect';

export function createSigned(signingSecret: string, log: Log, now: () => Date, oauth?: OAuth): Way {
  const receiver = new HTTPReceiver({
    signingSecret,
    ...(oauth === undefined ? {} : installerOf(oauth, log)),
    bodyLimit: bodyLimitBytes,
    logger: boltLogger(log),
    // Bolt has checked it by then: the door lets each signature in once.
    customPropertiesExtractor: ({ headers }) => ({ signature: headers['x-slack-signature'] }),
  });
  return {
    receiver,
    slackEvents: refusingTheFuture(receiver.requestListener, log, now),
    start: async () => {},
    isOpen: () => true,
    stop: async () => {},
  };
}

function installerOf(oauth: OAuth, log: Log) {
  const { clientId, clientSecret, stateSecret, slackApiUrl, save } = oauth;
  const { bot, bot_optional: optional } = readManifest().oauth_config.scopes;
  return {
    clientId,
    clientSecret,
    stateSecret,
    scopes: [...bot, ...optional],
    installationStore: {
      storeInstallation: save,
      // Tokens are looked up by the door, never by Bolt.
      fetchInstallation: async () => {
        throw new Error('Bolt does not look tokens up here.');
      },
    },
    installerOptions: {
      installPath,
      redirectUriPath: redirectPath,
      // https://slack.com/api/ → https://slack.com/oauth/v2/authorize
      authorizationUrl: new URL('../oauth/v2/authorize', slackApiUrl).href,
      clientOptions: { slackApiUrl, retryConfig: { retries: 0 } },
      renderHtmlForInstallPath: installPage,
      callbackOptions: {
        success: (
          installation: SlackInstallation,
          _options: unknown,
          _request: unknown,
          response: ServerResponse,
        ) => {
          const { appId, team, enterprise } = installation;
          log.info({ team: team?.id, enterprise: enterprise?.id }, 'the app was installed');
          answer(response, 200, installedPage({ appId, teamId: team?.id, teamName: team?.name }));
        },
        failure: (error: CodedError, _options: unknown, _request: unknown, response: ServerResponse) => {
          log.warn({ err: error }, 'an installation did not work');
          answer(response, 400, notInstalledPage(reasonOf(error)));
        },
      },
    },
  };
}

function answer(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  });
  response.end(html);
}

/** Bolt takes requests dated days ahead, which could be kept and replayed for as long. */
function refusingTheFuture(listener: RequestListener, log: Log, now: () => Date): RequestListener {
  return (request, response) => {
    const seconds = Number(request.headers['x-slack-request-timestamp']);
    if (seconds * 1000 > now().getTime() + futureMs) {
      log.warn({ timestamp: seconds }, 'refused a request dated in the future');
      request.resume();
      response.writeHead(401).end();
      return;
    }
    listener(request, response);
  };
}

export function createSocket(appToken: string, slackApiUrl: string, log: Log): Way {
  const refused = Promise.withResolvers<never>();
  refused.promise.catch(() => {});
  const receiver = new SocketModeReceiver({
    appToken,
    logger: boltLogger(log),
    clientPingTimeout: socketPingTimeoutMs,
    installerOptions: {
      clientOptions: {
        slackApiUrl,
        // Patient without an end: an outage of Slack must not end this process.
        retryConfig: {
          forever: true,
          minTimeout: retryPauseMs.first,
          maxTimeout: retryPauseMs.longest,
          factor: 2,
        },
        fetch: async (url, init) => {
          const response = await fetch(url, init);
          const error = await refusalOf(response.clone());
          // The client would try again for ever with a token that never opens a connection.
          if (error !== undefined) refused.reject(badAppToken(error));
          return response;
        },
      },
    },
  });
  let open = false;
  receiver.client.on('connected', () => {
    open = true;
  });
  for (const lost of ['close', 'reconnecting', 'disconnecting', 'disconnected']) {
    receiver.client.on(lost, () => {
      if (open) log.warn('the Socket Mode connection is lost');
      open = false;
    });
  }
  return {
    receiver,
    slackEvents: undefined,
    async start(stopping) {
      const stopped = new Promise<never>((_resolve, reject) => {
        stopping.addEventListener('abort', () => reject(stopping.reason), { once: true });
      });
      const started = receiver.start();
      started.catch(() => {});
      await Promise.race([started, refused.promise, stopped]);
    },
    isOpen: () => open,
    async stop() {
      open = false;
      await receiver.stop();
    },
  };
}

/** Of apps.connections.open: Slack's word for a token that will not work tomorrow either. */
async function refusalOf(response: Response): Promise<string | undefined> {
  const answer: unknown = await response.json().catch(() => undefined);
  const error = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined;
  return typeof error === 'string' && (error === 'missing_scope' || Object.hasOwn(badToken, error))
    ? error
    : undefined;
}

function badAppToken(error: string): StartError {
  const reason = error === 'missing_scope' ? 'it lacks the scope connections:write.' : badToken[error];
  return new StartError(
    `Slack does not accept SLACK_APP_TOKEN (${error}): ${reason} Make an app-level token with connections:write, under Basic Information.`,
  );
}
