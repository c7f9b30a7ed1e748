/** What inputs start with, keep and refuse. */
import { describe, expect, test } from 'vitest';
import {
  initialInputs,
  inputsOf,
  keepInputs,
  offersConversation,
  refusedInputs,
  withInput,
} from '../../../../src/local/slack/page/inputs.ts';
import type { BlockJson, InputValue } from '../../../../src/local/slack/page/protocol.ts';

const option = (value: string) => ({ text: { type: 'plain_text', text: value.toUpperCase() }, value });
const input = (
  blockId: string,
  element: Record<string, unknown>,
  more: Record<string, unknown> = {},
): BlockJson => ({
  type: 'input',
  block_id: blockId,
  label: { type: 'plain_text', text: `Label of ${blockId}` },
  element: { action_id: 'a', ...element },
  ...more,
});
const text = (value: string | null): InputValue => ({ type: 'plain_text_input', value });
const choices = { options: [option('x'), option('y')] };

describe('initial values', () => {
  test.each([
    ['an empty text is null', { type: 'plain_text_input' }, text(null)],
    ['an initial text of nothing is null', { type: 'plain_text_input', initial_value: '' }, text(null)],
    ['an initial text', { type: 'plain_text_input', initial_value: 'abc' }, text('abc')],
    [
      'a number is a text',
      { type: 'number_input', initial_value: '5' },
      { type: 'number_input', value: '5' },
    ],
    ['no choice', { type: 'radio_buttons', ...choices }, { type: 'radio_buttons', selected_option: null }],
    [
      'an initial choice',
      { type: 'static_select', ...choices, initial_option: option('x') },
      { type: 'static_select', selected_option: option('x') },
    ],
    ['no ticks', { type: 'checkboxes', ...choices }, { type: 'checkboxes', selected_options: [] }],
    [
      'initial ticks',
      { type: 'checkboxes', ...choices, initial_options: [option('y')] },
      { type: 'checkboxes', selected_options: [option('y')] },
    ],
    [
      'no place',
      { type: 'conversations_select' },
      { type: 'conversations_select', selected_conversation: null },
    ],
    ['no time', { type: 'timepicker' }, { type: 'timepicker', selected_time: null }],
    [
      'an initial time',
      { type: 'timepicker', initial_time: '22:00' },
      { type: 'timepicker', selected_time: '22:00' },
    ],
  ])('%s', (_why, element, expected) => {
    expect(initialInputs([input('b', element)])).toEqual({ b: { a: expected } });
  });

  test('in actions and beside a section too, in no other block, and not without ids', () => {
    const select = { type: 'static_select', action_id: 'a', ...choices };
    const blocks: BlockJson[] = [
      { type: 'actions', block_id: 'in-actions', elements: [select, { type: 'button', action_id: 'b' }] },
      { type: 'section', block_id: 'beside', accessory: select },
      { type: 'context', block_id: 'no', elements: [select] },
      { type: 'actions', elements: [select] },
    ];
    expect(inputsOf(blocks).map(({ blockId, dispatches }) => [blockId, dispatches])).toEqual([
      ['in-actions', true],
      ['beside', true],
    ]);
  });
});

describe('after an update', () => {
  const before = { b: { a: text('typed') } };
  test.each([
    [
      'the same block_id keeps what was typed',
      input('b', { type: 'plain_text_input', initial_value: 'new' }),
      'typed',
    ],
    ['a fresh block_id starts anew', input('c', { type: 'plain_text_input', initial_value: 'new' }), 'new'],
    [
      'a fresh action_id starts anew',
      input('b', { type: 'plain_text_input', action_id: 'z', initial_value: 'new' }),
      'new',
    ],
    ['another type starts anew', input('b', { type: 'url_text_input', initial_value: 'new' }), 'new'],
  ])('%s', (_why, block, expected) => {
    const [value] = Object.values(keepInputs(before, [block])).flatMap((each) => Object.values(each));
    expect(value).toMatchObject({ value: expected });
  });

  test('what was emptied stays empty', () => {
    const block = input('b', { type: 'plain_text_input', initial_value: 'new' });
    expect(keepInputs({ b: { a: text(null) } }, [block])).toEqual({ b: { a: text(null) } });
  });

  test('a choice that is no longer offered is gone', () => {
    const chosen = { b: { a: { type: 'static_select', selected_option: option('x') } } } as const;
    const select = (options: unknown[]) => [input('b', { type: 'static_select', options })];
    expect(keepInputs(chosen, select([option('x')]))).toEqual(chosen);
    expect(keepInputs(chosen, select([option('y')]))).toEqual({
      b: { a: { type: 'static_select', selected_option: null } },
    });
  });

  test('a field that left and came back has forgotten', () => {
    const block = input('b', { type: 'plain_text_input', initial_value: 'new' });
    expect(keepInputs(keepInputs(before, []), [block])).toEqual({ b: { a: text('new') } });
  });
});

