/**
 * Slack's limits on messages and views: what chat.* and views.* refuse, with the words and JSON pointers of
 * Slack's own answers. The builders' tests use it on what they build.
 */
import {
  accessory,
  actionElement,
  anyText,
  id,
  imageElement,
  inputElement,
  plainText,
  richPart,
} from './block-elements.ts';
import { isJson, type Json } from './json.ts';
import {
  also,
  anything,
  flag,
  list,
  object,
  oneOf,
  problemsOf,
  type Report,
  type Shape,
  text,
  variant,
} from './shape.ts';

type Surface = 'message' | 'modal' | 'home';

/**
 * Not documented: Slack refuses messages near this many characters as msg_blocks_too_long, containers counted.
 * The length of the blocks' JSON is the strictest reading of what people have measured.
 */
export const messageCharactersMax = 13_200;
export const messageTextMax = 40_000;

const blockType = (
  name: string,
  required: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>> = {},
) => object({ type: oneOf(name), ...required }, { block_id: id, ...optional });

const everywhere = {
  section: also(
    blockType(
      'section',
      {},
      { text: anyText(3000), fields: list(anyText(2000), 10, 1), accessory, expand: flag },
    ),
    (block, pointer, report) => {
      if (block.text === undefined && block.fields === undefined)
        report('must define either `text` or `fields`', pointer);
    },
  ),
  header: blockType('header', { text: plainText(150) }),
  divider: blockType('divider', {}),
  context: blockType('context', {
    elements: list(
      (value, pointer, report) =>
        (isJson(value) && value.type === 'image' ? imageElement : anyText(3000))(value, pointer, report),
      10,
      1,
    ),
  }),
  actions: also(blockType('actions', { elements: list(actionElement, 25, 1) }), (block, pointer, report) =>
    unique(
      jsonList(block.elements),
      'action_id',
      (index) => `${pointer}/elements/${index}/action_id`,
      report,
    ),
  ),
  input: blockType(
    'input',
    { label: plainText(2000), element: inputElement },
    { hint: plainText(2000), optional: flag, dispatch_action: flag },
  ),
  image: blockType(
    'image',
    { alt_text: text(2000, 1) },
    { image_url: text(3000, 1), slack_file: anything, title: plainText(2000) },
  ),
  rich_text: blockType('rich_text', { elements: list(richPart, 1000) }),
  video: anything,
};

const cell = variant({
  raw_text: object({ type: oneOf('raw_text'), text: text(messageCharactersMax, 1) }),
  raw_number: anything,
  rich_text: blockType('rich_text', { elements: list(richPart, 1000) }),
});
const onlyInMessages = {
  table: blockType(
    'table',
    { rows: list(list(cell, 20, 1), 100, 1) },
    { column_settings: list(anything, 20) },
  ),
  markdown: blockType('markdown', { text: text(12_000, 1) }),
  // Known to Slack, not used here: their inside is not checked.
  ...Object.fromEntries(
    ['data_table', 'card', 'carousel', 'container', 'context_actions', 'file', 'plan', 'task_card'].map(
      (name) => [name, anything],
    ),
  ),
};
const onlyInModals = {
  alert: blockType(
    'alert',
    { text: anyText(3000) },
    { level: oneOf('default', 'info', 'warning', 'error', 'success') },
  ),
};

const blocksMax = 50;
const blocksOf: Readonly<Record<Surface, Shape>> = {
  message: blocks({ ...everywhere, ...onlyInMessages }, blocksMax),
  modal: blocks({ ...everywhere, ...onlyInModals }, 100),
  home: blocks(everywhere, 100),
};

