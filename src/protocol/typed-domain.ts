/**
 * A policy domain as people type or paste it: with Slack's links, e-mail addresses, URLs, quotes, spaces
 * and record names around it. The rules of names themselves are in domain.ts.
 */
import { quote } from './characters.ts';
import { type DomainName, type DomainProblem, parseDomain } from './domain.ts';
import { fail, ok, type Result } from './result.ts';

/** What the domain was taken out of, the most telling of several. */
type TypedFrom =
  | 'as-is'
  /** Spaces, quotes, a final dot, capital letters. */
  | 'trimmed'
  | 'link'
  | 'e-mail'
  | 'url'
  | 'u-label'
  /** `_mta-sts.example.com` and its like: the name of a record, not of a domain. */
  | 'record-name'
  /** `mta-sts.example.com`: where the policy is served. */
  | 'policy-host';

export interface TypedDomain {
  readonly domain: DomainName;
  /** True where the domain is written otherwise than what the person typed, so that it is worth showing. */
  readonly normalised: boolean;
  readonly from: TypedFrom;
}

/** Longer texts are no domain with something around it. */
const typedLength = 4_096;

/** Names of records and hosts that stand on a policy domain; nobody has mail addresses there. */
const recordNames = /^(?:_mta-sts|_smtp\._tls|_dmarc)\./i;

export function parseTypedDomain(text: string): Result<TypedDomain, DomainProblem> {
  if (text.length > typedLength) {
    return fail({
      code: 'name-too-long',
      message: `${quote(text, 20)} is longer than any domain. Write one such as \`example.com\`.`,
    });
  }
  const words = trim(text)
    .split(/[\s\p{Z},;]+/u)
    .filter((word) => word !== '');
  return words.length > 1 ? readWords(text, words) : readWord(text);
}

/** One domain among other words is taken where it stands as a mail address with its owner's name; else it is offered. */
function readWords(text: string, words: readonly string[]): Result<TypedDomain, DomainProblem> {
  const found = words.map(readWord).filter((word) => word.ok);
  const [first] = found;
  if (first === undefined) {
    return fail({
      code: 'space',
      message: `${quote(text)} is more than a domain. Write a domain without spaces.`,
    });
  }
  if (found.length > 1) {
    return fail({
      code: 'several',
      message: `These are ${found.length} domains. Write one, such as \`${first.value.domain}\`: each domain has its own record and policy.`,
    });
  }
  if (first.value.from === 'e-mail' && /<[^<>\s]+>$/.test(trim(text))) return first;
  return fail({
    code: 'space',
    message: `${quote(text)} is more than a domain. Write only the domain, such as \`${first.value.domain}\`.`,
  });
}

function readWord(text: string): Result<TypedDomain, DomainProblem> {
  let rest = trim(text);
  let from: TypedFrom = 'as-is';
  if (/^<[@#!]/.test(rest)) {
    return fail({
      code: 'mention',
      message: `${quote(text)} names a person or a channel. Write a domain such as \`example.com\`.`,
    });
  }
  // Slack makes a link of what was typed; the text it shows is what the person wrote.
  const link = /^<([^<>|]+)(?:\|([^<>]*))?>$/.exec(rest);
  if (link !== null) {
    rest = trim(link[1] ?? '');
    from = 'link';
  }
  const shown = link === null ? text : trim(link[2] ?? rest);

  const scheme = /^(?:[a-z][a-z0-9+.-]*:\/\/|https?:|mailto:)/i.exec(rest)?.[0];
  if (scheme !== undefined && !/^mailto:/i.test(scheme)) {
    if (from !== 'link' || shown.includes('/')) from = 'url';
    rest = cutPath(rest.slice(scheme.length));
  } else if (scheme !== undefined || rest.includes('@')) {
    from = 'e-mail';
    rest = rest.slice(scheme?.length ?? 0).replace(/\?.*$/s, '');
  } else if (cutPath(rest) !== rest && cutPath(rest) !== '') {
    from = 'url';
    rest = cutPath(rest);
  }
  rest = trim(rest.slice(rest.lastIndexOf('@') + 1));

  const record = recordNames.exec(rest);
  if (record !== null) {
    rest = rest.slice(record[0].length);
    from = 'record-name';
  }
  // `mta-sts.com` may be anybody's domain; where a domain is left over it is the policy host.
  if (/^mta-sts\.[^.]+\../i.test(rest)) {
    rest = rest.slice('mta-sts.'.length);
    from = record === null ? 'policy-host' : 'record-name';
  }

  const parsed = parseDomain(rest);
  if (!parsed.ok) return parsed;
  const domain = parsed.value;
  if (rest.toLowerCase() !== domain && domain.includes('xn--') && (from === 'as-is' || from === 'link'))
    from = 'u-label';
  const normalised = shown !== domain;
  if (from === 'as-is' && normalised) from = 'trimmed';
  return ok({ domain, normalised, from });
}

/** What people and editors put around a word: spaces of every kind, unseen characters, quotes, Slack's marks, final punctuation. */
const around = /^[\s\p{C}\p{Z}"'`*~“”„‟‘’‚‛«»‹›()[\]{},;!]+|[\s\p{C}\p{Z}"'`*~“”„‟‘’‚‛«»‹›(){},;!?]+$/gu;

function trim(text: string): string {
  const unescaped = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  // An address or a wildcard keeps what makes it recognisable as one.
  const keep = /^\s*(?:\*\.|\[)/.test(unescaped);
  let bare = keep ? unescaped.trim() : unescaped.replace(around, '');
  if (/^_[^_].*_$/s.test(bare)) bare = bare.slice(1, -1);
  return bare;
}

/** A URL's host: without path, query, fragment, user and port. IPv6 addresses stay whole, so that they are named as such. */
function cutPath(text: string): string {
  const end = text.search(/[/?#\\]/);
  const authority = end === -1 ? text : text.slice(0, end);
  return authority.slice(authority.lastIndexOf('@') + 1).replace(/^(\[[^\]]*\]|[^:]*):[0-9]*$/, '$1');
}
