/**
 * What was typed after `/mta-sts`. A word that is not a command, an unreadable domain or a word too many
 * is a problem that says what to type instead; drawing it is left to blocks/help-message.ts.
 */
import { distance } from 'fastest-levenshtein';
import { quote } from '../protocol/characters.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { parseTypedDomain, type TypedDomain } from '../protocol/typed-domain.ts';
import { findTopic } from './topics/index.ts';

export type Command =
  /** The form; empty, or for a domain. */
  | { readonly kind: 'new'; readonly typed?: TypedDomain }
  /** Look at a domain as it is published. */
  | { readonly kind: 'check'; readonly typed: TypedDomain }
  /** Explain a topic, as typed; undefined asks for the list. */
  | { readonly kind: 'explain'; readonly topic: string | undefined }
  | { readonly kind: 'help' };

export interface CommandProblem {
  readonly code: 'unknown-word' | 'no-domain' | 'not-a-domain' | 'extra-words';
  /** What is wrong, in a sentence or two; quotes what was typed in backticks, shortened. */
  readonly message: string;
  /** What was most likely meant, whole, to be typed as it stands: `/mta-sts explain mx-change`. */
  readonly nearest?: string;
}

export const slashCommand = '/mta-sts';

/** Every command and what it does, in the order in which help shows them; only what works is listed. */
export const usages: readonly { readonly typed: string; readonly does: string }[] = [
  { typed: slashCommand, does: 'opens the form for a TXT record and a policy' },
  { typed: `${slashCommand} example.com`, does: 'opens it filled with the MX hosts from DNS' },
  { typed: `${slashCommand} check example.com`, does: 'looks at what is published, as a sender would' },
  { typed: `${slashCommand} explain mx-change`, does: 'explains a topic; without one it lists them' },
  { typed: `${slashCommand} help`, does: 'shows this' },
];

/** The words a command may begin with, and the spellings that mean the same. */
const words: Readonly<Record<string, Command['kind']>> = {
  new: 'new',
  make: 'new',
  check: 'check',
  test: 'check',
  verify: 'check',
  validate: 'check',
  explain: 'explain',
  help: 'help',
  '?': 'help',
  '-h': 'help',
  '--help': 'help',
};
/** Those that are proposed for a slip of the finger. */
const proposedWords = ['check', 'explain', 'help'] as const;

/** More letters than this apart, two words are different words. */
const slipsMax = 2;

/** The command of what stands after `/mta-sts`; words may have any case. */
export function parseCommand(text: string): Result<Command, CommandProblem> {
  const [first, ...rest] = withoutCommandName(text.split(separators).filter((word) => word !== ''));
  if (first === undefined) return ok({ kind: 'new' });
  const kind = Object.hasOwn(words, first.toLowerCase()) ? words[first.toLowerCase()] : undefined;
  switch (kind) {
    case 'help':
      return ok(rest.length === 0 ? { kind } : { kind: 'explain', topic: rest.join(' ') });
    case 'explain':
      return ok({ kind, topic: rest.length === 0 ? undefined : rest.join(' ') });
    case 'check':
      return rest.length === 0 ? fail(noDomain) : readDomain(kind, rest);
    case 'new':
      return rest.length === 0 ? ok({ kind }) : readDomain(kind, rest);
    default:
      return looksLikeDomain(first) ? readDomain('new', [first, ...rest]) : fail(unknownWord(first, rest));
  }
}

const noDomain: CommandProblem = {
  code: 'no-domain',
  message: 'Which domain is to be checked?',
  nearest: `${slashCommand} check example.com`,
};

/** White space, and the invisible characters that copying brings along. */
const separators = /[\s\u200b-\u200d\u2060\ufeff]+/u;

/** People also copy the whole line out of a text. */
function withoutCommandName(typed: readonly string[]): readonly string[] {
  return /^\/?mta-sts$/i.test(typed[0] ?? '') ? typed.slice(1) : typed;
}

/** A dot, an @, a scheme or a letter beyond ASCII: nobody types those in a command's name. */
function looksLikeDomain(word: string): boolean {
  return /[.@:/<]|[^\u0020-\u007e]/u.test(word) && !/^[./:<>]+$/.test(word);
}

function readDomain(
  kind: 'new' | 'check',
  [first = '', ...rest]: readonly string[],
): Result<Command, CommandProblem> {
  const typed = parseTypedDomain(first);
  if (!typed.ok) {
    return fail({ code: 'not-a-domain', message: typed.problem.message });
  }
  if (rest.length === 0) return ok({ kind, typed: typed.value });
  // "example.com check": both words are there.
  const [last = ''] = rest;
  const isCheck = kind === 'check' || (rest.length === 1 && words[last.toLowerCase()] === 'check');
  const what =
    rest.length === 1 ? `${quote(rest[0] ?? '')} is one word too many` : `${rest.length} words are too many`;
  return fail({
    code: 'extra-words',
    message: `One domain at a time: ${what} after ${quote(first)}.`,
    nearest: `${slashCommand} ${isCheck ? 'check ' : ''}${typed.value.domain}`,
  });
}

function unknownWord(first: string, rest: readonly string[]): CommandProblem {
  const nearest = nearestCommand(first, rest);
  return {
    code: 'unknown-word',
    message: `There is no command ${quote(first)}.`,
    ...(nearest === undefined ? {} : { nearest }),
  };
}

function nearestCommand(first: string, rest: readonly string[]): string | undefined {
  const word = first.toLowerCase();
  const [best] = proposedWords
    .map((candidate) => ({ candidate, slips: distance(word, candidate) }))
    .filter(({ candidate, slips }) => slips <= slipsMax && slips < candidate.length - 1)
    .toSorted((left, right) => left.slips - right.slips);
  if (best?.candidate === 'help') return `${slashCommand} help`;
  if (best?.candidate === 'check') {
    return `${slashCommand} check ${domainIn(rest) ?? 'example.com'}`;
  }
  if (best !== undefined) {
    const topic = findTopic(rest.join(' '))?.name;
    return topic === undefined ? `${slashCommand} explain` : `${slashCommand} explain ${topic}`;
  }
  const topic = findTopic([first, ...rest].join(' ')) ?? findTopic(first);
  if (topic !== undefined) return `${slashCommand} explain ${topic.name}`;
  const domain = domainIn(rest);
  return domain === undefined ? undefined : `${slashCommand} ${domain}`;
}

function domainIn(typed: readonly string[]): string | undefined {
  const found = typed.map((word) => parseTypedDomain(word)).find((domain) => domain.ok);
  return found?.ok && looksLikeDomain(found.value.domain) ? found.value.domain : undefined;
}
