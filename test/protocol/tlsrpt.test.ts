import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseRua, parseTypedRua, type Rua } from '../../src/protocol/rua.ts';
import { formatTlsRpt, parseTlsRpt, parseTlsRptSet } from '../../src/protocol/tlsrpt.ts';
import { runs, seed } from '../runs.ts';

const one = 'v=TLSRPTv1; rua=mailto:tls@example.com';

describe('valid by RFC 8460 §3', () => {
  test.each([
    ['one address', one, ['mailto:tls@example.com']],
    ['a closing delimiter', `${one};`, ['mailto:tls@example.com']],
    ['a space behind the closing delimiter', `${one}; `, ['mailto:tls@example.com']],
    [
      'blanks around the delimiter',
      'v=TLSRPTv1; \t rua=mailto:tls@example.com \t;',
      ['mailto:tls@example.com'],
    ],
    ['no space at all', 'v=TLSRPTv1;rua=mailto:tls@example.com', ['mailto:tls@example.com']],
    ['https', 'v=TLSRPTv1; rua=https://reports.example.com/v1/tls', ['https://reports.example.com/v1/tls']],
    [
      'https with a port and a query',
      'v=TLSRPTv1; rua=https://r.example.com:8443/?a=b',
      ['https://r.example.com:8443/?a=b'],
    ],
    [
      'two addresses',
      'v=TLSRPTv1; rua=mailto:a@example.com , https://r.example.com/',
      ['mailto:a@example.com', 'https://r.example.com/'],
    ],
    [
      'encoded characters',
      'v=TLSRPTv1; rua=mailto:a%2Cb%21%3B@example.com',
      ['mailto:a%2Cb%21%3B@example.com'],
    ],
    ['a plus address', 'v=TLSRPTv1; rua=mailto:a+tls@example.com', ['mailto:a+tls@example.com']],
    [
      'a scheme in capitals (RFC 3986 §3.1)',
      'v=TLSRPTv1; rua=MAILTO:a@example.com',
      ['mailto:a@example.com'],
    ],
    ['an unknown field is ignored', 'v=TLSRPTv1; x=1; rua=mailto:a@example.com', ['mailto:a@example.com']],
    [
      'ftp beside mailto is passed over',
      'v=TLSRPTv1; rua=ftp://r.example.com/,mailto:a@example.com',
      ['mailto:a@example.com'],
    ],
  ])('%s', (_reason, text, rua) => {
    const parsed = parseTlsRpt(text);
    expect(parsed.problems).toEqual([]);
    expect(parsed).toMatchObject({ verdict: 'valid', value: { rua } });
  });
});

