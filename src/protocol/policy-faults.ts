/**
 * The wording of what can be wrong or unwise in a policy's text, by the ids of the catalogue. Figures such
 * as "7 of 11 senders" were measured on eleven sending implementations.
 */
import { codePointName, quote, type StrayKind } from './characters.ts';
import type { Severity } from './fault.ts';
import type { Told } from './fault-list.ts';
import { maxAgeMaximum } from './grammar.ts';
import type { OddEnding } from './policy-lines.ts';
import { type Citation, rfc } from './rfc.ts';

const grammar = rfc(8461, '3.2');

function told(
  id: string,
  title: string,
  detail: string,
  remedy: string,
  severity: Severity = 'error',
  cite: Citation = grammar,
): Told {
  return { id, severity, title, detail, remedy, cite };
}

export type KnownKey = 'version' | 'mode' | 'mx' | 'max_age';

function malformed(title: string, detail: string, remedy: string): Told {
  return told('policy.malformed', title, detail, remedy);
}

/** What to write where a field is missing or unreadable. */
const examples: Readonly<Record<KnownKey, string>> = {
  version: 'version: STSv1',
  mode: 'mode: testing',
  mx: 'mx: mx1.example.com',
  max_age: 'max_age: 604800',
};

// The whole file

export const emptyFile = (): Told =>
  malformed(
    'The policy is empty',
    'A policy has a version, a mode, a max_age and its mx patterns. Senders act as if there were no policy.',
    'Begin the file with `version: STSv1`.',
  );

export const notAPolicy = (first: string): Told =>
  malformed(
    'This is not a policy',
    `No line has a field of a policy; the text begins with ${quote(first)}. Senders act as if there were no policy.`,
    'Serve the policy itself, beginning with `version: STSv1`.',
  );

export const recordInstead = (): Told =>
  malformed(
    'This is a TXT record, not a policy',
    'The record belongs in DNS. Senders find no field of a policy in this file and act as if there were none.',
    'Serve the policy itself, beginning with `version: STSv1`.',
  );

export const htmlBody = (first: string): Told =>
  told(
    'http.html-body',
    'This is a web page, not a policy',
    `The text begins with ${quote(first)}. Senders find no field of a policy in it and act as if there were none.`,
    'Serve the plain text of the policy, beginning with `version: STSv1`.',
  );

export const utf16 = (): Told =>
  told(
    'policy.utf16',
    'The file is UTF-16',
    'Every other octet is not ASCII. Senders find no field in it and act as if there were no policy.',
    'Save the file as plain ASCII or as UTF-8 without a byte order mark.',
  );

export const bom = (): Told =>
  told(
    'policy.bom',
    'The file begins with a byte order mark',
    'U+FEFF ZERO WIDTH NO-BREAK SPACE stands before the first field. 7 of 11 senders drop the policy.',
    'Save the file as plain ASCII or as UTF-8 without a byte order mark.',
  );

export const illFormed = (): Told =>
  malformed(
    'The file has an octet that is not UTF-8',
    'The field is read differently, or not at all, by each sender.',
    'Write the line again in ASCII.',
  );

const endings: Readonly<Record<OddEnding, readonly [string, string]>> = {
  'cr-only': ['CR alone', 'Senders see one long line, and no policy.'],
  'lf-cr': ['LF CR', 'Senders read the CR as the first character of the next line and drop the policy.'],
  'cr-cr-lf': ['CR CR LF', 'Strict senders read the first CR as a part of the line and drop the policy.'],
};

export const oddEnding = (kind: OddEnding, count: number): Told =>
  told(
    `policy.${kind}`,
    `Lines end in ${endings[kind][0]}`,
    `${count === 1 ? 'One line does' : `${count} lines do`}. ${endings[kind][1]}`,
    'End each line with LF or CR LF.',
  );

// Lines

export const blankLine = (count: number): Told =>
  told(
    'policy.blank-line',
    count === 1 ? 'A line is blank' : `${count} lines are blank`,
    'The grammar has none. 3 of 11 senders drop the policy.',
    'Delete the blank line.',
  );

export const extraNewline = (): Told =>
  told(
    'policy.extra-newline',
    'The file ends in more than one newline',
    'One line end may close the last field. With two, 3 of 11 senders drop the policy.',
    'Keep one newline at the end, or none.',
  );

export const comment = (text: string): Told =>
  told(
    'policy.comment',
    'The policy has a comment',
    `${quote(text)} is read as a field. A policy has no comments; 4 of 11 senders drop it for one.`,
    'Delete the comment.',
  );

export const leadingSpace = (): Told =>
  told(
    'policy.leading-space',
    'A line begins with a space or a tab',
    '4 of 11 senders drop the policy.',
    'Begin the line with the name of the field.',
  );

