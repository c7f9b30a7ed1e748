/**
 * Slack's mrkdwn as a tree of values, read in time linear in its length whatever the text is. Drawing the tree
 * is left to text.ts; a text can only become text, and a link only when it leads to http or https.
 */

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'break' }
  | { readonly kind: 'bold' | 'italic' | 'strike'; readonly nodes: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly url: string; readonly text: string }
  | { readonly kind: 'user' | 'channel'; readonly id: string; readonly label: string | undefined }
  | { readonly kind: 'broadcast'; readonly range: string }
  | {
      readonly kind: 'date';
      readonly atSeconds: number;
      readonly format: string;
      readonly url: string | undefined;
      readonly fallback: string;
    }
  | { readonly kind: 'emoji'; readonly name: string };

export type Paragraph =
  | { readonly kind: 'paragraph' | 'quote'; readonly nodes: readonly Inline[] }
  | { readonly kind: 'list'; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: 'pre'; readonly text: string };

/** Reads a text object of type mrkdwn, or the text of a message. */
export function parseMrkdwn(text: string): readonly Paragraph[] {
  // Split on closed fences: with the capture group every second piece is what stood inside one.
  return text.split(/```([\s\S]+?)```/).flatMap((piece, index): readonly Paragraph[] => {
    if (index % 2 === 1) return [{ kind: 'pre', text: unescaped(piece.replace(/^\n|\n$/g, '')) }];
    const lines = (index > 0 ? piece.replace(/^\n/, '') : piece).replace(/\n$/, '');
    return lines === '' ? [] : parseLines(lines);
  });
}

/** Reads one run of mrkdwn without quotes, lists and fences. */
export function parseInline(text: string): readonly Inline[] {
  return parseStyled(text, new Set());
}

/** The URL in its normal form when it may become a link: http and https only. */
export function safeUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined;
}

function parseLines(text: string): readonly Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let kind: 'paragraph' | 'quote' | 'list' | undefined;
  let lines: string[] = [];
  const flush = (): void => {
    if (kind === 'list') paragraphs.push({ kind, items: lines.map(parseInline) });
    else if (kind !== undefined) paragraphs.push({ kind, nodes: parseInline(lines.join('\n')) });
    lines = [];
  };
  let quoteRest = false;
  for (const line of text.split('\n')) {
    const rest = /^(?:&gt;|>){3}\s?/.exec(line);
    const quote = rest ?? /^(?:&gt;|>)\s?/.exec(line);
    const bullet = /^\s*•\s+/.exec(line);
    const lead = quoteRest ? '' : (quote?.[0] ?? bullet?.[0] ?? '');
    const lineKind = quoteRest || quote !== null ? 'quote' : bullet !== null ? 'list' : 'paragraph';
    quoteRest ||= rest !== null;
    if (lineKind !== kind) flush();
    kind = lineKind;
    lines.push(line.slice(lead.length));
  }
  flush();
  return paragraphs;
}

const styles = { '*': 'bold', _: 'italic', '~': 'strike' } as const;
type Delimiter = keyof typeof styles;

/** What stands at one place and is not a styled run; each pattern fails or matches without looking far. */
const atoms: readonly (readonly [RegExp, (match: RegExpExecArray) => Inline])[] = [
  [/\n/y, () => ({ kind: 'break' })],
  [/<([^<>\n]+)>/y, (match) => parseAngle(match[1] ?? '')],
  [/`([^`\n]+)`/y, (match) => ({ kind: 'code', text: unescaped(match[1] ?? '') })],
  [/:([a-z0-9_+-]{1,64}):/y, (match) => ({ kind: 'emoji', name: match[1] ?? '' })],
  [
    /https?:\/\/[^\s<>`"'|*~]*[^\s<>`"'|*~.,;:!?)\]]/y,
    (match) => link(unescaped(match[0]), unescaped(match[0])),
  ],
];

