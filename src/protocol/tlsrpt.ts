/**
 * The TLS-RPT record at `_smtp._tls.<domain>` (RFC 8460 §3): text ⇄ value, with the place of every fault.
 * The URIs in it are read by rua.ts.
 */

import { quote, trimmed } from './characters.ts';
import type { Fault, Parsed } from './fault.ts';
import { faultsMax } from './fault-list.ts';
import { decode, endsInBlank, Faults, type Field, isExtension, numbers, splitFields } from './fields.ts';
import { rfc } from './rfc.ts';
import { parseRua, type Rua, type RuaProblem } from './rua.ts';
import {
  cutOff,
  dmarcRecord,
  dmarcTag,
  dmarcVersion,
  duplicateRua,
  example,
  malformed,
  nearMissOf,
  prefix,
  rawComma,
  rawSemicolon,
  reasons,
  spaceAfterEquals,
  version,
  type Wording,
} from './tlsrpt-faults.ts';

// biome-ignore lint/performance/noBarrelFile: a record and the addresses in it are one subject for whoever reads either
export { parseRua, parseTypedRua, type Rua } from './rua.ts';

export interface TlsRptRecord {
  /** Where reports go, in the record's order; never empty. */
  readonly rua: readonly Rua[];
}

const cite = rfc(8460, '3');
/** Nothing meant as a record is longer, and the repair looks at some characters more than once. */
const repairLengthMax = 2000;
/** Tags of DMARC (RFC 7489 §6.3) that get copied into TLS-RPT records. */
const dmarcTags = new Set(['p', 'sp', 'ruf', 'fo', 'adkim', 'aspf', 'ri', 'rf', 'pct']);

/** `v=TLSRPTv1; rua=mailto:…`, one rua with all its URIs (there is no rule for two). */
export function formatTlsRpt({ rua }: TlsRptRecord): string {
  return `${version}; rua=${rua.join(',')}`;
}

/** All TXT records at the name, each with its strings joined (RFC 8460 §3: exactly one must be left). */
export function parseTlsRptSet(records: readonly (Uint8Array | string)[]): Parsed<TlsRptRecord> {
  const texts = records.map(decode);
  const claiming = texts.flatMap((text, index) => (text.startsWith(prefix) ? [index] : []));
  const [first, second] = claiming;
  if (second !== undefined) {
    const problems = only(texts[second] ?? '', second + 1, texts[second]?.length ?? 0, {
      id: 'rpt.multiple',
      severity: 'error',
      title: `${claiming.length} TLS-RPT records stand at one name`,
      detail: `${numbers(claiming)} begin with \`${prefix}\`. Senders act as if there were none and send no reports.`,
      remedy: 'Delete all but one of them.',
    });
    return { verdict: 'multiple', value: undefined, problems, advice: [], corrected: undefined };
  }
  if (first !== undefined) return read(texts[first] ?? '', first + 1);
  const near = texts.map((text, index) => read(text, index + 1));
  const mended = near.flatMap(({ corrected }) => corrected ?? []);
  return {
    verdict: 'none',
    value: undefined,
    problems: near.flatMap(({ problems }) => problems).slice(0, faultsMax),
    advice: near.flatMap(({ advice }) => advice).slice(0, faultsMax),
    corrected: mended.length === 1 ? mended[0] : undefined,
  };
}

/** One TXT record, its strings joined. */
export function parseTlsRpt(record: Uint8Array | string): Parsed<TlsRptRecord> {
  return read(decode(record), 1);
}

