/**
 * One mx pattern of a policy (RFC 8461 §3.2, §4.1): a host's name, or `*.` and a name. Whether a pattern is
 * wise for a domain is left to publication.ts and the live check.
 */
import { domainToASCII } from 'node:url';
import { codePointName, columnOf, findStrays, quote, withoutStrays } from './characters.ts';
import { parseHost } from './domain.ts';
import type { Severity, ValueFault } from './fault.ts';
import { fail, ok, type Result } from './result.ts';
import { rfc } from './rfc.ts';

declare const pattern: unique symbol;

/** `mx1.example.com` or `*.example.com`: A-labels in lower case. */
export type MxPattern = string & { readonly [pattern]: true };

/** One pattern; the problem's suggestion is one pattern a line. */
export function readMxPattern(text: string): Result<MxPattern, ValueFault> {
  if (isPattern(text)) return ok(text.toLowerCase() as MxPattern);
  return fail(diagnose(text));
}

/** True for `localhost` and `*.com`: valid by the grammar, and no name of an MX host. */
export function isSingleLabel(pattern: MxPattern): boolean {
  return !pattern.replace(/^\*\./, '').includes('.');
}

/** `["*."] Domain`, Domain as RFC 5321 §4.1.2: sub-domain = Let-dig [Ldh-str]. */
const grammar = /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const ipv4 = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/;
const nameLength = 253;
/** Whatever is longer is neither a pattern nor a list that somebody typed; nobody looks for its shape. */
const shapeLength = 4_096;

function isPattern(text: string): boolean {
  // Four numbers fit the grammar, but an MX record holds a name, so that they never match one.
  return text.length <= nameLength && grammar.test(text) && !ipv4.test(text);
}

interface Diagnosis {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
  readonly severity?: Severity;
  readonly index?: number;
  readonly length?: number;
  readonly suggestion?: string | undefined;
}

function diagnose(text: string): ValueFault {
  const found = diagnosis(text);
  return {
    id: found.id,
    severity: found.severity ?? 'error',
    title: found.title,
    detail: found.detail,
    remedy: found.remedy,
    cite: rfc(8461, '3.2'),
    column: columnOf(text, found.index ?? 0),
    length: found.length ?? columnOf(text, text.length) - 1,
    suggestion: found.suggestion,
  };
}

function diagnosis(text: string): Diagnosis {
  if (/^[ \t]*$/.test(text)) {
    return {
      id: 'mx.pattern-empty',
      title: 'An mx pattern is empty',
      detail: 'There is no host after `mx:`. Senders that check the pattern drop the whole policy.',
      remedy: 'Write one host, such as `mx: mx1.example.com`, or delete the line.',
    };
  }
  const [stray] = findStrays(text);
  if (stray !== undefined && text.length <= shapeLength) {
    const clean = withoutStrays(text).replace(/^[" \t]+|[" \t]+$/g, '');
    const suggestion = isPattern(clean) ? clean.toLowerCase() : undefined;
    return {
      id: `policy.${stray.kind}`,
      title: 'An mx pattern has a character that is not ASCII',
      detail: `${codePointName(stray.character.codePointAt(0) ?? 0)} stands in the pattern. It then matches no MX host.`,
      remedy: instead(suggestion, 'Type the name again, in ASCII.'),
      index: stray.index,
      length: 1,
      suggestion,
    };
  }
  if (text.length > shapeLength) {
    return {
      id: 'policy.malformed',
      title: 'An mx pattern is too long',
      detail: `It has ${text.length} characters, and the name of a host has at most ${nameLength}. It matches no MX.`,
      remedy: 'Write one host, such as `mx: mx1.example.com`.',
    };
  }
  // Which shape the text has decides; the first that fits is the most telling.
  return (
    ipAddress(text) ??
    url(text) ??
    list(text) ??
    port(text) ??
    wildcard(text) ??
    dots(text) ??
    characters(text)
  );
}

