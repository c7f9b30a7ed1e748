/**
 * The fields of the form, read by the strict parsers: values, or errors that stand at their field. What
 * people paste around a host or a number is understood; whether the values are wise is left to submission.ts.
 */
import { quote } from '../protocol/characters.ts';
import type { DomainName } from '../protocol/domain.ts';
import type { ValueFault } from '../protocol/fault.ts';
import { type MxPattern, maxAgeSecondsMax, type Policy, parseMxPattern } from '../protocol/mtasts.ts';
import { parseTypedRua, type Rua } from '../protocol/tlsrpt.ts';
import { parseTypedDomain } from '../protocol/typed-domain.ts';
import type { Form } from './form.ts';
import { formBlocks, numberedBlock } from './ids.ts';

/** An error has to be read at a glance; more lines than this are counted instead of listed. */
const errorLinesMax = 3;

export interface Fields {
  readonly domain: DomainName;
  readonly policy: Policy;
  readonly rua: readonly Rua[];
}

/** The values of the fields; or what is wrong, by the block_id of each field, with line and fix. */
export function readFields(form: Form): Fields | { readonly errors: Record<string, string> } {
  const domain = parseTypedDomain(form.domain);
  const mx = readMx(form);
  const maxAge = readMaxAge(form);
  const rua = readRua(form.rua);
  const problems: readonly (readonly [blockId: string, problem: string | undefined])[] = [
    [formBlocks.domain, domain.ok ? undefined : domain.problem.message],
    [numberedBlock(formBlocks.mx, form.mxFill), mx.problem],
    [formBlocks.ownSeconds, typeof maxAge === 'string' ? maxAge : undefined],
    [formBlocks.rua, rua.problem],
  ];
  const errors: Record<string, string> = {};
  for (const [blockId, problem] of problems) if (problem !== undefined) errors[blockId] = problem;
  if (!domain.ok || typeof maxAge === 'string' || Object.keys(errors).length > 0) return { errors };
  return {
    domain: domain.value.domain,
    policy: { mode: form.mode, mx: mx.patterns, maxAgeSeconds: maxAge },
    rua: rua.addresses,
  };
}

interface Wrong {
  /** `Line 2: ` where there are lines. */
  readonly where: string;
  readonly typed: string;
  readonly fault: Pick<ValueFault, 'detail' | 'remedy'>;
}

/** One fault is told whole; of several each says what to write instead. */
function errorText(wrong: readonly Wrong[]): string {
  const [only] = wrong;
  if (wrong.length === 1 && only !== undefined) return wholeError(only);
  const shown = wrong.slice(0, errorLinesMax);
  const more = wrong.length - shown.length;
  return [
    ...shown.map(({ where, typed, fault }) => `${where}${quote(typed)}: ${asTyped(fault.remedy)}`),
    ...(more === 0 ? [] : [`${more} more ${more === 1 ? 'needs' : 'need'} a change.`]),
  ].join(' ');
}

function wholeError({ where, typed, fault }: Wrong): string {
  const quoted = quote(typed);
  const detail = asTyped(fault.detail);
  return `${where}${detail.includes(quoted) ? '' : `${quoted}: `}${detail} ${asTyped(fault.remedy)}`;
}

/** The parsers speak of lines of a policy, `mx: mx1.example.com`; the field holds the hosts alone. */
export function asTyped(text: string): string {
  return text.replaceAll('`mx: ', '`');
}

function readMx(form: Form): {
  readonly patterns: readonly MxPattern[];
  readonly problem: string | undefined;
} {
  const patterns = new Set<MxPattern>();
  const wrong: Wrong[] = [];
  (form.mx ?? '').split('\n').forEach((line, at) => {
    for (const part of line.split(/[,;]/)) {
      const typed = plainHost(part);
      if (typed === '') continue;
      const parsed = parseMxPattern(typed);
      if (parsed.ok) patterns.add(parsed.value);
      else wrong.push({ where: `Line ${at + 1}: `, typed, fault: parsed.problem });
    }
  });
  if (wrong.length > 0) return { patterns: [], problem: errorText(wrong) };
  const missing = patterns.size === 0 && form.mode !== 'none';
  return {
    patterns: [...patterns],
    problem: missing ? 'Name at least one MX host, one a line, or press Look up MX.' : undefined,
  };
}

