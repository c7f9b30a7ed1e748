/**
 * The installation over OAuth as Bolt takes it: what is asked for, how it is proved to have been begun here, and what
 * the browser is shown at the end (https://docs.slack.dev/authentication/installing-with-oauth).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CodedError } from '@slack/bolt';
import type { Log } from '../log.ts';
import { readManifest } from '../manifest-file.ts';
import { type Events, StoreUnavailable } from '../store/store.ts';
import {
  type InstallProblem,
  installedPage,
  installPage,
  notInstalledPage,
  pageHeaders,
} from './install-pages.ts';
import { createInstallState } from './install-state.ts';
import type { SlackInstallation } from './installed-workspaces.ts';
import { slackErrorOf, unansweredBySlack } from './web.ts';

export interface OAuth {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly stateSecret: string;
  readonly slackApiUrl: string;
  readonly events: Pick<Events, 'isNew'>;
  readonly save: (installation: SlackInstallation) => Promise<void>;
}

export const installPath = '/slack/install';
export const redirectPath = '/slack/oauth_redirect';

/** Slack has it within a second or two; the browser waits. */
const callTimeoutMs = 10_000;

/** Options of Bolt's HTTPReceiver. */
export function installerOf(oauth: OAuth, log: Log) {
  const { clientId, clientSecret, stateSecret, slackApiUrl, events, save } = oauth;
  const { bot, bot_optional: optional } = readManifest().oauth_config.scopes;
  // All in one list: which of them may be left out Slack knows from the app's manifest.
  const scopes = [...bot, ...optional];
  return {
    clientId,
    clientSecret,
    stateSecret,
    // No redirect_uri: Slack takes the app's first redirect URL, so that no address of ours has to be told here.
    scopes,
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
      clientOptions: { slackApiUrl, timeout: callTimeoutMs, retryConfig: { retries: 0 } },
      stateStore: createInstallState({ secret: stateSecret, events, options: { scopes } }),
      renderHtmlForInstallPath: installPage,
      installPathOptions: {
        beforeRedirection: async (_request: IncomingMessage, response: ServerResponse) => {
          for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value);
          return true;
        },
      },
      callbackOptions: {
        success: (
          installation: SlackInstallation,
          _options: unknown,
          _request: unknown,
          response: ServerResponse,
        ) => {
          const { team, enterprise } = installation;
          log.info({ team: team?.id, enterprise: enterprise?.id }, 'the app was installed');
          const where = team?.name ?? enterprise?.name;
          answer(response, 200, installedPage({ where, openUrl: openUrl(installation, slackApiUrl) }));
        },
        failure: (error: CodedError, _options: unknown, _request: unknown, response: ServerResponse) => {
          const problem = problemOf(error);
          log.warn({ err: error, problem }, 'an installation did not work');
          const detail = problem === 'refused' ? slackErrorOf(error) : undefined;
          answer(response, statusOf[problem] ?? 400, notInstalledPage(problem, detail));
        },
      },
    },
  };
}

/** https://slack.com/api/ → https://slack.com/app_redirect, which opens the app wherever the person uses Slack. */
function openUrl({ appId, team }: SlackInstallation, slackApiUrl: string): string {
  const url = new URL('../app_redirect', slackApiUrl);
  if (appId !== undefined) url.searchParams.set('app', appId);
  if (team !== undefined) url.searchParams.set('team', team.id);
  return url.href;
}

/** Bolt's codes (@slack/oauth, errors.js). */
const boltProblems: Readonly<Record<string, InstallProblem>> = {
  // What Bolt makes of error=access_denied.
  slack_oauth_installer_authorization_error: 'cancelled',
  slack_oauth_invalid_state: 'not-begun-here',
  slack_oauth_missing_state: 'incomplete',
  slack_oauth_missing_code: 'incomplete',
};

const statusOf: Partial<Record<InstallProblem, number>> = {
  refused: 502,
  'slack-away': 503,
  'store-away': 503,
  other: 500,
};

function problemOf(error: CodedError): InstallProblem {
  if (error instanceof StoreUnavailable) return 'store-away';
  const refusal = slackErrorOf(error);
  if (refusal !== undefined) return refusal === 'invalid_code' ? 'code-refused' : 'refused';
  return boltProblems[error.code] ?? (unansweredBySlack(error) ? 'slack-away' : 'other');
}

function answer(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, pageHeaders);
  response.end(html);
}