function ipAddress(text: string): Diagnosis | undefined {
  const bare = text.replace(/^\[(?:IPv6:)?/i, '').replace(/\](?::[0-9]+)?$/, '');
  if (!ipv4.test(bare) && !/^[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*$/i.test(bare)) return undefined;
  return {
    id: 'mx.pattern-ip',
    title: 'An mx pattern is an IP address',
    detail: `${quote(text)} matches no MX: an MX record holds the name of a host, and senders compare names.`,
    remedy: 'Write the name in the MX record, such as `mx: mx1.example.com`.',
  };
}

function url(text: string): Diagnosis | undefined {
  const found = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#:]*)|^([^/:]+)[/\\]/i.exec(text);
  if (found === null) return undefined;
  const host = found[1] ?? found[2] ?? '';
  const suggestion = isPattern(host) ? host.toLowerCase() : undefined;
  return {
    id: 'mx.pattern-url',
    title: 'An mx pattern is a URL',
    detail: `${quote(text)} is not the name of a host, so that it matches no MX.`,
    remedy: instead(suggestion, 'Write the host alone, such as `mx: mx1.example.com`.'),
    suggestion,
  };
}

function list(text: string): Diagnosis | undefined {
  const separator = /[ \t]*[,;|][ \t]*|[ \t]+/.exec(text);
  if (separator === null) return undefined;
  const names = text.split(/[ \t,;|]+/).filter((name) => name !== '');
  // "10 mx1.example.com" is the right side of an MX record.
  const hosts = names.length === 2 && /^[0-9]{1,5}$/.test(names[0] ?? '') ? names.slice(1) : names;
  const bare = hosts.map((name) => name.replace(/\.$/, ''));
  const suggestion = bare.length > 0 && bare.every(isPattern) ? bare.join('\n').toLowerCase() : undefined;
  if (names.length === 1) {
    return {
      id: 'policy.malformed',
      title: 'An mx pattern has punctuation around it',
      detail: `${quote(text)} is not the name of a host, so that it matches no MX.`,
      remedy: instead(suggestion, 'Write the host alone, such as `mx: mx1.example.com`.'),
      index: separator.index,
      length: separator[0].length,
      suggestion,
    };
  }
  return {
    id: 'mx.pattern-list',
    title: 'An mx line has more than one pattern',
    detail: `${quote(text)} is read as one name, which matches no MX. A policy has one \`mx\` line for each host.`,
    remedy:
      suggestion === undefined
        ? 'Write one line for each host, such as `mx: mx1.example.com`.'
        : `Write one line for each host: ${suggestion
            .split('\n')
            .slice(0, 5)
            .map((name) => `\`mx: ${name}\``)
            .join(', ')}${bare.length > 5 ? ' …' : ''}.`,
    index: separator.index,
    length: separator[0].length,
    suggestion,
  };
}

function port(text: string): Diagnosis | undefined {
  const found = /^([^:]*):[0-9]*$/.exec(text);
  if (found === null) return undefined;
  const host = found[1] ?? '';
  const suggestion = isPattern(host) ? host.toLowerCase() : undefined;
  return {
    id: 'mx.pattern-port',
    title: 'An mx pattern has a port',
    detail: `${quote(text)} matches no MX: an MX record holds a name alone, and mail goes to port 25.`,
    remedy: instead(suggestion, 'Write the host alone.'),
    index: host.length,
    length: text.length - host.length,
    suggestion,
  };
}

function wildcard(text: string): Diagnosis | undefined {
  const star = text.indexOf('*');
  if (star === -1) return undefined;
  if (/^\*\.?$/.test(text)) {
    return {
      id: 'mx.pattern-star-alone',
      title: 'An mx pattern is `*` alone',
      detail: 'A `*` stands for one label in front of a name. Alone it is no pattern and matches no MX.',
      remedy: 'Write each host of the MX record on its own line, such as `mx: mx1.example.com`.',
    };
  }
  const later = text.indexOf('*', star + 1);
  const labels = text.split('.');
  const [first = ''] = labels;
  if (labels.slice(1).some((label) => label.includes('*'))) {
    const index = star < first.length ? later : star;
    return {
      id: 'mx.pattern-inner-wildcard',
      title: 'An mx pattern has a `*` that is not its first label',
      detail: `${quote(text)} matches no MX: a \`*\` may only be the whole left-most label.`,
      remedy:
        'Write the full names of the hosts, or a pattern whose `*` is the first label, such as `mx: *.mail.example.com`.',
      index,
      length: 1,
    };
  }
  if (first !== '*') {
    return {
      id: 'mx.pattern-partial-wildcard',
      title: 'An mx pattern has a `*` that is only a part of a label',
      detail: `${quote(text)} matches no MX: a \`*\` stands for a whole label, and nothing may stand beside it.`,
      remedy: `Write the full names of the hosts, or ${quote(`mx: *.${labels.slice(1).join('.')}`)} for every host one label below that name.`,
      index: star,
      length: 1,
    };
  }
  return undefined;
}

