/** The one workspace of SLACK_BOT_TOKEN, as Slack names it when it is asked. */
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import { badToken, reasonOf, StartError } from './slack-answers.ts';
import { type SlackWeb, slackErrorOf } from './web.ts';
import type { RunningWorkspaces, Workspace } from './workspaces.ts';

/** How long an answer of Slack counts as news. */
const readyForMs = 30_000;

export function createOneWorkspace(options: {
  readonly botToken: string;
  readonly apiUrl: string;
  readonly web: SlackWeb;
  readonly store: Store;
  readonly log: Log;
}): RunningWorkspaces {
  const { botToken, apiUrl, web, store, log } = options;
  const known = Promise.withResolvers<Workspace>();
  // Rejected at a stop before the start was through; whoever waits is told, nobody else has to be.
  known.promise.catch(() => {});
  let lastAnswerAt = Number.NEGATIVE_INFINITY;

  async function greet(): Promise<void> {
    const found = await authenticate(web, botToken, apiUrl);
    lastAnswerAt = performance.now();
    known.resolve(found);
  }

  return {
    nowhere: web,
    of: () => known.promise,
    // Nothing here knows the enterprise's other workspaces.
    isOf: async () => true,
    async removed({ teamId }) {
      const team = teamId ?? (await known.promise).teamId;
      await store.teams.forget(team);
      log.info({ team }, 'the app was removed: all that is known of it is deleted');
    },
    greet,
    async problem() {
      if (performance.now() - lastAnswerAt <= readyForMs) return undefined;
      return greet().then(
        () => undefined,
        (error: unknown) => reasonOf(error),
      );
    },
    stop: () => known.reject(new Error('The process is stopping.')),
  };
}

/** Who the token belongs to. Also opens the connection to Slack, which makes the first real call quick. */
async function authenticate(web: SlackWeb, botToken: string, apiUrl: string): Promise<Workspace> {
  try {
    const found = await web.trigger.auth.test();
    if (found.team_id === undefined) throw new StartError(`${apiUrl} answers auth.test without a workspace.`);
    return {
      teamId: found.team_id,
      enterpriseId: found.enterprise_id,
      web,
      bot: {
        botToken,
        ...(found.bot_id !== undefined && { botId: found.bot_id }),
        ...(found.user_id !== undefined && { botUserId: found.user_id }),
      },
    };
  } catch (error) {
    const reason = badToken[slackErrorOf(error) ?? ''];
    if (reason === undefined) throw error;
    throw new StartError(
      `Slack does not accept SLACK_BOT_TOKEN (${slackErrorOf(error)}): ${reason} Copy the Bot User OAuth Token again, under OAuth & Permissions.`,
      { cause: error },
    );
  }
}
