/** Draws Slack's text objects: mrkdwn from its tree, plain text with emoji. */
import type { ComponentChild } from 'preact';
import { useContext, useMemo } from 'preact/hooks';
import { CopyBlock } from './copy.ts';
import { emojiText, withEmoji } from './emoji.ts';
import { type Drawn, h } from './h.ts';
import { asRecord, textOf } from './json.ts';
import { type Inline, type Paragraph, parseMrkdwn } from './mrkdwn.ts';
import { NamesContext } from './names.ts';
import { exactTime, slackDate } from './time.ts';

/** A text object of either type. */
export function TextObject({ text }: { readonly text: unknown }): ComponentChild {
  if (asRecord(text).type === 'mrkdwn') return h(Mrkdwn, { text: textOf(text) });
  return h('span', { class: 'plain' }, plainText(text));
}

/** The text of a plain_text object. */
export function plainText(text: unknown): string {
  const content = textOf(text);
  return asRecord(text).emoji === false ? content : withEmoji(content);
}

export function Mrkdwn({ text }: { readonly text: string }): Drawn {
  const paragraphs = useMemo(() => parseMrkdwn(text), [text]);
  return h('div', { class: 'mrkdwn' }, paragraphs.map(drawParagraph));
}

function drawParagraph(paragraph: Paragraph): Drawn {
  if (paragraph.kind === 'pre') return h(CopyBlock, { text: paragraph.text });
  if (paragraph.kind === 'list')
    return h(
      'ul',
      null,
      paragraph.items.map((item) => h('li', null, drawInline(item))),
    );
  return h(paragraph.kind === 'quote' ? 'blockquote' : 'p', null, drawInline(paragraph.nodes));
}

const styleTags = { bold: 'strong', italic: 'em', strike: 's' } as const;

function drawInline(nodes: readonly Inline[]): ComponentChild[] {
  return nodes.map((node) => {
    switch (node.kind) {
      case 'text':
        return node.text;
      case 'break':
        return h('br', null);
      case 'bold':
      case 'italic':
      case 'strike':
        return h(styleTags[node.kind], null, drawInline(node.nodes));
      case 'code':
        return h(InlineCode, { text: node.text });
      case 'link':
        return h(Link, { url: node.url }, node.text);
      case 'user':
      case 'channel':
        return h(Mention, { kind: node.kind, id: node.id, label: node.label });
      case 'broadcast':
        return h('span', { class: 'mention mention-loud' }, `@${node.range}`);
      case 'date':
        return h(SlackDate, { ...node });
      case 'emoji':
        return emojiText(node.name);
      default:
        return node satisfies never;
    }
  });
}

/** How many characters fit beside each other in the narrowest window. */
const wholeCharsMax = 26;

export function InlineCode({ text }: { readonly text: string }): Drawn {
  return h('code', text.length <= wholeCharsMax ? { class: 'whole' } : null, text);
}

/** A link to elsewhere; its `url` has passed safeUrl. The title tells where it leads when the text does not. */
export function Link({ url, children }: { readonly url: string; readonly children?: ComponentChild }): Drawn {
  const title = children === url ? undefined : url;
  return h('a', { href: url, title, target: '_blank', rel: 'noopener noreferrer' }, children);
}

export function Mention(props: {
  readonly kind: 'user' | 'channel';
  readonly id: string;
  readonly label?: string | undefined;
}): Drawn {
  const names = useContext(NamesContext);
  const known = props.kind === 'user' ? names.users : names.conversations;
  const name = Object.hasOwn(known, props.id) ? known[props.id] : undefined;
  const own = props.id === names.me ? ' mention-me' : '';
  const sign = props.kind === 'user' ? '@' : '#';
  return h('span', { class: `mention${own}` }, `${sign}${name ?? props.label ?? props.id}`);
}

export function SlackDate(props: {
  readonly atSeconds: number;
  readonly format: string;
  readonly url?: string | undefined;
  readonly fallback: string;
}): Drawn {
  const at = new Date(props.atSeconds * 1000);
  if (Number.isNaN(at.getTime())) return h('span', null, props.fallback);
  const text = slackDate(props.atSeconds, props.format, new Date());
  const time = h('time', { dateTime: at.toISOString(), title: exactTime(at) }, text);
  return props.url === undefined ? time : h(Link, { url: props.url }, time);
}
