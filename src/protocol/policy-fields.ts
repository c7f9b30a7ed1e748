/**
 * The fields on a policy's lines (RFC 8461 §3.2): what is a name, what is a value, and what stands in the way
 * of reading them. Which names are known and what their values mean is judged in policy-text.ts.
 */
import { findStrays, isBlank, trimmed, withoutStrays } from './characters.ts';
import type { FaultList, Place, Told } from './fault-list.ts';
import { extensionName, policyExtensionValue } from './grammar.ts';
import * as faults from './policy-faults.ts';
import { intendedKey } from './policy-keys.ts';

/** One field, as it was most likely meant. */
export interface Field {
  readonly line: number;
  /** The whole line, as it was read. */
  readonly text: string;
  readonly key: string;
  readonly keyAt: number;
  readonly value: string;
  /** Where the value begins in the line, before anything was cleaned out of it. */
  readonly valueAt: number;
}

/** The fields of one line; `undefined` where the line is no field and cannot be turned into one without a guess. */
export function readLine(
  text: string,
  line: number,
  illFormed: boolean,
  problems: FaultList,
): readonly Field[] | undefined {
  const colon = text.indexOf(':');
  const key = text.slice(0, colon);
  const bad = illFormed && text.includes('\ufffd');
  if (colon > 0 && !bad && extensionName.test(key)) {
    const value = trimmed(text, colon + 1);
    if (policyExtensionValue.test(value)) {
      const field = { line, text, key, keyAt: 0, value, valueAt: valueStart(text, colon + 1) };
      return nextField.test(value) ? splitFields(field, problems) : [field];
    }
  }
  const place = (index: number, length: number): Place => ({ line, text, index, length });
  if (bad) {
    problems.add(place(text.indexOf('\ufffd'), 1), faults.illFormed);
    return undefined;
  }
  return explain(text, line, place, problems);
}

