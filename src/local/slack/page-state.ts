/** What one person may see of the workspace, as the page gets it: a pure projection of the world. */
import { channelCommands } from './channels.ts';
import type { Fault } from './faults.ts';
import { isJson, type Json } from './json.ts';
import type { Manifest } from './manifest.ts';
import { offersConversation } from './page/inputs.ts';
import type {
  BlockJson,
  PageConversation,
  PageMessage,
  PageState,
  PageView,
  WireEntry,
} from './page/protocol.ts';
import type { Conversation, Message, View, World } from './world.ts';

/** What the page shows beside the world itself. */
export interface Surroundings {
  readonly manifest: Manifest;
  readonly scenarios: PageState['scenarios'];
  readonly wire: readonly WireEntry[];
  readonly faults: readonly Fault[];
  readonly switches: PageState['switches'];
  readonly machine: PageState['machine'];
  readonly transport: PageState['transport'];
  readonly connected: boolean;
  readonly workspaces: PageState['workspaces'];
  readonly installUrl: string | null;
  readonly isInstalled: boolean;
}

/** The state for the user with this id, who must exist. */
export function pageState(world: World, me: string, around: Surroundings): PageState {
  const { manifest, isInstalled } = around;
  const home = isInstalled ? world.homes.get(me) : undefined;
  const mayUse = isInstalled && !isForeign(world, me);
  return {
    workspace: { name: world.team.name, teamId: world.team.id },
    workspaces: around.workspaces,
    installUrl: around.installUrl,
    me,
    users: [...world.users.values()].map(({ id, name, realName, isBot }) => ({
      id,
      name,
      realName,
      foreign: isForeign(world, id),
      isBot,
    })),
    conversations: [...world.conversations.values()]
      .filter((conversation) => maySee(world, conversation, me))
      .map((conversation) => ({
        ...pageConversation(world, conversation, me),
        messages: visible(conversation, me).map(pageMessage),
      })),
    home: home === undefined ? null : { blocks: shownBlocks(world, home), hash: home.hash },
    views: (world.stacks.get(me) ?? []).map((view) => pageView(world, view)),
    // Commands and shortcuts of an app belong to the workspace that installed it.
    commands: !mayUse
      ? []
      : [
          ...manifest.features.slash_commands.map(({ command, description, usage_hint }) => ({
            command,
            description,
            usageHint: usage_hint,
          })),
          ...channelCommands,
        ],
    shortcuts: !mayUse
      ? []
      : manifest.features.shortcuts
          .filter(({ type }) => type === 'global')
          .map(({ callback_id, name, description }) => ({ callbackId: callback_id, name, description })),
    scenarios: around.scenarios,
    wire: around.wire,
    faults: around.faults.map(({ id, title, description, on }) => ({ id, title, description, on })),
    switches: around.switches,
    machine: around.machine,
    transport: around.transport,
    bot: {
      userId: world.bot.userId,
      name: manifest.features.bot_user.display_name,
      connected: around.connected,
    },
  };
}

/** Of another workspace. */
export function isForeign(world: World, userId: string): boolean {
  return world.users.get(userId)?.teamId !== world.team.id;
}

/** Members see their conversations; people of this workspace see every public channel too. */
export function maySee(world: World, conversation: Conversation, userId: string): boolean {
  if (conversation.members.has(userId)) return true;
  return conversation.kind === 'channel' && !isForeign(world, userId);
}

function pageConversation(
  world: World,
  conversation: Conversation,
  me: string,
): Omit<PageConversation, 'messages'> {
  const { id, kind, members, archived, shared } = conversation;
  return {
    id,
    name: nameFor(world, conversation, me),
    kind,
    botIsMember: members.has(world.bot.userId),
    archived,
    shared,
    unread: unread(conversation, me),
  };
}

function visible({ messages }: Conversation, me: string): Message[] {
  return messages.filter(({ onlyFor }) => onlyFor === null || onlyFor === me);
}

function unread(conversation: Conversation, me: string): number {
  const upTo = conversation.readUpTo.get(me) ?? '';
  return visible(conversation, me).filter(({ ts, user }) => ts > upTo && user !== me).length;
}

function nameFor(world: World, { kind, name, members }: Conversation, me: string): string {
  if (kind !== 'dm') return name;
  const other = [...members].find((member) => member !== me);
  return (other === undefined ? undefined : world.users.get(other)?.name) ?? name;
}

function pageMessage(message: Message): PageMessage {
  const { ts, threadTs, broadcast, user, text, blocks, attachments = [], onlyFor, editedTs, files } = message;
  return {
    ts,
    threadTs,
    broadcast,
    user,
    text,
    blocks,
    attachments,
    ephemeral: onlyFor !== null,
    edited: editedTs !== null,
    files: files.map(({ id, name, body }) => ({
      id,
      name,
      size: body.byteLength,
      url: `/local/files/${id}/${encodeURIComponent(name.toWellFormed())}`,
    })),
  };
}

function pageView(world: World, view: View): PageView {
  const { json } = view;
  return {
    id: view.id,
    hash: view.hash,
    title: plain(json.title) ?? '',
    submit: plain(json.submit),
    close: plain(json.close) ?? 'Cancel',
    blocks: shownBlocks(world, view),
    errors: view.errors,
  };
}

/**
 * `default_to_current_conversation` becomes the conversation that the person came from, where the element offers
 * it; an `initial_conversation` of its own takes precedence.
 */
export function shownBlocks(world: World, { json, userId, conversationId }: View): readonly BlockJson[] {
  const from = conversationId === null ? undefined : world.conversations.get(conversationId);
  if (from === undefined) return json.blocks;
  const here = pageConversation(world, from, userId);
  const fill = (element: unknown): unknown =>
    isJson(element) &&
    element.default_to_current_conversation === true &&
    element.initial_conversation === undefined &&
    offersConversation(element, here)
      ? { ...element, initial_conversation: from.id }
      : element;
  return json.blocks.map((block) => {
    const filled: Record<string, unknown> & { type: string } = { ...block };
    if ('element' in block) filled.element = fill(block.element);
    if ('accessory' in block) filled.accessory = fill(block.accessory);
    if (Array.isArray(block.elements)) filled.elements = block.elements.map(fill);
    return filled;
  });
}

function plain(text: unknown): string | null {
  const content = isJson(text) ? (text as Json).text : undefined;
  return typeof content === 'string' ? content : null;
}
