/** The JSON that Slack sends to an app: commands, interactions, events, and the views and messages inside them. */
import { randomInt } from 'node:crypto';
import type { Json } from './json.ts';
import type { InputValues } from './page/protocol.ts';
import type { Slack } from './slack.ts';
import type { Conversation, Message, User, View, World } from './world.ts';

/** Of whom and what an interaction tells. */
interface Interaction {
  readonly user: User;
  readonly triggerId: string;
}

export function commandPayload(
  slack: Slack,
  of: Interaction & { conversation: Conversation; command: string; text: string; responseUrl: string },
): Json {
  const { world, secrets } = slack;
  const enterprise = slack.enterprise();
  return {
    token: secrets.verificationToken,
    team_id: world.team.id,
    team_domain: world.team.domain,
    ...(enterprise === undefined ? {} : { enterprise_id: enterprise.id, enterprise_name: enterprise.name }),
    channel_id: of.conversation.id,
    channel_name: channelName(of.conversation),
    user_id: of.user.id,
    user_name: of.user.name,
    command: of.command,
    text: of.text,
    api_app_id: world.bot.appId,
    is_enterprise_install: String(enterprise !== undefined),
    response_url: of.responseUrl,
    trigger_id: of.triggerId,
  };
}

export function shortcutPayload(slack: Slack, of: Interaction & { callbackId: string }): Json {
  const { id, name, teamId } = of.user;
  return {
    type: 'shortcut',
    ...common(slack),
    action_ts: (slack.now() / 1000).toFixed(6),
    user: { id, username: name, team_id: teamId },
    callback_id: of.callbackId,
    trigger_id: of.triggerId,
  };
}

/** A press in a message. Ephemeral messages are not sent along. */
export function messageActionPayload(
  slack: Slack,
  of: Interaction & {
    conversation: Conversation;
    message: Message;
    action: Json;
    state: InputValues;
    responseUrl: string;
  },
): Json {
  const ephemeral = of.message.onlyFor !== null;
  const attachment = (of.message.attachments ?? []).findIndex(({ blocks }) =>
    blocks.some(({ block_id }) => block_id === of.action.block_id),
  );
  return {
    ...actionPayload(slack, of),
    container: {
      ...(attachment === -1
        ? { type: 'message' }
        : { type: 'message_attachment', attachment_id: attachment + 1, is_app_unfurl: false }),
      message_ts: of.message.ts,
      channel_id: of.conversation.id,
      is_ephemeral: ephemeral,
      ...threadOf(of.conversation, of.message),
    },
    channel: { id: of.conversation.id, name: channelName(of.conversation) },
    ...(ephemeral ? {} : { message: messageJson(slack.world, of.conversation, of.message) }),
    state: { values: of.state },
    response_url: of.responseUrl,
  };
}

/** A press in a modal or in the App Home. */
export function viewActionPayload(
  slack: Slack,
  of: Interaction & { view: View; action: Json; state: InputValues },
): Json {
  return {
    ...actionPayload(slack, of),
    container: { type: 'view', view_id: of.view.id },
    view: viewJson(slack.world, of.view, of.state),
  };
}

export function submissionPayload(
  slack: Slack,
  of: Interaction & { view: View; state: InputValues; responseUrls: readonly Json[] },
): Json {
  return {
    type: 'view_submission',
    ...common(slack),
    user: viewUser(of.user),
    trigger_id: of.triggerId,
    view: viewJson(slack.world, of.view, of.state),
    response_urls: of.responseUrls,
  };
}

export function closedPayload(slack: Slack, of: { user: User; view: View; cleared: boolean }): Json {
  return {
    type: 'view_closed',
    ...common(slack),
    user: viewUser(of.user),
    view: viewJson(slack.world, of.view, {}),
    is_cleared: of.cleared,
  };
}

export function eventPayload(slack: Slack, event: Json): Json {
  const { world, secrets } = slack;
  const enterprise = slack.enterprise()?.id ?? null;
  return {
    token: secrets.verificationToken,
    team_id: world.team.id,
    ...(enterprise === null ? {} : { enterprise_id: enterprise }),
    api_app_id: world.bot.appId,
    context_team_id: world.team.id,
    context_enterprise_id: enterprise,
    type: 'event_callback',
    event_id: newEventId(),
    event_time: Math.floor(slack.now() / 1000),
    authorizations: [
      {
        enterprise_id: enterprise,
        team_id: world.team.id,
        user_id: world.bot.userId,
        is_bot: true,
        is_enterprise_install: enterprise !== null,
      },
    ],
    is_ext_shared_channel: false,
    event,
  };
}

