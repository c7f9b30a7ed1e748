/**
 * App Home of one person: what the workspace watches is read, drawn and published, once for each change of what it
 * shows. How it is drawn is left to blocks/home-view.ts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { DomainName } from '../protocol/domain.ts';
import { domainsAPage, homeView, type WatchedPage } from './blocks/home-view.ts';
import type { Message } from './blocks/pieces.ts';
import type { Bot } from './bot.ts';
import { digest } from './digest.ts';
import { remembered } from './remembering.ts';
import { type HomeState, homeMetadata } from './watch-values.ts';
import { hasError, sortedMax, worstFirst } from './worst-first.ts';

interface Shown {
  readonly page: number;
  readonly note?: Message | undefined;
  readonly before?: HomeState | undefined;
}

/** Publishes the page; nothing when `before` says that exactly this is shown already. */
export async function publishHome(bot: Bot, user: string, shown: Shown): Promise<void> {
  await publish(bot, user, shown);
}

/** Whoever has just begun a watch comes to see what it finds: once more after that first look. */
export async function publishOpenedHome(
  bot: Bot,
  user: string,
  before: HomeState | undefined,
): Promise<void> {
  const watched = await publish(bot, user, { page: before?.page ?? 0, before });
  const fresh = watched?.domains.find(
    ({ lastLookAt, watches }) =>
      lastLookAt === undefined && watches.some(({ paused }) => paused === undefined),
  );
  if (watched === undefined || fresh === undefined) return;
  await publishAfterLook(bot, user, { domain: fresh.domain, page: watched.page }, undefined);
}

async function publish(bot: Bot, user: string, shown: Shown): Promise<WatchedPage | undefined> {
  const watched = await readPage(bot, shown.page);
  const view = homeView({ watched, viewer: user, note: shown.note, now: bot.now() });
  const state = { digest: digest(JSON.stringify(view)), page: watched?.page ?? shown.page };
  if (shown.before?.digest === state.digest) return watched;
  await bot.web.patiently((client) =>
    client.views.publish({ user_id: user, view: { ...view, private_metadata: homeMetadata(state) } }),
  );
  return watched;
}

/** The last page where this one is beyond it; undefined when the store is away. */
async function readPage(bot: Bot, wanted: number): Promise<WatchedPage | undefined> {
  const { watches } = bot.store;
  const all = await remembered(watches.list(bot.team, { offset: 0, limit: sortedMax }));
  if (!all.ok) return undefined;
  const { domains, total } = all.value;
  const page = Math.max(0, Math.min(wanted, Math.ceil(total / domainsAPage) - 1));
  const offset = page * domainsAPage;
  if (total > domains.length) {
    const one = await remembered(watches.list(bot.team, { offset, limit: domainsAPage }));
    if (!one.ok) return undefined;
    return { domains: one.value.domains, total, page, broken: undefined, order: 'by-name' };
  }
  const sorted = worstFirst(domains);
  return {
    domains: sorted.slice(offset, offset + domainsAPage),
    total,
    page,
    broken: domains.filter(hasError).length,
    order: 'worst-first',
  };
}

/** How often it is asked whether the look is over; a look takes at most half a minute, and may wait for others. */
const askAgainMs = 1000;
const looksOverMs = 60_000;

/** Who waits for which domain: one more press waits no second time. */
const waiting = new Set<string>();

/** Draws Home anew once the domain was looked at again, for whoever asked for that in it. */
export async function publishAfterLook(
  bot: Bot,
  user: string,
  { domain, page }: { readonly domain: DomainName; readonly page: number },
  lastLookAt: Date | undefined,
): Promise<void> {
  const key = `${bot.team} ${user} ${domain}`;
  if (waiting.has(key)) return;
  waiting.add(key);
  try {
    for (let waitedMs = 0; waitedMs < looksOverMs; waitedMs += askAgainMs) {
      await delay(askAgainMs, undefined, { signal: bot.stopping });
      const found = await remembered(bot.store.watches.find(bot.team, domain));
      if (!found.ok || found.value === undefined) return;
      if (found.value.lastLookAt?.getTime() !== lastLookAt?.getTime())
        return await publishHome(bot, user, { page });
    }
  } catch (error) {
    // The process stops: Home is drawn when it is opened again.
    if (!bot.stopping.aborted) throw error;
  } finally {
    waiting.delete(key);
  }
}
