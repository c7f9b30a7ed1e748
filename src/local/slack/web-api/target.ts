/** Where the bot may post: Slack's rules of membership, channel by channel. */
import type { Slack } from '../slack.ts';
import type { Conversation } from '../world.ts';

export type TargetError = 'channel_not_found' | 'not_in_channel' | 'is_archived' | 'messages_tab_disabled';

/** A conversation by id, a channel by `#name`, or the direct message with a user by the user's id. */
export function postingTarget(slack: Slack, channel: string): Conversation | TargetError {
  const { world, faults, manifest } = slack;
  const conversation = seenByBot(slack, channel) ?? openDm(slack, channel);
  if (conversation === undefined) return 'channel_not_found';
  if (conversation.archived) return 'is_archived';
  if (conversation.kind === 'dm')
    return manifest.features.app_home?.messages_tab_enabled === false
      ? 'messages_tab_disabled'
      : conversation;
  if (faults.on('not-in-channel')) return 'not_in_channel';
  const isMember = conversation.members.has(world.bot.userId);
  return isMember || slack.scopes().includes('chat:write.public') ? conversation : 'not_in_channel';
}

/** The conversation when the bot may know of it: its own, and every public channel. */
export function seenByBot({ world }: Slack, channel: string): Conversation | undefined {
  const conversation =
    world.conversations.get(channel) ??
    world.conversations
      .values()
      .find(({ name, kind }) => kind !== 'dm' && (channel === name || channel === `#${name}`));
  if (conversation === undefined) return undefined;
  return conversation.kind === 'channel' || conversation.members.has(world.bot.userId)
    ? conversation
    : undefined;
}

/** The direct message of the bot and a person, made when there is none yet. */
export function openDm({ world }: Slack, userId: string): Conversation | undefined {
  const user = world.users.get(userId);
  if (user === undefined || user.isBot) return undefined;
  const existing = world.dmWithBot(userId);
  if (existing !== undefined) return existing;
  const conversation: Conversation = {
    id: world.newId('D'),
    name: user.name,
    kind: 'dm',
    members: new Set([userId, world.bot.userId]),
    archived: false,
    shared: false,
    messages: [],
    readUpTo: new Map(),
  };
  world.conversations.set(conversation.id, conversation);
  world.changed();
  return conversation;
}
