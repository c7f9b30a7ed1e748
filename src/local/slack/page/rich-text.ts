/** Draws rich_text blocks: sections, lists, quotes and preformatted texts, literally and without any markup of their own. */
import type { ComponentChild } from 'preact';
import { CopyBlock } from './copy.ts';
import { emojiText } from './emoji.ts';
import { type Drawn, h } from './h.ts';
import { asInteger, asRecord, asRecords, asText, type Json } from './json.ts';
import { safeUrl } from './mrkdwn.ts';
import { InlineCode, Link, Mention, SlackDate } from './text.ts';

export function RichText({ elements }: { readonly elements: unknown }): Drawn {
  return h('div', { class: 'rich-text' }, asRecords(elements).map(drawElement));
}

function drawElement(element: Json): ComponentChild {
  const parts = asRecords(element.elements);
  switch (element.type) {
    case 'rich_text_section':
      return h('p', null, parts.map(drawPart));
    case 'rich_text_quote':
      return h('blockquote', null, parts.map(drawPart));
    case 'rich_text_preformatted':
      return h(CopyBlock, { text: parts.map(exactText).join('') }, parts.map(drawPart));
    case 'rich_text_list': {
      const indent = Math.min(asInteger(element.indent, 0), 8);
      const tag = element.style === 'ordered' ? 'ol' : 'ul';
      const start = asInteger(element.offset, 0) + 1;
      return h(
        tag,
        { class: `indent-${indent}`, ...(tag === 'ol' ? { start } : {}) },
        parts.map((part) => h('li', null, asRecords(part.elements).map(drawPart))),
      );
    }
    default:
      return null;
  }
}

/** What a preformatted text copies: text and the addresses of links. */
function exactText(part: Json): string {
  return asText(part.text) || asText(part.url);
}

const styleTags = { bold: 'strong', italic: 'em', strike: 's' } as const;

function drawPart(part: Json): ComponentChild {
  const style = asRecord(part.style);
  return Object.entries(styleTags).reduce<ComponentChild>(
    (drawn, [name, tag]) => (style[name] === true ? h(tag, null, drawn) : drawn),
    style.code === true && part.type === 'text' ? h(InlineCode, { text: asText(part.text) }) : drawBare(part),
  );
}

function drawBare(part: Json): ComponentChild {
  switch (part.type) {
    case 'text':
      return asText(part.text);
    case 'link': {
      const url = safeUrl(asText(part.url));
      const text = asText(part.text) || asText(part.url);
      return url === undefined ? text : h(Link, { url }, text);
    }
    case 'emoji':
      return unicodeText(asText(part.unicode)) ?? emojiText(asText(part.name));
    case 'user':
      return h(Mention, { kind: 'user', id: asText(part.user_id) });
    case 'channel':
      return h(Mention, { kind: 'channel', id: asText(part.channel_id) });
    case 'broadcast':
      return h('span', { class: 'mention mention-loud' }, `@${asText(part.range)}`);
    case 'date':
      return h(SlackDate, {
        atSeconds: asInteger(part.timestamp, 0),
        format: asText(part.format),
        url: safeUrl(asText(part.url)),
        fallback: asText(part.fallback),
      });
    case 'color':
      return h('code', null, asText(part.value));
    default:
      return null;
  }
}

/** `26a0-fe0f` → the characters; undefined for anything else. */
function unicodeText(hex: string): string | undefined {
  if (!/^[0-9a-f]{1,6}(-[0-9a-f]{1,6})*$/i.test(hex)) return undefined;
  const points = hex.split('-').map((point) => Number.parseInt(point, 16));
  return points.every((point) => point <= 0x10_ff_ff) ? String.fromCodePoint(...points) : undefined;
}
