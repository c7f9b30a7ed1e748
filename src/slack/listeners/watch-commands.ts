/** `/mta-sts watch`, `unwatch`, `list` and `settings`: answered within the ack where the store and Slack are quick. */
import type { AckFn, RespondArguments, SlashCommand } from '@slack/bolt';
import { distance } from 'fastest-levenshtein';
import type { DomainName } from '../../protocol/domain.ts';
import type { Message } from '../blocks/pieces.ts';
import { settingsModal } from '../blocks/settings-modal.ts';
import {
  nothingToUnwatchMessage,
  storeAwayLeads,
  storeAwayMessage,
  unwatchedMessage,
  watchListMessage,
} from '../blocks/watch-messages.ts';
import type { Bot } from '../bot.ts';
import type { Command } from '../command.ts';
import { openView, within } from '../open-form.ts';
import { tell } from '../private-answer.ts';
import { remembered } from '../remembering.ts';
import { watchAnswer } from '../watch-answers.ts';
import { endWatch, startWatch } from '../watching.ts';
import { sortedMax } from '../worst-first.ts';

type WatchCommand = Extract<Command, { readonly kind: 'watch' | 'unwatch' | 'list' | 'settings' }>;

/** An answer that comes later than this looks like none; it follows by itself then. */
const soonMs = 400;
/** Of a conversation's domains: enough for a slip of the finger to be found. */
const comparedMax = 200;
const slipsMax = 2;

export function isAboutWatches(command: Command): command is WatchCommand {
  return ['watch', 'unwatch', 'list', 'settings'].includes(command.kind);
}

export async function answerWatchCommand(
  bot: Bot,
  asked: WatchCommand,
  body: SlashCommand,
  ack: AckFn<string | RespondArguments>,
): Promise<void> {
  const { user_id: user, channel_id: conversation, response_url: responseUrl } = body;
  const place = { user, conversation, responseUrl };
  if (asked.kind === 'settings') {
    await ack();
    const settings = await remembered(bot.store.teams.settings(bot.team));
    if (!settings.ok) return tell(bot, place, storeAwayMessage(storeAwayLeads.settings));
    await openView(bot, place, body.trigger_id, settingsModal(settings.value));
    return;
  }
  const answer = answerTo(bot, asked, body).then((message) => ({ message }));
  // Awaited below; a failure before that must not end the process.
  answer.catch(() => {});
  const soon = await within(soonMs, answer);
  if (soon !== undefined) {
    const { message } = soon;
    return ack(message === undefined ? undefined : { response_type: 'ephemeral', ...message });
  }
  await ack();
  const { message } = await answer;
  if (message !== undefined) await tell(bot, place, message);
}

/** Undefined where the news in the conversation says it all. */
async function answerTo(
  bot: Bot,
  asked: Exclude<WatchCommand, { readonly kind: 'settings' }>,
  { user_id: user, channel_id: conversation, api_app_id: appId }: SlashCommand,
): Promise<Message | undefined> {
  if (asked.kind === 'list') {
    const list = await remembered(
      bot.store.watches.list(bot.team, { conversation, offset: 0, limit: sortedMax }),
    );
    if (!list.ok) return storeAwayMessage(storeAwayLeads.list);
    const homeUrl = `slack://app?team=${bot.team}&id=${appId}&tab=home`;
    return watchListMessage(list.value, { conversation, homeUrl, now: bot.now() });
  }
  const wish = { domain: asked.typed.domain, conversation, user };
  if (asked.kind === 'watch') return watchAnswer(await startWatch(bot, wish), wish);
  const ended = await endWatch(bot, wish);
  switch (ended.kind) {
    case 'store-away':
      return storeAwayMessage(storeAwayLeads.unwatch);
    case 'ended':
      return unwatchedMessage(wish.domain, conversation, ended.others, user);
    case 'none':
      return nothingToUnwatchMessage(
        wish.domain,
        ended.others,
        await nearestWatched(bot, conversation, wish.domain),
        user,
      );
  }
}

async function nearestWatched(
  bot: Bot,
  conversation: string,
  domain: DomainName,
): Promise<DomainName | undefined> {
  const list = await remembered(
    bot.store.watches.list(bot.team, { conversation, offset: 0, limit: comparedMax }),
  );
  const [best] = (list.ok ? list.value.domains : [])
    .map((watched) => ({ name: watched.domain, slips: distance(watched.domain, domain) }))
    .filter(({ slips }) => slips <= slipsMax)
    .toSorted((one, other) => one.slips - other.slips);
  return best?.name;
}
