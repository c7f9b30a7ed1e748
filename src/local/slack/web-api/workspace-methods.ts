/** auth.*, apps.*, conversations.*, users.*: who the bot is, how it connects, and what it may look up. */
import type { Json } from '../json.ts';
import type { Slack } from '../slack.ts';
import type { Conversation } from '../world.ts';
import { type Answer, failure, type Method, missing, textOf } from './method.ts';
import { openDm, seenByBot } from './target.ts';

const readScopes = ['channels:read', 'groups:read', 'im:read', 'mpim:read'];

export const workspaceMethods = {
  'api.test': { scopes: [], noToken: true, run: (args) => ({ ok: true, args }) },
  'auth.test': {
    scopes: [],
    run: (_args, { world, url, enterprise }, grant) => {
      const of = enterprise();
      const isOrganisations = grant?.isOrganisations ?? false;
      return {
        ok: true,
        url: `${url()}/`,
        team: (isOrganisations ? of?.name : undefined) ?? world.team.name,
        user: world.users.get(world.bot.userId)?.name ?? '',
        team_id: (isOrganisations ? of?.id : undefined) ?? world.team.id,
        user_id: world.bot.userId,
        bot_id: world.bot.botId,
        ...(of === undefined ? {} : { enterprise_id: of.id }),
        is_enterprise_install: isOrganisations,
      };
    },
  },
  'oauth.v2.access': { scopes: [], noToken: true, run: (args, { oauth }) => oauth.exchange(args) },
  'apps.connections.open': {
    scopes: ['connections:write'],
    appToken: true,
    run: (_args, slack) => ({ ok: true, url: slack.socketUrl() }),
  },
  'conversations.open': {
    scopes: ['im:write', 'mpim:write', 'channels:manage', 'groups:write'],
    run(args, slack) {
      const users = textOf(args, 'users')?.split(',') ?? [];
      if (users.length > 1) return failure('too_many_users');
      const dm = users[0] === undefined ? undefined : openDm(slack, users[0]);
      return dm === undefined ? failure('user_not_found') : { ok: true, channel: { id: dm.id } };
    },
  },
  'conversations.info': {
    scopes: readScopes,
    run(args, slack) {
      const channel = textOf(args, 'channel');
      const conversation = channel === undefined ? undefined : seenByBot(slack, channel);
      if (conversation === undefined) return failure('channel_not_found');
      return { ok: true, channel: channelJson(slack, conversation) };
    },
  },
  'conversations.list': {
    scopes: readScopes,
    run(args, slack) {
      const types = (textOf(args, 'types') ?? 'public_channel').split(',');
      const channels = [...slack.world.conversations.values()]
        .filter(({ id, kind }) => types.includes(typeNames[kind]) && seenByBot(slack, id) !== undefined)
        .map((conversation) => channelJson(slack, conversation));
      return { ok: true, channels, response_metadata: { next_cursor: '' } };
    },
  },
  'users.info': {
    scopes: ['users:read'],
    run(args, { world }): Answer {
      const id = textOf(args, 'user');
      if (id === undefined) return missing('user');
      const user = world.users.get(id);
      if (user === undefined) return failure('user_not_found');
      const { name, realName, teamId, isBot } = user;
      return { ok: true, user: { id, name, real_name: realName, team_id: teamId, is_bot: isBot } };
    },
  },
} as const satisfies Record<string, Method>;

const typeNames = { channel: 'public_channel', private: 'private_channel', dm: 'im' } as const;

function channelJson({ world }: Slack, { id, name, kind, members, archived, shared }: Conversation): Json {
  const user = [...members].find((member) => member !== world.bot.userId);
  return {
    id,
    ...(kind === 'dm' ? { is_im: true, user } : { name, is_channel: true, is_private: kind === 'private' }),
    is_archived: archived,
    is_ext_shared: shared,
    is_member: members.has(world.bot.userId),
  };
}
