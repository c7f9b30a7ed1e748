/** Sending and closing modals: what goes to the bot, and what its answer does to the person's stack. */

import { isJson, type Json } from './json.ts';
import { inputsOf, keepInputs, refusedInputs } from './page/inputs.ts';
import type { ActionAnswer, InputValues } from './page/protocol.ts';
import { shownBlocks } from './page-state.ts';
import { closedPayload, submissionPayload } from './payloads.ts';
import type { Slack } from './slack.ts';
import { pushed, replaced, stackMax, viewContent } from './web-api/views.ts';
import type { User, View } from './world.ts';

/** Slack's words in the modal when the bot does not answer, or answers what Slack does not understand. */
const trouble = { ok: false, note: 'We had some trouble connecting. Try again?' } as const;

export async function submit(
  slack: Slack,
  user: User,
  view: View,
  inputs: InputValues,
): Promise<ActionAnswer> {
  const { world, triggers } = slack;
  const blocks = shownBlocks(world, view);
  const state = keepInputs(inputs, blocks);
  const refused = refusedInputs(blocks, state);
  world.replaceView({ ...view, errors: refused });
  if (Object.keys(refused).length > 0) return { ok: false, note: 'Some fields need another look.' };
  const delivery = await slack.deliver({
    type: 'interactive',
    name: 'view_submission',
    payload: submissionPayload(slack, {
      user,
      triggerId: triggers.issue({ userId: user.id, conversationId: view.conversationId, viewId: view.id }),
      view,
      state,
      responseUrls: responseUrls(slack, user, view, state),
    }),
  });
  if (!delivery.ok) return trouble;
  const problem = obey(slack, view, delivery.answer);
  if (problem === undefined) return { ok: true };
  slack.wire.add({
    direction: 'from-bot',
    name: 'view_submission answer',
    startedAt: slack.now(),
    endedAt: null,
    outcome: problem,
    failed: true,
    request: delivery.answer,
    response: undefined,
  });
  return trouble;
}

/** The person closed the view; the bot hears of it when it asked to. */
export async function close(slack: Slack, user: User, view: View): Promise<ActionAnswer> {
  const stack = slack.world.stacks.get(user.id) ?? [];
  const cleared = view.json.clear_on_close === true;
  const index = stack.findIndex(({ id }) => id === view.id);
  slack.world.closeViews(user.id, cleared ? 0 : index);
  const notified = (cleared ? stack : stack.slice(index)).filter(({ json }) => json.notify_on_close === true);
  await Promise.all(
    notified.toReversed().map((each) =>
      slack.deliver({
        type: 'interactive',
        name: 'view_closed',
        payload: closedPayload(slack, { user, view: each, cleared }),
      }),
    ),
  );
  return { ok: true };
}

/** Does what the answer to a submission says; a problem when Slack would not understand it. */
function obey(slack: Slack, view: View, answer: unknown): string | undefined {
  const { world } = slack;
  const stack = world.stacks.get(view.userId) ?? [];
  // The bot may have closed or replaced it meanwhile.
  const current = stack.find(({ id }) => id === view.id);
  if (answer === undefined || (isJson(answer) && Object.keys(answer).length === 0)) {
    if (current !== undefined) world.closeViews(view.userId, stack.indexOf(current));
    return undefined;
  }
  if (!isJson(answer)) return 'the answer is not JSON';
  if (answer.response_action === 'clear') {
    world.closeViews(view.userId, 0);
    return undefined;
  }
  if (current === undefined) return 'the view is closed';
  if (answer.response_action === 'errors') return showErrors(slack, current, answer.errors);
  if (answer.response_action !== 'update' && answer.response_action !== 'push')
    return `response_action ${String(answer.response_action)} is unknown`;
  const content = viewContent(answer.view, 'modal');
  if (!('blocks' in content)) return content.join('; ');
  if (answer.response_action === 'update') replaced(slack, current, content);
  else if (stack.length >= stackMax) return 'push_limit_reached';
  else pushed(slack, content, current);
  return undefined;
}

function showErrors({ world }: Slack, view: View, errors: unknown): string | undefined {
  if (!isJson(errors) || Object.keys(errors).length === 0) return 'errors must be an object';
  const fields = new Set(
    view.json.blocks.filter(({ type }) => type === 'input').map((block) => block.block_id),
  );
  const told: Record<string, string> = {};
  for (const [blockId, sentence] of Object.entries(errors)) {
    if (!fields.has(blockId)) return `errors name ${blockId}, which is no input block`;
    if (typeof sentence !== 'string' || sentence === '') return `the error of ${blockId} is no text`;
    told[blockId] = sentence;
  }
  world.replaceView({ ...view, errors: told });
  return undefined;
}

/** One address for each chosen conversation whose select asked for it. */
function responseUrls(slack: Slack, user: User, view: View, state: InputValues): Json[] {
  // In input blocks only: an element of a section or of actions gets none.
  const fields = view.json.blocks.filter(({ type }) => type === 'input');
  return inputsOf(fields).flatMap(({ blockId, actionId, element }) => {
    const value = state[blockId]?.[actionId];
    if (element.response_url_enabled !== true || value?.type !== 'conversations_select') return [];
    const channel = value.selected_conversation;
    if (channel === null) return [];
    const token = slack.responseUrls.issue({ userId: user.id, conversationId: channel, sourceTs: null });
    return [
      {
        block_id: blockId,
        action_id: actionId,
        channel_id: channel,
        response_url: `${slack.url()}/response/${token}`,
      },
    ];
  });
}
