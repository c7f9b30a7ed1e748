/** Draws Block Kit's interactive elements: buttons, choices and texts, each with the browser's own control. */
import type { ComponentChild, TargetedKeyboardEvent } from 'preact';
import { useContext } from 'preact/hooks';
import { type Drawn, h } from './h.ts';
import { icon, spinner } from './icons.ts';
import { optionsOf } from './inputs.ts';
import { asRecord, asRecords, asText, type Json } from './json.ts';
import { safeUrl } from './mrkdwn.ts';
import type { InputValue, OptionJson, PageConversation } from './protocol.ts';
import { elementKey, RoomContext, type Surface } from './surface.ts';
import { plainText, TextObject } from './text.ts';

/** One element and where it stands. */
export interface ElementProps {
  readonly surface: Surface;
  readonly blockId: string;
  readonly element: Json;
  /** In an input block: the bot hears of a change only when the block says so. */
  readonly dispatches: boolean;
  /** Names the control where no label stands beside it. */
  readonly label?: string | undefined;
  /** Ids of the hint and the error. */
  readonly describedBy?: string | undefined;
  readonly invalid?: boolean;
  readonly required?: boolean;
}

/** The id of an element's control, to which its label points. */
export function controlId(surface: Surface, blockId: string, element: Json): string {
  return `${surface.id}-${blockId}-${asText(element.action_id)}`;
}

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

function control({ surface, blockId, element, label, describedBy, invalid, required }: ElementProps) {
  return {
    id: controlId(surface, blockId, element),
    'data-action': asText(element.action_id),
    'aria-label': label,
    'aria-describedby': describedBy,
    'aria-invalid': invalid === true ? true : undefined,
    'aria-required': required === true ? true : undefined,
  };
}

function heldValue({ surface, blockId, element }: ElementProps): InputValue | undefined {
  return surface.values[blockId]?.[asText(element.action_id)];
}

/** Enters the value, and tells the bot where it wants to hear of it. */
function choose(props: ElementProps, value: InputValue): void {
  props.surface.change(props.blockId, asText(props.element.action_id), value);
  if (props.dispatches) props.surface.act(props.blockId, props.element, value);
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

function StaticSelect(props: ElementProps): Drawn {
  const { element } = props;
  const held = heldValue(props);
  const selected = held !== undefined && 'selected_option' in held ? held.selected_option : null;
  const options = optionsOf(element);
  const type = element.type === 'external_select' ? 'external_select' : 'static_select';
  const pick = (value: string): void => {
    choose(props, { type, selected_option: options.find((option) => option.value === value) ?? null });
  };
  const groups = asRecords(element.option_groups);
  const description = textOfOption(selected);
  return h(
    'div',
    { class: 'select-with-description' },
    selectBox(props, selected?.value ?? '', pick, [
      emptyOption(element, selected !== null),
      ...(groups.length === 0
        ? options.map(drawOption)
        : groups.map((group) =>
            h('optgroup', { label: plainText(group.label) }, optionsOf(group).map(drawOption)),
          )),
    ]),
    description === '' ? null : h('p', { class: 'hint' }, description),
  );
}

/** The browser's own select, which every keyboard and screen reader knows, with an arrow of ours. */
function selectBox(
  props: ElementProps,
  value: string,
  pick: (value: string) => void,
  options: readonly Drawn[],
): Drawn {
  const attributes = { ...control(props), class: 'field-input', value };
  return h(
    'div',
    { class: 'select' },
    h('select', { ...attributes, onChange: (event) => pick(event.currentTarget.value) }, [...options]),
    icon('chevron', 'turned'),
  );
}

function textOfOption(option: OptionJson | null): string {
  return option?.description === undefined ? '' : plainText(option.description);
}

function drawOption(option: OptionJson): Drawn {
  return h('option', { value: option.value }, plainText(option.text));
}

/** The placeholder; once something is chosen it takes the choice back. */
function emptyOption(element: Json, chosen: boolean): Drawn {
  const placeholder = plainText(element.placeholder) || 'Choose one';
  return h('option', { value: '' }, chosen ? '— none —' : placeholder);
}

function ConversationsSelect(props: ElementProps): Drawn {
  const { conversations } = useContext(RoomContext);
  const held = heldValue(props);
  const selected = held?.type === 'conversations_select' ? held.selected_conversation : null;
  const pick = (id: string): void =>
    choose(props, { type: 'conversations_select', selected_conversation: id === '' ? null : id });
  const offered = conversations.filter((conversation) =>
    passes(conversation, asRecord(props.element.filter)),
  );
  return selectBox(props, selected ?? '', pick, [
    emptyOption(props.element, selected !== null),
    ...offered.map((conversation) =>
      h('option', { value: conversation.id }, conversationLabel(conversation)),
    ),
  ]);
}

function conversationLabel(conversation: PageConversation): string {
  if (conversation.kind === 'dm') return `@${conversation.name}`;
  return conversation.kind === 'private' ? `#${conversation.name} (private)` : `#${conversation.name}`;
}

const filterNames = { channel: 'public', private: 'private', dm: 'im' } as const;

function passes({ kind, archived }: PageConversation, filter: Json): boolean {
  const include = filter.include;
  return !archived && (!Array.isArray(include) || include.includes(filterNames[kind]));
}

/** Radio buttons and checkboxes; a select of several is drawn as checkboxes too. */
function Choices(props: ElementProps): Drawn {
  const { surface, blockId, element, describedBy, label, invalid } = props;
  const held = heldValue(props);
  const options = optionsOf(element);
  const single = element.type === 'radio_buttons';
  const chosen = new Set(chosenValues(held));
  const group = controlId(surface, blockId, element);
  const toggle = (option: OptionJson, on: boolean): void => {
    if (single) {
      choose(props, { type: 'radio_buttons', selected_option: option });
      return;
    }
    const type = element.type === 'checkboxes' ? 'checkboxes' : 'multi_static_select';
    const kept = options.filter((other) => (other.value === option.value ? on : chosen.has(other.value)));
    choose(props, { type, selected_options: kept });
  };
  return h(
    'div',
    {
      class: 'choices',
      role: single ? 'radiogroup' : 'group',
      'data-action': asText(element.action_id),
      'aria-label': label,
      'aria-labelledby': label === undefined ? `${group}-label` : undefined,
      'aria-describedby': describedBy,
    },
    options.map((option, index) =>
      h(
        'label',
        { class: 'choice' },
        h('input', {
          id: index === 0 ? group : undefined,
          type: single ? 'radio' : 'checkbox',
          name: group,
          value: option.value,
          checked: chosen.has(option.value),
          'aria-invalid': invalid === true ? true : undefined,
          // Without it the description would be read as part of the name.
          'aria-labelledby': `${group}-${index}-text`,
          'aria-describedby': option.description === undefined ? undefined : `${group}-${index}-about`,
          onChange: (event) => toggle(option, event.currentTarget.checked),
        }),
        h(
          'span',
          { class: 'choice-text', id: `${group}-${index}-text` },
          h(TextObject, { text: option.text }),
        ),
        option.description === undefined
          ? null
          : h(
              'span',
              { class: 'choice-about', id: `${group}-${index}-about` },
              h(TextObject, { text: option.description }),
            ),
      ),
    ),
  );
}

function chosenValues(value: InputValue | undefined): readonly string[] {
  if (value === undefined) return [];
  if ('selected_option' in value) return value.selected_option === null ? [] : [value.selected_option.value];
  return 'selected_options' in value ? value.selected_options.map((option) => option.value) : [];
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
