/** Events: what happens in the workspace, told to the bot where its manifest asks for it. */
import type { Json } from './json.ts';
import { eventPayload } from './payloads.ts';
import type { Slack } from './slack.ts';

/** Nobody waits for the answer. */
export function sendEvent(slack: Slack, event: Json): void {
  if (!slack.isInstalled()) return;
  const payload = eventPayload(slack, { ...event, event_ts: slack.world.newTs() });
  void deliver(slack, String(event.type), payload);
}

/**
 * The app was removed, by `remove`: what Slack tells of it, in no order, and about an organisation's app without naming
 * a workspace. Settles when the bot took both, or Slack gave up.
 */
export async function sendFarewell(slack: Slack, remove: () => void): Promise<void> {
  const enterprise = slack.enterprise();
  const { userId } = slack.world.bot;
  const payloads = [
    { type: 'tokens_revoked', tokens: { oauth: [], bot: [userId] } },
    { type: 'app_uninstalled' },
  ].map((event) => {
    const payload = eventPayload(slack, { ...event, event_ts: slack.world.newTs() });
    const authorizations = [
      {
        enterprise_id: enterprise?.id,
        team_id: null,
        user_id: userId,
        is_bot: true,
        is_enterprise_install: true,
      },
    ];
    const whole = enterprise === undefined ? payload : { ...payload, team_id: enterprise.id, authorizations };
    return { name: event.type, payload: whole };
  });
  remove();
  await Promise.all(payloads.map(({ name, payload }) => deliver(slack, name, payload)));
}

async function deliver(slack: Slack, name: string, payload: Json): Promise<void> {
  const subscribed = slack.manifest.settings.event_subscriptions?.bot_events ?? [];
  if (subscribed.includes(name)) await slack.deliver({ type: 'events_api', name, payload });
}
