/**
 * Reads a policy file (RFC 8461 §3.2): what it says, and what is wrong or unwise in it. Its lines are split
 * in policy-lines.ts and taken apart in policy-fields.ts; the words of the faults are in policy-faults.ts.
 */
import { trimmed } from './characters.ts';
import type { Parsed } from './fault.ts';
import { createFaultList, type FaultList, type Told } from './fault-list.ts';
import { extensionName, policyExtensionValue } from './grammar.ts';
import type { Policy } from './mtasts.ts';
import { isSingleLabel, type MxPattern } from './mx-pattern.ts';
import * as faults from './policy-faults.ts';
import { type Field, readLine } from './policy-fields.ts';
import { readHealthyPolicy } from './policy-healthy.ts';
import { type Intended, intendedKey } from './policy-keys.ts';
import { type DecodedText, decodeText, splitLines } from './policy-lines.ts';
import { type Reading, readMaxAge, readMode, readMx, readVersion } from './policy-values.ts';

export function readPolicy(body: Uint8Array | string): Parsed<Policy> {
  const healthy = readHealthyPolicy(body);
  if (healthy === undefined) return readPolicyInFull(body);
  return { verdict: 'valid', value: healthy, problems: [], advice: [], corrected: undefined };
}

export function writePolicy(policy: Policy): string {
  const mx = policy.mx.map((pattern) => `mx: ${pattern}\n`).join('');
  return `version: STSv1\nmode: ${policy.mode}\n${mx}max_age: ${policy.maxAgeSeconds}\n`;
}

