/** Slack's limits: at the limit is fine, one more is told, and where. */
import { describe, expect, test } from 'vitest';
import {
  checkBlocks,
  checkMessage,
  checkView,
  messageCharactersMax,
} from '../../../src/local/slack/block-kit.ts';

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const x = (count: number) => 'x'.repeat(count);
const option = (value: string) => ({ text: plain(value), value });
const options = (count: number) => Array.from({ length: count }, (_, index) => option(`o${index}`));
const button = (more: object = {}) => ({ type: 'button', action_id: 'b', text: plain('B'), ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const input = (element: object, more: object = {}) => ({
  type: 'input',
  label: plain('L'),
  element: { action_id: 'a', ...element },
  ...more,
});
const pre = (text: string) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
});
const table = (rows: number, columns: number) => ({
  type: 'table',
  rows: Array(rows).fill(Array(columns).fill({ type: 'raw_text', text: 'x' })),
});

type Row = readonly [why: string, block: object, problem: string | undefined];

const rows: readonly Row[] = [
  ['a section', { type: 'section', text: mrkdwn(x(3000)) }, undefined],
  [
    'a long section',
    { type: 'section', text: mrkdwn(x(3001)) },
    'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'an empty text',
    { type: 'section', text: mrkdwn('') },
    'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'a section of nothing',
    { type: 'section' },
    'must define either `text` or `fields` [json-pointer:/blocks/0]',
  ],
  ['ten fields', { type: 'section', fields: Array(10).fill(mrkdwn(x(2000))) }, undefined],
  [
    'eleven fields',
    { type: 'section', fields: Array(11).fill(mrkdwn('x')) },
    'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
  ],
  [
    'a long field',
    { type: 'section', fields: [mrkdwn(x(2001))] },
    'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
  ],
  ['a button beside', { type: 'section', text: mrkdwn('x'), accessory: button() }, undefined],
  [
    'an input beside',
    { type: 'section', text: mrkdwn('x'), accessory: { type: 'plain_text_input' } },
    'unsupported type: plain_text_input [json-pointer:/blocks/0/accessory]',
  ],
  ['a bare text', { type: 'section', text: 'x' }, 'must provide an object [json-pointer:/blocks/0/text]'],
  ['a header', { type: 'header', text: plain(x(150)) }, undefined],
  [
    'a long header',
    { type: 'header', text: plain(x(151)) },
    'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'a header of mrkdwn',
    { type: 'header', text: mrkdwn('x') },
    'unsupported type: mrkdwn [json-pointer:/blocks/0/text]',
  ],
  ['ten in a context', { type: 'context', elements: Array(10).fill(mrkdwn('x')) }, undefined],
  [
    'eleven in a context',
    { type: 'context', elements: Array(11).fill(mrkdwn('x')) },
    'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'a button in a context',
    { type: 'context', elements: [button()] },
    'unsupported type: button [json-pointer:/blocks/0/elements/0]',
  ],
  [
    'an empty context',
    { type: 'context', elements: [] },
    'no fewer than 1 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'a button',
    actions(button({ text: plain(x(75)), value: x(2000), style: 'danger', accessibility_label: x(75) })),
    undefined,
  ],
  [
    'a long button',
    actions(button({ text: plain(x(76)) })),
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
  ],
  [
    'a long value',
    actions(button({ value: x(2001) })),
    'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
  ],
  [
    'a style that is none',
    actions(button({ style: 'nice' })),
    'must be a valid enum value [json-pointer:/blocks/0/elements/0/style]',
  ],
  [
    'a long action_id',
    actions(button({ action_id: x(256) })),
    'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
  ],
  [
    'the same action_id twice',
    actions(button(), button()),
    '`action_id` must be unique: b [json-pointer:/blocks/0/elements/1/action_id]',
  ],
  [
    '25 buttons',
    actions(...Array.from({ length: 25 }, (_, index) => button({ action_id: `b${index}` }))),
    undefined,
  ],
  [
    '26 buttons',
    actions(...Array.from({ length: 26 }, (_, index) => button({ action_id: `b${index}` }))),
    'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'an unknown field',
    actions(button({ colour: 'red' })),
    'invalid additional property: colour [json-pointer:/blocks/0/elements/0]',
  ],
  [
    'a confirm',
    actions(
      button({
        confirm: { title: plain(x(100)), text: mrkdwn(x(300)), confirm: plain(x(30)), deny: plain('No') },
      }),
    ),
    undefined,
  ],
  [
    'a confirm without a way back',
    actions(button({ confirm: { title: plain('T'), text: plain('x'), confirm: plain('Yes') } })),
    'missing required field: deny [json-pointer:/blocks/0/elements/0/confirm]',
  ],
  ['100 options', actions({ type: 'static_select', options: options(100) }), undefined],
  [
    '101 options',
    actions({ type: 'static_select', options: options(101) }),
    'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
  ],
  [
    'no options',
    actions({ type: 'static_select' }),
    'missing required field: options [json-pointer:/blocks/0/elements/0]',
  ],
  [
    'a long option',
    actions({ type: 'static_select', options: [{ text: plain(x(76)), value: 'x' }] }),
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]',
  ],
  [
    'a time of day',
    actions({ type: 'timepicker', initial_time: '00:00', timezone: 'Europe/Berlin' }),
    undefined,
  ],
  [
    'a time that is none',
    actions({ type: 'timepicker', initial_time: '24:00' }),
    'must be a valid time [json-pointer:/blocks/0/elements/0/initial_time]',
  ],
  [
    'an overflow menu that asks first',
    actions({
      type: 'overflow',
      options: options(5),
      confirm: { title: plain('Sure?'), text: plain('For all.'), confirm: plain('Yes'), deny: plain('No') },
    }),
    undefined,
  ],
  [
    'an overflow menu of six',
    actions({ type: 'overflow', options: options(6) }),
    'no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]',
  ],
  [
    'ten radio buttons',
    actions({ type: 'radio_buttons', options: options(10), initial_option: option('o3') }),
    undefined,
  ],
  [
    'eleven radio buttons',
    actions({ type: 'radio_buttons', options: options(11) }),
    'no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]',
  ],
  [
    'another initial option',
    actions({ type: 'radio_buttons', options: options(2), initial_option: option('o3') }),
    'initial options must match one of the options [json-pointer:/blocks/0/elements/0]',
  ],
  [
    'ticks with mrkdwn',
    actions({
      type: 'checkboxes',
      options: [{ text: mrkdwn('*x*'), value: 'x', description: mrkdwn(x(75)) }],
    }),
    undefined,
  ],
  [
    'options with the same value',
    actions({ type: 'checkboxes', options: [option('x'), option('x')] }),
    'option values must be unique [json-pointer:/blocks/0/elements/0]',
  ],
  ['preformatted text', pre(x(4000)), undefined],
  [
    'empty rich text',
    pre(''),
    'must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]',
  ],
  ['an unknown block', { type: 'blink' }, 'unsupported type: blink [json-pointer:/blocks/0]'],
  ['no type', {}, 'missing required field: type [json-pointer:/blocks/0]'],
  [
    'a long block_id',
    { type: 'divider', block_id: x(256) },
    'must be less than 256 characters [json-pointer:/blocks/0/block_id]',
  ],
  [
    'an alert in a message',
    { type: 'alert', text: mrkdwn('x') },
    'unsupported type: alert [json-pointer:/blocks/0]',
  ],
  ['a table', table(100, 20), undefined],
  ['a long table', table(101, 1), 'no more than 100 items allowed [json-pointer:/blocks/0/rows]'],
  ['a wide table', table(1, 21), 'no more than 20 items allowed [json-pointer:/blocks/0/rows/0]'],
];

