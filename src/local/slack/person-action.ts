/** Reading what the page posts: a PersonAction, from text that nobody trusts. */
import { z } from 'zod';
import { parseJson } from './json.ts';
import type { PersonAction } from './page/protocol.ts';

const option = z.looseObject({
  text: z.looseObject({ type: z.string(), text: z.string() }),
  value: z.string(),
});
const inputValue = z.discriminatedUnion('type', [
  z.object({
    type: z.enum(['plain_text_input', 'number_input', 'email_text_input', 'url_text_input']),
    value: z.string().nullable(),
  }),
  z.object({
    type: z.enum(['static_select', 'radio_buttons', 'external_select']),
    selected_option: option.nullable(),
  }),
  z.object({ type: z.enum(['checkboxes', 'multi_static_select']), selected_options: z.array(option) }),
  z.object({ type: z.literal('conversations_select'), selected_conversation: z.string().nullable() }),
  z.object({ type: z.literal('timepicker'), selected_time: z.string().nullable() }),
]);
const inputs = z.record(z.string(), z.record(z.string(), inputValue));
const container = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('message'), conversation: z.string(), ts: z.string() }),
  z.object({ kind: z.literal('view'), viewId: z.string() }),
  z.object({ kind: z.literal('home') }),
]);
const user = z.string();

const personAction = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('compose'),
    user,
    conversation: z.string(),
    text: z.string(),
    threadTs: z.string().optional(),
  }),
  z.object({ kind: z.literal('shortcut'), user, callbackId: z.string() }),
  z.object({ kind: z.literal('open-home'), user }),
  z.object({
    kind: z.literal('act'),
    user,
    container,
    blockId: z.string(),
    actionId: z.string(),
    value: inputValue.optional(),
    inputs: inputs.optional(),
  }),
  z.object({ kind: z.literal('submit'), user, viewId: z.string(), inputs }),
  z.object({ kind: z.literal('close'), user, viewId: z.string() }),
  z.object({ kind: z.literal('read'), user, conversation: z.string() }),
  z.object({
    kind: z.literal('channel'),
    user,
    conversation: z.string(),
    change: z.enum(['archive', 'unarchive', 'invite-app', 'remove-app']),
  }),
  z.object({ kind: z.literal('fault'), id: z.string(), on: z.boolean() }),
  z.object({ kind: z.literal('switch'), id: z.string(), on: z.boolean() }),
  z.object({ kind: z.literal('kill-bot') }),
  z.object({ kind: z.literal('pause-store'), on: z.boolean() }),
  z.object({ kind: z.literal('transport'), transport: z.enum(['http', 'socket', 'oauth']) }),
  z.object({ kind: z.literal('uninstall'), user }),
  z.object({ kind: z.literal('reset') }),
]);

/** Undefined when the text is no action. */
export function parsePersonAction(text: string): PersonAction | undefined {
  const { data } = personAction.safeParse(parseJson(text));
  // Optional fields that are absent stay absent; zod's type alone allows them to be undefined.
  return data as PersonAction | undefined;
}