/** Without the short way through healthy texts; the same answer. */
export function readPolicyInFull(body: Uint8Array | string): Parsed<Policy> {
  const decoded = decodeText(body);
  const { text } = decoded;
  const { lines, odd } = splitLines(text);
  const first = lines.find((line) => line.trim() !== '') ?? '';
  if (first === '') return refuse(lines, faults.emptyFile());
  if (html.test(text.slice(0, htmlLength))) return refuse(lines, faults.htmlBody(first));
  if (/^\s*"?v=(?:STS|TLSRPT)v1/.test(text)) return refuse(lines, faults.recordInstead());

  const problems = createFaultList();
  const advice = createFaultList();
  aboutTheFile(decoded, lines, odd, problems);
  const { fields, certain } = readFields(lines, decoded.illFormed, problems);
  const intended = fields.map((field) => intendedKey(field.key));
  if (!problems.full() && intended.every((key) => key === undefined)) {
    return refuse(lines, decoded.encoding === 'utf-16' ? faults.utf16() : faults.notAPolicy(first));
  }
  const found = readKnown(fields, intended, problems, advice);
  if (!problems.full()) aboutMissing(found, lines, problems);
  aboutTheWhole(fields, intended, found, advice);

  const valid = problems.list().length === 0;
  const value = valid ? policyOf(found, false) : undefined;
  const meant = certain && !problems.full() ? policyOf(found, true) : undefined;
  const worthIt = !valid || advice.list().some(({ id }) => mended.has(id));
  return {
    verdict: valid ? 'valid' : 'invalid',
    value,
    problems: problems.list(),
    advice: advice.list(),
    corrected: worthIt && meant !== undefined ? writePolicy(meant) : undefined,
  };
}

/** How far into a text a web page shows itself as one. */
const htmlLength = 1_024;
const html = /^\s*(?:<!doctype|<html|<head|<body|<\?xml|<!--[\s\S]*<html[\s>])/i;

/** Advice that the corrected text follows; the rest is the operator's choice. */
const mended: ReadonlySet<string> = new Set([
  'policy.version-not-first',
  'policy.duplicate-field',
  'policy.unknown-field',
  'policy.key-case',
  'policy.misspelt-key',
  'mx.pattern-duplicate',
]);

function refuse(lines: readonly string[], told: Told): Parsed<Policy> {
  const problems = createFaultList();
  const [text = ''] = lines;
  problems.add({ line: 1, text, index: 0, length: text.length }, () => told);
  return {
    verdict: 'invalid',
    value: undefined,
    problems: problems.list(),
    advice: [],
    corrected: undefined,
  };
}

function aboutTheFile(
  { encoding, bom }: DecodedText,
  lines: readonly string[],
  odd: ReturnType<typeof splitLines>['odd'],
  problems: FaultList,
): void {
  const [text = ''] = lines;
  if (encoding === 'utf-16') problems.add({ line: 1, text, index: 0, length: text.length }, faults.utf16);
  else if (bom) problems.add({ line: 1, text, index: 0, length: 0 }, faults.bom);
  for (const [kind, { line, count }] of odd) {
    const ending = lines[line - 1] ?? '';
    problems.add({ line, text: ending, index: ending.length, length: 0 }, () =>
      faults.oddEnding(kind, count),
    );
  }
}

/** The fields of all lines; `certain` where no line was left out that may have been meant as a field. */
function readFields(lines: readonly string[], illFormed: boolean, problems: FaultList) {
  const fields: Field[] = [];
  let certain = true;
  for (let index = 0; index < lines.length && !problems.full(); index += 1) {
    const text = lines[index] ?? '';
    if (isBlankLine(text)) {
      const start = index;
      while (index + 1 < lines.length && isBlankLine(lines[index + 1] ?? '')) index += 1;
      const count = index - start + 1;
      problems.add({ line: start + 1, text, index: 0, length: text.length }, () =>
        index + 1 === lines.length ? faults.extraNewline() : faults.blankLine(count),
      );
      continue;
    }
    const found = readLine(text, index + 1, illFormed, problems);
    if (found === undefined) certain = false;
    else fields.push(...found);
  }
  return { fields, certain };
}

function isBlankLine(text: string): boolean {
  return trimmed(text) === '';
}

interface Found {
  version?: Reading<'STSv1'>;
  mode?: Reading<Policy['mode']>;
  maxAge?: Reading<number>;
  maxAgeField?: Field;
  readonly mx: Reading<readonly MxPattern[]>[];
  /** Hosts of lines that senders ignore although an `mx` was meant. */
  readonly ignoredMx: Reading<readonly MxPattern[]>[];
}

function readKnown(
  fields: readonly Field[],
  intended: readonly (Intended | undefined)[],
  problems: FaultList,
  advice: FaultList,
): Found {
  const found: Found = { mx: [], ignoredMx: [] };
  const exact = new Set(intended.flatMap((key) => (key?.how === 'exact' ? [key.key] : [])));
  const claimed = new Map<faults.KnownKey, Field>();
  const patterns = new Set<string>();
  for (const [index, field] of fields.entries()) {
    if (problems.full()) break;
    const meant = intended[index];
    if (meant === undefined) {
      advice.add(namePlace(field), () => faults.unknownField(field.key, undefined));
      continue;
    }
    const { key, how } = meant;
    const grammatical = extensionName.test(field.key);
    if (how !== 'exact' && grammatical && (exact.has(key) || (key !== 'mx' && claimed.has(key)))) {
      // By the grammar an unknown field, which senders ignore.
      ignore(field, problems);
      if (key === 'mx') {
        found.ignoredMx.push(readMx(field, createFaultList()));
        advice.add(namePlace(field), () => faults.ignoredMx(field.key, how === 'case'));
      } else {
        advice.add(namePlace(field), () => faults.unknownField(field.key, key));
      }
      continue;
    }
    if (how !== 'exact') {
      problems.add(namePlace(field), () =>
        how === 'case' ? faults.keyCase(field.key, key) : faults.misspeltKey(field.key, key),
      );
    }
    const earlier = claimed.get(key);
    if (earlier !== undefined && key !== 'mx') {
      // RFC 8461 §3.2: "all entries except for the first SHALL be ignored", whatever they say.
      ignore(field, problems);
      advice.add(namePlace(field), () => faults.duplicateField(key, earlier.value === field.value));
      continue;
    }
    claimed.set(key, field);
    if (key === 'version') found.version = readVersion(field, problems);
    else if (key === 'mode') found.mode = readMode(field, problems);
    else if (key === 'max_age') {
      found.maxAge = readMaxAge(field, problems);
      found.maxAgeField = field;
    } else {
      const reading = readMx(field, problems);
      found.mx.push(reading);
      if (reading.valid) aboutPattern(field, reading.meant?.[0], patterns, advice);
    }
  }
  return found;
}

function namePlace(field: Field) {
  const { line, text, keyAt, key } = field;
  return { line, text, index: keyAt, length: Math.min(key.length, text.length - keyAt) };
}

/** Ignored or not, a field's value must fit the grammar. */
function ignore(field: Field, problems: FaultList): void {
  const { line, text, value, valueAt, key } = field;
  if (value === '') problems.add({ line, text, index: valueAt, length: 0 }, () => faults.emptyValue(key));
  else if (value.includes('\t')) {
    problems.add({ line, text, index: valueAt + value.indexOf('\t'), length: 1 }, faults.tabInValue);
  } else if (!policyExtensionValue.test(value)) {
    problems.add({ line, text, index: valueAt, length: value.length }, () => faults.badExtensionValue(key));
  }
}

function aboutPattern(
  field: Field,
  pattern: MxPattern | undefined,
  patterns: Set<string>,
  advice: FaultList,
): void {
  if (pattern === undefined) return;
  const { line, text, value, valueAt: index } = field;
  const place = { line, text, index, length: value.length };
  if (patterns.has(pattern)) advice.add(place, () => faults.mxDuplicate(pattern));
  else if (isSingleLabel(pattern)) advice.add(place, () => faults.mxSingleLabel(pattern));
  patterns.add(pattern);
}

function aboutMissing(found: Found, lines: readonly string[], problems: FaultList): void {
  const text = lines.at(-1) ?? '';
  const end = { line: lines.length, text, index: text.length, length: 0 };
  if (found.version === undefined) {
    problems.add({ line: 1, text: lines[0] ?? '', index: 0, length: 0 }, () => faults.missing('version'));
  }
  if (found.mode === undefined) problems.add(end, () => faults.missing('mode'));
  // Whether a mode that cannot be read needs an mx, nobody can say.
  const needed = found.mode === undefined || (found.mode.meant ?? 'none') !== 'none';
  if (found.mx.length === 0 && needed) problems.add(end, () => faults.missing('mx'));
  if (found.maxAge === undefined) problems.add(end, () => faults.missing('max_age'));
}

/** Advice on what is valid; a mode none keeps nobody from anything, so that its max_age is of no weight. */
function aboutTheWhole(
  fields: readonly Field[],
  intended: readonly (Intended | undefined)[],
  found: Found,
  advice: FaultList,
): void {
  const version = fields[intended.findIndex((meant) => meant?.key === 'version')];
  if (found.version?.valid === true && version !== undefined && intended[0]?.key !== 'version') {
    advice.add(namePlace(version), faults.versionNotFirst);
  }
  const { mode, maxAge, maxAgeField: field } = found;
  if (field === undefined || maxAge?.valid !== true || maxAge.meant === undefined) return;
  if (mode?.meant === undefined || mode.meant === 'none') return;
  const seconds = maxAge.meant;
  const { line, text, value, valueAt: index } = field;
  const place = { line, text, index, length: value.length };
  if (seconds === 0) advice.add(place, faults.maxAgeZero);
  else if (seconds < (mode.meant === 'enforce' ? 604_800 : 86_400)) {
    advice.add(place, () => faults.maxAgeShort(seconds));
  }
}

/** What the text says; with `mended` what it was meant to say, undefined where that would be a guess. */
function policyOf(found: Found, mended: boolean): Policy | undefined {
  const mode = found.mode?.meant;
  const maxAgeSeconds = found.maxAge?.meant;
  if (found.version?.meant === undefined || mode === undefined || maxAgeSeconds === undefined)
    return undefined;
  const readings = mended ? [...found.mx, ...found.ignoredMx] : found.mx;
  const mx: MxPattern[] = [];
  for (const { meant } of readings) {
    if (meant === undefined) return undefined;
    mx.push(...meant);
  }
  if (mx.length === 0 && mode !== 'none') return undefined;
  return { mode, mx: mended ? [...new Set(mx)] : mx, maxAgeSeconds };
}
