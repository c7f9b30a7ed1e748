/** What `mta-sts new` is asked for: every word and option read, every wrong one told. */
import type { DomainName } from '../protocol/domain.ts';
import { type Mode, type MxPattern, maxAgeSecondsMax, modes, parseMxPattern } from '../protocol/mtasts.ts';
import { isId, usualMaxAgeSeconds } from '../protocol/publication.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { parseTypedRua, type Rua } from '../protocol/tlsrpt.ts';
import { parseTypedDomain } from '../protocol/typed-domain.ts';
import { type Arguments, nearestWord } from './arguments.ts';
import { plainLine } from './plain-text.ts';
import type { newOptions } from './usage.ts';

export interface NewRequest {
  readonly domain: DomainName;
  /** What was typed, where the domain was read out of something else. */
  readonly readFrom: string | undefined;
  readonly mx: readonly MxPattern[];
  readonly mode: Mode;
  readonly maxAgeSeconds: number;
  readonly id: string | undefined;
  readonly rua: readonly Rua[];
}

/** Every option, judged; the problems name each wrong one and say what to write. */
export function readRequest({ words, options }: Arguments): Result<NewRequest, readonly string[]> {
  const problems: string[] = [];
  const take = <T>(read: Result<T, string>): T | undefined => {
    if (read.ok) return read.value;
    problems.push(read.problem);
    return undefined;
  };
  const all = (name: keyof typeof newOptions) => options.get(name) ?? [];
  const one = <T>(name: keyof typeof newOptions, read: (text: string) => Result<T, string>) => {
    const text = options.get(name)?.[0];
    return text === undefined ? undefined : take(read(text));
  };

  const typed = take(readDomain(words));
  const mx = all('mx').flatMap((text) => take(readPattern(text)) ?? []);
  const mode = one('mode', readMode) ?? 'testing';
  const maxAgeSeconds = one('max-age', readMaxAge) ?? usualMaxAgeSeconds[mode];
  const id = one('id', readId);
  const rua = all('rua').flatMap((text) => take(readRua(text)) ?? []);
  if (typed === undefined || problems.length > 0) return fail(problems);
  const readFrom = typed.normalised ? words[0] : undefined;
  return ok({
    domain: typed.domain,
    readFrom,
    mx: [...new Set(mx)],
    mode,
    maxAgeSeconds,
    id,
    rua: [...new Set(rua)],
  });
}

function readDomain(words: readonly string[]) {
  const [word, ...more] = words;
  if (word === undefined) return fail('The domain is missing: mta-sts new example.com.');
  if (more.length > 0) {
    return fail(
      `One domain at a time; ${more.map(plainLine).join(', ')} ${more.length === 1 ? 'is one' : 'are'} too many. An MX host follows --mx.`,
    );
  }
  const typed = parseTypedDomain(word);
  return typed.ok ? typed : fail(typed.problem.message);
}

function readPattern(text: string): Result<MxPattern, string> {
  const parsed = parseMxPattern(text);
  if (parsed.ok) return parsed;
  return fail(optionProblem('--mx', text, parsed.problem));
}

function readMode(text: string): Result<Mode, string> {
  const mode = modes.find((name) => name === text);
  if (mode !== undefined) return ok(mode);
  const near = nearestWord(text, modes);
  return fail(
    `--mode ${plainLine(text)}: a mode is testing, enforce or none, in lower case${near === undefined ? '' : `; write --mode ${near}`}.`,
  );
}

function readMaxAge(text: string): Result<number, string> {
  const seconds = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= maxAgeSecondsMax) return ok(seconds);
  return fail(
    Number.isNaN(seconds)
      ? `--max-age ${plainLine(text)}: it is a number of seconds, in digits only; a week is --max-age 604800.`
      : `--max-age ${text}: the maximum is ${maxAgeSecondsMax} (RFC 8461 §3.2), a little more than a year; half a year is --max-age 15552000.`,
  );
}

function readId(text: string): Result<string, string> {
  if (isId(text)) return ok(text);
  const usable = text.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 32);
  return fail(
    `--id ${plainLine(text)}: an id is 1 to 32 of the letters A to Z, a to z and digits${usable === '' ? ', such as 20261123T161500Z' : `; write --id ${usable}`}.`,
  );
}

function readRua(text: string): Result<Rua, string> {
  const parsed = parseTypedRua(text);
  if (parsed.ok) return parsed;
  return fail(optionProblem('--rua', text, parsed.problem));
}

/** What a parser of a value says, with the option to write where the parser knows it. */
function optionProblem(
  option: string,
  text: string,
  { detail, remedy, suggestion }: { detail: string; remedy: string; suggestion?: string | undefined },
): string {
  const written = suggestion?.split('\n').map((value) => `${option} ${shellWord(value)}`);
  return `${option} ${plainLine(text)}: ${detail} ${written === undefined ? remedy : `Write ${written.join(' ')}.`}`;
}

/** The value as a shell takes it. */
export function shellWord(value: string): string {
  return /^[A-Za-z0-9.:@/%=_+-]+$/.test(value) ? value : `'${value}'`;
}
