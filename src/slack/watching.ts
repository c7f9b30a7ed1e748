/**
 * Watches as people begin, change and end them: what is asked of the store, and what the conversation concerned is
 * told. What the person is answered is left to blocks/ and to the listeners.
 */
import type { DomainName } from '../protocol/domain.ts';
import type { EveryHours, TeamSettings, Watch, WatchedDomain } from '../store/shapes.ts';
import { nextDigestAt } from '../watch/quiet-hours.ts';
import type { ShareProblem } from './blocks/notices.ts';
import type { Message } from './blocks/pieces.ts';
import { digestBegunNews } from './blocks/settings-modal.ts';
import { watchBegunNews, watchEndedNews, watchingMessage } from './blocks/watch-messages.ts';
import { isDirect } from './blocks/watched-blocks.ts';
import type { Bot } from './bot.ts';
import { contentOf } from './private-answer.ts';
import { type Away, remembered } from './remembering.ts';
import { shareProblemOf } from './share.ts';
import { usualEveryHours } from './watch-values.ts';

export interface WatchWish {
  readonly domain: DomainName;
  readonly conversation: string;
  readonly user: string;
  /** Absent: as it is, else the usual. */
  readonly everyHours?: EveryHours;
}

export type WatchOutcome =
  /** Begun, or taken up again where it was paused. The conversation was told. */
  | { readonly kind: 'watching'; readonly watch: Watch }
  /** It was there before: nothing was changed, or how often. */
  | { readonly kind: 'already' | 'changed'; readonly watch: Watch }
  /** Nothing can be posted there, so there is no watch either. */
  | { readonly kind: 'not-postable'; readonly problem: ShareProblem }
  | { readonly kind: Away['code'] };

/** Whoever comes second for the same conversation waits for the first: Slack and people repeat. */
const underWay = new Map<string, Promise<WatchOutcome>>();

export async function startWatch(bot: Bot, wish: WatchWish): Promise<WatchOutcome> {
  const key = `${bot.team} ${wish.domain} ${wish.conversation}`;
  const before = underWay.get(key);
  const started = (before ?? Promise.resolve()).catch(() => {}).then(() => begin(bot, wish));
  underWay.set(key, started);
  try {
    return await started;
  } finally {
    if (underWay.get(key) === started) underWay.delete(key);
  }
}

/**
 * The conversation is told first: that is what proves that alerts can be posted, and nobody relies on a watch of
 * which nothing would ever be heard. Where the watch cannot be kept then, the message is taken back.
 */
async function begin(bot: Bot, wish: WatchWish): Promise<WatchOutcome> {
  const { domain, conversation, user } = wish;
  const { watches } = bot.store;
  const found = await remembered(watches.find(bot.team, domain));
  if (!found.ok) return { kind: found.problem.code };
  const existing = found.value?.watches.find((watch) => watch.conversation === conversation);
  if (existing !== undefined && existing.paused === undefined) return keep(bot, existing, wish.everyHours);
  const everyHours = wish.everyHours ?? existing?.everyHours ?? usualEveryHours;
  const news = isDirect(conversation)
    ? watchingMessage({ ...newWatch(bot, wish), everyHours })
    : watchBegunNews(domain, user, everyHours);
  const posted = await post(bot, conversation, news);
  if (!posted.ok) return { kind: 'not-postable', problem: posted.problem };
  const added = await remembered(
    watches.add({ team: bot.team, domain, conversation, owner: user, everyHours }, bot.now()),
  );
  if (!added.ok) {
    await takeBack(bot, posted);
    return { kind: added.problem.code };
  }
  if (!added.value.isNew && existing === undefined) {
    // Somebody else was quicker, in another process.
    await takeBack(bot, posted);
    return { kind: 'already', watch: added.value.watch };
  }
  return { kind: 'watching', watch: added.value.watch };
}

async function keep(bot: Bot, watch: Watch, everyHours: EveryHours | undefined): Promise<WatchOutcome> {
  if (everyHours === undefined || everyHours === watch.everyHours) return { kind: 'already', watch };
  const changed = await remembered(bot.store.watches.setEvery(bot.team, watch.id, everyHours));
  if (!changed.ok) return { kind: changed.problem.code };
  return { kind: 'changed', watch: { ...watch, everyHours } };
}

/** As it will be: the news is posted before it is made. */
function newWatch(bot: Bot, { domain, conversation, user }: WatchWish): Watch {
  return {
    id: '',
    team: bot.team,
    domain,
    conversation,
    owner: user,
    everyHours: usualEveryHours,
    createdAt: bot.now(),
    paused: undefined,
  };
}

