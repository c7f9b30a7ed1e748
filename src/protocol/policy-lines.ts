/**
 * A policy file's octets as lines of text (RFC 8461 §3.2): its encoding, and where its lines end. What
 * stands on the lines is read by policy-fields.ts.
 */

export interface DecodedText {
  readonly text: string;
  readonly encoding: 'utf-8' | 'utf-16';
  /** A byte order mark stood in front; it is not in the text. */
  readonly bom: boolean;
  /** Some octets are not UTF-8; each ill-formed sequence is U+FFFD in the text. */
  readonly illFormed: boolean;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const strictUtf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

export function decodeText(body: Uint8Array | string): DecodedText {
  if (typeof body === 'string') {
    const bom = body.startsWith('\ufeff');
    return {
      text: (bom ? body.slice(1) : body).toWellFormed(),
      encoding: 'utf-8',
      bom,
      illFormed: !body.isWellFormed(),
    };
  }
  const order = utf16Order(body);
  if (order !== undefined) {
    const text = new TextDecoder(order, { ignoreBOM: true }).decode(body);
    const bom = text.startsWith('\ufeff');
    return { text: bom ? text.slice(1) : text, encoding: 'utf-16', bom, illFormed: false };
  }
  let text: string;
  let illFormed = false;
  try {
    text = strictUtf8.decode(body);
  } catch {
    text = utf8.decode(body);
    illFormed = true;
  }
  const bom = text.startsWith('\ufeff');
  return { text: bom ? text.slice(1) : text, encoding: 'utf-8', bom, illFormed };
}

/** By the byte order mark, or by the zero octet beside each of the first letters. */
function utf16Order(body: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const [a, b, c, d] = body;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return 'utf-16le';
  if (a === 0 && b !== 0 && c === 0 && d !== 0) return 'utf-16be';
  return undefined;
}

/** Ways to end a line that the grammar does not have: `sts-policy-term = LF / CRLF`. */
export type OddEnding = 'cr-only' | 'lf-cr' | 'cr-cr-lf';

export interface Lines {
  /** Without their ends; what follows the last end is a line unless it is empty. */
  readonly lines: readonly string[];
  /** The first line that ends so, from 1, and how many do. */
  readonly odd: ReadonlyMap<OddEnding, { readonly line: number; readonly count: number }>;
}

/** One pass, whatever the text is: a run of line ends is looked at once. */
export function splitLines(text: string): Lines {
  const lines: string[] = [];
  const odd = new Map<OddEnding, { line: number; count: number }>();
  const note = (kind: OddEnding) => {
    const seen = odd.get(kind);
    if (seen === undefined) odd.set(kind, { line: lines.length, count: 1 });
    else seen.count += 1;
  };
  let start = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 10) {
      lines.push(text.slice(start, at));
      at += 1;
      const next = text.charCodeAt(at + 1);
      if (text.charCodeAt(at) === 13 && next !== 10 && next !== 13) {
        note('lf-cr');
        at += 1;
      }
      start = at;
    } else if (code === 13) {
      let end = at;
      while (text.charCodeAt(end) === 13) end += 1;
      if (text.charCodeAt(end) === 10) {
        lines.push(text.slice(start, at));
        if (end - at > 1) note('cr-cr-lf');
        at = end + 1;
      } else {
        lines.push(text.slice(start, at));
        note('cr-only');
        for (let more = at + 1; more < end; more += 1) {
          lines.push('');
          note('cr-only');
        }
        at = end;
      }
      start = at;
    } else {
      at += 1;
    }
  }
  if (start < text.length) lines.push(text.slice(start));
  return { lines, odd };
}
