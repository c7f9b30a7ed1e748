/** What Slack tells without being asked: somebody opened the app's Home, or removed the app. */
import type { App } from '@slack/bolt';
import { type Base, botOf } from '../bot.ts';
import { readPayload } from '../payload.ts';
import { readHomeState } from '../watch-values.ts';
import { publishOpenedHome } from '../watched-home.ts';

export function registerEvents(app: App, { workspaces }: Base): void {
  app.event('app_home_opened', async ({ event, context }) => {
    if (event.tab !== 'home') return;
    // Slack sends the published view along: nobody has to remember who has which version.
    const before = readHomeState(event.view);
    await publishOpenedHome(botOf(context), event.user, before);
  });

  /** Slack sends both, in either order: what the first has deleted the second does not find. */
  async function removed(body: unknown): Promise<void> {
    const {
      installedIn: teamId,
      enterprise: enterpriseId,
      isEnterpriseInstall,
      happenedAt,
    } = readPayload(body);
    await workspaces.removed({ teamId, enterpriseId, isEnterpriseInstall, happenedAt });
  }

  app.event('app_uninstalled', async ({ body }) => removed(body));

  app.event('tokens_revoked', async ({ event, body }) => {
    // A person's token is none of ours: the app asks for none.
    if ((event.tokens.bot ?? []).length > 0) await removed(body);
  });

  // Of an organisation's installation, which itself stays.
  app.event('team_access_revoked', async ({ event, body }) => {
    const { enterprise: enterpriseId, happenedAt } = readPayload(body);
    for (const teamId of event.team_ids) {
      const team = await workspaces.of({ teamId, enterpriseId: undefined });
      if (enterpriseId === undefined || team?.enterpriseId !== enterpriseId) continue;
      await workspaces.removed({ teamId, enterpriseId, isEnterpriseInstall: false, happenedAt });
    }
  });
}
