/** What Slack tells without being asked: somebody opened the app's Home. */
import type { App } from '@slack/bolt';
import { botOf } from '../bot.ts';
import { readHomeState } from '../watch-values.ts';
import { publishHome } from '../watched-home.ts';

export function registerEvents(app: App): void {
  app.event('app_home_opened', async ({ event, context }) => {
    if (event.tab !== 'home') return;
    // Slack sends the published view along: nobody has to remember who has which version.
    const before = readHomeState(event.view);
    await publishHome(botOf(context), event.user, { page: before?.page ?? 0, before });
  });
}
