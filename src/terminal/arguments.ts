/**
 * The words after `mta-sts`, against what a command takes. Every wrong one is named, not only the first;
 * what the values mean is left to the commands.
 */
import { parseArgs } from 'node:util';
import { closest, distance } from 'fastest-levenshtein';
import { fail, ok, type Result } from '../protocol/result.ts';
import { plainLine } from './plain-text.ts';

export interface Option {
  /** What stands after it, as in `SECONDS`; absent for a switch. */
  readonly value?: string;
  /** May be given more than once. */
  readonly many?: true;
}

export interface Arguments {
  readonly words: readonly string[];
  /** The values of each option that was given, in their order; of a switch, one empty text. */
  readonly options: ReadonlyMap<string, readonly string[]>;
}

/** Reads the words; the problem is one full sentence for each wrong one. */
export function readArguments(
  argv: readonly string[],
  known: Readonly<Record<string, Option>>,
): Result<Arguments, readonly string[]> {
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(known).map(([name, { value }]) => [
        name,
        { type: value === undefined ? 'boolean' : 'string' },
      ]),
    ),
    // Strict mode throws at the first fault.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words: string[] = [];
  const options = new Map<string, string[]>();
  const problems: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    const problem =
      option === undefined ? unknownOption(token.rawName, known) : misused(token, option, options);
    if (problem === undefined)
      options.set(token.name, [...(options.get(token.name) ?? []), token.value ?? '']);
    else problems.push(problem);
  }
  return problems.length === 0 ? ok({ words, options }) : fail(problems);
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function misused(
  { name, rawName, value, inlineValue }: OptionToken,
  option: Option,
  given: ReadonlyMap<string, unknown>,
): string | undefined {
  if (given.has(name) && option.many === undefined) return `${rawName} is given twice; give it once.`;
  if (option.value === undefined) {
    return value === undefined ? undefined : `${rawName} takes no value; write ${rawName} alone.`;
  }
  // `--mode --json`: the next option was taken for the value.
  const missing = value === undefined || value === '' || (inlineValue === false && /^--./.test(value));
  return missing ? `${rawName} needs a value: ${rawName} ${option.value}.` : undefined;
}

function unknownOption(rawName: string, known: Readonly<Record<string, Option>>): string {
  const near = nearestWord(rawName.replace(/^-+/, ''), Object.keys(known));
  const shown = plainLine(rawName);
  return `There is no option ${shown}${near === undefined ? '.' : `; did you mean --${near}?`}`;
}

/** The known word that somebody most likely meant; undefined when none is near. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase().slice(0, 40);
  const extended = lower.length < 3 ? undefined : known.find((name) => name.startsWith(lower));
  if (extended !== undefined) return extended;
  const near = closest(lower, [...known]);
  // Two letters that changed places are one slip, and count as two.
  const letters = (text: string) => Array.from(text).toSorted().join('');
  const slip = letters(lower) === letters(near);
  return slip || distance(lower, near) <= Math.max(1, Math.floor(near.length / 3)) ? near : undefined;
}
