/** chat.*: posting, changing and deleting messages, with the errors that bots meet. */
import { checkBlocks, messageTextMax, tooLong } from '../block-kit.ts';
import { completeBlocks } from '../completion.ts';
import type { Json } from '../json.ts';
import type { BlockJson } from '../page/protocol.ts';
import { maySee } from '../page-state.ts';
import { messageJson } from '../payloads.ts';
import type { Slack } from '../slack.ts';
import type { Conversation, Message } from '../world.ts';
import { type Answer, failure, jsonOf, type Method, malformed, missing, refusal, textOf } from './method.ts';
import { postingTarget, seenByBot } from './target.ts';

/** chat.update takes less than chat.postMessage. */
const updatedTextMax = 4000;

export const chatMethods = {
  'chat.postMessage': {
    scopes: ['chat:write'],
    run(args, slack) {
      const channel = textOf(args, 'channel');
      if (channel === undefined) return failure('channel_not_found');
      const conversation = postingTarget(slack, channel);
      if (typeof conversation === 'string') return failure(conversation);
      const content = contentOf(args, messageTextMax);
      if ('ok' in content) return content;
      const threadTs = textOf(args, 'thread_ts') ?? null;
      if (threadTs !== null) {
        const root = conversation.messages.find(({ ts }) => ts === threadTs);
        if (root === undefined) return failure('invalid_thread_ts');
        // Slack says of a reply's own ts only "avoid using it": here nobody can come to rely on it.
        if (isReply(root) || root.onlyFor !== null) return failure('cannot_reply_to_message');
      }
      const broadcast = threadTs !== null && isTrue(args.reply_broadcast);
      const message = slack.world.post(
        conversation.id,
        botMessage(slack, { ...content, threadTs, broadcast }),
      );
      return {
        ok: true,
        channel: conversation.id,
        ts: message.ts,
        message: messageJson(slack.world, conversation, message),
        ...(content.text === '' ? { warning: 'missing_text_in_message' } : {}),
      };
    },
  },
  'chat.postEphemeral': {
    scopes: ['chat:write'],
    run(args, slack) {
      const { world } = slack;
      const [channel, user] = [textOf(args, 'channel'), textOf(args, 'user')];
      if (channel === undefined || user === undefined) return missing('channel', 'user');
      const conversation = seenByBot(slack, channel);
      if (conversation === undefined) return failure('channel_not_found');
      if (conversation.archived) return failure('is_archived');
      if (!conversation.members.has(world.bot.userId) || slack.faults.on('not-in-channel'))
        return failure('not_in_channel');
      if (!maySee(world, conversation, user)) return failure('user_not_in_channel');
      const content = contentOf(args, messageTextMax);
      if ('ok' in content) return content;
      const threadTs = textOf(args, 'thread_ts') ?? null;
      const message = botMessage(slack, { ...content, threadTs, onlyFor: user });
      world.post(conversation.id, message);
      return { ok: true, message_ts: message.ts };
    },
  },
  'chat.update': {
    scopes: ['chat:write'],
    run(args, slack) {
      const found = ownMessage(args, slack, 'cant_update_message', 'is_inactive');
      if ('ok' in found) return found;
      const { conversation, message } = found;
      const content = contentOf(args, updatedTextMax);
      if ('ok' in content) return content;
      const updated: Message = {
        ...message,
        text: textOf(args, 'text') ?? message.text,
        // A text alone takes the blocks away, and is marked "(edited)"; new blocks are not.
        blocks: content.blocks,
        editedTs: content.blocks.length > 0 ? message.editedTs : slack.world.newTs(),
      };
      slack.world.replace(conversation.id, message.ts, updated);
      const { text, ts } = updated;
      const json = messageJson(slack.world, conversation, updated);
      return { ok: true, channel: conversation.id, ts, text, message: json };
    },
  },
  'chat.delete': {
    scopes: ['chat:write'],
    run(args, slack) {
      const found = ownMessage(args, slack, 'cant_delete_message', 'is_archived');
      if ('ok' in found) return found;
      slack.world.replace(found.conversation.id, found.message.ts, null);
      return { ok: true, channel: found.conversation.id, ts: found.message.ts };
    },
  },
  'chat.getPermalink': {
    scopes: [],
    run(args, slack) {
      const [channel, ts] = [textOf(args, 'channel'), textOf(args, 'message_ts')];
      if (channel === undefined || ts === undefined) return missing('channel', 'message_ts');
      const conversation = seenByBot(slack, channel);
      if (conversation === undefined) return failure('channel_not_found');
      const message = conversation.messages.find((each) => each.ts === ts && each.onlyFor === null);
      if (message === undefined) return failure('message_not_found');
      const permalink = `${slack.url()}/#${conversation.id}/p${ts.replace('.', '')}`;
      return { ok: true, channel: conversation.id, permalink };
    },
  },
} as const satisfies Record<string, Method>;

/** A message of the bot as it enters the world. */
export function botMessage(
  { world }: Slack,
  content: Partial<Message> & { readonly text: string; readonly blocks: readonly BlockJson[] },
): Message {
  return {
    ts: world.newTs(),
    threadTs: null,
    broadcast: false,
    user: world.bot.userId,
    onlyFor: null,
    editedTs: null,
    files: [],
    ...content,
  };
}

function isReply({ ts, threadTs }: Message): boolean {
  return threadTs !== null && threadTs !== ts;
}

/** Form fields come as text. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true' || value === '1';
}

function contentOf(args: Json, textMax: number): { text: string; blocks: BlockJson[] } | Answer {
  const text = textOf(args, 'text') ?? '';
  const blocks = jsonOf(args, 'blocks') ?? [];
  if (blocks === malformed || !Array.isArray(blocks)) return failure('invalid_blocks_format');
  const problems = checkBlocks(blocks);
  if (problems.length > 0) return refusal('invalid_blocks', problems);
  if (tooLong(blocks)) return failure('msg_blocks_too_long');
  if (text.length > textMax) return failure('msg_too_long');
  if (text.trim() === '' && blocks.length === 0) return failure('no_text');
  return { text, blocks: completeBlocks(blocks) };
}

function ownMessage(
  args: Json,
  slack: Slack,
  notOwn: string,
  archived: string,
): { conversation: Conversation; message: Message } | Answer {
  const [channel, ts] = [textOf(args, 'channel'), textOf(args, 'ts')];
  if (channel === undefined || ts === undefined) return missing('channel', 'ts');
  const conversation = seenByBot(slack, channel);
  if (conversation === undefined) return failure('channel_not_found');
  if (conversation.archived) return failure(archived);
  const message = conversation.messages.find((each) => each.ts === ts && each.onlyFor === null);
  if (message === undefined) return failure('message_not_found');
  return message.user === slack.world.bot.userId ? { conversation, message } : failure(notOwn);
}
