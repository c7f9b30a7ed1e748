/** Draws Block Kit's interactive elements: buttons and texts here, what offers options in choices.ts. */
import type { ComponentChild, TargetedKeyboardEvent } from 'preact';
import { Choices, ConversationsSelect, StaticSelect } from './choices.ts';
import { control, controlId, type ElementProps, heldValue } from './element-props.ts';
import { type Drawn, h } from './h.ts';
import { icon, spinner } from './icons.ts';
import { asRecord, asText, type Json } from './json.ts';
import { safeUrl } from './mrkdwn.ts';
import type { InputValue } from './protocol.ts';
import { elementKey } from './surface.ts';
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
  const actionId = asText(element.action_id);
  const busy = surface.busy.has(elementKey(blockId, actionId));
  const style = asText(element.style);
  const attributes = {
    id: controlId(surface, blockId, element),
    'data-action': actionId,
    class: `button${style === 'primary' || style === 'danger' ? ` ${style}` : ''}`,
    'aria-label': asText(element.accessibility_label) || undefined,
    onClick: () => surface.act(blockId, element),
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