describe('wrong, with the place and the text to publish', () => {
  const fixed = 'v=TLSRPTv1; rua=mailto:tls@example.com';
  test.each([
    ['lower case version', 'v=tlsrptv1; rua=mailto:tls@example.com', 'rpt.near-miss', 1, fixed],
    ['upper case V', 'V=TLSRPTv1; rua=mailto:tls@example.com', 'rpt.near-miss', 1, fixed],
    ['a hyphen in the version', 'v=TLS-RPTv1; rua=mailto:tls@example.com', 'rpt.near-miss', 1, fixed],
    ['a wrong version', 'v=TLSRPTv2; rua=mailto:tls@example.com', 'rpt.near-miss', 1, undefined],
    ['literal quotes', '"v=TLSRPTv1; rua=mailto:tls@example.com"', 'rpt.near-miss', 1, fixed],
    ['smart quotes', '“v=TLSRPTv1; rua=mailto:tls@example.com”', 'rpt.near-miss', 1, fixed],
    ['a backslash', 'v=TLSRPTv1\\; rua=mailto:tls@example.com', 'rpt.near-miss', 1, fixed],
    ['a leading space', ' v=TLSRPTv1; rua=mailto:tls@example.com', 'rpt.near-miss', 1, fixed],
    [
      'a zero-width space in front',
      '\u200bv=TLSRPTv1; rua=mailto:tls@example.com',
      'rpt.near-miss',
      1,
      fixed,
    ],
    [
      'a space before the first semicolon',
      'v=TLSRPTv1 ; rua=mailto:tls@example.com',
      'rpt.near-miss',
      1,
      fixed,
    ],
    ['no semicolon', 'v=TLSRPTv1 rua=mailto:tls@example.com', 'rpt.near-miss', 1, fixed],
    ['the version alone', 'v=TLSRPTv1', 'rpt.near-miss', 1, undefined],
    ['no version', 'rua=mailto:tls@example.com', 'rpt.near-miss', 1, undefined],
    ['nothing but the prefix', 'v=TLSRPTv1;', 'rpt.malformed', 12, undefined],
    ['no rua', 'v=TLSRPTv1; x=1', 'rpt.malformed', 16, undefined],
    ['Rua', 'v=TLSRPTv1; Rua=mailto:tls@example.com', 'rpt.near-miss', 13, fixed],
    ['a space before the equals sign', 'v=TLSRPTv1; rua =mailto:tls@example.com', 'rpt.near-miss', 13, fixed],
    ['an empty field', 'v=TLSRPTv1;; rua=mailto:tls@example.com', 'rpt.malformed', 12, fixed],
    ['an empty rua', 'v=TLSRPTv1; rua=', 'rpt.malformed', 17, undefined],
    ['a trailing comma', 'v=TLSRPTv1; rua=mailto:tls@example.com,', 'rpt.malformed', 40, undefined],
    ['a trailing space', 'v=TLSRPTv1; rua=mailto:tls@example.com ', 'rpt.malformed', 39, fixed],
    ['no scheme', 'v=TLSRPTv1; rua=tls@example.com', 'rpt.rua-no-scheme', 17, fixed],
    ['no scheme and no address', 'v=TLSRPTv1; rua=example.com', 'rpt.rua-no-scheme', 17, undefined],
    ['a size limit of DMARC', 'v=TLSRPTv1; rua=mailto:tls@example.com!10m', 'rpt.rua-raw-bang', 39, fixed],
    [
      'a bang',
      'v=TLSRPTv1; rua=mailto:t!s@example.com',
      'rpt.rua-raw-bang',
      25,
      'v=TLSRPTv1; rua=mailto:t%21s@example.com',
    ],
    [
      'a comma inside an address',
      'v=TLSRPTv1; rua=https://r.example.com/a,b',
      'rpt.rua-raw-comma',
      41,
      undefined,
    ],
    [
      'a semicolon inside an address',
      'v=TLSRPTv1; rua=https://r.example.com/a;b',
      'rpt.rua-raw-semicolon',
      41,
      undefined,
    ],
    ['a space behind rua=', 'v=TLSRPTv1; rua= mailto:tls@example.com', 'rpt.rua-space', 17, fixed],
    ['a space inside an address', 'v=TLSRPTv1; rua=mailto:tls @example.com', 'rpt.rua-space', 27, fixed],
    [
      'a space between addresses',
      'v=TLSRPTv1; rua=mailto:a@example.com mailto:b@example.com',
      'rpt.rua-space',
      37,
      'v=TLSRPTv1; rua=mailto:a@example.com,mailto:b@example.com',
    ],
    [
      'a comma inside a mail address: one fault, not two addresses',
      'v=TLSRPTv1; rua=mailto:a,b@example.com',
      'rpt.rua-raw-comma',
      25,
      'v=TLSRPTv1; rua=mailto:a%2Cb@example.com',
    ],
    [
      'a semicolon inside a mail address',
      'v=TLSRPTv1; rua=mailto:a;b@example.com',
      'rpt.rua-raw-semicolon',
      25,
      'v=TLSRPTv1; rua=mailto:a%3Bb@example.com',
    ],
    ['a space behind the scheme', 'v=TLSRPTv1; rua=mailto: tls@example.com', 'rpt.rua-space', 24, fixed],
    [
      'a letter outside ASCII',
      'v=TLSRPTv1; rua=mailto:tls@bücher.example',
      'rpt.rua-non-ascii',
      29,
      'v=TLSRPTv1; rua=mailto:tls@xn--bcher-kva.example',
    ],
    ['a zero-width space', 'v=TLSRPTv1; rua=mailto:tls@exam\u200bple.com', 'rpt.rua-non-ascii', 32, fixed],
    [
      'http',
      'v=TLSRPTv1; rua=http://r.example.com/',
      'rpt.rua-unsupported-scheme',
      17,
      'v=TLSRPTv1; rua=https://r.example.com/',
    ],
    ['ftp', 'v=TLSRPTv1; rua=ftp://r.example.com/', 'rpt.rua-unsupported-scheme', 17, undefined],
    ['no domain', 'v=TLSRPTv1; rua=mailto:tls', 'rpt.malformed', 24, undefined],
    ['no local part', 'v=TLSRPTv1; rua=mailto:@example.com', 'rpt.malformed', 24, undefined],
    ['slashes behind mailto', 'v=TLSRPTv1; rua=mailto://tls@example.com', 'rpt.malformed', 24, undefined],
    ['https without a host', 'v=TLSRPTv1; rua=https:///tls', 'rpt.malformed', 23, undefined],
    ['a user name in https', 'v=TLSRPTv1; rua=https://a:b@r.example.com/', 'rpt.malformed', 23, undefined],
    ['a lone percent sign', 'v=TLSRPTv1; rua=mailto:t%ls@example.com', 'rpt.malformed', 25, undefined],
    ['angle brackets', 'v=TLSRPTv1; rua=<mailto:tls@example.com>', 'rpt.malformed', 17, fixed],
    [
      'a field without an equals sign',
      'v=TLSRPTv1; rubbish; rua=mailto:tls@example.com',
      'rpt.malformed',
      13,
      undefined,
    ],
  ])('%s', (_reason, text, id, column, corrected) => {
    const parsed = parseTlsRpt(text);
    if (id === undefined) return expect(parsed.verdict).toBe('valid');
    expect(parsed.verdict).not.toBe('valid');
    expect(parsed.problems.map((problem) => problem.id)).toEqual([id]);
    expect(parsed.problems[0]).toMatchObject({ line: 1, column });
    expect(parsed.corrected).toBe(corrected);
    if (corrected !== undefined) expect(parseTlsRpt(corrected).verdict).toBe('valid');
  });
});

