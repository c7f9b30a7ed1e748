/** Draws Block Kit blocks; their elements are left to elements.ts, their texts to text.ts and rich-text.ts. */
import type { ComponentChild } from 'preact';
import { controlId, noLabel } from './element-props.ts';
import { Element, ImagePlaceholder } from './elements.ts';
import { type Drawn, h } from './h.ts';
import { type IconName, icon } from './icons.ts';
import { asRecord, asRecords, asText, type Json } from './json.ts';
import type { BlockJson } from './protocol.ts';
import { RichText } from './rich-text.ts';
import type { Surface } from './surface.ts';
import { plainText, TextObject } from './text.ts';

export function Blocks({
  blocks,
  surface,
}: {
  readonly blocks: readonly BlockJson[];
  readonly surface: Surface;
}): Drawn {
  return h(
    'div',
    { class: 'blocks' },
    blocks.map((block, index) =>
      h(
        'div',
        {
          key: block.block_id ?? `at-${index}`,
          class: `block block-${block.type}`,
          'data-block': block.block_id,
        },
        drawBlock(block, surface),
      ),
    ),
  );
}

function drawBlock(block: BlockJson, surface: Surface): ComponentChild {
  switch (block.type) {
    case 'section':
      return h(Section, { block, surface });
    case 'header':
      return h('h3', { class: 'block-title' }, plainText(block.text));
    case 'divider':
      return h('hr', null);
    case 'context':
      return asRecords(block.elements).map((element) =>
        element.type === 'image' ? h(ImagePlaceholder, { element }) : h(TextObject, { text: element }),
      );
    case 'actions':
      return asRecords(block.elements).map((element) =>
        h(Element, {
          key: asText(element.action_id),
          surface,
          blockId: block.block_id ?? '',
          element,
          dispatches: true,
          label: plainText(element.placeholder) || noLabel,
        }),
      );
    case 'input':
      return h(InputBlock, { block, surface });
    case 'rich_text':
      return h(RichText, { elements: block.elements });
    case 'alert':
      return h(Alert, { block });
    case 'table':
      return h(Table, { block });
    case 'image':
      return h(ImagePlaceholder, { element: block });
    case 'markdown':
      return h('div', { class: 'pre-wrap' }, asText(block.text));
    default:
      return h('p', { class: 'not-drawn' }, `A block that this page does not draw: ${block.type}`);
  }
}

function Section({ block, surface }: { readonly block: BlockJson; readonly surface: Surface }): Drawn {
  const fields = asRecords(block.fields);
  const accessory = block.accessory;
  return h(
    'div',
    { class: 'section' },
    h(
      'div',
      { class: 'section-text' },
      block.text === undefined ? null : h(TextObject, { text: block.text }),
      fields.length === 0
        ? null
        : h(
            'div',
            { class: 'section-fields' },
            fields.map((field) => h('div', { class: 'section-field' }, h(TextObject, { text: field }))),
          ),
    ),
    accessory === undefined
      ? null
      : h(
          'div',
          { class: 'section-accessory' },
          h(Element, {
            surface,
            blockId: block.block_id ?? '',
            element: asRecord(accessory),
            dispatches: true,
            label: asText(asRecord(block.text).text).slice(0, 75),
          }),
        ),
  );
}

const groupTypes: readonly unknown[] = ['radio_buttons', 'checkboxes', 'multi_static_select'];

function InputBlock({ block, surface }: { readonly block: BlockJson; readonly surface: Surface }): Drawn {
  const element = asRecord(block.element);
  const blockId = block.block_id ?? '';
  const id = controlId(surface, blockId, element);
  const hint = plainText(block.hint);
  const error = surface.errors[blockId];
  const describedBy = [error === undefined ? '' : `${id}-error`, hint === '' ? '' : `${id}-hint`].filter(
    Boolean,
  );
  const label = [
    plainText(block.label),
    block.optional === true ? h('span', { class: 'optional' }, ' (optional)') : null,
  ];
  return h(
    'div',
    { class: `field${error === undefined ? '' : ' field-wrong'}` },
    groupTypes.includes(element.type)
      ? h('div', { class: 'field-label', id: `${id}-label` }, label)
      : h('label', { class: 'field-label', for: id }, label),
    h(Element, {
      surface,
      blockId,
      element,
      dispatches: block.dispatch_action === true,
      describedBy: describedBy.length === 0 ? undefined : describedBy.join(' '),
      invalid: error !== undefined,
      required: block.optional !== true,
    }),
    error === undefined
      ? null
      : h('p', { class: 'field-error', id: `${id}-error` }, icon('error'), h('span', null, error)),
    hint === '' ? null : h('p', { class: 'hint', id: `${id}-hint` }, hint),
  );
}

const alertIcons: Readonly<Record<string, IconName>> = {
  default: 'info',
  info: 'info',
  warning: 'alert',
  error: 'error',
  success: 'success',
};

function Alert({ block }: { readonly block: BlockJson }): Drawn {
  const asked = asText(block.level);
  const level = Object.hasOwn(alertIcons, asked) ? asked : 'default';
  return h(
    'div',
    { class: `alert alert-${level}`, role: level === 'warning' || level === 'error' ? 'alert' : 'note' },
    icon(alertIcons[level] ?? 'info'),
    h(
      'div',
      null,
      h('span', { class: 'off-screen' }, level === 'default' ? '' : `${level}: `),
      h(TextObject, { text: block.text }),
    ),
  );
}

function Table({ block }: { readonly block: BlockJson }): Drawn {
  const rows = (Array.isArray(block.rows) ? block.rows : []).map(asRecords);
  const columns = asRecords(block.column_settings);
  const cell = (tag: 'th' | 'td') => (content: Json, index: number) =>
    h(
      tag,
      {
        class: `align-${asText(columns[index]?.align) || 'left'}`,
        ...(tag === 'th' ? { scope: 'col' } : {}),
      },
      drawCell(content),
    );
  const [head = [], ...body] = rows;
  return h(
    'div',
    { class: 'table-scroll', tabIndex: 0, role: 'group', 'aria-label': 'Table' },
    h(
      'table',
      null,
      h('thead', null, h('tr', null, head.map(cell('th')))),
      h(
        'tbody',
        null,
        body.map((row) => h('tr', null, row.map(cell('td')))),
      ),
    ),
  );
}

function drawCell(content: Json): ComponentChild {
  if (content.type === 'rich_text') return h(RichText, { elements: content.elements });
  return asText(content.text) || String(content.value ?? '');
}
