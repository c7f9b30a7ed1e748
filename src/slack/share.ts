/**
 * Posting records or a report where somebody chose: as the app where Slack lets it, else over the address that
 * Slack gave for this one conversation. Whoever shared always learns what became of it.
 */
import type { DomainName } from '../protocol/domain.ts';
import { notSharedMessage, type ShareProblem, sharedMessage } from './blocks/notices.ts';
import type { Message } from './blocks/pieces.ts';
import type { Bot } from './bot.ts';
import type { Place } from './payload.ts';
import { contentOf, tell } from './private-answer.ts';
import { slackErrorOf } from './web.ts';

export interface Share {
  readonly what: 'records' | 'report';
  readonly domain: DomainName;
  /** It names whoever shares it. */
  readonly message: Message;
  readonly conversation: string;
  /** Of the submitted form: one for the chosen conversation. */
  readonly responseUrls: readonly { readonly conversation: string; readonly url: string }[];
}

export type Shared = { readonly ok: true } | { readonly ok: false; readonly problem: ShareProblem };

/** Posts it; a refusal is a value, whatever its cause, and the cause is in the log. */
export async function share(
  bot: Bot,
  { message: shared, conversation, responseUrls }: Share,
): Promise<Shared> {
  const message = contentOf(shared);
  try {
    // First as the app: such a message can be updated later.
    await bot.web.patiently((client) => client.chat.postMessage({ channel: conversation, ...message }));
    return { ok: true };
  } catch (error) {
    const problem = shareProblemOf(error);
    const url = responseUrls.find((item) => item.conversation === conversation)?.url;
    const unseen = problem === 'not_in_channel' || problem === 'channel_not_found';
    if (unseen && url !== undefined) {
      try {
        await bot.web.respond(url, { response_type: 'in_channel', replace_original: false, ...message });
        return { ok: true };
      } catch (refused) {
        bot.log.warn({ err: refused, conversation }, 'not shared over the response_url');
      }
    } else {
      bot.log.warn({ err: error, conversation, problem }, 'not shared');
    }
    return { ok: false, problem };
  }
}

/** Says what became of it; nothing where it just appeared before the eyes of whoever shared them. */
export async function tellShared(
  bot: Bot,
  place: Place,
  { what, domain, conversation }: Share,
  shared: Shared,
): Promise<void> {
  if (!shared.ok) await tell(bot, place, notSharedMessage(shared.problem, conversation));
  else if (conversation !== place.conversation)
    await tell(bot, place, sharedMessage({ what, domain }, { conversation }));
}

const shareProblems: Readonly<Record<string, ShareProblem>> = {
  not_in_channel: 'not_in_channel',
  channel_not_found: 'channel_not_found',
  is_archived: 'is_archived',
  restricted_action: 'restricted_action',
  restricted_action_read_only_channel: 'restricted_action',
  restricted_action_thread_only_channel: 'restricted_action',
  restricted_action_non_threadable_channel: 'restricted_action',
  msg_too_long: 'msg_too_long',
  msg_blocks_too_long: 'msg_too_long',
};

/** Why Slack did not post it, in the words that blocks/ can tell. */
export function shareProblemOf(error: unknown): ShareProblem {
  return shareProblems[slackErrorOf(error) ?? ''] ?? 'other';
}
