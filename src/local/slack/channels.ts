/** What people do to a channel: archive it and bring it back, invite and remove; by Slack's own commands or from its header. */
import { sendEvent } from './events.ts';
import type { ActionAnswer, ChannelChange } from './page/protocol.ts';
import { isForeign, maySee } from './page-state.ts';
import type { Slack } from './slack.ts';
import type { Conversation, User } from './world.ts';

const commands = ['/invite', '/remove', '/archive'] as const;
type ChannelCommand = (typeof commands)[number];

/** Slack's own commands, as the composer completes them. */
export const channelCommands = [
  { command: '/invite', description: 'Adds a person or an app to this channel', usageHint: '@name' },
  { command: '/remove', description: 'Removes a person or an app from this channel', usageHint: '@name' },
  { command: '/archive', description: 'Archives this channel', usageHint: '' },
] as const satisfies readonly { readonly command: ChannelCommand; [name: string]: string }[];

export function isChannelCommand(name: string): name is ChannelCommand {
  return commands.some((command) => command === name);
}

export function channelCommand(
  slack: Slack,
  user: User,
  conversation: Conversation,
  name: ChannelCommand,
  text: string,
): ActionAnswer {
  if (name === '/archive') return setArchived(slack, user, conversation, true);
  const wanted = text.trim().replace(/^@/, '').toLowerCase();
  const meant = [...slack.world.users.values()].find((each) =>
    [each.name, each.realName].some((known) => known.toLowerCase() === wanted),
  );
  if (meant === undefined) return refused(`There is nobody called "${text.trim()}" here.`);
  return setMember(slack, user, conversation, meant, name === '/invite');
}

export function changeChannel(
  slack: Slack,
  user: User,
  conversationId: string,
  change: ChannelChange,
): ActionAnswer {
  const { world } = slack;
  const conversation = world.conversations.get(conversationId);
  const app = world.users.get(world.bot.userId);
  if (conversation === undefined || app === undefined || !maySee(world, conversation, user.id))
    return refused('This is no longer there.');
  if (change === 'archive' || change === 'unarchive')
    return setArchived(slack, user, conversation, change === 'archive');
  return setMember(slack, user, conversation, app, change === 'invite-app');
}

function setArchived(slack: Slack, user: User, conversation: Conversation, archived: boolean): ActionAnswer {
  const { id, kind, name } = conversation;
  if (kind === 'dm') return refused('A direct message cannot be archived.');
  if (isForeign(slack.world, user.id)) return refused('Only people of this workspace may do that.');
  if (conversation.archived === archived) return { ok: true };
  slack.world.setArchived(id, archived);
  const event = archived ? 'archive' : 'unarchive';
  sendEvent(slack, {
    type: kind === 'private' ? `group_${event}` : `channel_${event}`,
    channel: id,
    user: user.id,
  });
  return { ok: true, note: `#${name} is ${archived ? 'archived' : 'back'}.` };
}

function setMember(
  slack: Slack,
  user: User,
  conversation: Conversation,
  who: User,
  member: boolean,
): ActionAnswer {
  const { world } = slack;
  const { id, kind, name, members } = conversation;
  if (kind === 'dm') return refused('People are invited and removed in channels only.');
  if (isForeign(world, user.id)) return refused('Only people of this workspace may do that.');
  if (conversation.archived) return refused(`#${name} is archived: nobody can come or go.`);
  if (members.has(who.id) === member) return { ok: true };
  if (member) members.add(who.id);
  else members.delete(who.id);
  world.changed();
  sendEvent(slack, {
    type: member ? 'member_joined_channel' : 'member_left_channel',
    user: who.id,
    channel: id,
    channel_type: kind === 'private' ? 'G' : 'C',
    team: who.teamId,
    ...(member ? { inviter: user.id } : {}),
  });
  return { ok: true, note: `${who.realName} was ${member ? 'added to' : 'removed from'} #${name}.` };
}

function refused(note: string): ActionAnswer {
  return { ok: false, note };
}
