/** Events: what happens in the workspace, told to the bot where its manifest asks for it. */
import type { Json } from './json.ts';
import { eventPayload } from './payloads.ts';
import type { Slack } from './slack.ts';

/** Nobody waits for the answer. */
export function sendEvent(slack: Slack, event: Json): void {
  const subscribed = slack.manifest.settings.event_subscriptions?.bot_events ?? [];
  if (!subscribed.includes(String(event.type))) return;
  const payload = eventPayload(slack, { ...event, event_ts: slack.world.newTs() });
  void slack.deliver({ type: 'events_api', name: String(event.type), payload });
}
