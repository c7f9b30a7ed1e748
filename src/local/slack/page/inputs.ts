/**
 * The values of a view's inputs: what they start with, what is kept when the bot updates the view, and what
 * Slack's own client refuses before it sends a form. Pure; the page, the Person of the tests and the server share it.
 */
import type { BlockJson, InputValue, InputValues, OptionJson, PageConversation } from './protocol.ts';

type Json = Readonly<Record<string, unknown>>;

/** A stateful element and where it stands in the view. */
export interface Input {
  readonly blockId: string;
  readonly actionId: string;
  readonly element: Json & { readonly type: string };
  /** The label of its input block; the text of the section; empty in an actions block. */
  readonly label: string;
  /** In an input block that must be filled before the form is sent. */
  readonly required: boolean;
  /** A change is told to the bot at once: elements outside input blocks, and input blocks with `dispatch_action`. */
  readonly dispatches: boolean;
}

const empty = {
  plain_text_input: { type: 'plain_text_input', value: null },
  number_input: { type: 'number_input', value: null },
  email_text_input: { type: 'email_text_input', value: null },
  url_text_input: { type: 'url_text_input', value: null },
  static_select: { type: 'static_select', selected_option: null },
  external_select: { type: 'external_select', selected_option: null },
  radio_buttons: { type: 'radio_buttons', selected_option: null },
  checkboxes: { type: 'checkboxes', selected_options: [] },
  multi_static_select: { type: 'multi_static_select', selected_options: [] },
  conversations_select: { type: 'conversations_select', selected_conversation: null },
  timepicker: { type: 'timepicker', selected_time: null },
} as const satisfies Record<InputValue['type'], InputValue>;

/** Every stateful element of the blocks, in reading order. Blocks without block_id or action_id have no state. */
export function inputsOf(blocks: readonly BlockJson[]): Input[] {
  return blocks.flatMap((block) => elementsOf(block).flatMap((element) => inputOf(block, element)));
}

/** What the inputs hold when the view is shown for the first time. */
export function initialInputs(blocks: readonly BlockJson[]): InputValues {
  return keepInputs({}, blocks);
}

/**
 * What the inputs hold after the view's blocks were replaced: under the same block_id and action_id and with
 * the same type of element, what the person entered stays and the new initial value is ignored; all else is new.
 */
export function keepInputs(before: InputValues, blocks: readonly BlockJson[]): InputValues {
  const values: Record<string, Record<string, InputValue>> = {};
  for (const { blockId, actionId, element } of inputsOf(blocks)) {
    const kept = before[blockId]?.[actionId];
    const block = values[blockId] ?? {};
    block[actionId] = kept?.type === element.type && fits(kept, element) ? kept : initialValue(element);
    values[blockId] = block;
  }
  return values;
}

/** Replaces one value. */
export function withInput(
  values: InputValues,
  blockId: string,
  actionId: string,
  value: InputValue,
): InputValues {
  return { ...values, [blockId]: { ...values[blockId], [actionId]: value } };
}

/** What Slack's client says at the fields instead of sending the form: block_id → sentence. Empty: send it. */
export function refusedInputs(blocks: readonly BlockJson[], values: InputValues): Record<string, string> {
  const refused: Record<string, string> = {};
  for (const input of inputsOf(blocks)) {
    const value = values[input.blockId]?.[input.actionId] ?? initialValue(input.element);
    const sentence = refusal(input, value);
    if (sentence !== undefined) refused[input.blockId] ??= sentence;
  }
  return refused;
}

/** True when nothing is entered or chosen. */
function isEmpty(value: InputValue): boolean {
  if ('value' in value) return value.value === null || value.value === '';
  if ('selected_option' in value) return value.selected_option === null;
  if ('selected_options' in value) return value.selected_options.length === 0;
  if ('selected_time' in value) return value.selected_time === null;
  return value.selected_conversation === null;
}

/** All options of a select, radio or checkbox element, those in groups included. */
export function optionsOf(element: Json): OptionJson[] {
  const groups = listOf(element.option_groups).flatMap((group) => listOf(group.options));
  return [...listOf(element.options), ...groups] as unknown as OptionJson[];
}

/** `HH:mm`, as Block Kit has it. */
export const timeOfDay = /^([01][0-9]|2[0-3]):[0-5][0-9]$/;