/**
 * The host in what people paste: `mx: mx1.example.com` of a policy, `10 mx1.example.com.` of dig, a line of a
 * zone file, an item of a list.
 */
function plainHost(typed: string): string {
  return typed
    .replace(/^[ \t\r\u00a0]+|[ \t\r\u00a0]+$/g, '')
    .replace(/^[-•][ \t]+/, '')
    .replace(/^mx:[ \t]*/i, '')
    .replace(/^(?:\S+[ \t]+)?(?:[0-9]+[ \t]+)?(?:IN[ \t]+)?MX[ \t]+(?=[0-9]{1,5}[ \t]+\S+$)/i, '')
    .replace(/^[0-9]{1,5}[ \t]+(?=\S+$)/, '')
    .replace(/(?<=[^.])\.$/, '');
}

const week = 604_800;

/** Seconds, or what is wrong with them. */
function readMaxAge({ maxAge, ownSeconds }: Form): number | string {
  if (maxAge !== 'other') return Number(maxAge);
  // Spaces, commas and the like between digits are how people write large numbers.
  const typed = (ownSeconds ?? '').trim();
  const digits = typed.replace(/(?<=[0-9])[ \u00a0\u202f,_'’](?=[0-9]{3})/g, '');
  if (typed === '') return `Write the number of seconds, such as ${week} for a week.`;
  if (/^[0-9]+$/.test(digits)) {
    const seconds = digits.length > 15 ? Number.POSITIVE_INFINITY : Number(digits);
    if (seconds <= maxAgeSecondsMax) return seconds;
    return `${quote(typed)} is over the maximum of ${maxAgeSecondsMax} seconds, about a year (RFC 8461 §3.2). Write ${maxAgeSecondsMax} or less.`;
  }
  if (/^-[0-9]+$/.test(digits))
    return `Seconds count from 0. Write 0 to ${maxAgeSecondsMax}, such as ${week} for a week.`;
  const spelt = spelledSeconds(typed);
  const quoted = `${quote(typed)} is not a whole number of seconds.`;
  return spelt === undefined
    ? `${quoted} Write digits only, such as ${week} for a week.`
    : `${quoted} Write ${spelt}.`;
}

const unitSeconds: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  second: 1,
  m: 60,
  min: 60,
  minute: 60,
  h: 3600,
  hour: 3600,
  d: 86_400,
  day: 86_400,
  w: week,
  week,
  month: 2_592_000,
  y: 31_536_000,
  year: 31_536_000,
};

/** `2 weeks` or `1.5d` in seconds, where that is a valid max_age: proposed, never taken for granted. */
function spelledSeconds(typed: string): number | undefined {
  const match = /^(?<count>[0-9]{1,8}(\.[0-9]{1,3})?)[ \t]*(?<unit>[a-z]+?)s?$/i.exec(typed);
  const unit = unitSeconds[match?.groups?.unit?.toLowerCase() ?? ''];
  if (unit === undefined) return undefined;
  const seconds = Math.round(Number(match?.groups?.count) * unit);
  return seconds <= maxAgeSecondsMax ? seconds : undefined;
}

function readRua(typed: string): {
  readonly addresses: readonly Rua[];
  readonly problem: string | undefined;
} {
  const addresses = new Set<Rua>();
  const wrong: Wrong[] = [];
  for (const one of typed.split(/[\s,]+/).filter((part) => part !== '')) {
    const parsed = parseTypedRua(one);
    if (parsed.ok) addresses.add(parsed.value);
    else wrong.push({ where: '', typed: one, fault: parsed.problem });
  }
  return { addresses: [...addresses], problem: wrong.length === 0 ? undefined : errorText(wrong) };
}
