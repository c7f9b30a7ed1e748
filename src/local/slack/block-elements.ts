/** Block Kit below the blocks: text objects, options, interactive elements and rich text, with Slack's limits. */
import { isDeepStrictEqual } from 'node:util';
import { isJson, type Json } from './json.ts';
import { optionsOf, timeOfDay } from './page/inputs.ts';
import { also, anything, flag, integer, list, object, oneOf, type Shape, text, variant } from './shape.ts';

const type = (name: string): Readonly<Record<string, Shape>> => ({ type: oneOf(name) });

export const id = text(255);

export function plainText(max: number): Shape {
  return variant({ plain_text: object({ ...type('plain_text'), text: text(max, 1) }, { emoji: flag }) });
}

export function anyText(max: number): Shape {
  const mrkdwn = object({ ...type('mrkdwn'), text: text(max, 1) }, { verbatim: flag });
  return (value, pointer, report) =>
    (isJson(value) && value.type === 'mrkdwn' ? mrkdwn : plainText(max))(value, pointer, report);
}

const confirm = object(
  { title: plainText(100), text: anyText(300), confirm: plainText(30), deny: plainText(30) },
  { style: oneOf('primary', 'danger') },
);

const option = object(
  { text: plainText(75), value: text(75, 1) },
  { description: plainText(75), url: text(3000) },
);
/** Radio buttons and checkboxes may use mrkdwn. */
const tickOption = object({ text: anyText(75), value: text(75, 1) }, { description: anyText(75) });

const common = { action_id: id, focus_on_load: flag };
const placeholder = plainText(150);
const select = { ...common, placeholder, confirm };
const multi = { ...select, max_selected_items: integer(1, 100) };
const dispatch = object(
  {},
  { trigger_actions_on: list(oneOf('on_enter_pressed', 'on_character_entered'), 2, 1) },
);
const typed = { ...common, placeholder, dispatch_action_config: dispatch };
const options = {
  options: list(option, 100, 1),
  option_groups: list(object({ label: plainText(75), options: list(option, 100, 1) }), 100, 1),
};
const filter = object(
  {},
  {
    include: list(oneOf('im', 'mpim', 'private', 'public'), 4, 1),
    exclude_external_shared_channels: flag,
    exclude_bot_users: flag,
  },
);

const clock: Shape = (value, pointer, report) => {
  if (typeof value !== 'string' || !timeOfDay.test(value)) report('must be a valid time', pointer);
};

const selects = {
  static_select: choosing(object(type('static_select'), { ...select, ...options, initial_option: option })),
  external_select: object(type('external_select'), {
    ...select,
    initial_option: option,
    min_query_length: integer(0, 255),
  }),
  users_select: object(type('users_select'), { ...select, initial_user: text(255) }),
  conversations_select: object(type('conversations_select'), {
    ...select,
    initial_conversation: text(255, 1),
    default_to_current_conversation: flag,
    response_url_enabled: flag,
    filter,
  }),
  channels_select: object(type('channels_select'), {
    ...select,
    initial_channel: text(255, 1),
    response_url_enabled: flag,
  }),
  multi_static_select: choosing(
    object(type('multi_static_select'), { ...multi, ...options, initial_options: list(option, 100, 1) }),
  ),
  multi_external_select: object(type('multi_external_select'), {
    ...multi,
    initial_options: list(option, 100, 1),
    min_query_length: integer(0, 255),
  }),
  multi_users_select: object(type('multi_users_select'), { ...multi, initial_users: list(text(255), 100) }),
  multi_conversations_select: object(type('multi_conversations_select'), {
    ...multi,
    initial_conversations: list(text(255), 100),
    default_to_current_conversation: flag,
    filter,
  }),
  multi_channels_select: object(type('multi_channels_select'), {
    ...multi,
    initial_channels: list(text(255), 100),
  }),
  datepicker: object(type('datepicker'), { ...select, initial_date: text(10) }),
  timepicker: object(type('timepicker'), { ...select, initial_time: clock, timezone: text(255) }),
  checkboxes: choosing(
    object(
      { ...type('checkboxes'), options: list(tickOption, 10, 1) },
      { ...common, confirm, initial_options: list(tickOption, 10, 1) },
    ),
  ),
  radio_buttons: choosing(
    object(
      { ...type('radio_buttons'), options: list(tickOption, 10, 1) },
      { ...common, confirm, initial_option: tickOption },
    ),
  ),
} as const;

export const imageElement = object(
  { ...type('image'), alt_text: text(2000, 1) },
  { image_url: text(3000, 1), slack_file: anything },
);

