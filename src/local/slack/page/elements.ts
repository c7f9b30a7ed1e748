/** Draws Block Kit's interactive elements: buttons, menus, texts and times here, what offers options in choices.ts. */
import type { ComponentChild, TargetedKeyboardEvent } from 'preact';
import { useContext, useRef } from 'preact/hooks';
import { Choices, ConversationsSelect, StaticSelect } from './choices.ts';
import { control, controlId, type ElementProps, heldValue, noLabel } from './element-props.ts';
import { type Drawn, h } from './h.ts';
import { icon, spinner } from './icons.ts';
import { optionsOf } from './inputs.ts';
import { asRecord, asText, type Json } from './json.ts';
import { Menu } from './menu.ts';
import { safeUrl } from './mrkdwn.ts';
import type { InputValue } from './protocol.ts';
import { elementKey, RoomContext } from './surface.ts';
import { plainText } from './text.ts';

export function Element(props: ElementProps): ComponentChild {
  switch (props.element.type) {
    case 'button':
    case 'workflow_button':
      return h(Button, props);
    case 'plain_text_input':
    case 'number_input':
    case 'email_text_input':
    case 'url_text_input':
      return h(TextInput, props);
    case 'timepicker':
      return h(TimePicker, props);
    case 'overflow':
      return h(Overflow, props);
    case 'static_select':
    case 'external_select':
      return h(StaticSelect, props);
    case 'conversations_select':
      return h(ConversationsSelect, props);
    case 'radio_buttons':
    case 'checkboxes':
    case 'multi_static_select':
      return h(Choices, props);
    case 'image':
      return h(ImagePlaceholder, { element: props.element });
    default:
      return h(
        'span',
        { class: 'not-drawn' },
        `An element that this page does not draw: ${asText(props.element.type)}`,
      );
  }
}

function Button({ surface, blockId, element }: ElementProps): Drawn {
  const room = useContext(RoomContext);
  const actionId = asText(element.action_id);
  const busy = surface.busy.has(elementKey(blockId, actionId));
  const style = asText(element.style);
  const attributes = {
    id: controlId(surface, blockId, element),
    'data-action': actionId,
    class: `button${style === 'primary' || style === 'danger' ? ` ${style}` : ''}`,
    'aria-label': asText(element.accessibility_label) || undefined,
    onClick: () => {
      surface.act(blockId, element);
      // Slack's own client follows such an address by itself.
      if (/^slack:\/\/app\?(?:.*&)?tab=home(?:&|$)/.test(asText(element.url))) room.go('home');
    },
  };
  const content = [busy ? spinner() : null, h('span', null, plainText(element.text))];
  const url = safeUrl(asText(element.url));
  if (url !== undefined)
    return h('a', { ...attributes, href: url, target: '_blank', rel: 'noopener noreferrer' }, content);
  return h('button', { ...attributes, type: 'button', 'aria-busy': busy || undefined }, content);
}

const inputTypes = {
  plain_text_input: { type: 'text' },
  number_input: { type: 'text', inputMode: 'decimal' },
  email_text_input: { type: 'text', inputMode: 'email' },
  url_text_input: { type: 'text', inputMode: 'url' },
} as const;

function TextInput(props: ElementProps): Drawn {
  const { surface, blockId, element, dispatches } = props;
  const type = asText(element.type) as keyof typeof inputTypes;
  const held = heldValue(props);
  const text = held !== undefined && 'value' in held ? (held.value ?? '') : '';
  const asked = asRecord(element.dispatch_action_config).trigger_actions_on;
  const triggers = dispatches ? (Array.isArray(asked) ? asked : ['on_enter_pressed']) : [];
  const enter = (value: string): void => {
    const input: InputValue = { type, value: value === '' ? null : value };
    surface.change(blockId, asText(element.action_id), input);
    if (triggers.includes('on_character_entered')) surface.act(blockId, element, input);
  };
  const tell = (): void => surface.act(blockId, element, { type, value: text === '' ? null : text });
  const attributes = {
    ...control(props),
    class: 'field-input',
    value: text,
    placeholder: plainText(element.placeholder) || undefined,
    maxLength: typeof element.max_length === 'number' ? element.max_length : undefined,
    spellcheck: false,
    autocomplete: 'off',
    autocapitalize: 'none',
    onInput: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) =>
      enter(event.currentTarget.value),
  } as const;
  if (element.multiline === true) return h('textarea', { ...attributes, rows: rowsFor(text) });
  if (!triggers.includes('on_enter_pressed')) return h('input', { ...attributes, ...inputTypes[type] });
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLInputElement>): void => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    tell();
  };
  const busy = surface.busy.has(elementKey(blockId, asText(element.action_id)));
  return h(
    'div',
    { class: 'field-with-key' },
    h('input', { ...attributes, ...inputTypes[type], onKeyDown, 'data-enter': 'dispatches' }),
    h('span', { class: 'field-key', title: 'Enter tells the app' }, busy ? spinner() : icon('enter')),
  );
}

