/** views.*: modals by trigger, their updates by id and hash, and the App Home. */
import { checkView } from '../block-kit.ts';
import { completeBlocks } from '../completion.ts';
import type { Json } from '../json.ts';
import { initialInputs } from '../page/inputs.ts';
import type { BlockJson } from '../page/protocol.ts';
import { shownBlocks } from '../page-state.ts';
import { viewJson } from '../payloads.ts';
import type { Slack } from '../slack.ts';
import { newHash, type View } from '../world.ts';
import { type Answer, failure, jsonOf, type Method, malformed, missing, refusal, textOf } from './method.ts';

/** Slack's "view is larger than 250 KB". */
const viewBytesMax = 250 * 1024;
/** As many modals may lie on each other. */
export const stackMax = 3;

/** A view that passed the limits, its blocks completed. */
export type ViewContent = View['json'];

export const viewMethods = {
  'views.open': { scopes: [], run: (args, slack) => opened(args, slack, 'open') },
  'views.push': { scopes: [], run: (args, slack) => opened(args, slack, 'push') },
  'views.update': {
    scopes: [],
    run(args, slack) {
      const [id, externalId] = [textOf(args, 'view_id'), textOf(args, 'external_id')];
      if (id === undefined && externalId === undefined) return missing('view_id');
      const content = viewArgument(args, 'modal');
      if (isAnswer(content)) return content;
      const view =
        id === undefined
          ? openViews(slack).find(({ json }) => json.external_id === externalId)
          : slack.world.view(id);
      if (view === undefined) return failure('not_found');
      const hash = textOf(args, 'hash');
      if (hash !== undefined && hash !== view.hash) return failure('hash_conflict');
      return shown(slack, replaced(slack, view, content));
    },
  },
  'views.publish': {
    scopes: [],
    run(args, slack) {
      const { world, now } = slack;
      const userId = textOf(args, 'user_id');
      if (userId === undefined) return missing('user_id');
      const content = viewArgument(args, 'home');
      if (isAnswer(content)) return content;
      if (!world.users.has(userId)) return failure('user_not_found');
      if (slack.manifest.features.app_home?.home_tab_enabled !== true) return failure('not_enabled');
      const before = world.homes.get(userId);
      const hash = textOf(args, 'hash');
      if (hash !== undefined && before !== undefined && hash !== before.hash) return failure('hash_conflict');
      const id = before?.id ?? world.newId('V');
      const view: View = {
        id,
        hash: newHash(now()),
        type: 'home',
        userId,
        json: content,
        rootId: id,
        previousId: null,
        conversationId: null,
        errors: {},
      };
      world.replaceView(view);
      return shown(slack, view);
    },
  },
} as const satisfies Record<string, Method>;

/** What is wrong with a view that the bot gave, or the view completed. */
export function viewContent(given: unknown, type: 'modal' | 'home'): ViewContent | readonly string[] {
  const problems = checkView(given);
  if (problems.length > 0) return problems;
  const json = given as Json & { readonly blocks: readonly BlockJson[] };
  if (json.type !== type) return [`must be a ${type} view [json-pointer:/view/type]`];
  return { ...json, blocks: completeBlocks(json.blocks) };
}

/** Opens a modal on top of the person's stack. */
export function pushed(
  { world, now }: Slack,
  json: ViewContent,
  of: { readonly userId: string; readonly conversationId: string | null },
): View {
  const below = world.stacks.get(of.userId)?.at(-1);
  const id = world.newId('V');
  const view: View = {
    id,
    hash: newHash(now()),
    type: 'modal',
    userId: of.userId,
    json,
    rootId: below?.rootId ?? id,
    previousId: below?.id ?? null,
    conversationId: of.conversationId,
    errors: {},
  };
  world.openView(view);
  return view;
}

/** Puts other content in an open view; errors at its fields go. */
export function replaced({ world, now }: Slack, view: View, json: ViewContent): View {
  const next: View = { ...view, json, hash: newHash(now()), errors: {} };
  world.replaceView(next);
  return next;
}

function opened(args: Json, slack: Slack, how: 'open' | 'push'): Answer {
  const { world, triggers } = slack;
  const triggerId = textOf(args, 'trigger_id');
  if (triggerId === undefined) return missing('trigger_id');
  const content = viewArgument(args, 'modal');
  if (isAnswer(content)) return content;
  const { external_id: externalId } = content;
  if (externalId !== undefined && openViews(slack).some(({ json }) => json.external_id === externalId))
    return failure('duplicate_external_id');
  const trigger = triggers.take(triggerId);
  if (typeof trigger === 'string') return failure(trigger);
  const stack = world.stacks.get(trigger.userId) ?? [];
  if (how === 'open') world.closeViews(trigger.userId, 0);
  // A push needs the modal in which the person acted to be still open.
  else if (!stack.some(({ id }) => id === trigger.viewId)) return failure('not_found');
  else if (stack.length >= stackMax) return failure('push_limit_reached');
  return shown(slack, pushed(slack, content, trigger));
}

function viewArgument(args: Json, type: 'modal' | 'home'): ViewContent | Answer {
  const given = jsonOf(args, 'view');
  if (given === undefined) return missing('view');
  if (given === malformed)
    return refusal('invalid_arguments', ['must provide an object [json-pointer:/view]']);
  if (Buffer.byteLength(JSON.stringify(given)) > viewBytesMax) return failure('view_too_large');
  const content = viewContent(given, type);
  if ('blocks' in content) return content;
  return refusal('invalid_arguments', content);
}

function isAnswer(value: ViewContent | Answer): value is Answer {
  return typeof value.ok === 'boolean';
}

function openViews({ world }: Slack): View[] {
  return [...world.stacks.values()].flat();
}

function shown({ world }: Slack, view: View): Answer {
  return { ok: true, view: viewJson(world, view, initialInputs(shownBlocks(world, view))) };
}