export const spaceBeforeColon = (key: string): Told =>
  told(
    'policy.space-before-colon',
    'A space stands before the colon',
    '4 of 11 senders drop the policy.',
    `Write ${quote(`${key}:`)}.`,
  );

export const tabInValue = (): Told =>
  told(
    'policy.tab-in-value',
    'A tab stands inside a value',
    'The grammar allows only spaces there. Strict senders drop the policy.',
    'Replace the tab by a space.',
  );

const strayTitles: Readonly<Record<StrayKind, string>> = {
  'zero-width': 'The policy has a character that cannot be seen',
  nbsp: 'The policy has a space that is not ASCII',
  'smart-quotes': 'The policy has typographic quotes',
  fullwidth: 'The policy has a fullwidth character',
};
const strayRemedies: Readonly<Record<StrayKind, string>> = {
  'zero-width': 'Delete that character, or type the line again in a plain text editor.',
  nbsp: 'Type an ordinary space there.',
  'smart-quotes': 'Write the field without quotes.',
  fullwidth: 'Type the line again in ASCII.',
};

export const stray = (kind: StrayKind, character: string): Told =>
  told(
    `policy.${kind}`,
    strayTitles[kind],
    `${codePointName(character.codePointAt(0) ?? 0)} stands there. Senders compare octets: they do not recognise the field, and drop the policy.`,
    strayRemedies[kind],
  );

export const around = (text: string, fixed: string | undefined): Told =>
  malformed(
    'Something stands around a field',
    `${quote(text)} is not a field: its name must begin the line, and nothing else may stand there. 4 of 11 senders drop the policy.`,
    fixed === undefined || fixed === '' ? 'Delete the line.' : `Write ${quote(fixed)}.`,
  );

export const noColon = (text: string, fixed: string | undefined): Told =>
  malformed(
    'A line has no colon after the name of a field',
    `${quote(text)} is not a field. 4 of 11 senders drop the policy.`,
    fixed === undefined ? 'Delete the line, or write it as `name: value`.' : `Write ${quote(fixed)}.`,
  );

export const badName = (name: string): Told =>
  malformed(
    'The name of a field is malformed',
    `${quote(name)} is no name: 1 to 32 letters, digits, \`_\`, \`-\` or \`.\`, the first a letter or digit. Strict senders drop the policy.`,
    'Delete the line.',
  );

export const severalFields = (fields: readonly string[]): Told =>
  malformed(
    'One line has several fields',
    'Each field has its own line. Senders read the rest of the line as a part of the first value, and drop the policy.',
    `Write ${fields
      .slice(0, 4)
      .map((field) => quote(field))
      .join(' and ')} on lines of their own.`,
  );

export const emptyValue = (key: string): Told =>
  malformed(
    'A field has no value',
    `Nothing stands after ${quote(`${key}:`)}. Strict senders drop the policy.`,
    'Write a value, or delete the line.',
  );

export const badExtensionValue = (key: string): Told =>
  malformed(
    'A field has a value that is not plain text',
    `A character of ${quote(key)} is not printable. Strict senders drop the policy.`,
    'Delete the line: senders know only version, mode, mx and max_age.',
  );

// Names

const dropped = 'Senders compare names exactly';

export const keyCase = (key: string, intended: KnownKey): Told =>
  told(
    'policy.key-case',
    `\`${intended}\` is not in lower case`,
    intended === 'version'
      ? `${dropped}: 7 of 11 drop a policy with ${quote(`${key}:`)}.`
      : `${dropped}: ${quote(key)} is an unknown field to them, so that \`${intended}\` is missing and they drop the policy.`,
    `Write \`${intended}:\`.`,
  );

export const misspeltKey = (key: string, intended: KnownKey): Told =>
  told(
    'policy.misspelt-key',
    `\`${intended}\` is misspelt`,
    `${dropped}: ${quote(key)} is an unknown field to them, so that \`${intended}\` is missing and they drop the policy.`,
    `Write \`${intended}:\`.`,
  );

/** Beside a valid `mx`: the host of this line is not in the policy, although the policy is valid. */
export const ignoredMx = (key: string, cased: boolean): Told =>
  told(
    cased ? 'policy.key-case' : 'policy.misspelt-key',
    cased ? '`mx` is not in lower case' : '`mx` is misspelt',
    `${dropped} and ignore ${quote(key)} as an unknown field: the host of this line is not in the policy.`,
    'Write `mx:`.',
    'warning',
  );

