/**
 * Names of domains and hosts as DNS compares them. What people type around a name (links, e-mail
 * addresses, URLs) is read by typed-domain.ts.
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import { columnOf, quote } from './characters.ts';
import { fail, ok, type Result } from './result.ts';

declare const host: unique symbol;
declare const domain: unique symbol;

/** A host's name: A-labels in lower case, without the root's dot. */
export type HostName = string & { readonly [host]: true };

/** A policy domain (RFC 8461 §1.1); every domain name can also name a host. */
export type DomainName = HostName & { readonly [domain]: true };

type DomainProblemCode =
  | 'empty'
  | 'space'
  | 'several'
  | 'mention'
  | 'ip-address'
  | 'wildcard'
  | 'underscore'
  | 'character'
  | 'international'
  | 'empty-label'
  | 'hyphen'
  | 'label-too-long'
  | 'name-too-long'
  | 'single-label'
  | 'numeric-top-label';

export interface DomainProblem {
  readonly code: DomainProblemCode;
  /** Says what is wrong and what to write instead. */
  readonly message: string;
  /** The first faulty character of the text, in characters from 1, where one character is to blame. */
  readonly column?: number;
}

/** Octets of one label (RFC 1035 §2.3.4). */
const labelLength = 63;
/** 255 octets on the wire (RFC 1035 §2.3.4) are 253 characters in writing. */
const nameLength = 253;
/** Three names stand on a policy domain; the longest prefix is that of the TLS-RPT record. */
const domainLength = nameLength - '_smtp._tls.'.length;

/**
 * A policy domain exactly as a program or DNS gave it, one final dot allowed. U-labels are turned into
 * A-labels (UTS 46, as browsers do). The text must be a name of two labels or more, short enough for the
 * names that MTA-STS and TLS-RPT put before it.
 */
export function parseDomain(text: string): Result<DomainName, DomainProblem> {
  const name = parseName(text, domainLength);
  if (!name.ok) return name;
  if (!name.value.includes('.')) {
    return fail({
      code: 'single-label',
      message: `${quote(text)} has no dot in it. Write the whole domain, such as \`example.com\`.`,
    });
  }
  return ok(name.value as DomainName);
}

/** The name of a host, such as an MX: as parseDomain, but a single label will do and the full length of DNS is allowed. */
export function parseHost(text: string): Result<HostName, DomainProblem> {
  return parseName(text, nameLength);
}

/** For people: `bücher.example (xn--bcher-kva.example)`, or the name alone where both forms are the same. */
export function displayDomain(name: HostName): string {
  const unicode = name.includes('xn--') ? domainToUnicode(name) : name;
  return unicode === '' || unicode === name ? name : `${unicode} (${name})`;
}

function parseName(text: string, longest: number): Result<HostName, DomainProblem> {
  if (text === '' || text === '.') {
    return fail({ code: 'empty', message: 'There is no domain. Write one such as `example.com`.' });
  }
  // Longer texts are refused before anything looks at every character of them; U-labels never grow shorter.
  if (text.length > 4 * nameLength) return fail(tooLong(text, longest));
  const wrong = wrongCharacter(text);
  if (wrong !== undefined) return fail(wrong);
  const ascii = toAscii(text);
  if (!ascii.ok) return ascii;
  const name = ascii.value.endsWith('.') ? ascii.value.slice(0, -1) : ascii.value;
  const labels = name.split('.');
  const problem = wrongLabel(text, labels);
  if (problem !== undefined) return fail(problem);
  if (name.length > longest) return fail(tooLong(text, longest));
  return ok(name as HostName);
}

function tooLong(text: string, longest: number): DomainProblem {
  const why = longest === domainLength ? ' (253 less the 11 of `_smtp._tls.`)' : '';
  return {
    code: 'name-too-long',
    message: `${quote(text, 20)} is longer than the ${longest} characters a name may have${why}. Write a shorter domain.`,
  };
}

const dottedNumbers = /^\[?(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*\]?\.?$/i;
const addressWithColons = /^\[?(?:ipv6:)?[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:%.*)?\]?$/i;

/** The first character that no name has, with the most telling of the reasons. */
function wrongCharacter(text: string): DomainProblem | undefined {
  if (dottedNumbers.test(text) || addressWithColons.test(text)) {
    return {
      code: 'ip-address',
      message: `${quote(text)} is an IP address. Write the domain of the mail addresses: the part after the @.`,
    };
  }
  // ASCII besides letters, digits, "-" and "." is in no host name (RFC 1123 §2.1); what is not ASCII is left to IDNA.
  const found = /[\0-,/:-@[-`{-\x7f]|[\p{Cc}\p{Z}]/u.exec(text);
  if (found === null) return undefined;
  const column = columnOf(text, found.index);
  const [character] = found;
  if (/[\s\p{Z}]/u.test(character)) {
    return {
      code: 'space',
      message: `${quote(text)} has a space in it. Write the domain without one.`,
      column,
    };
  }
  if (character === '*') {
    return {
      code: 'wildcard',
      message: `${quote(text)} has a \`*\` in it. Each domain has its own record and policy, and subdomains inherit nothing: write one domain.`,
      column,
    };
  }
  if (character === '_') {
    return {
      code: 'underscore',
      message: `${quote(text)} has an underscore in it, and no mail domain or host name has one. Write the name without it.`,
      column,
    };
  }
  return {
    code: 'character',
    message: `${quote(text)} has ${quote(character)} in it. A domain is made of letters, digits, \`-\` and \`.\`: write one such as \`example.com\`.`,
    column,
  };
}

/** Lower case and A-labels. domainToASCII reads its text as a URL's host (`%41`, `1.2.3`), so it only gets what needs it. */
function toAscii(text: string): Result<string, DomainProblem> {
  if (/^[\0-\x7f]*$/.test(text)) return ok(text.toLowerCase());
  const ascii = domainToASCII(text);
  // The mapping may bring back ASCII that no name has (U+2100 becomes "a/c"), or nothing but a dot.
  if (ascii === '' || !/^[a-z0-9.-]+$/.test(ascii) || dottedNumbers.test(ascii)) {
    const index = text.search(/[^\0-\x7f]/u);
    return fail({
      code: 'international',
      message: `${quote(text)} is not an international domain name that DNS can hold. Check its letters, or write its ASCII form, which begins with \`xn--\`.`,
      column: columnOf(text, index),
    });
  }
  return ok(ascii);
}

function wrongLabel(text: string, labels: readonly string[]): DomainProblem | undefined {
  for (const label of labels) {
    if (label === '') {
      return {
        code: 'empty-label',
        message: text.startsWith('.')
          ? `${quote(text)} begins with a dot. Write it without: ${quote(text.replace(/^\.+/, ''))}.`
          : `${quote(text)} has two dots with nothing between them. Write one dot.`,
        column: text.startsWith('.') ? 1 : columnOf(text, text.indexOf('..') + 1),
      };
    }
    if (label.length > labelLength) {
      return {
        code: 'label-too-long',
        message: `${quote(label, 20)} is longer than the ${labelLength} characters that may stand between two dots. Write a shorter name.`,
      };
    }
    if (label.startsWith('-') || label.endsWith('-')) {
      return {
        code: 'hyphen',
        message: `${quote(label)} begins or ends with a hyphen, and no part of a name does. Write it without.`,
      };
    }
  }
  const top = labels.at(-1) ?? '';
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(top)) {
    return {
      code: 'numeric-top-label',
      message: `${quote(text)} ends in a number, and no top-level domain is one. Write the whole domain, such as \`example.com\`.`,
    };
  }
  return undefined;
}
