/** What Slack says to our tokens, and how long it is worth asking. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { slackErrorOf } from './web.ts';

/** The start cannot succeed; the message is for whoever started it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Between two tries to reach Slack: the first soon, the later ones without pressing. */
export const retryPauseMs = { first: 500, longest: 15_000 };

/** Slack's words for a token that will not work tomorrow either. */
export const badToken: Readonly<Record<string, string>> = {
  not_authed: 'no token arrived there.',
  invalid_auth: 'it does not know this token.',
  account_inactive: 'the app was removed from the workspace, or the workspace is closed.',
  token_revoked: 'the token was revoked.',
  token_expired: 'the token has expired.',
  not_allowed_token_type: 'it is a token of another kind.',
  team_access_not_granted: 'the app has no access to the workspace.',
};

/** Tries until Slack answers; only a StartError, which no waiting can mend, gets through. */
export async function untilAnswered(
  greet: () => Promise<void>,
  log: Log,
  stopping: AbortSignal,
): Promise<void> {
  for (let pauseMs = retryPauseMs.first; ; pauseMs = Math.min(pauseMs * 2, retryPauseMs.longest)) {
    try {
      return await greet();
    } catch (error) {
      if (error instanceof StartError || stopping.aborted) throw error;
      log.warn({ reason: reasonOf(error), againInMs: pauseMs }, 'Slack does not answer');
    }
    await delay(pauseMs, undefined, { signal: stopping });
  }
}

export function reasonOf(error: unknown): string {
  const code = slackErrorOf(error);
  if (code !== undefined) return `Slack answers ${code}.`;
  const reasons: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) reasons.push(cause.message);
  return reasons.at(-1) ?? String(error);
}
