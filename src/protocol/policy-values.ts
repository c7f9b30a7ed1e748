/** The values of a policy's four fields (RFC 8461 §3.2): valid or not, and what an invalid one was meant to be. */
import { distance } from 'fastest-levenshtein';
import { findStrays, indexAt, trimmed, withoutStrays } from './characters.ts';
import type { FaultList, Told } from './fault-list.ts';
import { maxAge, maxAgeMaximum, modeWords } from './grammar.ts';
import type { MxPattern } from './mx-pattern.ts';
import { readMxPattern } from './mx-pattern.ts';
import * as faults from './policy-faults.ts';
import type { Field } from './policy-fields.ts';

type Mode = (typeof modeWords)[number];

/** `meant` is undefined where it would be a guess; `valid` says that no fault was found. */
export interface Reading<T> {
  readonly valid: boolean;
  readonly meant: T | undefined;
}

export function readVersion(field: Field, problems: FaultList): Reading<'STSv1'> {
  const { value, clean, say } = prepare(field, 'version', problems);
  if (value === 'STSv1') return { valid: clean, meant: 'STSv1' };
  if (value.toLowerCase() === 'stsv1') say(() => faults.valueCase('version', value, 'STSv1'));
  else say(() => (value === '' ? faults.emptyValue('version') : faults.badVersion(value)));
  return { valid: false, meant: 'STSv1' };
}

export function readMode(field: Field, problems: FaultList): Reading<Mode> {
  const { value, clean, say } = prepare(field, 'mode', problems);
  const exact = modeWords.find((mode) => mode === value);
  if (exact !== undefined) return { valid: clean, meant: exact };
  const lower = value.slice(0, 20).toLowerCase();
  const cased = modeWords.find((mode) => mode === lower && value.length === mode.length);
  if (cased !== undefined) {
    say(() => faults.valueCase('mode', value, cased));
    return { valid: false, meant: cased };
  }
  const meant = modeForms[lower] ?? modeWords.find((mode) => lower.length >= 4 && distance(lower, mode) <= 2);
  say(() => (value === '' ? faults.emptyValue('mode') : faults.badMode(value, meant)));
  return { valid: false, meant };
}

/** Forms of the three words that are further away than two slips of the pen. */
const modeForms: Readonly<Record<string, Mode>> = {
  enforcing: 'enforce',
  enforcement: 'enforce',
  test: 'testing',
  tests: 'testing',
  non: 'none',
};

export function readMaxAge(field: Field, problems: FaultList): Reading<number> {
  const { value, clean, say } = prepare(field, 'max_age', problems);
  if (maxAge.test(value) && Number(value) <= maxAgeMaximum) return { valid: clean, meant: Number(value) };
  const seconds = secondsOf(value);
  if (/^[0-9]+$/.test(value) && (seconds === undefined || seconds > maxAgeMaximum)) {
    say(() => faults.overMaximum(value));
    return { valid: false, meant: maxAgeMaximum };
  }
  const meant = seconds === undefined ? undefined : Math.min(seconds, maxAgeMaximum);
  say(() => (value === '' ? faults.emptyValue('max_age') : faults.badMaxAge(value, meant)));
  return { valid: false, meant };
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Numbers as people write them: `604,800`, `7d`, `1 week`, `604800 seconds`, `86400.0`. */
function secondsOf(value: string): number | undefined {
  if (value.length > 40) return undefined;
  const plain = /^\+?0*([0-9]{1,15})(?:\.0+)?$/.exec(value)?.[1];
  if (plain !== undefined) return Number(plain);
  const grouped = /^[0-9]{1,3}(?:([,._' ])[0-9]{3})(?:\1[0-9]{3})*$/.exec(value);
  if (grouped !== null) return Number(value.replace(/[^0-9]/g, ''));
  const [, number, unit] =
    /^([0-9]{1,9})[ \t]*(s|secs?|seconds?|h|hours?|d|days?|w|weeks?|minutes?)\.?$/i.exec(value) ?? [];
  const factor = unitSeconds[unit?.[0]?.toLowerCase() ?? ''];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

/** Several patterns where one line names several. */
export function readMx(field: Field, problems: FaultList): Reading<readonly MxPattern[]> {
  const { value, clean, at } = prepare(field, 'mx', problems);
  const pattern = readMxPattern(value);
  if (pattern.ok) return { valid: clean, meant: [pattern.value] };
  const { suggestion, column, length, ...told } = pattern.problem;
  const index = indexAt(value, column);
  const end = indexAt(value, column + length);
  problems.add({ line: field.line, text: field.text, index: at + index, length: end - index }, () => told);
  const meant = suggestion?.split('\n').flatMap((text) => {
    const each = readMxPattern(text);
    return each.ok ? [each.value] : [];
  });
  return { valid: false, meant };
}

interface Prepared {
  readonly value: string;
  /** Nothing had to be taken away from the value. */
  readonly clean: boolean;
  /** Where the value begins in the line. */
  readonly at: number;
  /** Says what is wrong with the whole value. */
  readonly say: (told: () => Told) => void;
}

/** Takes away, and names, what stands in and around a value: unseen characters, comments, quotes, a final `;`. */
function prepare(field: Field, key: faults.KnownKey, problems: FaultList): Prepared {
  const { line, text } = field;
  let { value, valueAt: at } = field;
  let clean = true;
  for (const { kind, index, character } of findStrays(value)) {
    clean = false;
    problems.add({ line, text, index: at + index, length: character.length }, () =>
      faults.stray(kind, character),
    );
  }
  const strays = !clean;
  if (strays) value = trimmed(withoutStrays(value));
  const mark = value.search(/[ \t](?:#|\/\/|<!--)/);
  if (mark !== -1) {
    clean = false;
    const note = value.slice(mark + 1);
    problems.add({ line, text, index: at + mark + 1, length: note.length }, () => faults.comment(note));
    value = trimmed(value, 0, mark);
  }
  const bare = unwrapped(value, key);
  if (bare !== value) {
    clean = false;
    // Typographic quotes have been named; straight ones not yet.
    if (!strays)
      problems.add({ line, text, index: at, length: value.length }, () => faults.quotedValue(key, bare));
    at += Math.max(0, value.indexOf(bare));
    value = bare;
  }
  const length = strays ? Math.min(value.length, text.length - at) : value.length;
  return { value, clean, at, say: (told) => problems.add({ line, text, index: at, length }, told) };
}

function unwrapped(value: string, key: faults.KnownKey): string {
  // `version: v=STSv1;` is one slip.
  if (key === 'version' && value.startsWith('v=')) return value;
  const quoted = /^(["'`<]).*(["'`>])[,;]?$/.test(value) ? value.replace(/[,;]$/, '').slice(1, -1) : value;
  const bare = quoted.replace(/<(?:br|\/pre|\/p|\/code) ?\/?>$/i, '').replace(/["'`]$/, '');
  // The punctuation of mx patterns is explained with them.
  return trimmed(key === 'mx' ? bare : bare.replace(/[,;.]$/, ''));
}