describe('valid but unwise', () => {
  test.each([
    ['tags of DMARC', 'v=TLSRPTv1; p=none; rua=mailto:tls@example.com', 'rpt.dmarc-tags', one],
    ['two rua', `${one}; rua=mailto:b@example.com`, 'rpt.duplicate-rua', `${one},mailto:b@example.com`],
    [
      'an https URI cut at its semicolon',
      'v=TLSRPTv1; rua=https://r.example.com/x;token=1',
      'rpt.rua-raw-semicolon',
      'v=TLSRPTv1; rua=https://r.example.com/x; token=1',
    ],
    [
      'http beside mailto',
      'v=TLSRPTv1; rua=mailto:tls@example.com,http://r.example.com/',
      'rpt.rua-unsupported-scheme',
      one,
    ],
  ])('%s', (_reason, text, id, corrected) => {
    const parsed = parseTlsRpt(text);
    expect(parsed.verdict).toBe('valid');
    expect(parsed.advice.map((advice) => advice.id)).toEqual([id]);
    expect(parsed.corrected).toBe(corrected);
  });
});

describe('all records at the name', () => {
  test.each([
    ['none', [], 'none', []],
    ['unrelated ones only', ['v=spf1 -all', 'hello'], 'none', []],
    ['one beside an unrelated one', ['v=spf1 -all', one], 'valid', []],
    ['two', [one, one], 'multiple', ['rpt.multiple']],
    [
      'two, one of them malformed: the prefix alone counts',
      [one, 'v=TLSRPTv1;'],
      'multiple',
      ['rpt.multiple'],
    ],
    [
      'a good one and a near miss: the near miss is discarded',
      [one, 'V=TLSRPTv1; rua=mailto:b@example.com'],
      'valid',
      [],
    ],
    [
      'a near miss alone',
      ['v=spf1 -all', 'v=TLSRPTv1 ; rua=mailto:tls@example.com'],
      'none',
      ['rpt.near-miss'],
    ],
  ])('%s', (_reason, records, verdict, ids) => {
    const parsed = parseTlsRptSet(records);
    expect(parsed.verdict).toBe(verdict);
    expect(parsed.problems.map(({ id }) => id)).toEqual(ids);
  });

  it('gives the number of the record as the line', () => {
    expect(parseTlsRptSet(['x', 'v=TLSRPTv1;;']).problems[0]?.line).toBe(2);
  });
});

