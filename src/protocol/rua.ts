/**
 * The addresses that TLS-RPT reports go to (RFC 8460 §3): one URI each, `mailto:` or `https:`. The record
 * around them is read by tlsrpt.ts.
 */

import { codePointName, quote } from './characters.ts';
import { parseDomain, parseHost } from './domain.ts';
import type { Fault } from './fault.ts';
import { fail, ok, type Result } from './result.ts';
import { type Citation, rfc } from './rfc.ts';

declare const rua: unique symbol;

/** A URI as it stands in a record: ASCII, scheme in lower case, with `,` `!` `;` percent-encoded. */
export type Rua = string & { readonly [rua]: true };

/** What is wrong with one URI. */
export interface RuaProblem extends Omit<Fault, 'line' | 'column' | 'length'> {
  /** The first faulty character, from 0. */
  readonly at: number;
  /** How many characters are meant. */
  readonly length: number;
  /** The URI that was most likely meant; it parses. */
  readonly suggestion: string | undefined;
}

/** Longer ones fit no DNS form and no mail header line (RFC 5322 §2.1.1 has 998); nothing sensible comes near. */
const ruaLengthMax = 998;

const cite = rfc(8460, '3');
const example = 'mailto:tls-reports@example.com';

/** One URI exactly as a record holds it. */
export function parseRua(text: string): Result<Rua, RuaProblem> {
  const problem = wrongCharacter(text) ?? wrongScheme(text) ?? wrongAddress(text);
  return problem === undefined ? ok(text.replace(/^[^:]+/, (s) => s.toLowerCase()) as Rua) : fail(problem);
}

/**
 * What a person types: also a bare e-mail address, a Slack link, an international domain; `,` `!` `;`
 * are encoded.
 */
