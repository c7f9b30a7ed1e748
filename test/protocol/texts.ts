/**
 * Texts near the grammar, to throw at the parsers, and the grammar itself once more: written from the ABNF
 * alone, line by line as the RFCs print it, and without a line of src/.
 */
import fc from 'fast-check';
import { anyCharacter } from '../characters.ts';

/** Pieces that records and policies are made of, and what gets into them. */
const pieces = [
  'version: STSv1',
  'mode: enforce',
  'mode: testing',
  'mode: none',
  'mx: mail.example.com',
  'mx: *.example.net',
  'max_age: 604800',
  'max_age: 86400',
  'contact: x',
  '\n',
  '\r\n',
  '\n',
  '\r',
  '\n\r',
  '\r\r\n',
  ':',
  ': ',
  ' :',
  ' ',
  '\t',
  '  ',
  'Version',
  'Enforce',
  'MX',
  'max-age',
  'mx_host',
  'mxs: a.example.com',
  '# note',
  ' # note',
  '// x',
  '"',
  '“',
  '”',
  "'",
  '`',
  '```',
  '<pre>',
  '</pre>',
  '<br>',
  '<html>',
  '- ',
  '=',
  ';',
  ',',
  '.',
  '*',
  '*.',
  '_',
  '-',
  '[192.0.2.1]',
  '192.0.2.1',
  '::1',
  'https://',
  ':25',
  'bücher.example',
  'xn--bcher-kva.example',
  '\u200b',
  '\ufeff',
  '\u00a0',
  '：',
  'ＡＢ',
  '\u2028',
  '\0',
  '\u0007',
  '0',
  '31557600',
  '31557601',
  '99999999999',
  '-1',
  '7d',
  '604,800',
  '\\n',
  '\\;',
  'v=STSv1',
  'v=STSv1;',
  'v=STSv1 ;',
  'V=STSv1;',
  'id=',
  'id=20261123T161500Z',
  'id=a-b',
  'ID=1',
  ';;',
  '; ',
  'x=y',
  'v=TLSRPTv1;',
  'v=TLSRPTv1',
  'v=DMARC1;',
  'rua=',
  'rua= ',
  '= ',
  ' =',
  'rua=mailto:tls@example.com',
  'rua=https://example.com/r',
  ',mailto:b@example.com',
  '!10m',
  '!',
  '%2C',
  '%',
  'mailto:',
  'http://x.example/',
  'p=none',
  'ruf=mailto:a@b.example',
  'tls@example.com',
  '<http://example.com|example.com>',
  '<mailto:a@example.com|a@example.com>',
  '@',
  '_mta-sts.',
  'mta-sts.',
  'example.com',
  '.com',
  '😀',
  'é',
  '\ud800',
] as const;

const wholes = [
  'version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\nmax_age: 604800\n',
  'version: STSv1\r\nmode: testing\r\nmx: mx1.example.com\r\nmax_age: 86400\r\n',
  'version: STSv1\nmode: none\nmax_age: 0',
  'v=STSv1; id=20261123T161500Z;',
  'v=STSv1;id=1',
  'v=TLSRPTv1; rua=mailto:tls@example.com',
  'v=TLSRPTv1;rua=https://example.com/r,mailto:a@example.com;',
  'mx1.example.com',
  '*.example.com',
  'bücher.example',
] as const;

/** A valid text with a few changes: a piece put in, some characters taken out, or given twice. */
const nearlyWhole = fc
  .tuple(
    fc.constantFrom(...wholes),
    fc.array(
      fc.tuple(fc.nat(400), fc.nat(6), fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 }))),
      { maxLength: 4 },
    ),
  )
  .map(([whole, changes]) =>
    changes.reduce((text, [at, cut, put]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + put + text.slice(place + cut);
    }, whole as string),
  );

export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: nearlyWhole },
  {
    weight: 3,
    arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: anyCharacter, maxLength: 60 }) },
);