function read(text: string, line: number): Parsed<TlsRptRecord> {
  if (!text.startsWith(prefix)) return nearMiss(text, line);
  const problems = new Faults(text, line);
  const advice = new Faults(text, line);
  const fields: string[] = [];
  const uris: Rua[] = [];
  /** All addresses as they were meant, of however many rua fields. */
  const mended: string[] = [];
  let fixable = true;
  let ruaFields = 0;
  const raise: Raise = (at, length, wording, list = problems) => list.raise(at, length, { ...wording, cite });
  const parts = joinCutUris(splitFields(text, prefix.length));
  for (const { text: field, at, last, cutAt } of parts) {
    if (problems.full) break;
    if (cutAt !== undefined) {
      raise(cutAt, 1, rawSemicolon(text.slice(cutAt + 1, at + field.length)));
      const kept = readRua(field.slice(4), at + 4, () => undefined, advice);
      ruaFields += 1;
      if (kept === undefined) fixable = false;
      else mended.push(...kept.corrected);
      continue;
    }
    if (field === '') {
      // The closing delimiter needs no field behind it; that one is missing is said below.
      if (last) continue;
      raise(
        at,
        0,
        malformed('A field is empty', 'Nothing stands between two semicolons.', 'Remove the extra `;`.'),
      );
      continue;
    }
    const equals = field.indexOf('=');
    const name = equals < 0 ? field : field.slice(0, equals);
    if (name === 'rua') {
      ruaFields += 1;
      if (ruaFields > 1) raise(at, 4, duplicateRua, advice);
      const kept = readRua(field.slice(4), at + 4, raise, advice);
      if (kept === undefined) fixable = false;
      else {
        uris.push(...kept.uris);
        mended.push(...kept.corrected);
      }
    } else if (/^rua$/i.test(name.trim()) || /^(r[uao]{2}|rua[sl]?|uri)$/i.test(name.trim())) {
      raise(
        at,
        name.length,
        nearMissOf(
          `\`rua\` is written ${quote(name)}`,
          'The name of the field is `rua`, in lower case and with nothing around it; a sender finds no address here.',
          'Write `rua=`.',
        ),
      );
      const items = field
        .slice(equals + 1)
        .split(',')
        .map((uri) => trimmed(uri));
      if (equals >= 0 && items.every((uri) => parseRua(uri).ok)) mended.push(...items);
      else fixable = false;
    } else if (equals < 0) {
      const cut = ruaFields > 0;
      raise(
        at,
        field.length,
        cut
          ? rawSemicolon(field)
          : malformed(
              'A field has no `=`',
              `${quote(field)} is not of the form name=value.`,
              `Write a record such as \`${example}\`.`,
            ),
      );
      fixable = false;
    } else if (!isExtension(name, field.slice(equals + 1))) {
      raise(
        at,
        field.length,
        malformed(
          'A field fits no grammar',
          `${quote(field)} is not of the form name=value in plain ASCII, without a space or a second \`=\`.`,
          'Remove it.',
        ),
      );
    } else if (dmarcTags.has(name)) {
      raise(at, field.length, dmarcTag(name), advice);
    } else {
      // An unknown field is ignored and nothing to speak of, unless it is the rest of a URI.
      if (isCutOff(text, at, ruaFields)) raise(at, field.length, cutOff(field), advice);
      fields.push(field);
    }
  }
  // A space at the end is part of a delimiter only when a ";" follows or precedes it.
  if (endsInBlank(text)) {
    raise(
      text.length - 1,
      1,
      malformed('A space stands at the end', 'A space may only stand beside a semicolon.', 'Remove it.'),
    );
  }
  if (ruaFields === 0 && problems.list.length === 0) {
    raise(
      text.length,
      0,
      malformed(
        'The record has no rua',
        'Without `rua=` there is no address, and senders send no reports.',
        `Add one, such as \`${example}\`.`,
      ),
    );
    fixable = false;
  }
  const whole = [version, `rua=${[...new Set(mended)].join(',')}`, ...fields].join('; ');
  const corrected = fixable && mended.length > 0 ? whole : undefined;
  if (problems.list.length > 0 || uris.length === 0) {
    return { verdict: 'invalid', value: undefined, problems: problems.list, advice: advice.list, corrected };
  }
  return {
    verdict: 'valid',
    value: { rua: uris },
    problems: [],
    advice: advice.list,
    corrected: advice.list.length > 0 ? corrected : undefined,
  };
}

/** `…; rua=https://example.com/r;token=x`: a `;` with nothing behind it, where the others have a space, cut the URI. */
function isCutOff(text: string, at: number, ruaFields: number): boolean {
  return ruaFields > 0 && text[at - 1] === ';' && text[prefix.length] === ' ';
}

/** `rua=mailto:a;b@example.com`: the mail address goes on behind the semicolon that cut it. */
function joinCutUris(parts: readonly Field[]): readonly (Field & { cutAt?: number })[] {
  const joined: (Field & { cutAt?: number })[] = [];
  for (const part of parts) {
    const before = joined.at(-1);
    const cut = /(?:^rua=|,[ \t]*)mailto:[^,@]*$/i;
    if (before !== undefined && /^[^=@,]*@[^=@]*$/.test(part.text) && cut.test(before.text.slice(-300))) {
      const cutAt = before.at + before.text.length;
      joined[joined.length - 1] = {
        ...before,
        text: `${before.text}%3B${part.text}`,
        last: part.last,
        cutAt,
      };
    } else {
      joined.push(part);
    }
  }
  return joined;
}

type Raise = (at: number, length: number, wording: Wording, list?: Faults) => void;

