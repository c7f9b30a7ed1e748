/** Draws the elements that offer options: selects, radio buttons and checkboxes. */
import { useContext } from 'preact/hooks';
import { choose, control, controlId, type ElementProps, heldValue } from './element-props.ts';
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';
import { offersConversation, optionsOf } from './inputs.ts';
import { asRecords, asText, type Json } from './json.ts';
import type { InputValue, OptionJson, PageConversation } from './protocol.ts';
import { RoomContext } from './surface.ts';
import { plainText, TextObject } from './text.ts';

export function StaticSelect(props: ElementProps): Drawn {
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

export function ConversationsSelect(props: ElementProps): Drawn {
  const { conversations } = useContext(RoomContext);
  const held = heldValue(props);
  const selected = held?.type === 'conversations_select' ? held.selected_conversation : null;
  const pick = (id: string): void =>
    choose(props, { type: 'conversations_select', selected_conversation: id === '' ? null : id });
  const offered = conversations.filter((conversation) => offersConversation(props.element, conversation));
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

/** Radio buttons and checkboxes; a select of several is drawn as checkboxes too. */
export function Choices(props: ElementProps): Drawn {
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