/** The text's octets, sometimes with one of them changed, in UTF-16, or no text at all. */
export const anyOctets: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 5, arbitrary: anyText.map((text) => new TextEncoder().encode(text)) },
  {
    weight: 2,
    arbitrary: fc.tuple(anyText, fc.nat(), fc.nat(255)).map(([text, at, octet]) => {
      const octets = new TextEncoder().encode(text);
      if (octets.length > 0) octets[at % octets.length] = octet;
      return octets;
    }),
  },
  { weight: 1, arbitrary: anyText.map((text) => new Uint8Array(Buffer.from(text, 'utf16le'))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }) },
);

// RFC 8461 §3.2, RFC 5321 §4.1.2, RFC 3629

const utf8 =
  '(?:[\\xc2-\\xdf][\\x80-\\xbf]|\\xe0[\\xa0-\\xbf][\\x80-\\xbf]|[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}|\\xed[\\x80-\\x9f][\\x80-\\xbf]|\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}|[\\xf1-\\xf3][\\x80-\\xbf]{3}|\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2})';
const vchar = `(?:[\\x21-\\x7e]|${utf8})`;
const extValue = `${vchar}(?:(?:\\x20|${vchar})*${vchar})?`;
const extName = '[A-Za-z0-9][A-Za-z0-9_.-]{0,31}';
const subDomain = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const field = new RegExp(`^(${extName}):[ \\t]*(${extValue})[ \\t]*$`);
const values: Readonly<Record<string, RegExp>> = {
  version: /^STSv1$/,
  mode: /^(?:testing|enforce|none)$/,
  max_age: /^[0-9]{1,10}$/,
  mx: new RegExp(`^(?:\\*\\.)?${subDomain}(?:\\.${subDomain})*$`),
};

/**
 * Whether a policy file is valid: the grammar on octets, required fields, first of duplicates, the maximum
 * of max_age. Beyond the grammar only what docs/rfc-readings.md says: no IPv4, no label over 63 characters.
 */
export function policyIsValid(octets: Uint8Array): boolean {
  const text = Buffer.from(octets).toString('latin1');
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const seen = new Map<string, string>();
  let mx = 0;
  for (const line of lines) {
    const parts = field.exec(line);
    if (parts === null) return false;
    const [, key = '', value = ''] = parts;
    const wanted = Object.hasOwn(values, key) ? values[key] : undefined;
    if (key === 'mx') {
      if (wanted?.test(value) !== true || value.length > 253) return false;
      if (/^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/.test(value) || /[^.]{64}/.test(value)) return false;
      mx += 1;
    } else if (!seen.has(key)) {
      seen.set(key, value);
      if (wanted !== undefined && !wanted.test(value)) return false;
    }
  }
  return (
    seen.has('version') &&
    seen.has('mode') &&
    seen.has('max_age') &&
    Number(seen.get('max_age')) <= 31_557_600 &&
    (mx > 0 || seen.get('mode') === 'none')
  );
}

const delim = '[ \\t]*;[ \\t]*';
const recordField = `${extName}=[\\x21-\\x3a\\x3c\\x3e-\\x7e]+`;
const record = new RegExp(`^v=STSv1(?:${delim}${recordField})+(?:${delim})?$`);

/** Whether a text is a valid MTA-STS record (RFC 8461 §3.1): the grammar and the literal prefix; the first id counts. */
export function recordIsValid(octets: Uint8Array): boolean {
  const text = Buffer.from(octets).toString('latin1');
  if (!record.test(text) || !text.startsWith('v=STSv1;')) return false;
  const id = text.split(/[ \t]*;[ \t]*/).find((part) => part.startsWith('id='));
  return id !== undefined && /^id=[A-Za-z0-9]{1,32}$/.test(id);
}

const uri = "[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\\-._~:/?#[\\]@$&'()*+=]|%[0-9A-Fa-f]{2})*";
const tlsRptField = `(?:rua=${uri}(?:[ \\t]*,[ \\t]*${uri})*|(?!rua=)${recordField})`;
const tlsRpt = new RegExp(`^v=TLSRPTv1(?:${delim}${tlsRptField})+(?:${delim})?$`);

/** What every valid TLS-RPT record is (RFC 8460 §3), seen from outside its URIs; not every such text is valid. */
export function tlsRptMayBeValid(octets: Uint8Array): boolean {
  const text = Buffer.from(octets).toString('latin1');
  return tlsRpt.test(text) && text.startsWith('v=TLSRPTv1;') && /;[ \t]*rua=/.test(text);
}