/** Ends the watch, and tells the conversation who did; `others` are where the domain is watched still. */
export async function endWatch(
  bot: Bot,
  { domain, conversation, user }: WatchWish,
): Promise<
  { readonly kind: 'ended' | 'none'; readonly others: readonly Watch[] } | { readonly kind: Away['code'] }
> {
  const { watches } = bot.store;
  const before = await remembered(watches.find(bot.team, domain));
  if (!before.ok) return { kind: before.problem.code };
  const removed = await remembered(watches.remove(bot.team, domain, conversation));
  if (!removed.ok) return { kind: removed.problem.code };
  const known = before.value?.watches ?? [];
  const ended = known.find((watch) => watch.conversation === conversation);
  // Whoever ends what only they hear of knows it; everybody else relied on it.
  if (removed.value && !(isDirect(conversation) && ended?.owner === user)) {
    await post(bot, conversation, watchEndedNews(domain, user));
  }
  return { kind: removed.value ? 'ended' : 'none', others: known.filter((watch) => watch !== ended) };
}

/** For every conversation that hears of the domain; what is left of it, undefined when nothing is. */
export async function changeWatches(
  bot: Bot,
  change: {
    readonly domain: DomainName;
    readonly everyHours: EveryHours;
    readonly ended: readonly string[];
    readonly user: string;
  },
): Promise<
  { readonly kind: 'changed'; readonly left: WatchedDomain | undefined } | { readonly kind: Away['code'] }
> {
  const { domain, everyHours, user } = change;
  const { watches } = bot.store;
  for (const conversation of change.ended) {
    const ended = await endWatch(bot, { domain, conversation, user });
    if (ended.kind === 'store-away') return ended;
  }
  const found = await remembered(watches.find(bot.team, domain));
  if (!found.ok) return { kind: found.problem.code };
  for (const watch of found.value?.watches ?? []) {
    if (watch.everyHours === everyHours) continue;
    const set = await remembered(watches.setEvery(bot.team, watch.id, everyHours));
    if (!set.ok) return { kind: set.problem.code };
  }
  return { kind: 'changed', left: found.value };
}

/** Saves them; a conversation that is to get the summary is told first, which proves that it can be. */
export async function changeSettings(
  bot: Bot,
  wanted: {
    readonly settings: TeamSettings;
    readonly digestBefore: string | undefined;
    readonly user: string;
  },
): Promise<
  | { readonly kind: 'saved' }
  | { readonly kind: 'not-postable'; readonly problem: ShareProblem }
  | { readonly kind: Away['code'] }
> {
  const { digest } = wanted.settings;
  const news =
    digest === undefined || digest.conversation === wanted.digestBefore
      ? undefined
      : await post(bot, digest.conversation, digestBegunNews(digest, wanted.user));
  if (news?.ok === false) return { kind: 'not-postable', problem: news.problem };
  const saved = await remembered(keepSettings(bot, wanted.settings));
  if (saved.ok) return { kind: 'saved' };
  if (news !== undefined) await takeBack(bot, news);
  return { kind: saved.problem.code };
}

/** The summary that is posted makes the next one; the first is made here. */
async function keepSettings(bot: Bot, settings: TeamSettings): Promise<void> {
  await bot.store.teams.changeSettings(bot.team, settings);
  await bot.store.jobs.digestAt(bot.team, nextDigestAt(settings.digest, bot.now()));
}

type Posted =
  | { readonly ok: true; readonly channel: string; readonly ts: string }
  | { readonly ok: false; readonly problem: ShareProblem };

async function post(bot: Bot, conversation: string, message: Message): Promise<Posted> {
  try {
    const sent = await bot.web.patiently((client) =>
      client.chat.postMessage({ channel: conversation, ...contentOf(message) }),
    );
    return { ok: true, channel: sent.channel ?? conversation, ts: sent.ts ?? '' };
  } catch (error) {
    const problem = shareProblemOf(error);
    bot.log.warn({ err: error, conversation, problem }, 'a conversation could not be told of a watch');
    return { ok: false, problem };
  }
}

/** What it says did not come about. */
async function takeBack(bot: Bot, posted: Posted): Promise<void> {
  if (!posted.ok) return;
  const { channel, ts } = posted;
  try {
    await bot.web.patiently((client) => client.chat.delete({ channel, ts }));
  } catch (error) {
    bot.log.warn({ err: error, conversation: channel }, 'the news of a watch was not taken back');
  }
}
