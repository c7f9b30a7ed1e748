/** The form as Slack's modal. What it may hold and what happens to it is left to form.ts. */
import type {
  ActionsBlock,
  InputBlock,
  KnownBlock,
  ModalView,
  Option,
  RichTextElement,
  SectionBlock,
} from '@slack/types';
import type { Caution } from '../../check/choices.ts';
import { type Mode, maxAgeSecondsMax, modes } from '../../protocol/mtasts.ts';
import { asTyped } from '../fields.ts';
import {
  cautionsDigest,
  domainCharsMax,
  type Form,
  hostsOf,
  type MaxAgeChoice,
  maxAgeSteps,
  mxCharsMax,
} from '../form.ts';
import { formMetadata } from '../form-state.ts';
import { actionIds, callbackIds, formBlocks, numberedBlock } from '../ids.ts';
import { lookupLine, offerButtons } from './lookup-blocks.ts';
import { actions, bold, bullets, button, link, paragraph, plain, rich, shorten } from './pieces.ts';

/** Several addresses, and a long https one among them. */
const ruaCharsMax = 1000;
/** Beyond this many others of a kind the rest is counted: a list nobody reads is no caution. */
const likewiseMax = 10;

const modeSentences: Readonly<Record<Mode, string>> = {
  testing: 'Senders report failures and still deliver. Start here.',
  enforce: 'Senders skip MX hosts that fail. Best after two clean weeks of testing.',
  none: 'Senders apply no policy. Ends MTA-STS in good order.',
};

const maxAgeNames: Readonly<Record<MaxAgeChoice, string>> = {
  86400: '1 day',
  604800: '1 week',
  2592000: '1 month (30 days)',
  15552000: '6 months (180 days)',
  31536000: '1 year (365 days)',
  other: 'other…',
};

/** The form to open with views.open, or to put in its place with views.update or `response_action: update`. */
export function policyModal(form: Form): ModalView {
  return {
    type: 'modal',
    callback_id: callbackIds.policyForm,
    title: plain('MTA-STS policy'),
    submit: plain('Generate'),
    close: plain('Cancel'),
    private_metadata: formMetadata(form),
    blocks: [
      ...cautionsPointer(form),
      domainInput(form),
      lookupLine(form),
      ...offerButtons(form),
      ...(form.mx === undefined ? [] : [mxInput(form, form.mx)]),
      modeInput(form),
      maxAgeInput(form),
      ...(form.maxAge === 'other' ? [ownSecondsInput(form)] : []),
      ruaInput(form),
      conversationInput(form),
      ...hereButton(form),
      ...cautionBlocks(form),
    ],
  };
}

function domainInput(form: Form): InputBlock {
  return {
    type: 'input',
    block_id: formBlocks.domain,
    label: plain('Domain'),
    dispatch_action: true,
    element: {
      type: 'plain_text_input',
      action_id: actionIds.domain,
      ...initial(form.domain, domainCharsMax),
      placeholder: plain('example.com'),
      max_length: domainCharsMax,
      dispatch_action_config: { trigger_actions_on: ['on_enter_pressed'] },
      focus_on_load: form.domain === '',
    },
  };
}

function mxInput(form: Form, mx: string): InputBlock {
  return {
    type: 'input',
    block_id: numberedBlock(formBlocks.mx, form.mxFill),
    // A domain without mail can only publish mode none, which needs no mx (RFC 8461 §3.2).
    optional: form.mode === 'none' || (form.lookup.kind === 'done' && hostsOf(form.lookup.mx).length === 0),
    label: plain('MX hosts or patterns, one a line'),
    hint: plain('*. stands for exactly one label: *.example.com covers mx1.example.com.'),
    element: {
      type: 'plain_text_input',
      action_id: actionIds.mx,
      multiline: true,
      ...initial(mx, mxCharsMax),
      placeholder: plain('mx1.example.com'),
      max_length: mxCharsMax,
    },
  };
}

function modeInput(form: Form): InputBlock {
  const options = modes.map((mode): Option & { value: Mode } => ({
    text: plain(mode),
    description: plain(modeSentences[mode]),
    value: mode,
  }));
  const chosen = options.find(({ value }) => value === form.mode);
  return {
    type: 'input',
    block_id: formBlocks.mode,
    label: plain('Mode'),
    element: {
      type: 'radio_buttons',
      action_id: actionIds.mode,
      options,
      ...(chosen === undefined ? {} : { initial_option: chosen }),
    },
  };
}

