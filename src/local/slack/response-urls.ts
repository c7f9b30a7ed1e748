/** Response URLs: for half an hour and five times, the bot may answer where a person acted, member or not. */
import { randomBytes } from 'node:crypto';
import { checkMessage } from './block-kit.ts';
import { completeAttachments, completeBlocks } from './completion.ts';
import { isJson, type Json } from './json.ts';
import type { AttachmentJson, BlockJson } from './page/protocol.ts';
import type { Limits } from './slack.ts';
import type { World } from './world.ts';

export interface ResponseTarget {
  readonly userId: string;
  readonly conversationId: string;
  /** The message that was acted in; a command or a form has none, so there is nothing to replace. */
  readonly sourceTs: string | null;
}

export interface ResponseUrls {
  /** The secret part of a new address. */
  issue(target: ResponseTarget): string;
  /** Whether it was issued here. */
  knows(token: string): boolean;
  /** What a post to the address answers, and does. */
  post(token: string, body: unknown): { readonly status: number; readonly body: string };
}

export function createResponseUrls(world: World, limits: Limits, now: () => number): ResponseUrls {
  const issued = new Map<string, ResponseTarget & { readonly at: number; posts: number }>();
  return {
    issue(target) {
      const token = randomBytes(16).toString('hex');
      issued.set(token, { ...target, at: now(), posts: 0 });
      return token;
    },
    knows: (token) => issued.has(token),
    post(token, body) {
      const target = issued.get(token);
      if (target === undefined || now() - target.at > limits.responseUrlMs)
        return refused(404, 'expired_url');
      if (target.posts >= limits.responseUrlPosts) return refused(404, 'used_url');
      if (!isJson(body)) return refused(400, 'invalid_payload');
      const problem = respond(world, target, body);
      if (problem !== undefined) return refused(problem === 'no_text' ? 500 : 400, problem);
      target.posts += 1;
      return { status: 200, body: 'ok' };
    },
  };
}

/** Posts, replaces or deletes as a response says; a problem is Slack's name for what is wrong with it. */
export function respond(world: World, target: ResponseTarget, response: Json): string | undefined {
  const { userId, conversationId, sourceTs } = target;
  const conversation = world.conversations.get(conversationId);
  if (conversation === undefined) return 'channel_not_found';
  if (conversation.archived) return 'is_archived';
  const source = conversation.messages.find(({ ts }) => ts === sourceTs);
  if (source !== undefined && isTrue(response.delete_original)) {
    world.replace(conversationId, source.ts, null);
    return undefined;
  }
  const { blocks = [], attachments = [] } = response;
  const text = typeof response.text === 'string' ? response.text : '';
  if (checkMessage({ text, blocks, attachments }).length > 0) return 'invalid_blocks';
  if (text === '' && [blocks, attachments].flat().length === 0) return 'no_text';
  const content = {
    text,
    blocks: completeBlocks(blocks as BlockJson[]),
    attachments: completeAttachments(attachments as AttachmentJson[]),
  };

  // A response that names no type replaces the message that was acted in, unless it says not to.
  const replaces =
    isTrue(response.replace_original) ||
    (response.replace_original === undefined && response.response_type === undefined);
  if (source !== undefined && replaces) {
    const editedTs = source.onlyFor === null ? world.newTs() : null;
    world.replace(conversationId, source.ts, { ...source, ...content, editedTs });
    return undefined;
  }
  world.post(conversationId, {
    ts: world.newTs(),
    threadTs: typeof response.thread_ts === 'string' ? response.thread_ts : null,
    broadcast: false,
    user: world.bot.userId,
    ...content,
    onlyFor: response.response_type === 'in_channel' ? null : userId,
    editedTs: null,
    files: [],
  });
  return undefined;
}

/** Slack takes the text "true" as well. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

function refused(status: number, error: string): { status: number; body: string } {
  return { status, body: JSON.stringify({ ok: false, error }) };
}
