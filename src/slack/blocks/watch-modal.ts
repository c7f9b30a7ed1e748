/** The forms about watches: where a domain is to be watched and how often, and what is to change about it. */
import type { InputBlock, KnownBlock, ModalView, MrkdwnOption, PlainTextOption } from '@slack/types';
import { z } from 'zod';
import { type DomainName, displayDomain } from '../../protocol/domain.ts';
import { fail, ok, type Result } from '../../protocol/result.ts';
import { parseTypedDomain } from '../../protocol/typed-domain.ts';
import { type EveryHours, everyHoursChoices, type Watch, type WatchedDomain } from '../../store/shapes.ts';
import { domainCharsMax } from '../form.ts';
import {
  chosenOption,
  chosenOptions,
  conversationId,
  selectedConversation,
  typedText,
} from '../form-state.ts';
import { actionIds, callbackIds, watchBlocks } from '../ids.ts';
import { readWatchValue, usualEveryHours, type WatchButton, watchValue } from '../watch-values.ts';
import { code, context, type Message, paragraph, plain, rich } from './pieces.ts';
import { everyHoursOf, everyWords, placeName } from './watched-blocks.ts';

const formTitle = {
  type: 'modal',
  callback_id: callbackIds.watchForm,
  title: plain('Watch a domain'),
} as const;
const changeTitle = {
  type: 'modal',
  callback_id: callbackIds.watchChangeForm,
  title: plain('Change the watch'),
} as const;

/** More conversations than this do not fit into Slack's checkboxes. */
const conversationsMax = 10;

/** Asks for the domain, the conversation and how often. `page`: from App Home, which is drawn anew then. */
export function watchModal(from: { readonly domain?: DomainName; readonly page?: number } = {}): ModalView {
  return {
    ...formTitle,
    submit: plain('Watch'),
    close: plain('Cancel'),
    private_metadata: from.page === undefined ? '' : String(from.page),
    blocks: [
      {
        type: 'input',
        block_id: watchBlocks.domain,
        label: plain('Domain'),
        element: {
          type: 'plain_text_input',
          action_id: actionIds.watchDomain,
          ...(from.domain === undefined ? {} : { initial_value: from.domain }),
          placeholder: plain('example.com'),
          max_length: domainCharsMax,
          focus_on_load: from.domain === undefined,
        },
      },
      {
        type: 'input',
        block_id: watchBlocks.conversation,
        label: plain('Tell'),
        hint: plain('Everyone there sees that you asked for it, and what breaks and is mended from then on.'),
        element: {
          type: 'conversations_select',
          action_id: actionIds.watchConversation,
          placeholder: plain('Choose a conversation'),
          default_to_current_conversation: true,
          // With bot users, or the direct messages with this app could not be chosen.
          filter: { include: ['public', 'private', 'im'] },
        },
      },
      hoursInput(usualEveryHours),
    ],
  };
}

function hoursInput(chosen: EveryHours): InputBlock {
  const option = (hours: EveryHours): PlainTextOption => ({
    text: plain(hoursNames[hours]),
    description: plain(hoursHints[hours]),
    value: String(hours),
  });
  return {
    type: 'input',
    block_id: watchBlocks.hours,
    label: plain('Look at it'),
    element: {
      type: 'radio_buttons',
      action_id: actionIds.watchHours,
      options: everyHoursChoices.map(option),
      initial_option: option(chosen),
    },
  };
}

const hoursNames: Readonly<Record<EveryHours, string>> = {
  1: 'Every hour',
  6: 'Every 6 hours',
  24: 'Once a day',
};
const hoursHints: Readonly<Record<EveryHours, string>> = {
  1: 'While you change MX hosts or the policy.',
  6: 'For a domain that receives mail.',
  24: 'For a domain that hardly matters.',
};

export interface WatchAsked {
  readonly domain: DomainName;
  readonly conversation: string;
  readonly everyHours: EveryHours;
  readonly page: number | undefined;
}

/** The submitted modal, `payload.view`; or what is wrong at which field. */
export function readWatchForm(
  view: unknown,
): Result<WatchAsked, { readonly errors: Readonly<Record<string, string>> }> {
  const typed = parseTypedDomain(typedText(view, watchBlocks.domain, actionIds.watchDomain));
  const conversation = selectedConversation(view, watchBlocks.conversation, actionIds.watchConversation);
  const errors = {
    ...(typed.ok ? {} : { [watchBlocks.domain]: typed.problem.message }),
    ...(conversation === undefined ? { [watchBlocks.conversation]: 'Choose who is to be told.' } : {}),
  };
  if (!typed.ok || conversation === undefined) return fail({ errors });
  return ok({
    domain: typed.value.domain,
    conversation,
    everyHours: readHours(view) ?? usualEveryHours,
    page: pageOf(view),
  });
}