/** The URIs of one rua field; undefined when one of them cannot be mended without guessing. */
function readRua(
  value: string,
  start: number,
  raise: Raise,
  advice: Faults,
): { uris: Rua[]; corrected: string[] } | undefined {
  const uris: Rua[] = [];
  const corrected: string[] = [];
  const unsupported: { at: number; problem: RuaProblem }[] = [];
  let fixable = true;
  let at = start;
  for (const { item, cutAt } of joinCutItems(value.split(','))) {
    const text = trimmed(item);
    const begin = at + Math.max(0, item.indexOf(text));
    // `*WSP "," *WSP` surrounds commas; between "rua=" and the first URI stands nothing.
    if (at === start && text !== '' && begin > at) raise(at, begin - at, spaceAfterEquals);
    at += item.length + 1;
    if (cutAt !== undefined) {
      raise(begin + cutAt, 1, rawComma(text.slice(0, cutAt)));
      const whole = parseRua(text.replaceAll(',', '%2C'));
      if (whole.ok) corrected.push(whole.value);
      else fixable = false;
      continue;
    }
    const reading = parseRua(text);
    if (reading.ok) {
      uris.push(reading.value);
      corrected.push(reading.value);
      continue;
    }
    const { problem } = reading;
    if (problem.id === 'rpt.rua-unsupported-scheme') {
      unsupported.push({ at: begin, problem });
      continue;
    }
    const cut = corrected.length > 0 && problem.id === 'rpt.rua-no-scheme' && !text.includes('@');
    raise(begin + problem.at, problem.length, cut ? rawComma(corrected.at(-1) ?? '') : problem);
    const several = text.split(/[ \t]+/).map((uri) => parseRua(uri));
    if (problem.id === 'rpt.rua-space' && several.every((uri) => uri.ok)) {
      corrected.push(...several.flatMap((uri) => (uri.ok ? [uri.value] : [])));
    } else if (problem.suggestion === undefined || cut) fixable = false;
    else corrected.push(problem.suggestion);
  }
  // Another scheme is a URI all the same: it makes the record useless only where nothing else is left.
  for (const { at: begin, problem } of unsupported) {
    const alone = corrected.length === 0;
    raise(
      begin + problem.at,
      problem.length,
      alone ? problem : { ...problem, severity: 'warning', remedy: 'Remove it.' },
      alone ? undefined : advice,
    );
    if (alone && problem.suggestion !== undefined) corrected.push(problem.suggestion);
    else if (alone) fixable = false;
  }
  return fixable ? { uris, corrected } : undefined;
}

/** `mailto:a,b@example.com`: one address with a comma in it, not an address and a fragment. */
function joinCutItems(items: readonly string[]): readonly { item: string; cutAt?: number }[] {
  const joined: { item: string; cutAt?: number }[] = [];
  for (const item of items) {
    const before = joined.at(-1);
    const cut = before !== undefined && /^[ \t]*mailto:[^@]*$/i.test(before.item.slice(0, 300));
    if (before !== undefined && cut && /^[^@:]*@/.test(item.slice(0, 300))) {
      const cutAt = trimmed(before.item).length;
      joined[joined.length - 1] = { item: `${before.item},${item}`, cutAt: before.cutAt ?? cutAt };
    } else {
      joined.push({ item });
    }
  }
  return joined;
}

/** A text without the literal prefix: nothing at all to a sender, whatever was meant. */
function nearMiss(text: string, line: number): Parsed<TlsRptRecord> {
  const none = { verdict: 'none', value: undefined, advice: [] } as const;
  if (/^v\s*=\s*DMARC1/i.test(text)) {
    const advice = only(text, line, dmarcVersion.length, dmarcRecord);
    return { ...none, problems: [], advice, corrected: undefined };
  }
  const why = reasons.find(({ test }) => test.test(text.slice(0, repairLengthMax)));
  if (why === undefined) return { ...none, problems: [], corrected: undefined };
  const candidate = (text.length > repairLengthMax ? '' : text)
    .replace(/^[\s\u200b-\u200f\u2060\ufeff\u00a0"'“”‘’\\]+|["'“”‘’\s\\]+$/gu, '')
    .replace(/\\;/g, ';')
    .replace(/^v\s*=\s*tls-?rptv?1?\s*[;,]?\s*/i, `${version}; `);
  const mended = candidate.startsWith(prefix) ? read(candidate, line) : undefined;
  const corrected = mended?.verdict === 'valid' ? candidate.trim() : mended?.corrected;
  const problems = only(text, line, why.length(text), {
    ...nearMissOf(why.title, `${why.detail} Senders see no TLS-RPT record here and send no reports.`, ''),
    remedy:
      corrected === undefined
        ? `Write a record such as \`${example}\`.`
        : `Publish ${quote(corrected, 300)}.`,
  });
  return { ...none, problems, corrected };
}

function only(text: string, line: number, length: number, wording: Wording): Fault[] {
  const faults = new Faults(text, line);
  faults.raise(0, length, { ...wording, cite });
  return faults.list;
}