describe('refused before it is sent', () => {
  const typed = (element: Record<string, unknown>, value: string | null, more = {}) => {
    const block = input('b', element, more);
    const type = element.type as 'plain_text_input';
    return refusedInputs([block], withInput({}, 'b', 'a', { type, value })).b;
  };
  test.each([
    ['empty and required', { type: 'plain_text_input' }, null, {}, 'This field is required.'],
    ['empty and optional', { type: 'plain_text_input' }, null, { optional: true }, undefined],
    [
      'too short',
      { type: 'plain_text_input', min_length: 3 },
      'ab',
      {},
      'This must have at least 3 characters.',
    ],
    [
      'too long',
      { type: 'plain_text_input', max_length: 3 },
      'abcd',
      {},
      'This must have at most 3 characters.',
    ],
    ['just right', { type: 'plain_text_input', min_length: 3, max_length: 3 }, 'abc', {}, undefined],
    ['no number', { type: 'number_input' }, '1e3', {}, 'This must be a number.'],
    [
      'no whole number',
      { type: 'number_input', is_decimal_allowed: false },
      '1.5',
      {},
      'This must be a whole number.',
    ],
    ['a fraction where it may be', { type: 'number_input', is_decimal_allowed: true }, '1.5', {}, undefined],
    ['a number too small', { type: 'number_input', min_value: '2' }, '1', {}, 'This must be at least 2.'],
    ['a number too large', { type: 'number_input', max_value: '2' }, '3', {}, 'This must be at most 2.'],
    ['a number without bounds', { type: 'number_input' }, '-7', {}, undefined],
    ['no e-mail address', { type: 'email_text_input' }, 'a@', {}, 'This must be an e-mail address.'],
    ['no URL', { type: 'url_text_input' }, 'example', {}, 'This must be a URL.'],
  ])('%s', (_why, element, value, more, expected) => {
    expect(typed(element, value, more)).toBe(expected);
  });
});

describe('a time', () => {
  const clock = (selected_time: string | null) =>
    ({ b: { a: { type: 'timepicker', selected_time } } }) as const;
  test.each([
    ['midnight', '00:00', {}],
    ['the last minute', '23:59', {}],
    ['no such hour', '24:00', { b: 'This must be a time of day.' }],
    ['one digit', '9:00', { b: 'This must be a time of day.' }],
    ['none', null, { b: 'This field is required.' }],
  ])('%s', (_why, time, expected) => {
    expect(refusedInputs([input('b', { type: 'timepicker' })], clock(time))).toEqual(expected);
  });

  test('stays after an update', () => {
    const block = input('b', { type: 'timepicker', initial_time: '06:00' });
    expect(keepInputs(clock('22:30'), [block])).toEqual(clock('22:30'));
  });
});

describe('a conversation is offered', () => {
  const channel = {
    id: 'C',
    name: 'c',
    kind: 'channel',
    botIsMember: true,
    archived: false,
    shared: false,
    unread: 0,
  } as const;
  const secret = { ...channel, kind: 'private' } as const;
  const withBot = { ...channel, kind: 'dm' } as const;
  const withBen = { ...withBot, botIsMember: false } as const;
  test.each([
    ['without a filter', undefined, channel, true],
    ['a direct message too', undefined, withBot, true],
    ['unless it is archived', undefined, { ...channel, archived: true }, false],
    ['of a kind that is wanted', { include: ['private'] }, secret, true],
    ['and of no other', { include: ['private'] }, channel, false],
    ['direct messages by their own name', { include: ['im'] }, withBen, true],
    ['shared with others', { include: ['public'] }, { ...channel, shared: true }, true],
    ['or not', { exclude_external_shared_channels: true }, { ...channel, shared: true }, false],
    ['with a bot, or not', { exclude_bot_users: true }, withBot, false],
    ['a channel in which a bot is', { exclude_bot_users: true }, channel, true],
    ['a person', { exclude_bot_users: true }, withBen, true],
  ])('%s', (_why, filter, conversation, expected) => {
    expect(offersConversation({ type: 'conversations_select', filter }, conversation)).toBe(expected);
  });
});
