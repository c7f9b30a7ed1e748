/**
 * What exists in the workspace: people, conversations, messages, views, files. Data and the few changes that
 * must keep it consistent; what a method or a press means is left to web-api/ and people.ts.
 */
import { randomBytes } from 'node:crypto';
import type { Json } from './json.ts';
import type { AttachmentJson, BlockJson } from './page/protocol.ts';
import type { Seed } from './seed.ts';

export interface User {
  readonly id: string;
  /** As in @name. */
  readonly name: string;
  readonly realName: string;
  readonly teamId: string;
  readonly isBot: boolean;
}

export interface Conversation {
  readonly id: string;
  readonly name: string;
  readonly kind: 'channel' | 'private' | 'dm';
  readonly members: Set<string>;
  readonly archived: boolean;
  /** With another workspace (Slack Connect). */
  readonly shared: boolean;
  readonly messages: Message[];
  /** User id → ts of the newest message seen. */
  readonly readUpTo: Map<string, string>;
}

export interface Message {
  readonly ts: string;
  readonly threadTs: string | null;
  /** A reply that is shown in the channel as well (`reply_broadcast`). */
  readonly broadcast: boolean;
  readonly user: string;
  readonly text: string;
  readonly blocks: readonly BlockJson[];
  /** Below the blocks. */
  readonly attachments?: readonly AttachmentJson[];
  /** Ephemeral: the one user who sees it. */
  readonly onlyFor: string | null;
  readonly editedTs: string | null;
  readonly files: readonly StoredFile[];
}

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly body: Buffer;
}

export interface View {
  readonly id: string;
  readonly hash: string;
  readonly type: 'modal' | 'home';
  readonly userId: string;
  /** As the bot gave it, its blocks completed with ids. */
  readonly json: Json & { readonly blocks: readonly BlockJson[] };
  readonly rootId: string;
  readonly previousId: string | null;
  /** Where the person was when it was opened. */
  readonly conversationId: string | null;
  readonly errors: Readonly<Record<string, string>>;
}

export interface World {
  readonly team: { readonly id: string; readonly name: string; readonly domain: string };
  readonly bot: { readonly userId: string; readonly botId: string; readonly appId: string };
  readonly users: ReadonlyMap<string, User>;
  readonly conversations: Map<string, Conversation>;
  /** Open modals by user id, bottom first. */
  readonly stacks: Map<string, View[]>;
  readonly homes: Map<string, View>;
  readonly files: Map<string, StoredFile>;
  /** A new id such as V0000000012: unique in every world. */
  newId(prefix: string): string;
  /** A new message ts, later than all before it: seconds and six digits. */
  newTs(): string;
  /** Adds the message and gives it back. */
  post(conversationId: string, message: Message): Message;
  /** Replaces the message with the same ts; null deletes it. */
  replace(conversationId: string, ts: string, message: Message | null): void;
  setArchived(conversationId: string, archived: boolean): void;
  openView(view: View): void;
  /** The open modal or the home with this id. */
  view(id: string): View | undefined;
  /** Puts the view in the place of the one with the same id. */
  replaceView(view: View): void;
  closeViews(userId: string, keep: number): void;
  dmWithBot(userId: string): Conversation | undefined;
  changed(): void;
  /** Calls back after each change; gives the way to stop it. */
  subscribe(listener: () => void): () => void;
  /** Back to the seeds; subscribers stay. */
  reset(): void;
}

/** A version mark of a view: two are never equal. */
export function newHash(now: number): string {
  return `${Math.floor(now / 1000)}.${randomBytes(4).toString('hex')}`;
}

export function createWorld(seed: Seed, botName: string, now: () => number): World {
  const listeners = new Set<() => void>();
  const { bot } = seed;
  const users = new Map(seed.users(botName).map((user) => [user.id, user]));
  const conversations = new Map<string, Conversation>();
  const stacks = new Map<string, View[]>();
  const homes = new Map<string, View>();
  const files = new Map<string, StoredFile>();
  let [counter, lastTs] = [seed.idsFrom, 0];

  const world: World = {
    team: seed.team,
    bot,
    users,
    conversations,
    stacks,
    homes,
    files,
    newId(prefix) {
      counter += 1;
      return `${prefix}${counter.toString().padStart(10, '0')}`;
    },
    newTs() {
      lastTs = Math.max(lastTs + 1, now() * 1000);
      return `${Math.floor(lastTs / 1e6)}.${String(lastTs % 1e6).padStart(6, '0')}`;
    },
    post(conversationId, message) {
      conversations.get(conversationId)?.messages.push(message);
      world.changed();
      return message;
    },
    replace(conversationId, ts, message) {
      const messages = conversations.get(conversationId)?.messages ?? [];
      const index = messages.findIndex((each) => each.ts === ts);
      if (index >= 0) messages.splice(index, 1, ...(message === null ? [] : [message]));
      world.changed();
    },
    setArchived(conversationId, archived) {
      const conversation = conversations.get(conversationId);
      if (conversation !== undefined) conversations.set(conversationId, { ...conversation, archived });
      world.changed();
    },
    openView(view) {
      stacks.set(view.userId, [...(stacks.get(view.userId) ?? []), view]);
      world.changed();
    },
    view(id) {
      return [...homes.values(), ...[...stacks.values()].flat()].find((view) => view.id === id);
    },
    replaceView(view) {
      if (view.type === 'home') homes.set(view.userId, view);
      else {
        const stack = stacks.get(view.userId) ?? [];
        stacks.set(
          view.userId,
          stack.map((each) => (each.id === view.id ? view : each)),
        );
      }
      world.changed();
    },
    closeViews(userId, keep) {
      stacks.set(userId, (stacks.get(userId) ?? []).slice(0, keep));
      world.changed();
    },
    dmWithBot(userId) {
      return conversations
        .values()
        .find(({ kind, members }) => kind === 'dm' && members.has(userId) && members.has(bot.userId));
    },
    changed() {
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reset() {
      for (const map of [conversations, stacks, homes, files]) map.clear();
      for (const conversation of seed.conversations(world.newTs))
        conversations.set(conversation.id, conversation);
      world.changed();
    },
  };
  world.reset();
  return world;
}
