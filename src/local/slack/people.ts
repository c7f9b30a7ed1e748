/** What people do in the workspace: type, press, open the App Home, send and close forms. */
import { actionOf, findElement } from './actions.ts';
import { changeChannel, channelCommand, isChannelCommand } from './channels.ts';
import { sendEvent } from './events.ts';
import { close, submit } from './forms.ts';
import { isJson, type Json } from './json.ts';
import type { LabAction } from './lab.ts';
import { allBlocks, keepInputs, withInput } from './page/inputs.ts';
import type { ActionAnswer, InputValues, PersonAction } from './page/protocol.ts';
import { isForeign, maySee, shownBlocks } from './page-state.ts';
import {
  commandPayload,
  messageActionPayload,
  shortcutPayload,
  viewActionPayload,
  viewJson,
} from './payloads.ts';
import { respond } from './response-urls.ts';
import type { Slack } from './slack.ts';
import type { Conversation, User, View } from './world.ts';

type ActionOf<Kind extends PersonAction['kind']> = Extract<PersonAction, { kind: Kind }>;

/** The actions of a person; switches of the workspace itself and of what stands around it are in workspace.ts and lab.ts. */
export type PersonalAction = Exclude<
  PersonAction,
  LabAction | { kind: 'fault' | 'transport' | 'reset' | 'uninstall' }
>;

const done = { ok: true } as const;
const gone = { ok: false, note: 'This is no longer there.' } as const;

export async function act(slack: Slack, action: PersonalAction): Promise<ActionAnswer> {
  const user = slack.world.users.get(action.user);
  if (user === undefined || user.isBot) return refused(`There is no person ${action.user}.`);
  switch (action.kind) {
    case 'compose':
      return compose(slack, user, action);
    case 'shortcut':
      return shortcut(slack, user, action.callbackId);
    case 'open-home':
      return openHome(slack, user);
    case 'act':
      return action.container.kind === 'message'
        ? pressInMessage(slack, user, action, action.container)
        : pressInView(slack, user, action);
    case 'submit':
    case 'close': {
      const view = slack.world.stacks.get(user.id)?.find(({ id }) => id === action.viewId);
      if (view === undefined) return gone;
      return action.kind === 'submit' ? submit(slack, user, view, action.inputs) : close(slack, user, view);
    }
    case 'channel':
      return changeChannel(slack, user, action.conversation, action.change);
    case 'read':
      return read(slack, user, action.conversation);
  }
}

async function compose(slack: Slack, user: User, action: ActionOf<'compose'>): Promise<ActionAnswer> {
  const { world } = slack;
  const conversation = world.conversations.get(action.conversation);
  if (conversation === undefined || !maySee(world, conversation, user.id)) return gone;
  if (conversation.archived) return refused(`#${conversation.name} is archived: nobody can post there.`);
  if (action.text.startsWith('/')) return command(slack, user, conversation, action);
  if (action.text.trim() === '') return refused('There is nothing to send.');
  // Slack asks to join first; one step less here.
  conversation.members.add(user.id);
  const ts = world.newTs();
  conversation.readUpTo.set(user.id, ts);
  world.post(conversation.id, {
    ts,
    threadTs: action.threadTs ?? null,
    broadcast: false,
    user: user.id,
    text: action.text,
    blocks: [],
    onlyFor: null,
    editedTs: null,
    files: [],
  });
  return done;
}

async function command(
  slack: Slack,
  user: User,
  conversation: Conversation,
  action: ActionOf<'compose'>,
): Promise<ActionAnswer> {
  const { world } = slack;
  const [, name = '', text = ''] = /^(\/\S*)\s*([\s\S]*)$/.exec(action.text) ?? [];
  if (isChannelCommand(name)) return channelCommand(slack, user, conversation, name, text);
  const known = slack.manifest.features.slash_commands.some((each) => each.command === name);
  // An app's commands belong to the workspace that installed it.
  if (!known || isForeign(world, user.id) || !slack.isInstalled())
    return refused(
      `${name} is not a valid command. Messages that start with "/" are commands; put a space first to send it as text.`,
    );
  if (action.threadTs !== undefined) return refused(`${name} is not supported in threads.`);
  const target = { userId: user.id, conversationId: conversation.id, sourceTs: null };
  const delivery = await slack.deliver({
    type: 'slash_commands',
    name: 'slash_commands',
    payload: commandPayload(slack, {
      user,
      conversation,
      command: name,
      text: text.trim(),
      triggerId: slack.triggers.issue({ userId: user.id, conversationId: conversation.id, viewId: null }),
      responseUrl: `${slack.url()}/response/${slack.responseUrls.issue(target)}`,
    }),
  });
  if (!delivery.ok)
    return refused(
      delivery.problem === 'no answer'
        ? `${name} failed because the app did not respond.`
        : `${name} failed with the error "dispatch_failed".`,
    );
  const { answer } = delivery;
  if (answer === undefined) return done;
  const problem = respond(world, target, isJson(answer) ? answer : { text: String(answer) });
  return problem === undefined ? done : refused(`${name} failed with the error "${problem}".`);
}