const pressed = {
  button: object(
    { ...type('button'), text: plainText(75) },
    {
      action_id: id,
      url: text(3000),
      value: text(2000),
      style: oneOf('primary', 'danger'),
      confirm,
      accessibility_label: text(75),
    },
  ),
  overflow: object({ ...type('overflow'), options: list(option, 5, 1) }, { action_id: id, confirm }),
  workflow_button: anything,
};

/** What may stand beside a section's text. */
export const accessory = variant({ ...selects, ...pressed, image: imageElement });

/** What may stand in an actions block. */
export const actionElement = variant({
  ...selects,
  ...pressed,
  datetimepicker: anything,
  rich_text_input: anything,
});

/** What an input block may hold. */
export const inputElement = variant({
  ...selects,
  plain_text_input: also(
    object(type('plain_text_input'), {
      ...typed,
      initial_value: text(3000),
      multiline: flag,
      min_length: integer(0, 3000),
      max_length: integer(1, 3000),
    }),
    ({ initial_value: initial, max_length: max }, pointer, report) => {
      if (typeof initial === 'string' && typeof max === 'number' && initial.length > max)
        report(`must be less than ${max + 1} characters`, `${pointer}/initial_value`);
    },
  ),
  number_input: object(
    { ...type('number_input'), is_decimal_allowed: flag },
    { ...typed, initial_value: text(255), min_value: text(255), max_value: text(255) },
  ),
  email_text_input: object(type('email_text_input'), { ...typed, initial_value: text(3000) }),
  url_text_input: object(type('url_text_input'), { ...typed, initial_value: text(3000) }),
  rich_text_input: anything,
  file_input: anything,
  datetimepicker: anything,
});

const style = object(
  {},
  Object.fromEntries(['bold', 'italic', 'strike', 'code', 'underline'].map((name) => [name, flag])),
);
const richText = {
  text: object({ ...type('text'), text: text(Number.MAX_SAFE_INTEGER, 1) }, { style }),
  link: object({ ...type('link'), url: text(3000, 1) }, { text: text(3000), unsafe: flag, style }),
};
const richElement = variant({
  ...richText,
  emoji: object({ ...type('emoji'), name: text(255, 1) }, { unicode: text(255), style }),
  user: object({ ...type('user'), user_id: text(255, 1) }, { style }),
  usergroup: object({ ...type('usergroup'), usergroup_id: text(255, 1) }, { style }),
  channel: object({ ...type('channel'), channel_id: text(255, 1) }, { style }),
  team: object({ ...type('team'), team_id: text(255, 1) }, { style }),
  color: object({ ...type('color'), value: text(255, 1) }, { style }),
  broadcast: object({ ...type('broadcast'), range: oneOf('here', 'channel', 'everyone') }, { style }),
  date: object(
    { ...type('date'), timestamp: integer(0, Number.MAX_SAFE_INTEGER), format: text(255, 1) },
    { url: text(3000), fallback: text(3000), style },
  ),
});
const many = 10_000;
const border = oneOf(0, 1);
const richSection = object({ ...type('rich_text_section'), elements: list(richElement, many) });

/** A part of a rich_text block. */
export const richPart = variant({
  rich_text_section: richSection,
  rich_text_list: object(
    {
      ...type('rich_text_list'),
      style: oneOf('bullet', 'ordered'),
      elements: list(variant({ rich_text_section: richSection }), many),
    },
    { indent: integer(0, 8), offset: integer(0, many), border },
  ),
  rich_text_preformatted: object(
    { ...type('rich_text_preformatted'), elements: list(variant(richText), many) },
    { border },
  ),
  rich_text_quote: object({ ...type('rich_text_quote'), elements: list(richElement, many) }, { border }),
});

/** Options or groups of options, and what is chosen at first is one of them to the letter. */
function choosing(shape: Shape): Shape {
  return also(shape, (element, pointer, report) => {
    if (element.options === undefined && element.option_groups === undefined)
      report('missing required field: options', pointer);
    if (element.options !== undefined && element.option_groups !== undefined)
      report('must define either `options` or `option_groups`', pointer);
    const offered = optionsOf(element as Json);
    const values = new Set(offered.map(({ value }) => value));
    if (values.size < offered.length) report('option values must be unique', pointer);
    const chosen = [element.initial_option, element.initial_options]
      .flat()
      .filter((each) => each !== undefined);
    if (chosen.some((each) => !offered.some((option) => isDeepStrictEqual(option, each))))
      report('initial options must match one of the options', pointer);
  });
}
