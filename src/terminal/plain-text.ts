/**
 * Text of others for terminals and logs: nothing in it moves the cursor, colours, hides or reorders what
 * stands around it. Layout is left to layout.ts.
 */

// ECMA-48 §5.4 and §8.3: CSI with its final octet; OSC, DCS, SOS, PM and APC up to their terminator;
// any other escape with its intermediate octets. Both the 7-bit and the 8-bit (C1) introducers.
const escapeSequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;

// Controls but LF; characters that format, hide or set the direction; separators that end a line for some
// terminals; halves of surrogate pairs.
const invisible = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\n]]/gv;

/** The text without escape sequences, control and invisible characters; a tab becomes a space, LF stays. */
export function plainText(text: string): string {
  return text.replaceAll(escapeSequences, '').replaceAll('\t', ' ').replaceAll(invisible, '');
}

/** The same on one line: for names, values and file names within a sentence. */
export function plainLine(text: string): string {
  return plainText(text).replaceAll('\n', ' ');
}

/** The text with its control and invisible characters named, as in `<ESC>`; LF stays. */
export function visibleText(text: string): string {
  return text.replaceAll(invisible, visible);
}

/**
 * A value as one line of JSON in which nothing acts on a terminal: controls above U+007E and invisible characters
 * are written as escapes, which mean the same.
 */
export function jsonLine(value: unknown): string {
  // A line end of JSON.stringify is an escape already.
  return `${JSON.stringify(value).replaceAll(invisible, escaped)}\n`;
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

// Characters that every terminal draws in exactly one column: ASCII, Latin, Greek, Cyrillic, and the quotes
// and dashes that stand for ASCII ones in texts that went through a word processor.
const oneColumn =
  /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02af\u0370-\u0377\u037a-\u037f\u0384-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e]$/;

const names: Readonly<Record<string, string>> = {
  '\u0000': 'NUL',
  '\u0007': 'BEL',
  '\t': 'TAB',
  '\n': 'LF',
  '\r': 'CR',
  '\u001b': 'ESC',
  '\u007f': 'DEL',
  '\u00a0': 'NBSP',
  '\u00ad': 'SOFT HYPHEN',
  '\u200b': 'ZERO WIDTH SPACE',
  '\u200c': 'ZERO WIDTH NON-JOINER',
  '\u200d': 'ZERO WIDTH JOINER',
  '\u202e': 'RIGHT-TO-LEFT OVERRIDE',
  '\u2060': 'WORD JOINER',
  '\u3000': 'IDEOGRAPHIC SPACE',
  '\ufeff': 'BOM',
  '\ufffd': 'NOT UTF-8',
};

/**
 * One character (code point) so that it is seen and its width is known: itself, or its name, as in
 * `<NBSP>`, `<U+FF1A>`.
 */
export function visible(character: string): string {
  if (oneColumn.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  return `<${names[character] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`}>`;
}
