/**
 * The small parts of Block Kit that every message and form is made of. Text that others wrote goes into
 * rich text or plain text, which Slack shows literally; the one way into mrkdwn is `escapeMrkdwn`.
 */
import type {
  ActionsBlock,
  Button,
  ConfirmationDialog,
  ContextBlock,
  HeaderBlock,
  KnownBlock,
  PlainTextElement,
  RichTextBlock,
  RichTextChannelMention,
  RichTextElement,
  RichTextLink,
  RichTextList,
  RichTextPreformatted,
  RichTextSection,
  RichTextText,
  RichTextUserMention,
  TableBlock,
} from '@slack/types';
import type { Citation } from '../../protocol/rfc.ts';

/** What is posted: `text` alone says everything, for screen readers and notifications. */
export interface Message {
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** Slack refuses a header over 150 characters. */
const headerCharsMax = 150;

/** Without this `<!channel>`, `<@U…>` and `<https://…|…>` in somebody's text would act. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** `emoji: false`: what others wrote never turns into pictures. */
export function plain(text: string): PlainTextElement {
  return { type: 'plain_text', text, emoji: false };
}

/** A text of at most `charsMax` characters, the cut marked; never splits a surrogate pair. */
export function shorten(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const cut = text.slice(0, charsMax - 1);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

export function header(text: string, blockId?: string): HeaderBlock {
  return {
    type: 'header',
    ...(blockId === undefined ? {} : { block_id: blockId }),
    text: plain(shorten(text, headerCharsMax)),
  };
}

export function bold(text: string): RichTextText {
  return { type: 'text', text, style: { bold: true } };
}

/** Literal, never a link: how host names and things to type are shown. */
export function code(text: string): RichTextText {
  return { type: 'text', text, style: { code: true } };
}

/** A conversation by its name as the reader may see it: what is private to others stays so. */
export function channel(id: string): RichTextChannelMention {
  return { type: 'channel', channel_id: id };
}

export function person(id: string): RichTextUserMention {
  return { type: 'user', user_id: id };
}

export function link(url: string, text: string): RichTextLink {
  return { type: 'link', url, text };
}

/** Our own prose in which `backticks` mark what is shown as code. */
export function prose(text: string): RichTextText[] {
  return text
    .split(/`([^`]+)`/)
    .map((part, at): RichTextText => (at % 2 === 1 ? code(part) : { type: 'text', text: part }))
    .filter((part) => part.text !== '');
}

// Controls but LF; what formats, hides or sets the direction; halves of surrogate pairs.
const unseen = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\n]]/gv;

/** Text that rests on what others publish: nothing in it hides, reorders or moves what stands around it. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(unseen, '\ufffd');
}

/** The same on one line: for names, and for sentences within which no line may end. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll('\n', ' ');
}

/** A paragraph; strings are prose. Slack refuses empty texts, and what others wrote may be empty. */
export function paragraph(...parts: readonly (string | RichTextElement)[]): RichTextSection {
  const elements = parts
    .flatMap((part) => (typeof part === 'string' ? prose(part) : [part]))
    .filter((part) => part.type !== 'text' || part.text !== '');
  return { type: 'rich_text_section', elements: elements.length === 0 ? prose(' ') : elements };
}

export function bullets(items: readonly (readonly (string | RichTextElement)[])[]): RichTextList {
  return { type: 'rich_text_list', style: 'bullet', elements: items.map((parts) => paragraph(...parts)) };
}

/** A box that is copied with one click: literal, no escaping, no links. */
export function box(text: string): RichTextPreformatted {
  return { type: 'rich_text_preformatted', elements: [{ type: 'text', text: text === '' ? ' ' : text }] };
}

export function rich(blockId: string | undefined, ...elements: RichTextBlock['elements']): RichTextBlock {
  return { type: 'rich_text', ...(blockId === undefined ? {} : { block_id: blockId }), elements };
}

/** A cell of a table, literal; Slack refuses an empty one. */
export function cell(text: string): TableBlock['rows'][number][number] {
  return { type: 'raw_text', text: text === '' ? '–' : text };
}

/** Small grey text, in mrkdwn: escape what is not ours. `verbatim`, or Slack links host names by itself. */
export function context(mrkdwn: string, blockId?: string): ContextBlock {
  return {
    type: 'context',
    ...(blockId === undefined ? {} : { block_id: blockId }),
    elements: [{ type: 'mrkdwn', text: mrkdwn, verbatim: true }],
  };
}

/** Small grey text without any markup: for names that others chose. */
export function plainContext(text: string): ContextBlock {
  return { type: 'context', elements: [plain(text)] };
}

/**
 * A button that says more to a screen reader: its words, then `more`. The words come first, so that who
 * steers by voice can say what is to be seen. Slack takes 75 characters of each.
 */
export function button(
  actionId: string,
  text: string,
  more: string,
  rest: {
    readonly value?: string;
    readonly style?: 'primary' | 'danger';
    readonly url?: string;
    readonly confirm?: ConfirmationDialog;
  } = {},
): Button {
  return {
    type: 'button',
    action_id: actionId,
    text: plain(shorten(text, 75)),
    accessibility_label: shorten(`${text}: ${more}`, 75),
    ...rest,
  };
}

export function actions(blockId: string, ...buttons: Button[]): ActionsBlock {
  return { type: 'actions', block_id: blockId, elements: buttons };
}

/** `Sources: RFC 8461 §4.1, RFC 8461 §8.3`, each a link to the section. */
export function sources(cites: readonly Citation[]): ContextBlock {
  const links = cites.map((cite) => `<${cite.url}|${escapeMrkdwn(cite.label)}>`);
  return context(`${cites.length === 1 ? 'Source' : 'Sources'}: ${links.join(' · ')}`);
}

/** An instant in the reader's own time zone and words; UTC where Slack cannot draw it. */
export function localTime(at: Date): string {
  const fallback = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `<!date^${Math.floor(at.getTime() / 1000)}^{date_short_pretty} {time}|${fallback}>`;
}