function readHours(view: unknown): EveryHours | undefined {
  const chosen = chosenOption(view, watchBlocks.hours, actionIds.watchHours);
  return everyHoursChoices.find((hours) => String(hours) === chosen);
}

const metadataShape = z.object({ private_metadata: z.string() });

function metadataOf(view: unknown): string {
  const parsed = metadataShape.safeParse(view);
  return parsed.success ? parsed.data.private_metadata : '';
}

function pageOf(view: unknown): number | undefined {
  const text = metadataOf(view);
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

/** What is to change: how often for all who watch, and who is to hear of it no longer. */
export function watchChangeModal(
  watched: WatchedDomain,
  from: Pick<WatchButton, 'page'>,
  viewer: string,
): ModalView {
  const { domain, watches } = watched;
  const shown = watches.slice(0, conversationsMax);
  const more = watches.length - shown.length;
  return {
    ...changeTitle,
    submit: plain('Change'),
    close: plain('Cancel'),
    private_metadata: changeState(watchValue({ domain, page: from.page }), shown),
    blocks: [
      rich(undefined, paragraph(code(displayDomain(domain)))),
      hoursInput(everyHoursOf(watches) ?? usualEveryHours),
      keptInput(shown, viewer),
      ...(more === 0 ? [] : [context(`And ${more} more, which stay as they are.`)]),
    ],
  };
}

function keptInput(watches: readonly Watch[], viewer: string): InputBlock {
  const options = watches.map(
    (watch): MrkdwnOption => ({
      text: { type: 'mrkdwn', text: placeName(watch, viewer), verbatim: true },
      value: watch.conversation,
    }),
  );
  return {
    type: 'input',
    block_id: watchBlocks.kept,
    optional: true,
    label: plain('Tell'),
    hint: plain('A conversation without its tick hears of it no longer, and is told who ended it.'),
    element: { type: 'checkboxes', action_id: actionIds.watchKept, options, initial_options: options },
  };
}

const changeShape = z.tuple([z.string(), z.array(conversationId).max(conversationsMax)]);

/** At most some 700 characters. */
function changeState(value: string, shown: readonly Watch[]): string {
  const conversations = shown.map(({ conversation }) => conversation);
  return JSON.stringify([value, conversations] satisfies z.input<typeof changeShape>);
}

export interface WatchChange {
  readonly domain: DomainName;
  readonly everyHours: EveryHours;
  /** Conversations that were offered and are ticked no more. */
  readonly ended: readonly string[];
  readonly page: number | undefined;
}

/** The submitted modal; undefined when it is none of ours. */
export function readWatchChange(view: unknown): WatchChange | undefined {
  const parsed = changeShape.safeParse(parseJson(metadataOf(view)));
  const button = parsed.success ? readWatchValue(parsed.data[0]) : undefined;
  const everyHours = readHours(view);
  if (!parsed.success || button === undefined || everyHours === undefined) return undefined;
  const kept = new Set(chosenOptions(view, watchBlocks.kept, actionIds.watchKept));
  return {
    domain: button.domain,
    everyHours,
    ended: parsed.data[1].filter((conversation) => !kept.has(conversation)),
    page: button.page,
  };
}

/** Takes the place of either form once it is done, or while it takes longer than anybody likes to wait. */
export function watchDoneModal({ blocks }: Message, of: 'form' | 'change'): ModalView {
  const shown: KnownBlock[] = blocks.filter(({ type }) => type !== 'actions');
  return { ...(of === 'form' ? formTitle : changeTitle), close: plain('Close'), blocks: shown };
}

export function watchUnderWayModal(domain: DomainName): ModalView {
  const blocks = [rich(undefined, paragraph('Setting up the watch of ', code(displayDomain(domain)), '…'))];
  return { ...formTitle, close: plain('Close'), blocks };
}

/** What was changed, for the modal that takes the form's place. */
export function watchChangedMessage(change: WatchChange, stillWatched: boolean): Message {
  const name = `\`${displayDomain(change.domain)}\``;
  const ended = change.ended.length;
  const text = stillWatched
    ? `${name} is looked at ${everyWords[change.everyHours]}.`
    : `${name} is watched no longer.`;
  const more =
    ended === 0
      ? ''
      : ` ${ended === 1 ? 'One conversation hears' : `${ended} conversations hear`} of it no longer, and ${ended === 1 ? 'was' : 'were'} told so.`;
  return { text: `${text}${more}`, blocks: [rich(undefined, paragraph(`${text}${more}`))] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
