/** What Slack tells without being asked: somebody opened the app's Home. */
import type { App } from '@slack/bolt';
import { homeView } from '../blocks/help-message.ts';
import { botOf } from '../bot.ts';
import { digest } from '../digest.ts';

export function registerEvents(app: App): void {
  const view = homeView();
  // Slack sends the published view along: nobody has to remember who has which version.
  const version = digest(JSON.stringify(view));

  app.event('app_home_opened', async ({ event, context }) => {
    if (event.tab !== 'home' || event.view?.private_metadata === version) return;
    await botOf(context).web.patiently((client) =>
      client.views.publish({ user_id: event.user, view: { ...view, private_metadata: version } }),
    );
  });
}