function parseStyled(text: string, open: ReadonlySet<Delimiter>): readonly Inline[] {
  const nodes: Inline[] = [];
  const hopeless = new Map<Delimiter, number>();
  let plainFrom = 0;
  let at = 0;
  const flush = (): void => {
    if (at > plainFrom) nodes.push({ kind: 'text', text: unescaped(text.slice(plainFrom, at)) });
  };
  while (at < text.length) {
    const found = atomAt(text, at) ?? styledAt(text, at, open, hopeless);
    if (found === undefined) {
      at += 1;
      continue;
    }
    flush();
    nodes.push(found.node);
    at = found.end;
    plainFrom = at;
  }
  flush();
  return nodes;
}

interface Found {
  readonly node: Inline;
  readonly end: number;
}

function atomAt(text: string, at: number): Found | undefined {
  const first = text[at];
  if (first === 'h' && isWord(text[at - 1])) return undefined;
  if (first === undefined || !'\n<`:h'.includes(first)) return undefined;
  for (const [pattern, read] of atoms) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return { node: read(match), end: pattern.lastIndex };
  }
  return undefined;
}

/** `hopeless` remembers up to where a delimiter has no closing partner, so that no text is searched twice. */
function styledAt(
  text: string,
  at: number,
  open: ReadonlySet<Delimiter>,
  hopeless: Map<Delimiter, number>,
): Found | undefined {
  const delimiter = text[at] as Delimiter;
  if (!(delimiter in styles) || open.has(delimiter) || (hopeless.get(delimiter) ?? 0) > at) return undefined;
  const next = text[at + 1];
  if (isWord(text[at - 1]) || next === undefined || /\s/.test(next) || next === delimiter) return undefined;
  const { end, closed } = closing(text, at + 1, delimiter);
  if (!closed) {
    hopeless.set(delimiter, end);
    return undefined;
  }
  const nodes = parseStyled(text.slice(at + 1, end), new Set([...open, delimiter]));
  return { node: { kind: styles[delimiter], nodes }, end: end + 1 };
}

/** Where the run closes on its line, past links and code; or the end of the line when it does not. */
function closing(text: string, from: number, delimiter: Delimiter): { end: number; closed: boolean } {
  let at = from;
  while (at < text.length && text[at] !== '\n') {
    const first = text[at];
    const atom = first === '<' || first === '`' ? atomAt(text, at) : undefined;
    if (atom !== undefined) {
      at = atom.end;
      continue;
    }
    const before = text[at - 1] ?? ' ';
    if (first === delimiter && at > from && !/\s/.test(before) && !isWord(text[at + 1]))
      return { end: at, closed: true };
    at += 1;
  }
  return { end: at, closed: false };
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

/** What stands between `<` and `>`. */
function parseAngle(content: string): Inline {
  const bar = content.indexOf('|');
  const target = bar < 0 ? content : content.slice(0, bar);
  const label = bar < 0 ? undefined : unescaped(content.slice(bar + 1));
  if (/^@[UW][A-Z0-9]+$/.test(target)) return { kind: 'user', id: target.slice(1), label };
  if (/^#[CG][A-Z0-9]+$/.test(target)) return { kind: 'channel', id: target.slice(1), label };
  if (/^!(here|channel|everyone)$/.test(target)) return { kind: 'broadcast', range: target.slice(1) };
  if (target.startsWith('!date^')) return parseDate(target, label);
  if (target.startsWith('!')) return { kind: 'text', text: label ?? unescaped(`<${content}>`) };
  return link(unescaped(target), label ?? unescaped(target));
}

function parseDate(target: string, label: string | undefined): Inline {
  const [, seconds = '', format = '', url] = target.split('^');
  const fallback = label ?? '';
  if (!/^\d{1,12}$/.test(seconds) || format === '') return { kind: 'text', text: fallback };
  const safe = url === undefined ? undefined : safeUrl(unescaped(url));
  return { kind: 'date', atSeconds: Number(seconds), format: unescaped(format), url: safe, fallback };
}

function link(target: string, text: string): Inline {
  const url = safeUrl(target);
  return url === undefined ? { kind: 'text', text } : { kind: 'link', url, text };
}

/** Slack escapes three characters and no others. */
function unescaped(text: string): string {
  return text.replace(/&(lt|gt|amp);/g, (_, name: string) => ({ lt: '<', gt: '>', amp: '&' })[name] ?? '');
}