async function shortcut(slack: Slack, user: User, callbackId: string): Promise<ActionAnswer> {
  const known = slack.manifest.features.shortcuts.find(({ callback_id }) => callback_id === callbackId);
  if (known === undefined || isForeign(slack.world, user.id) || !slack.isInstalled()) return gone;
  const triggerId = slack.triggers.issue({ userId: user.id, conversationId: null, viewId: null });
  const payload = shortcutPayload(slack, { user, triggerId, callbackId });
  const delivery = await slack.deliver({ type: 'interactive', name: 'shortcut', payload });
  return delivery.ok ? done : refused(`"${known.name}" failed because the app did not respond.`);
}

function openHome(slack: Slack, user: User): ActionAnswer {
  const { world } = slack;
  if (isForeign(world, user.id) || !slack.isInstalled())
    return refused('The app is not installed in your workspace.');
  const view = world.homes.get(user.id);
  sendEvent(slack, {
    type: 'app_home_opened',
    user: user.id,
    channel: world.dmWithBot(user.id)?.id,
    tab: 'home',
    ...(view === undefined ? {} : { view: viewJson(world, view, keepInputs({}, view.json.blocks)) }),
  });
  return done;
}

async function pressInMessage(
  slack: Slack,
  user: User,
  { blockId, actionId, value }: ActionOf<'act'>,
  container: { readonly conversation: string; readonly ts: string },
): Promise<ActionAnswer> {
  const { world } = slack;
  const conversation = world.conversations.get(container.conversation);
  const message = conversation?.messages.find(({ ts }) => ts === container.ts);
  if (conversation === undefined || message === undefined) return gone;
  if (!maySee(world, conversation, user.id)) return gone;
  if (message.onlyFor !== null && message.onlyFor !== user.id) return gone;
  const blocks = allBlocks(message);
  const element = findElement(blocks, blockId, actionId);
  const action = element === undefined ? undefined : actionOf(element, blockId, value);
  if (action === undefined) return gone;
  const before = keepInputs({}, blocks);
  const token = slack.responseUrls.issue({
    userId: user.id,
    conversationId: conversation.id,
    sourceTs: message.ts,
  });
  return press(
    slack,
    messageActionPayload(slack, {
      user,
      conversation,
      message,
      action,
      state: value === undefined ? before : withInput(before, blockId, actionId, value),
      responseUrl: `${slack.url()}/response/${token}`,
      triggerId: slack.triggers.issue({ userId: user.id, conversationId: conversation.id, viewId: null }),
    }),
  );
}

async function pressInView(
  slack: Slack,
  user: User,
  { container, blockId, actionId, value, inputs }: ActionOf<'act'>,
): Promise<ActionAnswer> {
  const view = viewOf(slack, user, container);
  if (view === undefined) return gone;
  const blocks = shownBlocks(slack.world, view);
  const element = findElement(blocks, blockId, actionId);
  const action = element === undefined ? undefined : actionOf(element, blockId, value);
  if (action === undefined) return gone;
  const state: InputValues = keepInputs(inputs ?? {}, blocks);
  return press(
    slack,
    viewActionPayload(slack, {
      user,
      view,
      action,
      state:
        value === undefined || state[blockId] === undefined
          ? state
          : withInput(state, blockId, actionId, value),
      triggerId: slack.triggers.issue({
        userId: user.id,
        conversationId: view.conversationId,
        viewId: view.type === 'modal' ? view.id : null,
      }),
    }),
  );
}

function viewOf({ world }: Slack, user: User, container: ActionOf<'act'>['container']): View | undefined {
  if (container.kind === 'home') return world.homes.get(user.id);
  if (container.kind !== 'view') return undefined;
  return world.stacks.get(user.id)?.find(({ id }) => id === container.viewId);
}

async function press(slack: Slack, payload: Json): Promise<ActionAnswer> {
  if (!slack.isInstalled()) return refused('The app is not installed in this workspace any more.');
  const delivery = await slack.deliver({ type: 'interactive', name: 'block_actions', payload });
  if (delivery.ok) return done;
  return refused(
    delivery.problem === 'no answer'
      ? 'The app did not respond.'
      : `The app could not be reached (${delivery.detail}).`,
  );
}

function read({ world }: Slack, user: User, conversationId: string): ActionAnswer {
  const conversation = world.conversations.get(conversationId);
  const newest = conversation?.messages.at(-1)?.ts;
  if (conversation === undefined || newest === undefined) return done;
  if (conversation.readUpTo.get(user.id) === newest) return done;
  conversation.readUpTo.set(user.id, newest);
  world.changed();
  return done;
}

function refused(note: string): ActionAnswer {
  return { ok: false, note };
}