export function parseTypedRua(typed: string): Result<Rua, RuaProblem> {
  // What is too long for a URI is too long for one with something around it; the patterns below never see it.
  if (typed.length > 2 * ruaLengthMax) return parseRua(typed);
  const text = typed
    .trim()
    .replace(/^<([^|>]*)(?:\|[^>]*)?>$/, '$1')
    .replace(/^["'“”‘’`]+|["'“”‘’`]+$/g, '')
    .trim()
    .replace(/^mailto:\/\//i, 'mailto:');
  const several = text.split(/[\s,;]+/).filter((word) => word.includes('@') || /^https:/i.test(word));
  if (several.length > 1) return fail(problemAt(0, text.length, moreThanOne));
  const withScheme = !text.includes(':') && text.includes('@') ? `mailto:${text}` : text;
  if (withScheme.length > ruaLengthMax) return parseRua(withScheme);
  // `!10m` is DMARC's size limit.
  const reading = parseRua(asciiDomain(encode(withScheme.replace(/![0-9]+[kmgt]?$/i, ''))));
  return reading;
}

const moreThanOne = {
  id: 'rpt.malformed',
  title: 'This is more than one address for reports',
  detail: 'One address fits here.',
  remedy: 'Write one address, such as `tls-reports@example.com`.',
};

/** `,` `!` `;` as RFC 8460 §3 wants them. */
function encode(uri: string): string {
  return uri.replace(/[,!;]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** `mailto:tls@bücher.example` with its domain as A-labels; everything else as it is. */
function asciiDomain(uri: string): string {
  const parts = /^(mailto:[^@?]*@)([^?]+)(.*)$/i.exec(uri);
  const domain = parseDomain(parts?.[2] ?? '');
  return parts === null || !domain.ok ? uri : `${parts[1]}${domain.value}${parts[3]}`;
}

function problemAt(
  at: number,
  length: number,
  parts: { id: string; title: string; detail: string; suggestion?: string; remedy?: string; cite?: Citation },
): RuaProblem {
  const { suggestion } = parts;
  return {
    severity: 'error',
    cite,
    remedy:
      suggestion === undefined ? `Write a URI such as \`${example}\`.` : `Write ${quote(suggestion, 120)}.`,
    ...parts,
    suggestion,
    at,
    length,
  };
}

/** A repaired URI, if the repair changed anything and made it whole. */
function whole(text: string, uri: string): { suggestion?: string } {
  const fixed = asciiDomain(uri);
  return fixed !== text && parseRua(fixed).ok ? { suggestion: fixed } : {};
}

/** RFC 3986 §2: what may stand in a URI at all; RFC 8460 §3: which of it is encoded here. */
function wrongCharacter(text: string): RuaProblem | undefined {
  if (text === '') {
    return problemAt(0, 0, {
      id: 'rpt.malformed',
      title: 'An address for reports is missing',
      detail:
        'Nothing stands where a URI belongs, so the record fits no grammar and senders send no reports.',
    });
  }
  if (text.length > ruaLengthMax) {
    return problemAt(ruaLengthMax, 1, {
      id: 'rpt.malformed',
      title: 'An address for reports is too long',
      detail: `It has ${text.length} characters; more than ${ruaLengthMax} fit no line of a message.`,
      remedy: 'Write a shorter address.',
    });
  }
  const nonAscii = /\P{ASCII}/u.exec(text);
  if (nonAscii !== null) {
    const name = codePointName(nonAscii[0].codePointAt(0) ?? 0);
    const bare = text
      .replace(/[\u200b-\u200f\u2060\ufeff\u00ad\u201c\u201d\u2018\u2019]/g, '')
      .replace(/\u00a0/g, '');
    return problemAt(nonAscii.index, 1, {
      id: 'rpt.rua-non-ascii',
      title: 'An address for reports has a character that is not ASCII',
      detail: `${quote(nonAscii[0])} (${name}) is in no URI, so senders cannot use this one.`,
      ...whole(text, bare),
    });
  }
  const space = /[ \t\n\r\v\f]/.exec(text);
  if (space !== null) {
    return problemAt(space.index, 1, {
      id: 'rpt.rua-space',
      title: 'An address for reports has a space in it',
      detail: 'A URI ends at a space; what follows makes the record malformed, and senders send no reports.',
      ...whole(text, text.replace(/[ \t\n\r\v\f]+/g, '')),
    });
  }
  const bang = text.indexOf('!');
  if (bang >= 0) {
    const limit = /![0-9]+[kmgt]?$/i.exec(text);
    return problemAt(bang, limit === null ? 1 : limit[0].length, {
      id: 'rpt.rua-raw-bang',
      title: 'An address for reports has a raw `!`',
      detail:
        limit === null
          ? 'RFC 8460 wants `!` written as `%21`; senders read this record in different ways.'
          : `${quote(limit[0])} is a size limit of DMARC; TLS-RPT has none, and the \`!\` makes the URI invalid.`,
      ...whole(text, limit === null ? encode(text) : text.slice(0, limit.index)),
    });
  }
  const raw = /[,;]/.exec(text);
  if (raw !== null) {
    const comma = raw[0] === ',';
    return problemAt(raw.index, 1, {
      id: comma ? 'rpt.rua-raw-comma' : 'rpt.rua-raw-semicolon',
      title: `An address for reports has a raw \`${raw[0]}\``,
      detail: `A sender ends the URI there and sees ${quote(text.slice(0, raw.index), 80)}.`,
      ...whole(text, encode(text)),
    });
  }
  const percent = /%(?![0-9a-f]{2})/i.exec(text);
  // RFC 3986: unreserved, gen-delims, sub-delims, "%"
  const odd = percent ?? /[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]/.exec(text);
  if (odd !== null) {
    return problemAt(odd.index, 1, {
      id: 'rpt.malformed',
      title: 'An address for reports has a character that no URI has',
      detail: percent
        ? 'A `%` begins an encoded octet of two hexadecimal digits, such as `%2C`.'
        : `${quote(odd[0])} must be percent-encoded in a URI.`,
      ...whole(text, text.replace(/^["'<\\]+|["'>\\]+$/g, '')),
    });
  }
  return undefined;
}

function wrongScheme(text: string): RuaProblem | undefined {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1];
  // "tls.example.com:443/x" has a colon too; a scheme of ours never holds a dot.
  if (scheme === undefined || (scheme.includes('.') && !/^mailto|^https$/i.test(scheme))) {
    const guess = text.includes('@') ? `mailto:${text}` : `https://${text}`;
    return problemAt(0, text.length, {
      id: 'rpt.rua-no-scheme',
      title: 'An address for reports has no scheme',
      detail: 'Without `mailto:` or `https:` it is no URI, and senders send no reports to it.',
      ...(text.includes('@') ? whole(text, guess) : {}),
    });
  }
  if (/^(mailto|https)$/i.test(scheme)) return undefined;
  return problemAt(0, scheme.length + 1, {
    id: 'rpt.rua-unsupported-scheme',
    title: `\`${scheme}:\` is no scheme for reports`,
    detail: 'TLS-RPT knows `mailto:` and `https:`; senders pass over any other.',
    ...(scheme.toLowerCase() === 'http' ? whole(text, text.replace(/^http:/i, 'https:')) : {}),
  });
}

/** RFC 6068 §2 for mailto, RFC 3986 §3.2 for https: somebody must be there to receive the report. */
function wrongAddress(text: string): RuaProblem | undefined {
  const colon = text.indexOf(':') + 1;
  const rest = text.slice(colon);
  if (/^https:/i.test(text)) {
    const host = /^\/\/([^/?#]*)/.exec(rest)?.[1];
    const bare = host?.replace(/:[0-9]{1,5}$/, '');
    if (
      host !== undefined &&
      URL.canParse(text) &&
      !host.includes('@') &&
      (bare?.startsWith('[') || parseHost(bare ?? '').ok)
    )
      return undefined;
    return problemAt(colon, rest.length, {
      id: 'rpt.malformed',
      title: 'An https address for reports names no host',
      detail: `Senders cannot post to ${quote(text, 80)}.`,
      remedy: 'Write the whole URL, such as `https://reports.example.com/tls`.',
    });
  }
  // RFC 6068 §2 lets several addresses share one mailto, separated by commas, which are encoded here.
  const [address = ''] = rest.split('?');
  const several = address.split('@').length > 2 && address.includes('%2C');
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  if (at > 0 && !several && !/[:/[\]@#]/.test(local) && parseDomain(address.slice(at + 1)).ok)
    return undefined;
  return problemAt(colon, rest.length, {
    id: 'rpt.malformed',
    title: 'A mailto address for reports is no e-mail address',
    detail: several
      ? 'It holds several addresses; each gets its own `mailto:`, separated by commas.'
      : `${quote(rest, 80)} is not of the form name@domain, so no report can be mailed there.`,
  });
}