/** What stands before a field without being one: list bullets, quotes, tags, Markdown. */
const before = /^(?:<\/?[a-z][^>]{0,40}>|[-*+•>"'`|])+[ \t]*/i;
const after = /(?:<\/?[a-z][^>]{0,40}>|["'`|,;]|<br>)+$/i;
const noise = /^(?:<\/?[a-z][^>]{0,40}>|`{3,}[a-z]{0,12}|-{3,}|={3,}|\*{3,})$/i;
const commentStart = /^(?:#|\/\/|;|<!--|--[ \t]|\/\*|REM )/i;
/** The grammar's own field names inside another field's value. */
const nextField = /(?:^|[ \t,;]|\\r|\\n)(?:version|mode|mx|max_age)[ \t]?[:=]/;

function explain(
  text: string,
  line: number,
  place: (index: number, length: number) => Place,
  problems: FaultList,
): readonly Field[] | undefined {
  const say = (index: number, length: number, told: () => Told) => problems.add(place(index, length), told);
  const strays = findStrays(text);
  for (const { kind, index, character } of strays) {
    say(index, character.length, () => faults.stray(kind, character));
  }
  // Once characters are cleaned out, later places on the line are near and not exact.
  const clean = strays.length === 0 ? text : withoutStrays(text);
  let start = 0;
  while (isBlank(clean, start)) start += 1;
  const rest = trimmed(clean);
  if (rest === '') return strays.length === 0 ? undefined : [];
  if (commentStart.test(rest)) {
    say(start, rest.length, () => faults.comment(rest));
    return [];
  }
  if (noise.test(rest)) {
    say(start, rest.length, () => faults.around(rest, undefined));
    return [];
  }
  if (start > 0 && strays.every(({ index }) => index > 0)) say(0, start, faults.leadingSpace);

  let body = rest;
  const opening = before.exec(body)?.[0] ?? '';
  if (opening !== '') {
    body = withoutAfter(body.slice(opening.length));
    // Typographic quotes were named already; straight ones and bullets not yet.
    if (!strays.some(({ kind }) => kind === 'smart-quotes')) {
      say(start, opening.length, () => faults.around(rest, body));
    }
    if (body === '') return [];
  }
  const keyAt = start + opening.length;
  const shape =
    /^([^:=\s]+)([ \t]*)([:=])/.exec(body) ?? /^((?:max|mx)[ \t]+(?:age|hosts?))([ \t]*)([:=])/i.exec(body);
  if (shape === null) {
    const word = /^([A-Za-z_-]{2,12})[ \t]+/.exec(body);
    const known = word === null ? undefined : intendedKey(word[1] ?? '');
    if (word === null || known === undefined) {
      say(keyAt, body.length, () => faults.noColon(body, undefined));
      return undefined;
    }
    const value = trimmed(body, word[0].length);
    say(keyAt + (word[1] ?? '').length, 0, () => faults.noColon(body, `${known.key}: ${value}`));
    return [{ line, text, key: known.key, keyAt, value, valueAt: keyAt + word[0].length }];
  }
  const [whole, name = '', gap = '', sign] = shape;
  const value = trimmed(body, whole.length);
  const valueAt = keyAt + valueStart(body, whole.length);
  if (sign === '=') {
    say(keyAt + name.length, 1, () => faults.noColon(body, `${intendedKey(name)?.key ?? name}: ${value}`));
  } else if (gap !== '' && !strays.some(({ kind }) => kind === 'nbsp')) {
    say(keyAt + name.length, gap.length, () => faults.spaceBeforeColon(name));
  }
  const field: Field = { line, text, key: name, keyAt, value, valueAt };
  if (intendedKey(name) !== undefined) {
    return nextField.test(value) ? splitFields(field, problems) : [field];
  }
  if (!extensionName.test(name)) {
    say(keyAt, name.length, () => faults.badName(name));
    return undefined;
  }
  if (value === '') {
    say(valueAt, 0, () => faults.emptyValue(name));
    return undefined;
  }
  const tab = value.indexOf('\t');
  if (tab !== -1) {
    say(valueAt + tab, 1, faults.tabInValue);
    return [field];
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const control = value.search(/[\0-\x1f\x7f]/);
  if (control !== -1) {
    say(valueAt + control, 1, () => faults.badExtensionValue(name));
    return undefined;
  }
  return [field];
}

/** `version: STSv1 mode: testing`, `mode: testing\nmx: …` with a literal `\n`: the fields, each at its place. */
function splitFields(field: Field, problems: FaultList): readonly Field[] | undefined {
  // The value of an unknown field may hold anything.
  if (intendedKey(field.key) === undefined) return [field];
  const fields: Field[] = [];
  const pattern = /(?:^|[ \t,;]|\\r|\\n)(version|mode|mx|max_age)[ \t]?[:=]/g;
  let { key, keyAt, valueAt } = field;
  let from = 0;
  const offset = field.valueAt;
  for (;;) {
    const next = pattern.exec(field.value);
    const to = next === null ? field.value.length : next.index;
    const value = trimmed(field.value.slice(from, to).replace(/(?:[ \t,;]|\\r|\\n){0,8}$/, ''));
    fields.push({ line: field.line, text: field.text, key, keyAt, value, valueAt });
    // A person joins a handful of lines; with more the text is not worth taking apart.
    if (next === null || fields.length > 100) break;
    key = next[1] ?? '';
    keyAt = offset + next.index + next[0].length - 1 - key.length;
    from = next.index + next[0].length;
    valueAt = offset + valueStart(field.value, from);
  }
  const second = fields[1];
  problems.add(
    { line: field.line, text: field.text, index: second?.keyAt ?? 0, length: second?.key.length ?? 0 },
    () => faults.severalFields(fields.map(({ key: name, value }) => `${name}: ${value}`)),
  );
  return fields;
}

/** Only the last few characters are looked at: the pattern would look at a long run of commas again and again. */
function withoutAfter(text: string): string {
  const tail = Math.max(0, text.length - 64);
  return trimmed(text.slice(0, tail) + text.slice(tail).replace(after, ''));
}

function valueStart(text: string, from: number): number {
  let index = from;
  while (isBlank(text, index)) index += 1;
  return index;
}