function dots(text: string): Diagnosis | undefined {
  if (text.startsWith('.')) {
    const rest = text.replace(/^\.+/, '');
    return {
      id: 'mx.pattern-leading-dot',
      title: 'An mx pattern begins with a dot',
      detail: `${quote(text)} matches no MX. (Drafts of the RFC wrote wildcards so; the RFC does not.)`,
      remedy: `Write ${quote(`mx: *.${rest}`)} for every host one label below that name, or the full names of the hosts.`,
      index: 0,
      length: 1,
    };
  }
  if (!text.endsWith('.')) return undefined;
  const bare = text.replace(/\.+$/, '');
  const suggestion = isPattern(bare) ? bare.toLowerCase() : undefined;
  return {
    id: 'mx.pattern-trailing-dot',
    title: 'An mx pattern ends in a dot',
    detail: `Of 11 senders 10 read ${quote(text)}, but few of them can ever match it with an MX; the other drops the policy.`,
    remedy: instead(suggestion, 'Write the name without the final dot.'),
    index: bare.length,
    length: text.length - bare.length,
    suggestion,
  };
}

function characters(text: string): Diagnosis {
  const nonAscii = text.search(/[^\0-\x7f]/u);
  if (nonAscii !== -1) {
    // domainToASCII reads "%" and "/" as a URL does; such a text is not converted.
    const star = text.startsWith('*.') ? '*.' : '';
    const ascii = /[\0-,/:-@[-`{-\x7f]/.test(text.slice(star.length))
      ? ''
      : star + domainToASCII(text.slice(star.length).replace(/\.$/, ''));
    const suggestion = isPattern(ascii) ? ascii : undefined;
    return {
      id: 'mx.pattern-u-label',
      title: 'An mx pattern is an international name in its Unicode form',
      detail: `Senders compare ASCII names: ${quote(text)} matches no MX, and 2 of 11 senders drop the policy.`,
      remedy: instead(suggestion, 'Write the ASCII form of the name, which begins with `xn--`.'),
      index: nonAscii,
      length: 1,
      suggestion,
    };
  }
  const underscore = text.indexOf('_');
  if (underscore !== -1) {
    return {
      id: 'mx.pattern-underscore',
      title: 'An mx pattern has an underscore',
      detail: `${quote(text)} is not the name of a mail host. 2 of 11 senders drop the policy; no certificate is issued for such a name.`,
      remedy:
        'Write the name in the MX record; where that has an underscore too, give the host a name without.',
      index: underscore,
      length: 1,
    };
  }
  return misspelt(text);
}

/** What is left: a sign that no name has, a hyphen or nothing where a letter must be, a name that is too long. */
function misspelt(text: string): Diagnosis {
  const sign = text.replace(/^\*\./, '  ').search(/[^a-z0-9. -]/i);
  const quoted = /^(["'`])(.*)\1$/.exec(text)?.[2];
  const unbracketed = quoted ?? /^<(.*)>$/.exec(text)?.[1];
  const suggestion =
    unbracketed !== undefined && isPattern(unbracketed) ? unbracketed.toLowerCase() : undefined;
  if (sign !== -1) {
    return {
      id: 'policy.malformed',
      title: 'An mx pattern has a character that no name has',
      detail: `${quote(text[sign] ?? '')} in ${quote(text)} is not allowed; the pattern matches no MX, and strict senders drop the policy.`,
      remedy: instead(suggestion, 'Write the name in the MX record: letters, digits, `-` and `.`.'),
      index: sign,
      length: 1,
      suggestion,
    };
  }
  const host = parseHost(text.replace(/^\*\./, ''));
  const place = /\.\.|(?:^|\.)-|-(?:\.|$)/.exec(text);
  return {
    id: 'policy.malformed',
    title: 'An mx pattern is not the name of a host',
    detail: `${host.ok ? `${quote(text)} is not a name.` : host.problem.message} As it stands it matches no MX.`,
    remedy: 'Write the name in the MX record, such as `mx: mx1.example.com`.',
    ...(place === null ? {} : { index: place.index + (place[0].startsWith('.') ? 1 : 0), length: 1 }),
  };
}

function instead(suggestion: string | undefined, otherwise: string): string {
  return suggestion === undefined ? otherwise : `Write \`mx: ${suggestion}\`.`;
}