const filterNames = { channel: 'public', private: 'private', dm: 'im' } as const;

/** True when a conversations_select offers the conversation: its filter lets it through, and it is not archived. */
export function offersConversation(
  element: Json,
  { kind, archived, shared, botIsMember }: Omit<PageConversation, 'messages'>,
): boolean {
  const {
    include,
    exclude_external_shared_channels: noShared,
    exclude_bot_users: noBots,
  } = asJson(element.filter);
  if (archived || (noShared === true && shared)) return false;
  if (noBots === true && kind === 'dm' && botIsMember) return false;
  return !Array.isArray(include) || include.includes(filterNames[kind]);
}

function inputOf(block: BlockJson, element: Json): Input[] {
  const { type, action_id: actionId } = element;
  if (typeof type !== 'string' || !(type in empty)) return [];
  if (block.block_id === undefined || typeof actionId !== 'string') return [];
  const inBlock = block.type === 'input';
  return [
    {
      blockId: block.block_id,
      actionId,
      element: { ...element, type },
      label: textOf(block.label ?? block.text),
      required: inBlock && block.optional !== true,
      dispatches: !inBlock || block.dispatch_action === true,
    },
  ];
}

function elementsOf(block: BlockJson): Json[] {
  if (block.type === 'input') return [asJson(block.element)];
  if (block.type === 'section') return [asJson(block.accessory)];
  return block.type === 'actions' ? listOf(block.elements) : [];
}

function initialValue(element: Json & { readonly type: string }): InputValue {
  const value = empty[element.type as InputValue['type']];
  if ('value' in value) {
    const text = element.initial_value;
    return { ...value, value: typeof text === 'string' && text !== '' ? text : null };
  }
  if ('selected_option' in value) {
    const option = element.initial_option;
    return option === undefined ? value : { ...value, selected_option: option as OptionJson };
  }
  if ('selected_options' in value)
    return { ...value, selected_options: listOf(element.initial_options) as unknown as OptionJson[] };
  if ('selected_time' in value) {
    const time = element.initial_time;
    return typeof time === 'string' ? { ...value, selected_time: time } : value;
  }
  const conversation = element.initial_conversation;
  return typeof conversation === 'string' ? { ...value, selected_conversation: conversation } : value;
}

/** A choice stays only while it is still offered. */
function fits(value: InputValue, element: Json): boolean {
  if (['external_select', 'conversations_select', 'timepicker'].includes(value.type)) return true;
  const offered = new Set(optionsOf(element).map((option) => option.value));
  if ('selected_option' in value)
    return value.selected_option === null || offered.has(value.selected_option.value);
  if ('selected_options' in value) return value.selected_options.every((option) => offered.has(option.value));
  return true;
}

function refusal({ element, required }: Input, value: InputValue): string | undefined {
  if (isEmpty(value)) return required ? 'This field is required.' : undefined;
  if ('selected_time' in value)
    return timeOfDay.test(value.selected_time ?? '') ? undefined : 'This must be a time of day.';
  if (!('value' in value) || value.value === null) return undefined;
  const { min_length: min, max_length: max } = element;
  const { length } = value.value;
  if (typeof min === 'number' && length < min) return `This must have at least ${min} characters.`;
  if (typeof max === 'number' && length > max) return `This must have at most ${max} characters.`;
  if (value.type === 'email_text_input' && !/^[^\s@]+@[^\s@]+$/.test(value.value))
    return 'This must be an e-mail address.';
  if (value.type === 'url_text_input' && !URL.canParse(value.value)) return 'This must be a URL.';
  return value.type === 'number_input' ? refusedNumber(element, value.value) : undefined;
}

function refusedNumber(element: Json, text: string): string | undefined {
  const number = Number(text);
  if (!/^-?\d+(\.\d+)?$/.test(text)) return 'This must be a number.';
  if (element.is_decimal_allowed !== true && !Number.isInteger(number)) return 'This must be a whole number.';
  const [min, max] = [element.min_value, element.max_value].map((bound) => Number(bound ?? Number.NaN));
  if (min !== undefined && number < min) return `This must be at least ${min}.`;
  if (max !== undefined && number > max) return `This must be at most ${max}.`;
  return undefined;
}

function textOf(text: unknown): string {
  const { text: content } = asJson(text);
  return typeof content === 'string' ? content : '';
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(asJson) : [];
}

function asJson(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