/** A message as the Web API and interactions give it. */
export function messageJson(world: World, conversation: Conversation, message: Message): Json {
  const { ts, user, text, blocks, attachments = [], broadcast, editedTs, files } = message;
  return {
    type: 'message',
    ...(broadcast ? { subtype: 'thread_broadcast' } : {}),
    user,
    ts,
    ...(user === world.bot.userId ? { bot_id: world.bot.botId, app_id: world.bot.appId } : {}),
    text,
    team: world.users.get(user)?.teamId ?? world.team.id,
    ...(blocks.length > 0 ? { blocks } : {}),
    ...(attachments.length > 0
      ? {
          attachments: attachments.map((each, at) => ({
            id: at + 1,
            fallback: '[no preview available]',
            ...each,
          })),
        }
      : {}),
    ...threadOf(conversation, message),
    ...(editedTs === null ? {} : { edited: { user, ts: editedTs } }),
    ...(files.length > 0 ? { files: files.map(({ id, name, title }) => ({ id, name, title })) } : {}),
  };
}

/** The first message of a thread belongs to it too, once there is a reply. */
function threadOf({ messages }: Conversation, { ts, threadTs }: Message): Json {
  if (threadTs !== null && threadTs !== ts) return { thread_ts: threadTs };
  const count = messages.filter((other) => other.threadTs === ts && other.ts !== ts).length;
  return count === 0 ? {} : { thread_ts: ts, reply_count: count };
}

/** A view as the Web API and interactions give it; `state` holds every input, the empty ones as null. */
export function viewJson(world: World, view: View, state: InputValues): Json {
  const { json } = view;
  const textOr = (name: string): unknown => json[name] ?? '';
  return {
    id: view.id,
    team_id: world.team.id,
    type: view.type,
    blocks: json.blocks,
    private_metadata: textOr('private_metadata'),
    callback_id: textOr('callback_id'),
    state: { values: state },
    hash: view.hash,
    title: json.title ?? { type: 'plain_text', text: 'View Title', emoji: true },
    clear_on_close: json.clear_on_close ?? false,
    notify_on_close: json.notify_on_close ?? false,
    close: json.close ?? null,
    submit: json.submit ?? null,
    previous_view_id: view.previousId,
    root_view_id: view.rootId,
    app_id: world.bot.appId,
    external_id: textOr('external_id'),
    app_installed_team_id: world.team.id,
    bot_id: world.bot.botId,
  };
}

function actionPayload(slack: Slack, of: Interaction & { action: Json }): Json {
  const { id, name, teamId } = of.user;
  return {
    type: 'block_actions',
    ...common(slack),
    user: { id, username: name, name, team_id: teamId },
    trigger_id: of.triggerId,
    actions: [{ ...of.action, action_ts: (slack.now() / 1000).toFixed(6) }],
  };
}

function viewUser({ id, name, teamId }: User): Json {
  return { id, username: name, name, team_id: teamId };
}

/** `team` is the workspace of the app; a person of another one is known by `user.team_id`. */
function common({ world, secrets, enterprise }: Slack): Json {
  const of = enterprise();
  return {
    token: secrets.verificationToken,
    api_app_id: world.bot.appId,
    team: {
      id: world.team.id,
      domain: world.team.domain,
      ...(of === undefined ? {} : { enterprise_id: of.id, enterprise_name: of.name }),
    },
    enterprise: of ?? null,
    is_enterprise_install: of !== undefined,
  };
}

/** What Slack's ids are made of. */
const idAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A bot remembers which events it had, longer than this Slack lives: none is given twice. */
function newEventId(): string {
  return `Ev${Array.from({ length: 10 }, () => idAlphabet[randomInt(idAlphabet.length)]).join('')}`;
}

/** Slack does not give away the names of private conversations. */
function channelName({ kind, name }: Conversation): string {
  if (kind === 'dm') return 'directmessage';
  return kind === 'private' ? 'privategroup' : name;
}