export const unknownField = (key: string, intended: KnownKey | undefined): Told =>
  told(
    'policy.unknown-field',
    'A field is not known',
    `Senders ignore ${quote(key)}.${intended === undefined ? '' : ` It looks like \`${intended}\`, which the policy has already.`}`,
    'Delete the line.',
    'notice',
  );

export const duplicateField = (key: KnownKey, same: boolean): Told =>
  told(
    'policy.duplicate-field',
    `\`${key}\` stands there twice`,
    same
      ? 'The first counts; one of 11 senders drops a policy with two.'
      : 'The first counts by the RFC. 6 of 11 senders do otherwise: most of them take the last, one drops the policy.',
    `Keep one \`${key}\` line.`,
    'warning',
  );

export const versionNotFirst = (): Told =>
  told(
    'policy.version-not-first',
    'The version is not the first field',
    "The RFC allows any order and all 11 senders measured take it, but Google's help asks for the version on line 1.",
    'Move `version: STSv1` to the first line.',
    'notice',
  );

export const missing = (key: KnownKey): Told =>
  told(
    `policy.missing-${key}`,
    key === 'mx' ? 'The policy has no mx' : `The policy has no ${key}`,
    key === 'mx'
      ? 'Only a policy in mode none may be without. Senders drop this one.'
      : 'Senders drop a policy without it.',
    `Add a line such as \`${examples[key]}\`.`,
  );

// Values

export const badVersion = (value: string): Told =>
  malformed(
    'The version is not STSv1',
    `There is no version ${quote(value)}. Senders drop the policy.`,
    'Write `version: STSv1`.',
  );

export const valueCase = (key: KnownKey, value: string, intended: string): Told =>
  told(
    'policy.value-case',
    key === 'mode' ? 'The mode is not in lower case' : 'The version is not written `STSv1`',
    `${quote(value)} must be written exactly \`${intended}\`. ${key === 'mode' ? '8 of 11' : 'Strict'} senders drop the policy.`,
    `Write \`${key}: ${intended}\`.`,
  );

export const badMode = (value: string, intended: string | undefined): Told =>
  malformed(
    'The mode is not testing, enforce or none',
    `Senders know no mode ${quote(value)} and drop the policy.`,
    intended === undefined
      ? 'Write `mode: testing`, `mode: enforce` or `mode: none`.'
      : `Write \`mode: ${intended}\`.`,
  );

export const overMaximum = (value: string): Told =>
  told(
    'policy.max_age-over-maximum',
    'max_age is over the maximum',
    `${quote(value)} is more than ${maxAgeMaximum} seconds, about a year. 5 of 11 senders drop the policy.`,
    `Write \`max_age: ${maxAgeMaximum}\` or less.`,
  );

export const badMaxAge = (value: string, seconds: number | undefined): Told =>
  malformed(
    'max_age is not a number of seconds',
    `${quote(value)} is not 1 to 10 digits and nothing else. Strict senders drop the policy; others read another number.`,
    seconds === undefined ? 'Write seconds, such as `max_age: 604800`.' : `Write \`max_age: ${seconds}\`.`,
  );

export const quotedValue = (key: string, fixed: string): Told =>
  malformed(
    'A value has punctuation around it',
    'Nothing may stand around the value. Senders read it as a part of the value, and drop the policy.',
    `Write ${quote(`${key}: ${fixed}`)}.`,
  );

export const maxAgeZero = (): Told =>
  told(
    'policy.max_age-zero',
    'max_age is 0',
    'No sender keeps the policy, so that it protects nobody whose first look is disturbed; 2 of 11 senders drop it.',
    'Write `max_age: 604800` or more.',
    'warning',
    rfc(8461, '10.2'),
  );

export const maxAgeShort = (seconds: number): Told =>
  told(
    'policy.max_age-short',
    seconds < 86_400 ? 'max_age is less than a day' : 'max_age is less than a week',
    `The RFC has no minimum and expects weeks or more. A sender forgets this policy after ${seconds} seconds; whoever then hides the next one from it gets the mail unprotected.`,
    'Write `max_age: 604800`, better months: `max_age: 15552000`.',
    seconds < 86_400 ? 'warning' : 'notice',
    rfc(8461, '10.2'),
  );

export const mxDuplicate = (pattern: string): Told =>
  told(
    'mx.pattern-duplicate',
    'An mx pattern stands there twice',
    `${quote(pattern)} is in the policy already. The second changes nothing.`,
    'Delete the line.',
    'notice',
  );

export const mxSingleLabel = (pattern: string): Told =>
  told(
    'mx.pattern-single-label',
    'An mx pattern has no domain',
    `${quote(pattern)} fits the grammar, but MX hosts have full names: it matches none of them.`,
    `Write the full name, such as \`${examples.mx}\`.`,
    'warning',
    rfc(8461, '4.1'),
  );