/** The browser's own field for a time; told to the bot when the person is done with it, not at each digit. */
function TimePicker(props: ElementProps): Drawn {
  const { surface, blockId, element, dispatches } = props;
  const held = heldValue(props);
  const time = held !== undefined && 'selected_time' in held ? (held.selected_time ?? '') : '';
  const told = useRef(time);
  const zone = asText(element.timezone);
  const hintId = `${controlId(surface, blockId, element)}-zone`;
  const valueFor = (text: string): InputValue => ({
    type: 'timepicker',
    selected_time: text === '' ? null : text,
  });
  const tell = (): void => {
    if (!dispatches || time === told.current) return;
    const before = valueFor(told.current);
    told.current = time;
    surface.act(blockId, element, valueFor(time), before);
  };
  const attributes = control(props);
  return h(
    'div',
    { class: 'select-with-description' },
    h('input', {
      ...attributes,
      'aria-describedby':
        [attributes['aria-describedby'], zone === '' ? undefined : hintId].filter(Boolean).join(' ') ||
        undefined,
      class: 'field-input field-time',
      type: 'time',
      value: time,
      title: plainText(element.placeholder) || undefined,
      onInput: (event) =>
        surface.change(blockId, asText(element.action_id), valueFor(event.currentTarget.value)),
      onBlur: tell,
      onKeyDown: (event) => {
        if (event.key !== 'Enter' || !dispatches) return;
        // The form that it may stand in is not sent by it.
        event.preventDefault();
        tell();
      },
    }),
    zone === '' ? null : h('p', { class: 'hint', id: hintId }, zone),
  );
}

/** The three dots; its choice goes to the bot in the shape of a select's. */
function Overflow({ surface, blockId, element, label }: ElementProps): Drawn {
  const items = optionsOf(element).map((option) => ({
    key: option.value,
    title: plainText(option.text),
    about: option.description === undefined ? undefined : plainText(option.description),
    href: safeUrl(asText(asRecord(option).url)),
    onPick: () => surface.act(blockId, element, { type: 'static_select', selected_option: option }),
  }));
  const what = label === undefined || label === noLabel ? '' : `: ${spoken(label)}`;
  const menu = h(Menu, {
    label: `More actions${what}`,
    icon: 'more',
    items,
    unfolds: 'down',
    busy: surface.busy.has(elementKey(blockId, asText(element.action_id))),
    buttonId: controlId(surface, blockId, element),
    action: asText(element.action_id),
  });
  return h('div', { class: 'overflow' }, menu);
}

/** The first line of a section's mrkdwn without its marks, to be read aloud. */
function spoken(label: string): string {
  const [line = ''] = label.split('\n', 1);
  return line.replaceAll(/<[^>|]*\|([^>]*)>/g, '$1').replaceAll(/[*`]/g, '');
}

/** Grows with what is typed, within bounds that keep the form in the window. */
function rowsFor(text: string): number {
  return Math.min(Math.max(text.split('\n').length, 4), 10);
}

/** Pictures would be requests to elsewhere: their words stand in for them. */
export function ImagePlaceholder({ element }: { readonly element: Json }): Drawn {
  const words = asText(element.alt_text) || 'Picture';
  return h(
    'span',
    { class: 'image-placeholder', role: 'img', 'aria-label': words },
    icon('image'),
    h('span', null, words),
  );
}