function maxAgeInput(form: Form): InputBlock {
  const option = (choice: MaxAgeChoice) => ({ text: plain(maxAgeNames[choice]), value: choice });
  return {
    type: 'input',
    block_id: formBlocks.maxAge,
    // "other…" shows a field for the seconds.
    dispatch_action: true,
    label: plain('Senders may keep the policy for (max_age)'),
    element: {
      type: 'static_select',
      action_id: actionIds.maxAge,
      options: [...maxAgeSteps, 'other' as const].map(option),
      initial_option: option(form.maxAge),
    },
  };
}

function ownSecondsInput(form: Form): InputBlock {
  return {
    type: 'input',
    block_id: formBlocks.ownSeconds,
    label: plain('max_age in seconds'),
    hint: plain(`0 to ${maxAgeSecondsMax}. Weeks or more are expected; a week is 604800.`),
    element: {
      type: 'plain_text_input',
      action_id: actionIds.ownSeconds,
      ...initial(form.ownSeconds ?? '', 60),
      placeholder: plain('604800'),
      max_length: 60,
    },
  };
}

function ruaInput(form: Form): InputBlock {
  return {
    type: 'input',
    block_id: formBlocks.rua,
    optional: true,
    label: plain('TLS-RPT reports to'),
    hint: plain('An e-mail address or an https: URI. Senders report there once a day how TLS went.'),
    element: {
      type: 'plain_text_input',
      action_id: actionIds.rua,
      ...initial(form.rua, ruaCharsMax),
      placeholder: plain('tls-reports@example.com'),
      max_length: ruaCharsMax,
    },
  };
}

function conversationInput(form: Form): InputBlock {
  return {
    type: 'input',
    block_id: numberedBlock(formBlocks.conversation, form.conversationFill),
    optional: true,
    label: plain('Post to'),
    element: {
      type: 'conversations_select',
      action_id: actionIds.conversation,
      placeholder: plain('Nowhere: only you see the answer'),
      ...(form.conversation === undefined ? {} : { initial_conversation: form.conversation }),
      // With it Slack gives a way to post where the app is no member.
      response_url_enabled: true,
      filter: { include: ['public', 'private', 'im', 'mpim'], exclude_bot_users: true },
    },
  };
}

function hereButton({ origin, conversation }: Form): ActionsBlock[] {
  if (origin.conversation === undefined || origin.conversation === conversation) return [];
  return [
    actions(formBlocks.postHere, button(actionIds.postHere, 'Post in this conversation', 'where you asked')),
  ];
}

/** The form is longer than the window: whoever looks at its top must not think that nothing happened. */
function cautionsPointer({ cautions }: Form): SectionBlock[] {
  if (cautions.length === 0) return [];
  const what = 'read the end of this form and tick its box, or change what it names.';
  return [
    { type: 'section', block_id: formBlocks.cautionsPointer, text: plain(`Not generated yet: ${what}`) },
  ];
}

function cautionBlocks({ cautions }: Form): KnownBlock[] {
  if (cautions.length === 0) return [];
  const kinds = Map.groupBy(cautions, ({ id, title }) => `${id} ${title}`);
  return [
    rich(
      formBlocks.cautions,
      paragraph(bold('Before you generate')),
      bullets([...kinds.values()].map(cautionLine)),
    ),
    {
      type: 'input',
      block_id: numberedBlock(formBlocks.accept, cautionsDigest(cautions)),
      optional: true,
      label: plain('Generate in spite of this?'),
      element: {
        type: 'checkboxes',
        action_id: actionIds.accept,
        options: [{ text: plain('I know; generate anyway'), value: 'accepted' }],
      },
    },
  ];
}

/** The first of a kind is told whole, the others by what they are about. */
function cautionLine([first, ...others]: readonly Caution[]): (string | RichTextElement)[] {
  if (first === undefined) return [];
  const { title, text, remedy, cite } = first;
  const named = others.slice(0, likewiseMax).map(({ subject }) => `\`${shorten(subject, 80)}\``);
  const more = others.length > likewiseMax ? ` and ${others.length - likewiseMax} more` : '';
  const likewise = others.length === 0 ? '' : `Likewise ${named.join(', ')}${more}. `;
  return [bold(`${title}. `), asTyped(`${text} ${remedy} ${likewise}`), link(cite.url, cite.label)];
}

/** Slack refuses an empty initial_value and one over max_length. */
function initial(text: string, charsMax: number): { initial_value?: string } {
  return text === '' ? {} : { initial_value: text.slice(0, charsMax) };
}