describe('what people type', () => {
  test.each([
    ['tls@example.com', 'mailto:tls@example.com'],
    [' mailto:tls@example.com ', 'mailto:tls@example.com'],
    ['<mailto:tls@example.com|tls@example.com>', 'mailto:tls@example.com'],
    ['“tls@example.com”', 'mailto:tls@example.com'],
    ['tls@bücher.example', 'mailto:tls@xn--bcher-kva.example'],
    ['<https://r.example.com/tls>', 'https://r.example.com/tls'],
    ['https://r.example.com/a,b;c', 'https://r.example.com/a%2Cb%3Bc'],
    ['mailto://tls@example.com', 'mailto:tls@example.com'],
  ])('%s', (typed, rua) => {
    expect(parseTypedRua(typed)).toEqual({ ok: true, value: rua });
  });

  test.each([
    ['nothing', ''],
    ['a word', 'reports'],
    ['http', 'http://r.example.com/'],
    ['two addresses', 'a@example.com b@example.com'],
    ['no domain', 'a@'],
    ['an IP address as the domain', 'a@192.0.2.1'],
    ['a host without a scheme', 'r.example.com/tls'],
    ['too long', `mailto:${'a'.repeat(2000)}@example.com`],
  ])('refuses %s and says what to write', (_reason, typed) => {
    const reading = parseTypedRua(typed);
    expect(reading.ok).toBe(false);
    if (!reading.ok) expect(reading.problem.remedy).toMatch(/^[A-Z].*\.$/s);
  });
});

describe('properties', () => {
  const rua = fc
    .oneof(
      fc
        .tuple(fc.stringMatching(/^[a-z0-9.+_-]{1,20}$/), fc.domain())
        .map(([local, domain]) => `mailto:${local}@${domain}`),
      fc
        .webUrl({ validSchemes: ['https'] })
        .map((url) => url.replace(/[,!;]/g, encodeURIComponent).replace(/!/g, '%21')),
    )
    .filter((uri): uri is Rua => parseRua(uri).ok);

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.array(rua, { minLength: 1, maxLength: 5 }), (uris) => {
        expect(parseTlsRpt(formatTlsRpt({ rua: uris })).value).toEqual({ rua: uris });
      }),
      { numRuns: runs(500, 20_000), seed },
    );
  });

  it('never throws, and corrects only to what is valid', () => {
    const pieces = fc.constantFrom(
      'v=TLSRPTv1;',
      'v=TLSRPTv1',
      'rua=',
      'mailto:',
      'https://',
      'a@example.com',
      ',',
      ';',
      ' ',
      '!',
      '%',
      '\\',
      '"',
      '\u200b',
      'é',
      '=',
      'p=none',
      'x',
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
      fc.array(pieces, { maxLength: 12 }).map((parts) => `v=TLSRPTv1; rua=${parts.join('')}`),
      fc.uint8Array({ maxLength: 80 }),
    );
    fc.assert(
      fc.property(text, (input) => {
        const parsed = parseTlsRpt(input);
        expect(parsed.value !== undefined).toBe(parsed.verdict === 'valid');
        if (parsed.corrected !== undefined) expect(parseTlsRpt(parsed.corrected).verdict).toBe('valid');
      }),
      { numRuns: runs(5_000, 300_000), seed },
    );
  });

  test.each([
    ['blanks', ' '],
    ['semicolons', ';'],
    ['commas', ','],
    ['invisible characters', '\u200b'],
    ['quotes', '"'],
    ['fields', 'a=b;'],
  ])('takes time in proportion to 64 KiB of %s', (_what, piece) => {
    // Of the processor, which a busy machine gives to others meanwhile.
    const started = process.cpuUsage();
    parseTlsRpt(`v=TLSRPTv1; rua=${piece.repeat(65_536 / piece.length)}x`);
    parseTlsRpt(`${piece.repeat(65_536 / piece.length)}x`);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000).toBeLessThan(500);
  });
});