test.each(rows)('%s', (_why, block, problem) => {
  expect(checkBlocks([block])).toEqual(problem === undefined ? [] : [problem]);
});

describe('a message', () => {
  test.each([
    ['text alone', { text: 'x' }, []],
    ['50 blocks', { blocks: Array(50).fill({ type: 'divider' }) }, []],
    [
      '51 blocks',
      { blocks: Array(51).fill({ type: 'divider' }) },
      ['no more than 50 items allowed [json-pointer:/blocks]'],
    ],
    [
      'the same block_id twice',
      {
        blocks: [
          { type: 'divider', block_id: 'd' },
          { type: 'divider', block_id: 'd' },
        ],
      },
      ['`block_id` must be unique: d [json-pointer:/blocks/1/block_id]'],
    ],
    ['two tables', { blocks: [table(1, 1), table(1, 1)] }, ['only one table allowed [json-pointer:/blocks]']],
    ['a long text', { text: x(40_001) }, ['must be less than 40001 characters [json-pointer:/text]']],
    [
      'too long in all',
      { blocks: Array(6).fill({ type: 'section', text: mrkdwn(x(2200)) }) },
      [`blocks must be less than ${messageCharactersMax + 1} characters in all [json-pointer:/blocks]`],
    ],
    ['blocks that are no list', { blocks: {} }, ['must provide an array [json-pointer:/blocks]']],
  ])('%s', (_why, message, problems) => {
    expect(checkMessage(message)).toEqual(problems);
  });
});

