/** Records as a person writes them, `name [TTL] TYPE data`, and as dns-packet sends them. */
import type { Answer, CaaData } from 'dns-packet';

/** Long enough to be nothing to remark on. */
const defaultTtlSeconds = 3600;
/** The octets of one character string (RFC 1035 §3.3). */
const stringLength = 255;

/**
 * Reads one record. TXT data in double quotes are character strings as zone files have them (RFC 1035 §5.1: `\"`,
 * `\\`, `\DDD`); without quotes all of it is the text. Throws for what cannot be published: a mistake in the data.
 */
export function parseRecord(line: string): Answer {
  const parts = /^(\S+) (?:([0-9]+) )?([A-Z]+) (.*)$/s.exec(line);
  const [, name = '', ttl, type = '', data = ''] = parts ?? [];
  const base = {
    name: nameOf(name),
    class: 'IN',
    ttl: ttl === undefined ? defaultTtlSeconds : Number(ttl),
  } as const;
  const fields = data.split(' ');
  switch (type) {
    case 'A':
    case 'AAAA':
      return { ...base, type, data };
    case 'CNAME':
    case 'NS':
      return { ...base, type, data: nameOf(data) };
    case 'MX': {
      const [preference, ...exchange] = fields;
      return { ...base, type, data: { preference: Number(preference), exchange: exchange.join(' ') } };
    }
    case 'TXT':
      return { ...base, type, data: data.startsWith('"') ? quotedStrings(data) : pieces(Buffer.from(data)) };
    case 'TLSA': {
      const [usage, selector, matchingType, digest = ''] = fields;
      return {
        ...base,
        type,
        data: {
          usage: Number(usage),
          selector: Number(selector),
          matchingType: Number(matchingType),
          certificate: Buffer.from(digest, 'hex'),
        },
      };
    }
    case 'CAA': {
      const [flags, tag = '', ...value] = fields;
      const text = value.join(' ').replaceAll('"', '');
      return { ...base, type, data: { flags: Number(flags), tag: tag as CaaData['tag'], value: text } };
    }
    default:
      throw new Error(`The local internet has no records of type ${type}: "${line}"`);
  }
}

/** As names are compared: ASCII in lower case, without the root's dot. */
export function nameOf(text: string): string {
  return text.toLowerCase().replace(/\.$/, '');
}

/** What is wrong with the text is not noticed here: scenarios may publish nonsense on purpose. */
function quotedStrings(data: string): Buffer[] {
  return [...data.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, text = '']) => {
    const octets = text.split(/(\\[0-9]{3}|\\.)/s).map((part) => {
      if (/^\\[0-9]{3}$/.test(part)) return Buffer.of(Number(part.slice(1)));
      return Buffer.from(part.startsWith('\\') ? part.slice(1) : part);
    });
    return Buffer.concat(octets);
  });
}

function pieces(octets: Buffer): Buffer[] {
  const count = Math.max(1, Math.ceil(octets.length / stringLength));
  return Array.from({ length: count }, (_, at) =>
    octets.subarray(at * stringLength, (at + 1) * stringLength),
  );
}
