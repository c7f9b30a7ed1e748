/**
 * Reads the MTA-STS record (RFC 8461 §3.1) and explains every fault in its place.
 * "n of 11 senders" are the sending implementations whose reading of odd input was measured.
 */
import { codePointName, findStrays, quote, trimmed, withoutStrays } from './characters.ts';
import type { Parsed } from './fault.ts';
import { faultsMax, type Told } from './fault-list.ts';
import { decode, endsInBlank, Faults, isExtension, splitFields } from './fields.ts';
import type { MtaStsRecord } from './mtasts.ts';
import {
  blankAtEquals,
  duplicate,
  emptyField,
  example,
  idLengthMax,
  malformedField,
  misspeltId,
  multiple,
  near,
  noId,
  prefix,
  reasons,
  spaceBeforeSemicolon,
  trailingBlank,
  unknown,
  version,
  wrongId,
} from './record-faults.ts';
import { rfc } from './rfc.ts';

/** Nothing meant as a record is longer, and the repair looks at some characters more than once. */
const repairLengthMax = 1000;
const nothing = { value: undefined, advice: [], corrected: undefined } as const;

/** All TXT records at the name, each with its strings joined. Exactly one with the prefix must be left. */
export function readRecordSet(records: readonly (Uint8Array | string)[]): Parsed<MtaStsRecord> {
  const texts = records.map(decode);
  const claiming = texts.flatMap((text, index) => (text.startsWith(prefix) ? [index] : []));
  const [first] = claiming;
  if (first === undefined) {
    const near = texts
      .map((text, index) => nearMiss(text, index + 1))
      .filter(({ problems }) => problems.length > 0);
    const problems = near.flatMap((parsed) => parsed.problems).slice(0, faultsMax);
    return {
      ...nothing,
      verdict: 'none',
      problems,
      corrected: near.length === 1 ? near[0]?.corrected : undefined,
    };
  }
  const [, second] = claiming;
  if (second !== undefined) {
    const text = texts[second] ?? '';
    const same = claiming.every((index) => texts[index] === texts[first]);
    const problems = only(text, second + 1, 0, text.length, multiple(claiming, same));
    const kept = same ? read(text, 1) : undefined;
    const corrected = kept?.verdict === 'valid' ? (kept.corrected ?? text) : kept?.corrected;
    return { ...nothing, verdict: 'multiple', problems, corrected };
  }
  const parsed = read(texts[first] ?? '', first + 1);
  const beside = texts
    .flatMap((text, index) => (index === first ? [] : advise(text, index + 1)))
    .slice(0, faultsMax);
  return { ...parsed, advice: [...parsed.advice, ...beside] };
}

/** One TXT record, its strings joined. */
export function readRecord(record: Uint8Array | string): Parsed<MtaStsRecord> {
  const text = decode(record);
  return text.startsWith(prefix) ? read(text, 1) : nearMiss(text, 1);
}

/** Nearly every record there is, in which nothing is worth a word (RFC 8461 §3.1). */
const healthy = /^v=STSv1; ?id=([A-Za-z0-9]{1,32});?$/;

function read(text: string, line: number): Parsed<MtaStsRecord> {
  const id = healthy.exec(text)?.[1];
  if (id !== undefined)
    return { verdict: 'valid', value: { id }, problems: [], advice: [], corrected: undefined };
  return readFields(text, line);
}

function readFields(text: string, line: number): Parsed<MtaStsRecord> {
  const problems = new Faults(text, line);
  const advice = new Faults(text, line);
  const kept: string[] = [];
  let id: string | undefined;
  let misspelt: string | undefined;
  let mendable = raiseStrays(text, problems);
  const hasStrays = problems.list.length > 0;
  const fields = splitFields(text, prefix.length);
  for (const { text: field, at, last } of hasStrays ? [] : fields) {
    if (problems.full) break;
    const equals = field.indexOf('=');
    const name = field.slice(0, Math.max(equals, 0));
    const value = field.slice(equals + 1);
    if (field === '') {
      // The closing delimiter needs no field behind it, and the record needs one in front of it.
      if (!last) problems.raise(at, 0, emptyField);
    } else if (name === 'id' && id !== undefined && isExtension(name, value)) {
      // RFC 8461 §3.2: ignored, whatever it says, as long as it is a field at all.
      advice.raise(at, field.length, duplicate('id', id));
    } else if (name === 'id' && id === undefined) {
      id = value;
      const wrong = wrongId(value);
      if (wrong !== undefined) problems.raise(at + 3 + wrong.at, wrong.length, wrong.told);
      const fixed = value.replace(/[^A-Za-z0-9]/g, '').slice(0, idLengthMax);
      if (fixed === '') mendable = false;
      kept.push(`id=${fixed}`);
    } else if (/^[ \t]*id[ \t]*$/.test(name)) {
      problems.raise(at, field.length, blankAtEquals(field));
      id = value.trim();
      kept.push(`id=${id}`);
      if (wrongId(id) !== undefined) mendable = false;
    } else if (!isExtension(name, value)) {
      problems.raise(at, field.length, malformedField(field, name));
      mendable = false;
    } else if (name === 'v') {
      advice.raise(at, field.length, duplicate('v', 'STSv1'));
    } else if (/^(?:id|sid|uid|ids|_id|policyid|policy_id)$/i.test(name)) {
      misspelt ??= field;
      advice.raise(at, field.length, unknown(name, id === undefined));
    } else {
      advice.raise(at, field.length, unknown(name, false));
      kept.push(field);
    }
  }
  if (endsInBlank(text)) problems.raise(text.length - 1, 1, trailingBlank);
  if (id === undefined && misspelt === undefined) {
    mendable &&= hasStrays;
    if (problems.list.length === 0) problems.raise(text.length, 0, noId);
  } else if (id === undefined && misspelt !== undefined) {
    const equals = misspelt.indexOf('=');
    const value = misspelt.slice(equals + 1);
    if (problems.list.length === 0) {
      problems.raise(text.indexOf(misspelt), equals, misspeltId(misspelt.slice(0, equals)));
      advice.list.splice(0, 1);
    }
    if (wrongId(value) !== undefined) mendable = false;
    kept.unshift(`id=${value}`);
  }
  const faulty = problems.list.length > 0;
  const whole = `${version}; ${kept.join('; ')};`;
  const corrected = hasStrays ? strayless(text) : whole;
  const offered = mendable && (faulty || whole !== formatted(trimmed(text))) ? corrected : undefined;
  return {
    verdict: faulty || id === undefined ? 'invalid' : 'valid',
    value: faulty || id === undefined ? undefined : { id },
    problems: problems.list,
    advice: advice.list,
    corrected: faulty || advice.list.length > 0 ? offered : undefined,
  };
}