/** Of the attachments' many fields those that are not obsolete. */
const attachments = list(
  object(
    { blocks: blocksOf.message },
    {
      fallback: text(messageTextMax),
      color: (value, pointer, report) => {
        if (typeof value !== 'string' || !/^(?:#?[0-9a-f]{6}|good|warning|danger)$/i.test(value))
          report('must be a color', pointer);
      },
    },
  ),
  100,
);

const viewFields = {
  private_metadata: text(3000),
  callback_id: id,
  external_id: id,
  clear_on_close: flag,
  notify_on_close: flag,
};
const modal = also(
  object(
    { type: oneOf('modal'), title: plainText(24), blocks: blocksOf.modal },
    { ...viewFields, submit: plainText(24), close: plainText(24), submit_disabled: flag },
  ),
  (view, pointer, report) => {
    if (view.submit === undefined && jsonList(view.blocks).some(({ type }) => type === 'input'))
      report('missing required field: submit', pointer);
  },
);
const home = object({ type: oneOf('home'), blocks: blocksOf.home }, viewFields);

/** What is wrong with a message's text, blocks and attachments; empty when Slack would post it. */
export function checkMessage(message: unknown): string[] {
  const { text: content, blocks: given = [], attachments: attached = [] } = isJson(message) ? message : {};
  return [
    ...(content === undefined ? [] : problemsOf(text(messageTextMax), content, '/text')),
    ...checkBlocks(given),
    ...checkAttachments(attached, given),
    ...(tooLong(given, attached)
      ? [`blocks must be less than ${messageCharactersMax + 1} characters in all [json-pointer:/blocks]`]
      : []),
  ];
}

/** What is wrong with a message's attachments, beside these blocks: together they keep the limits of one message. */
export function checkAttachments(attached: unknown, given: unknown): string[] {
  const theirs = jsonList(attached).flatMap((each) => jsonList(each.blocks));
  if (theirs.length === 0) return problemsOf(attachments, attached, '/attachments');
  const all = [...jsonList(given), ...theirs];
  return [
    ...problemsOf(attachments, attached, '/attachments'),
    ...problemsOf(
      (_, pointer, report) => {
        if (all.length > blocksMax) report(`no more than ${blocksMax} items allowed`, pointer);
        unique(all, 'block_id', () => pointer, report);
      },
      attached,
      '/attachments',
    ),
  ];
}

/** What is wrong with a message's blocks one by one; their length in all is left to {@link tooLong}. */
export function checkBlocks(given: unknown): string[] {
  return problemsOf(blocksOf.message, given, '/blocks');
}

/** chat.* answers msg_blocks_too_long; response URLs do not mind. */
export function tooLong(given: unknown, attached: unknown = []): boolean {
  const all = [...jsonList(given), ...jsonList(attached).flatMap((each) => jsonList(each.blocks))];
  return JSON.stringify(all).length > messageCharactersMax;
}

/** What is wrong with a modal or a home view; empty when Slack would show it. */
export function checkView(view: unknown): string[] {
  return problemsOf(variant({ modal, home }), view, '/view');
}

function blocks(shapes: Readonly<Record<string, Shape>>, max: number): Shape {
  const each = list(variant(shapes), max);
  return (value, pointer, report) => {
    each(value, pointer, report);
    const all = jsonList(value);
    unique(all, 'block_id', (index) => `${pointer}/${index}/block_id`, report);
    const focused = all.filter((block) =>
      [block.element, block.accessory, ...jsonList(block.elements)].some(
        (element) => isJson(element) && element.focus_on_load === true,
      ),
    );
    if (focused.length > 1) report('only one element can have focus_on_load', pointer);
    const tables = all.filter(({ type }) => type === 'table');
    if (tables.length > 1) report('only one table allowed', pointer);
  };
}

function unique(items: readonly Json[], name: string, at: (index: number) => string, report: Report): void {
  const seen = new Set<unknown>();
  for (const [index, { [name]: value }] of items.entries()) {
    if (value === undefined) continue;
    if (seen.has(value)) report(`\`${name}\` must be unique: ${String(value)}`, at(index));
    seen.add(value);
  }
}

function jsonList(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}