describe('a view', () => {
  const modal = (more: object = {}) => ({
    type: 'modal',
    title: plain('T'),
    submit: plain('S'),
    blocks: [],
    ...more,
  });
  test.each([
    [
      'a modal',
      modal({ private_metadata: x(3000), callback_id: x(255), close: plain(x(24)), notify_on_close: true }),
      [],
    ],
    ['100 blocks', modal({ blocks: Array(100).fill({ type: 'divider' }) }), []],
    [
      '101 blocks',
      modal({ blocks: Array(101).fill({ type: 'divider' }) }),
      ['no more than 100 items allowed [json-pointer:/view/blocks]'],
    ],
    [
      'a long title',
      modal({ title: plain(x(25)) }),
      ['must be less than 25 characters [json-pointer:/view/title/text]'],
    ],
    ['no title', modal({ title: undefined }), ['missing required field: title [json-pointer:/view]']],
    [
      'an input without submit',
      modal({ submit: undefined, blocks: [input({ type: 'plain_text_input' })] }),
      ['missing required field: submit [json-pointer:/view]'],
    ],
    [
      'long metadata',
      modal({ private_metadata: x(3001) }),
      ['must be less than 3001 characters [json-pointer:/view/private_metadata]'],
    ],
    ['an alert', modal({ blocks: [{ type: 'alert', level: 'warning', text: mrkdwn('x') }] }), []],
    ['a table', modal({ blocks: [table(1, 1)] }), ['unsupported type: table [json-pointer:/view/blocks/0]']],
    [
      'an initial value longer than allowed',
      modal({ blocks: [input({ type: 'plain_text_input', max_length: 1, initial_value: 'xy' })] }),
      ['must be less than 2 characters [json-pointer:/view/blocks/0/element/initial_value]'],
    ],
    [
      'a number without its one required field',
      modal({ blocks: [input({ type: 'number_input' })] }),
      ['missing required field: is_decimal_allowed [json-pointer:/view/blocks/0/element]'],
    ],
    [
      'a select of places',
      modal({
        blocks: [
          input({
            type: 'conversations_select',
            default_to_current_conversation: true,
            response_url_enabled: true,
            filter: { include: ['public', 'private', 'im'], exclude_bot_users: true },
          }),
        ],
      }),
      [],
    ],
    [
      'dispatching',
      modal({
        blocks: [
          input(
            {
              type: 'plain_text_input',
              dispatch_action_config: { trigger_actions_on: ['on_enter_pressed'] },
            },
            { dispatch_action: true, hint: plain(x(2000)), optional: true },
          ),
        ],
      }),
      [],
    ],
    [
      'two fields with the focus',
      modal({
        blocks: [
          input({ type: 'plain_text_input', focus_on_load: true }),
          input({ type: 'plain_text_input', focus_on_load: true }),
        ],
      }),
      ['only one element can have focus_on_load [json-pointer:/view/blocks]'],
    ],
    [
      'a long label',
      modal({ blocks: [input({ type: 'plain_text_input' }, { label: plain(x(2001)) })] }),
      ['must be less than 2001 characters [json-pointer:/view/blocks/0/label/text]'],
    ],
    [
      'a button as input',
      modal({ blocks: [input(button())] }),
      ['unsupported type: button [json-pointer:/view/blocks/0/element]'],
    ],
    ['a home', { type: 'home', blocks: [{ type: 'header', text: plain('x') }] }, []],
    [
      'a home with an alert',
      { type: 'home', blocks: [{ type: 'alert', text: mrkdwn('x') }] },
      ['unsupported type: alert [json-pointer:/view/blocks/0]'],
    ],
    ['no view', null, ['must provide an object [json-pointer:/view]']],
  ])('%s', (_why, view, problems) => {
    expect(checkView(view)).toEqual(problems);
  });
});

describe('attachments', () => {
  const divider = (block_id: string) => ({ type: 'divider', block_id });
  const dividers = (count: number, from = 0) =>
    Array.from({ length: count }, (_, at) => divider(`d${from + at}`));

  test.each([
    ['a colour', { attachments: [{ color: '#2eb67d', blocks: [divider('a')] }] }, []],
    [
      'one of the three names',
      { attachments: [{ color: 'good', fallback: 'x', blocks: [divider('a')] }] },
      [],
    ],
    [
      'a colour that is none',
      { attachments: [{ color: 'green', blocks: [] }] },
      ['must be a color [json-pointer:/attachments/0/color]'],
    ],
    [
      'a block that is none',
      { attachments: [{ blocks: [{ type: 'alert', text: mrkdwn('x') }] }] },
      ['unsupported type: alert [json-pointer:/attachments/0/blocks/0]'],
    ],
    ['fifty blocks together', { blocks: dividers(40), attachments: [{ blocks: dividers(10, 40) }] }, []],
    [
      'more than fifty together',
      { blocks: dividers(40), attachments: [{ blocks: dividers(11, 40) }] },
      ['no more than 50 items allowed [json-pointer:/attachments]'],
    ],
    [
      'an id that a block has too',
      { blocks: [divider('a')], attachments: [{ blocks: [divider('a')] }] },
      ['`block_id` must be unique: a [json-pointer:/attachments]'],
    ],
    [
      'too long together',
      { blocks: [pre(x(7000))], attachments: [{ blocks: [pre(x(7000))] }] },
      [`blocks must be less than ${messageCharactersMax + 1} characters in all [json-pointer:/blocks]`],
    ],
  ])('%s', (_why, message, problems) => {
    expect(checkMessage(message)).toEqual(problems);
  });
});
