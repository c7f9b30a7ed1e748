/**
 * Characters in texts that others wrote: their names, their columns, and quotes that are short and safe to
 * show, because what cannot be seen is named instead of printed. Escaping for Slack or a terminal is left to those.
 */

/** The characters that most often get into records and policies unseen; others show as U+XXXX alone. */
const names: Readonly<Record<number, string>> = {
  0: 'NULL',
  9: 'TAB',
  10: 'LINE FEED',
  11: 'LINE TABULATION',
  12: 'FORM FEED',
  13: 'CARRIAGE RETURN',
  27: 'ESCAPE',
  96: 'GRAVE ACCENT',
  127: 'DELETE',
  133: 'NEXT LINE',
  160: 'NO-BREAK SPACE',
  173: 'SOFT HYPHEN',
  847: 'COMBINING GRAPHEME JOINER',
  1564: 'ARABIC LETTER MARK',
  6158: 'MONGOLIAN VOWEL SEPARATOR',
  8192: 'EN QUAD',
  8193: 'EM QUAD',
  8194: 'EN SPACE',
  8195: 'EM SPACE',
  8199: 'FIGURE SPACE',
  8201: 'THIN SPACE',
  8202: 'HAIR SPACE',
  8203: 'ZERO WIDTH SPACE',
  8204: 'ZERO WIDTH NON-JOINER',
  8205: 'ZERO WIDTH JOINER',
  8206: 'LEFT-TO-RIGHT MARK',
  8207: 'RIGHT-TO-LEFT MARK',
  8208: 'HYPHEN',
  8209: 'NON-BREAKING HYPHEN',
  8211: 'EN DASH',
  8212: 'EM DASH',
  8216: 'LEFT SINGLE QUOTATION MARK',
  8217: 'RIGHT SINGLE QUOTATION MARK',
  8220: 'LEFT DOUBLE QUOTATION MARK',
  8221: 'RIGHT DOUBLE QUOTATION MARK',
  8222: 'DOUBLE LOW-9 QUOTATION MARK',
  8232: 'LINE SEPARATOR',
  8233: 'PARAGRAPH SEPARATOR',
  8234: 'LEFT-TO-RIGHT EMBEDDING',
  8235: 'RIGHT-TO-LEFT EMBEDDING',
  8236: 'POP DIRECTIONAL FORMATTING',
  8237: 'LEFT-TO-RIGHT OVERRIDE',
  8238: 'RIGHT-TO-LEFT OVERRIDE',
  8239: 'NARROW NO-BREAK SPACE',
  8287: 'MEDIUM MATHEMATICAL SPACE',
  8288: 'WORD JOINER',
  8294: 'LEFT-TO-RIGHT ISOLATE',
  8295: 'RIGHT-TO-LEFT ISOLATE',
  8297: 'POP DIRECTIONAL ISOLATE',
  12288: 'IDEOGRAPHIC SPACE',
  65279: 'ZERO WIDTH NO-BREAK SPACE',
  65306: 'FULLWIDTH COLON',
  65307: 'FULLWIDTH SEMICOLON',
  65309: 'FULLWIDTH EQUALS SIGN',
  65533: 'REPLACEMENT CHARACTER',
};

/** `U+200B ZERO WIDTH SPACE`; the number alone where the name is not known here. */
export function codePointName(codePoint: number): string {
  const number = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
  const name = names[codePoint];
  return name === undefined ? number : `${number} ${name}`;
}

/** Characters that are not printed: controls, format and unassigned characters, every space but U+0020, and the quoting mark itself. */
const unseen = /[\p{C}\p{Zl}\p{Zp}`\ufffd]|\u034f|(?! )\p{Zs}/gu;

/** A person reads a quote to find the place, not to read the whole: two words of a line do. */
const quoteLength = 48;

/** How much longer the names may make a quote: a text of nothing but unseen characters is cut sooner. */
const namesLength = 120;

/** Printed as it stands, one code unit a character: nearly every text. */
const plain = /^[ -_a-~]*$/;

/** The text in backticks, cut to `max` characters, invisible characters named: "`id=a‹U+200B ZERO WIDTH SPACE›`". */
export function quote(text: string, max: number = quoteLength): string {
  // A quote never needs more than its first few characters, however long the text is.
  const start = text.slice(0, 2 * max + 2);
  if (plain.test(start)) return start.length > max ? `\`${start.slice(0, max)}…\`` : `\`${start}\``;
  const characters = Array.from(start);
  let shown = '';
  for (const [index, character] of characters.entries()) {
    if (index === max || shown.length > max + namesLength) return `\`${shown}…\``;
    shown += character.replace(unseen, (one) => `‹${codePointName(one.codePointAt(0) ?? 0)}›`);
  }
  return `\`${shown}\``;
}

/** Half of a character beyond U+FFFF, or of none. */
const surrogate = /[\ud800-\udfff]/;

/** An index in UTF-16 code units as a column in characters, from 1. */
export function columnOf(text: string, index: number): number {
  if (!surrogate.test(text.slice(0, index))) return index + 1;
  let column = 1;
  for (let i = 0; i < index; column += 1) i += (text.codePointAt(i) ?? 0) > 0xffff ? 2 : 1;
  return column;
}

/** Characters that look like ASCII or like nothing, and get into texts through word processors, web pages and chats. */
export type StrayKind = 'zero-width' | 'nbsp' | 'smart-quotes' | 'fullwidth';

/** The first stray character of a kind in a text; `index` counts UTF-16 code units. */
export interface Stray {
  readonly kind: StrayKind;
  readonly index: number;
  readonly character: string;
}

const strayKinds: Readonly<Record<StrayKind, RegExp>> = {
  'zero-width': /(?![\u0600-\u0605])\p{Cf}|\u034f/gu,
  nbsp: /(?! )\p{Zs}/gu,
  'smart-quotes': /[“”„‟‘’‚‛«»‹›″′＂＇]/gu,
  fullwidth: /[\uff01\uff03-\uff06\uff08-\uff5e]/gu,
};

const ascii = /^[\0-\x7f]*$/;

/** The first stray of each kind, in the order of the text. */
export function findStrays(text: string): Stray[] {
  if (ascii.test(text)) return [];
  const strays: Stray[] = [];
  for (const kind of Object.keys(strayKinds) as StrayKind[]) {
    const pattern = strayKinds[kind];
    pattern.lastIndex = 0;
    const found = pattern.exec(text);
    if (found !== null) strays.push({ kind, index: found.index, character: found[0] });
  }
  return strays.sort((a, b) => a.index - b.index);
}

/** The text as it was meant: zero-width characters dropped, spaces and fullwidth forms as ASCII, quotation marks straight. */
export function withoutStrays(text: string): string {
  return text
    .replace(strayKinds['zero-width'], '')
    .replace(strayKinds.nbsp, ' ')
    .replace(strayKinds.fullwidth, (character) => String.fromCharCode(character.charCodeAt(0) - 0xfee0))
    .replace(strayKinds['smart-quotes'], '"');
}

/** The inverse of columnOf. */
export function indexAt(text: string, column: number): number {
  let index = 0;
  for (let passed = 1; passed < column && index < text.length; passed += 1) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  return index;
}

/** SP and HTAB, the WSP of RFC 5234. */
export function isBlank(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code === 32 || code === 9;
}

/** The text between two indices without WSP at its ends. Loops, because `/[ \t]+$/` is quadratic on long runs. */
export function trimmed(text: string, from = 0, to = text.length): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text, start)) start += 1;
  while (end > start && isBlank(text, end - 1)) end -= 1;
  return text.slice(start, end);
}
