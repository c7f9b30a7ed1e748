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
  /** Look at it again and again, for the conversation in which this was typed; or not any more. */
  | { readonly kind: 'watch' | 'unwatch'; readonly typed: TypedDomain }
  /** What is watched for this conversation. */
  | { readonly kind: 'list' }
  /** Quiet hours and the weekly summary. */
  | { readonly kind: 'settings' }
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
  { typed: `${slashCommand} watch example.com`, does: 'looks again by itself, and tells this conversation' },
  { typed: `${slashCommand} unwatch example.com`, does: 'ends that for this conversation' },
  { typed: `${slashCommand} list`, does: 'lists what is watched for this conversation' },
  { typed: `${slashCommand} settings`, does: 'sets quiet hours and the weekly summary' },
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
  watch: 'watch',
  monitor: 'watch',
  follow: 'watch',
  subscribe: 'watch',
  unwatch: 'unwatch',
  unmonitor: 'unwatch',
  unfollow: 'unwatch',
  unsubscribe: 'unwatch',
  stop: 'unwatch',
  list: 'list',
  ls: 'list',
  watches: 'list',
  watched: 'list',
  settings: 'settings',
  setting: 'settings',
  preferences: 'settings',
  config: 'settings',
  explain: 'explain',
  help: 'help',
  '?': 'help',
  '-h': 'help',
  '--help': 'help',
};
/** Those that are proposed for a slip of the finger. */
const proposedWords = ['check', 'watch', 'unwatch', 'list', 'settings', 'explain', 'help'] as const;

/** Those that are about one domain. */
type DomainKind = Extract<Command, { readonly typed?: TypedDomain }>['kind'];

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
    case 'watch':
    case 'unwatch':
      return rest.length === 0 ? fail(noDomain(kind)) : readDomain(kind, rest);
    case 'list':
    case 'settings':
      return rest.length === 0 ? ok({ kind }) : fail(wordsAfter(kind, rest));
    case 'new':
      return rest.length === 0 ? ok({ kind }) : readDomain(kind, rest);
    default:
      return looksLikeDomain(first) ? readDomain('new', [first, ...rest]) : fail(unknownWord(first, rest));
  }
}

const whichDomain: Readonly<Record<Exclude<DomainKind, 'new'>, string>> = {
  check: 'Which domain is to be checked?',
  watch: 'Which domain is to be watched?',
  unwatch: 'Which domain is to be watched no longer?',
};

function noDomain(kind: Exclude<DomainKind, 'new'>): CommandProblem {
  return { code: 'no-domain', message: whichDomain[kind], nearest: typedAs(kind, 'example.com') };
}

function typedAs(kind: DomainKind, domain: string): string {
  return `${slashCommand} ${kind === 'new' ? '' : `${kind} `}${domain}`;
}

function wordsAfter(kind: 'list' | 'settings', rest: readonly string[]): CommandProblem {
  return {
    code: 'extra-words',
    message: `Nothing stands after \`${kind}\`: ${tooMany(rest)}.`,
    nearest: `${slashCommand} ${kind}`,
  };
}

function tooMany(rest: readonly string[]): string {
  return rest.length === 1
    ? `${quote(rest[0] ?? '')} is one word too many`
    : `${rest.length} words are too many`;
}

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
  kind: DomainKind,
  [first = '', ...rest]: readonly string[],
): Result<Command, CommandProblem> {
  const typed = parseTypedDomain(first);
  if (!typed.ok) {
    return fail({ code: 'not-a-domain', message: typed.problem.message });
  }
  if (rest.length === 0) return ok({ kind, typed: typed.value });
  const nearest = typedAs(wordBehind(kind, rest) ?? kind, typed.value.domain);
  if ((kind === 'watch' || kind === 'unwatch') && rest.some((word) => /^<?#/.test(word))) {
    return fail({ code: 'extra-words', message: elsewhere[kind], nearest });
  }
  const message = `One domain at a time: ${tooMany(rest)} after ${quote(first)}.`;
  return fail({ code: 'extra-words', message, nearest });
}

/** Whoever names a channel could name one in which they may not post. */
const elsewhere = {
  watch:
    "A domain is watched for the conversation in which this is typed. For another one, type it there, or press Watch a domain in this app's Home.",
  unwatch:
    "This ends a watch in the conversation in which it is typed. For another one, type it there, or press Unwatch in this app's Home.",
} as const;

/** "example.com check": both words are there. */
function wordBehind(kind: DomainKind, rest: readonly string[]): DomainKind | undefined {
  const [last = ''] = rest;
  const found = Object.hasOwn(words, last.toLowerCase()) ? words[last.toLowerCase()] : undefined;
  if (kind !== 'new' || rest.length !== 1) return undefined;
  return found === 'check' || found === 'watch' || found === 'unwatch' ? found : undefined;
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
  const nearest = best?.candidate;
  switch (nearest) {
    case undefined:
      break;
    case 'check':
    case 'watch':
    case 'unwatch':
      return typedAs(nearest, domainIn(rest) ?? 'example.com');
    case 'explain': {
      const topic = findTopic(rest.join(' '))?.name;
      return topic === undefined ? `${slashCommand} explain` : `${slashCommand} explain ${topic}`;
    }
    default:
      return `${slashCommand} ${nearest}`;
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