/** Characters outside ASCII hide the other faults, so that they are told alone. True when they can be mended. */
function raiseStrays(text: string, problems: Faults): boolean {
  const [stray] = findStrays(text);
  if (stray !== undefined) {
    const what = codePointName(stray.character.codePointAt(0) ?? 0);
    problems.raise(
      stray.index,
      stray.character.length,
      near(`The record has a ${what} in it`, 'It looks right and is not ASCII.', strayless(text)),
    );
    return strayless(text) !== undefined;
  }
  const other = /\P{ASCII}/u.exec(text);
  if (other === null) return true;
  problems.raise(other.index, other[0].length, {
    id: 'txt.non-ascii',
    severity: 'error',
    title: 'The record has a character that is not ASCII',
    detail: `${quote(other[0])} (${codePointName(other[0].codePointAt(0) ?? 0)}) fits no field (the record is US-ASCII), so senders see no policy.`,
    remedy: `Write a record in plain ASCII, such as \`${example}\`.`,
    cite: rfc(8461, '3.1'),
  });
  return false;
}

/** The record as it was meant, where taking out what cannot be seen makes it valid. */
function strayless(text: string): string | undefined {
  const clean = withoutStrays(text).trim();
  if (clean === text || !clean.startsWith(prefix)) return undefined;
  const parsed = read(clean, 1);
  return parsed.verdict === 'valid' ? (parsed.corrected ?? clean) : parsed.corrected;
}

/** As long as a zone file's line may be before it comes to its value. */
const reasonLength = 300;

/** A text without the literal prefix: nothing at all to a sender, whatever was meant. */
function nearMiss(text: string, line: number): Parsed<MtaStsRecord> {
  // Near misses show at the text's start; a long unrelated record is not searched for one.
  const why = reasons.find(({ test }) => test.test(text.slice(0, reasonLength)));
  if (why === undefined) return { ...nothing, verdict: 'none', problems: [] };
  const meant = withoutStrays(text.length > repairLengthMax ? '' : text)
    .replace(/\\+;/g, ';')
    // A zone file's line, and its strings.
    .replace(/^.{0,260}\bTXT[ \t]+(?=\(?[ \t]*"?v=)/i, '')
    .replace(/"[ \t]*"/g, '')
    .replace(/^[\s"'\\]+/, '')
    .replace(/["'\\\s]+$/, '')
    .replace(/^v\s*[=:]\s*(?:mta-?)?sts(?:\s*v?\s*1)?\s*[;,]?\s*/i, `${prefix} `);
  const parsed = meant.startsWith(prefix) ? read(meant, line) : undefined;
  const corrected = parsed?.verdict === 'valid' ? (parsed.corrected ?? formatted(meant)) : parsed?.corrected;
  const at = why.at?.(text) ?? 0;
  const told = why.told === undefined ? near(why.title, why.detail, corrected) : why.told(corrected);
  return {
    ...nothing,
    verdict: 'none',
    problems: only(text, line, at, why.length?.(text) ?? 1, told),
    corrected,
  };
}

function formatted(record: string): string {
  return record.endsWith(';') ? record : `${record};`;
}

/** What stands beside the one good record. */
function advise(text: string, line: number): ReturnType<typeof only> {
  if (/^v=STSv1[ \t]+;/.test(text))
    return only(text, line, version.length, 1, spaceBeforeSemicolon('warning', undefined));
  return only(text, line, 0, text.length, {
    id: 'txt.unrelated-record-beside',
    severity: 'warning',
    title: 'Another TXT record stands at the same name',
    detail:
      'Senders discard what does not begin with `v=STSv1;`, yet 2 of 11 (maddy, KumoMTA) then see no policy.',
    remedy: 'Move it to another name, or delete it.',
    cite: rfc(8461, '3.1'),
  });
}

function only(text: string, line: number, at: number, length: number, told: Told) {
  const faults = new Faults(text, line);
  faults.raise(at, length, told);
  return faults.list;
}
