/** Policy files (RFC 8461 §3.2), good and bad, each with its reason. */
import { describe, expect, it, test } from 'vitest';
import { parseHost } from '../../src/protocol/domain.ts';
import { faultsMax } from '../../src/protocol/fault-list.ts';
import { allows, formatPolicy, type Policy, parsePolicy } from '../../src/protocol/mtasts.ts';

const good = 'version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\nmax_age: 604800\n';
const octets = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'));
const swapped = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le').swap16());
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

describe('valid, with nothing to say', () => {
  test.each<[string, string | Uint8Array]>([
    ['LF', good],
    ['CR LF', good.replaceAll('\n', '\r\n')],
    ['LF and CR LF mixed', good.replace('\n', '\r\n')],
    ['no final newline', good.trimEnd()],
    ['octets', octets(good)],
    ['no space after the colon', good.replaceAll(': ', ':')],
    ['spaces and tabs after the colon', good.replaceAll(': ', ': \t ')],
    ['spaces and tabs at the end of a line', good.replaceAll('\n', ' \t\n')],
    [
      'max_age in front of mx',
      'version: STSv1\nmax_age: 604800\nmode: enforce\nmx: mail.example.com\nmx: *.example.net',
    ],
    ['max_age with leading zeros, 10 digits', good.replace('604800', '0000604800')],
    ['capital letters in an mx: names know no case', good.replace('mail.example', 'MAIL.Example')],
  ])('%s', (_reason, text) => {
    expect(parsePolicy(text)).toEqual({
      verdict: 'valid',
      value: { mode: 'enforce', mx: ['mail.example.com', '*.example.net'], maxAgeSeconds: 604_800 },
      problems: [],
      advice: [],
      corrected: undefined,
    });
  });

  test.each<[string, string, Partial<Policy>]>([
    ['mode none without mx', 'version: STSv1\nmode: none\nmax_age: 86400', { mode: 'none', mx: [] }],
    [
      'mode none with max_age 0: the row stays silent',
      'version: STSv1\nmode: none\nmax_age: 0',
      { maxAgeSeconds: 0 },
    ],
    [
      'mode none with mx',
      good.replace('enforce', 'none'),
      { mode: 'none', mx: ['mail.example.com', '*.example.net'] as never },
    ],
    ['the largest max_age', good.replace('604800', '31557600'), { maxAgeSeconds: 31_557_600 }],
    [
      'testing for a day, as one begins',
      good.replace('enforce', 'testing').replace('604800', '86400'),
      { mode: 'testing' },
    ],
    ['an A-label', good.replace('mail.example.com', 'mail.xn--bcher-kva.example'), {}],
    ['digits and hyphens in labels', good.replace('mail.example.com', '1-a.2b.3--c.example'), {}],
    ['a label of 63 characters', good.replace('mail', 'a'.repeat(63)), {}],
  ])('%s', (_reason, text, value) => {
    const parsed = parsePolicy(text);
    expect(parsed).toMatchObject({ verdict: 'valid', value, problems: [], advice: [] });
  });
});

/** The policy with one line changed; where the reading is certain, corrected is the good policy. */
describe('wrong, with the place and what to publish', () => {
  const same = good;
  test.each<[string, string | Uint8Array, string, string | undefined]>([
    // Encoding
    ['a byte order mark', `\ufeff${good}`, 'policy.bom 1:1', same],
    ['a byte order mark, octets', octets(`\ufeff${good}`), 'policy.bom 1:1', same],
    ['UTF-16 with its mark', utf16(`\ufeff${good}`), 'policy.utf16 1:1', same],
    ['UTF-16 without a mark', utf16(good), 'policy.utf16 1:1', same],
    ['UTF-16, big end first', swapped(`\ufeff${good}`), 'policy.utf16 1:1', same],
    [
      'an octet that is not UTF-8',
      latin1(good.replace('mail', 'b\u00fccher')),
      'policy.malformed 3:6',
      undefined,
    ],
    ['Latin-1 in an unknown field', latin1(`${good}note: \u00fc\n`), 'policy.malformed 6:7', undefined],
    ['a NULL in a value', good.replace('enforce', 'enforce\0'), 'policy.malformed 2:7', same],
    // Line ends
    ['CR alone', good.replaceAll('\n', '\r'), 'policy.cr-only 1:15', same],
    ['one CR among LF', good.replace('enforce\n', 'enforce\r'), 'policy.cr-only 2:14', same],
    ['LF CR', good.replaceAll('\n', '\n\r'), 'policy.lf-cr 1:15', same],
    ['CR CR LF', good.replaceAll('\n', '\r\r\n'), 'policy.cr-cr-lf 1:15', same],
    ['a blank line', good.replace('mode', '\nmode'), 'policy.blank-line 2:1', same],
    ['three blank lines are one place', good.replace('mode', '\n\n\nmode'), 'policy.blank-line 2:1', same],
    ['a line of spaces', good.replace('mode', '  \nmode'), 'policy.blank-line 2:1', same],
    ['a blank line in front', `\n${good}`, 'policy.blank-line 1:1', same],
    ['two final newlines', `${good}\n`, 'policy.extra-newline 6:1', same],
    ['five final newlines', `${good}\n\n\n\n`, 'policy.extra-newline 6:1', same],
    ['two final CR LF', `${good.replaceAll('\n', '\r\n')}\r\n`, 'policy.extra-newline 6:1', same],
    [
      'a literal \\n between two fields',
      good.replace('enforce\nmx', 'enforce\\nmx'),
      'policy.malformed 2:16',
      same,
    ],
    ['all on one line', good.trimEnd().replaceAll('\n', ' '), 'policy.malformed 1:16', same],
    ['semicolons for newlines', good.trimEnd().replaceAll('\n', '; '), 'policy.malformed 1:17', same],
    // Spaces and characters
    ['a space in front of a field', good.replace('mode', ' mode'), 'policy.leading-space 2:1', same],
    ['a tab in front of a field', good.replace('mode', '\tmode'), 'policy.leading-space 2:1', same],
    ['a space before the colon', good.replace('mode:', 'mode :'), 'policy.space-before-colon 2:5', same],
    ['a tab before the colon', good.replace('mode:', 'mode\t:'), 'policy.space-before-colon 2:5', same],
    ['a tab inside an unknown value', `${good}note: a\tb\n`, 'policy.tab-in-value 6:8', same],
    ['a no-break space after the colon', good.replace('mode: ', 'mode:\u00a0'), 'policy.nbsp 2:6', same],
    ['a no-break space before the colon', good.replace('mode:', 'mode\u00a0:'), 'policy.nbsp 2:5', same],
    ['a no-break space in front', good.replace('mode', '\u00a0mode'), 'policy.nbsp 2:1', same],
    ['an ideographic space', good.replace('mode: ', 'mode:\u3000'), 'policy.nbsp 2:6', same],
    ['a zero-width space in a name', good.replace('mode', 'mo\u200bde'), 'policy.zero-width 2:3', same],
    [
      'a zero-width space in a value',
      good.replace('enforce', 'enforce\u200b'),
      'policy.zero-width 2:14',
      same,
    ],
    ['a byte order mark inside', good.replace('mode', '\ufeffmode'), 'policy.zero-width 2:1', same],
    ['a soft hyphen in an mx', good.replace('mail.', 'ma\u00adil.'), 'policy.zero-width 3:7', same],
    [
      'a direction mark after an mx',
      good.replace('mail.example.com', 'mail.example.com\u200e'),
      'policy.zero-width 3:21',
      same,
    ],
    [
      'typographic quotes around a value',
      good.replace('enforce', '“enforce”'),
      'policy.smart-quotes 2:7',
      same,
    ],
    [
      'typographic quotes around a field',
      good.replace('mode: enforce', '“mode: enforce”'),
      'policy.smart-quotes 2:1',
      same,
    ],
    ['a fullwidth colon', good.replace('mode:', 'mode：'), 'policy.fullwidth 2:5', same],
    ['a fullwidth word', good.replace('enforce', 'ｅnforce'), 'policy.fullwidth 2:7', same],
    ['straight quotes around a value', good.replace('enforce', '"enforce"'), 'policy.malformed 2:7', same],
    [
      'straight quotes around a field',
      good.replace('mode: enforce', "'mode: enforce'"),
      'policy.malformed 2:1',
      same,
    ],
    ['a semicolon after a value', good.replace('enforce', 'enforce;'), 'policy.malformed 2:7', same],
    ['a comma after a value', good.replace('604800', '604800,'), 'policy.malformed 5:10', same],
    ['a comment line', good.replace('mode', '# ours\nmode'), 'policy.comment 2:1', same],
    ['a comment line of another language', good.replace('mode', '// ours\nmode'), 'policy.comment 2:1', same],
    ['a comment after a value', good.replace('enforce', 'enforce # now'), 'policy.comment 2:15', same],
    [
      'a comment after an mx',
      good.replace('mail.example.com', 'mail.example.com // old'),
      'policy.comment 3:22',
      same,
    ],
    ['a list bullet', good.replace('mode', '- mode'), 'policy.malformed 2:1', same],
    ['a Markdown fence', `\`\`\`\n${good}`, 'policy.malformed 1:1', same],
    ['<pre> in front', `<pre>${good}`, 'policy.malformed 1:1', same],
    ['an equals sign for the colon', good.replace('mode: ', 'mode='), 'policy.malformed 2:5', same],
    ['no colon', good.replace('mode:', 'mode'), 'policy.malformed 2:5', same],
    ['a line of prose', good.replace('mode', 'hello world\nmode'), 'policy.malformed 2:1', undefined],
    ['a colon alone', good.replace('mode', ': x\nmode'), 'policy.malformed 2:1', undefined],
    ['a name of 33 characters', `${good}${'x'.repeat(33)}: y\n`, 'policy.malformed 6:1', undefined],
    ['a name with a slash', `${good}a/b: y\n`, 'policy.malformed 6:1', undefined],
    ['an unknown field without a value', `${good}note:\n`, 'policy.malformed 6:6', undefined],
    // Names
    ['Version', good.replace('version', 'Version'), 'policy.key-case 1:1', same],
    ['MODE', good.replace('mode', 'MODE'), 'policy.key-case 2:1', same],
    ['Max_Age', good.replace('max_age', 'Max_Age'), 'policy.key-case 5:1', same],
    ['max-age', good.replace('max_age', 'max-age'), 'policy.misspelt-key 5:1', same],
    ['maxage', good.replace('max_age', 'maxage'), 'policy.misspelt-key 5:1', same],
    ['max age', good.replace('max_age', 'max age'), 'policy.misspelt-key 5:1', same],
    ['max_ages', good.replace('max_age', 'max_ages'), 'policy.misspelt-key 5:1', same],
    ['mod', good.replace('mode', 'mod'), 'policy.misspelt-key 2:1', same],
    ['modus is too far from mode', good.replace('mode', 'modus'), 'policy.missing-mode 5:16', undefined],
    ['versoin', good.replace('version', 'versoin'), 'policy.misspelt-key 1:1', same],
    ['v, as in the record', good.replace('version', 'v'), 'policy.misspelt-key 1:1', same],
    // Required fields
    ['no version', good.replace('version: STSv1\n', ''), 'policy.missing-version 1:1', undefined],
    ['no mode', good.replace('mode: enforce\n', ''), 'policy.missing-mode 4:16', undefined],
    ['no max_age', good.replace('max_age: 604800\n', ''), 'policy.missing-max_age 4:18', undefined],
    ['no mx', good.replace(/mx: .*\n/g, ''), 'policy.missing-mx 3:16', undefined],
    // Values
    ['version in lower case', good.replace('STSv1', 'stsv1'), 'policy.value-case 1:10', same],
    ['version 2', good.replace('STSv1', 'STSv2'), 'policy.malformed 1:10', same],
    ['the version of the record', good.replace('STSv1', 'v=STSv1;'), 'policy.malformed 1:10', same],
    ['Enforce', good.replace('enforce', 'Enforce'), 'policy.value-case 2:7', same],
    ['ENFORCE', good.replace('enforce', 'ENFORCE'), 'policy.value-case 2:7', same],
    ['enforced', good.replace('enforce', 'enforced'), 'policy.malformed 2:7', same],
    ['an unknown mode', good.replace('enforce', 'report'), 'policy.malformed 2:7', undefined],
    ['an empty mode', good.replace('enforce', ''), 'policy.malformed 2:6', undefined],
    ['two modes', good.replace('enforce', 'enforce testing'), 'policy.malformed 2:7', undefined],
    [
      'max_age over the maximum',
      good.replace('604800', '31557601'),
      'policy.max_age-over-maximum 5:10',
      good.replace('604800', '31557600'),
    ],
    [
      'max_age of 10 nines',
      good.replace('604800', '9999999999'),
      'policy.max_age-over-maximum 5:10',
      good.replace('604800', '31557600'),
    ],
    [
      'max_age of 30 digits',
      good.replace('604800', '9'.repeat(30)),
      'policy.max_age-over-maximum 5:10',
      good.replace('604800', '31557600'),
    ],
    [
      'max_age of 11 digits that is a small number',
      good.replace('604800', '00000604800'),
      'policy.malformed 5:10',
      same,
    ],
    ['an empty max_age', good.replace('604800', ''), 'policy.malformed 5:9', undefined],
    ['a negative max_age', good.replace('604800', '-1'), 'policy.malformed 5:10', undefined],
    ['a plus sign', good.replace('604800', '+604800'), 'policy.malformed 5:10', same],
    ['hexadecimal', good.replace('604800', '0x93A80'), 'policy.malformed 5:10', undefined],
    ['an exponent', good.replace('604800', '1e6'), 'policy.malformed 5:10', undefined],
    ['a decimal point', good.replace('604800', '604800.0'), 'policy.malformed 5:10', same],
    ['a thousands separator', good.replace('604800', '604,800'), 'policy.malformed 5:10', same],
    ['days', good.replace('604800', '7d'), 'policy.malformed 5:10', same],
    ['a week', good.replace('604800', '1 week'), 'policy.malformed 5:10', same],
    ['seconds', good.replace('604800', '604800 seconds'), 'policy.malformed 5:10', same],
    ['Arabic digits', good.replace('604800', '٦٠٤'), 'policy.malformed 5:10', undefined],
    ['Infinity', good.replace('604800', 'Infinity'), 'policy.malformed 5:10', undefined],
    // mx, each explained in mx-pattern.test.ts
    [
      'a final dot',
      good.replace('mail.example.com', 'mail.example.com.'),
      'mx.pattern-trailing-dot 3:21',
      same,
    ],
    ['an empty mx', good.replace('mail.example.com', ''), 'mx.pattern-empty 3:4', undefined],
    ['an IP address', good.replace('mail.example.com', '192.0.2.1'), 'mx.pattern-ip 3:5', undefined],
    [
      'a bad mx in mode none is wrong too',
      'version: STSv1\nmode: none\nmx: *\nmax_age: 1',
      'mx.pattern-star-alone 3:5',
      undefined,
    ],
    // No policy at all
    ['nothing', '', 'policy.malformed 1:1', undefined],
    ['a newline', '\n', 'policy.malformed 1:1', undefined],
    ['prose', 'Welcome to nginx!', 'policy.malformed 1:1', undefined],
    ['unknown fields alone', 'contact: a\nhiring: b\n', 'policy.malformed 1:1', undefined],
    ['JSON', '{"version":"STSv1","mode":"enforce"}', 'policy.malformed 1:1', undefined],
    ['the record instead', 'v=STSv1; id=20261123T161500Z;', 'policy.malformed 1:1', undefined],
    ['a web page', '<!DOCTYPE html>\n<html><body>mode: none</body></html>', 'http.html-body 1:1', undefined],
    [
      'a web page that begins with a comment',
      '<!-- x -->\n<html lang="en">',
      'http.html-body 1:1',
      undefined,
    ],
    [
      'random octets',
      new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
      'policy.malformed 1:1',
      undefined,
    ],
  ])('%s', (_reason, text, fault, corrected) => {
    const parsed = parsePolicy(text);
    expect(parsed.problems.map(({ id, line, column }) => `${id} ${line}:${column}`)).toEqual([fault]);
    expect(parsed).toMatchObject({ verdict: 'invalid', value: undefined });
    expect(parsed.problems[0]?.severity).toBe('error');
    expect(parsed.corrected).toBe(corrected);
  });

  it('names several faults in reading order, and mends them together', () => {
    const parsed = parsePolicy(
      '\ufeffVersion : STSv1\r\nmode: Enforce\r\n\r\nmx: a.example.com, b.example.com.\r\nmax-age: 7d\r\n\r\n',
    );
    expect(parsed.problems.map(({ id, line }) => `${line} ${id}`)).toEqual([
      '1 policy.bom',
      '1 policy.key-case',
      '1 policy.space-before-colon',
      '2 policy.value-case',
      '3 policy.blank-line',
      '4 mx.pattern-list',
      '5 policy.misspelt-key',
      '5 policy.malformed',
      '6 policy.extra-newline',
    ]);
    expect(parsed.corrected).toBe(
      'version: STSv1\nmode: enforce\nmx: a.example.com\nmx: b.example.com\nmax_age: 604800\n',
    );
  });

  it('counts columns in characters, not in UTF-16 units', () => {
    const [fault] = parsePolicy(good.replace('enforce', '"😀" # x')).problems;
    expect(fault).toMatchObject({ line: 2, column: 7 });
    expect(parsePolicy(good.replace('enforce', '😀 # x')).problems.map(({ column }) => column)).toEqual([
      7, 9,
    ]);
  });

  it('tells no more faults than a person reads', () => {
    const parsed = parsePolicy(`${good}${'mx: *\n'.repeat(1_000)}`);
    expect(parsed.problems).toHaveLength(faultsMax);
    expect(parsed.corrected).toBeUndefined();
  });

  it('quotes little, and prints nothing that cannot be seen', () => {
    const parsed = parsePolicy(good.replace('enforce', `\u001b[31m${'x'.repeat(5_000)}\u202e`));
    const words = parsed.problems.map(({ detail, remedy }) => detail + remedy).join(' ');
    expect(words).toContain('U+001B ESCAPE');
    expect(words).toContain('U+202E RIGHT-TO-LEFT OVERRIDE');
    expect(words.length).toBeLessThan(800);
    expect(words).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('valid, and worth a word', () => {
  test.each<[string, string, string, string | undefined]>([
    [
      'version on the last line',
      'mode: none\nmax_age: 1\nversion: STSv1',
      'notice policy.version-not-first 3:1',
      'version: STSv1\nmode: none\nmax_age: 1\n',
    ],
    ['a second mode: the first counts', `${good}mode: testing\n`, 'warning policy.duplicate-field 6:1', good],
    [
      'a second mode that is no mode: ignored all the same',
      `${good}mode: Testing\n`,
      'warning policy.duplicate-field 6:1',
      good,
    ],
    ['a second version', `${good}version: STSv1\n`, 'warning policy.duplicate-field 6:1', good],
    [
      'a second max_age over the maximum',
      `${good}max_age: 99999999\n`,
      'warning policy.duplicate-field 6:1',
      good,
    ],
    ['an unknown field', `${good}contact: a@b.example\n`, 'notice policy.unknown-field 6:1', good],
    [
      'an unknown field with a colon in its value',
      `${good}contact: mailto:a\n`,
      'notice policy.unknown-field 6:1',
      good,
    ],
    [
      'an unknown field in UTF-8: the grammar allows it',
      `${good}note: bücher\u00a0😀\n`,
      'notice policy.unknown-field 6:1',
      good,
    ],
    [
      'an unknown field with a comment of its own',
      `${good}note: a # b\n`,
      'notice policy.unknown-field 6:1',
      good,
    ],
    ['Mode beside mode', `${good}Mode: testing\n`, 'notice policy.unknown-field 6:1', good],
    [
      'MX beside mx: that host is not in the policy',
      `${good}MX: c.example.com\n`,
      'warning policy.key-case 6:1',
      good.replace('max_age', 'mx: c.example.com\nmax_age'),
    ],
    [
      'mx_host beside mx',
      `${good}mx_host: c.example.com\n`,
      'warning policy.misspelt-key 6:1',
      good.replace('max_age', 'mx: c.example.com\nmax_age'),
    ],
    ['an mx twice', `${good}mx: mail.example.com\n`, 'notice mx.pattern-duplicate 6:5', good],
    [
      'an mx twice, in other letters',
      `${good}mx: MAIL.example.com\n`,
      'notice mx.pattern-duplicate 6:5',
      good,
    ],
    ['an mx of one label', `${good}mx: mail\n`, 'warning mx.pattern-single-label 6:5', undefined],
    ['a wildcard below the root', `${good}mx: *.com\n`, 'warning mx.pattern-single-label 6:5', undefined],
    ['max_age 0', good.replace('604800', '0'), 'warning policy.max_age-zero 5:10', undefined],
    [
      'max_age 00: digits are digits',
      good.replace('604800', '00'),
      'warning policy.max_age-zero 5:10',
      undefined,
    ],
    ['max_age under a day', good.replace('604800', '86399'), 'warning policy.max_age-short 5:10', undefined],
    [
      'max_age of a day in enforce',
      good.replace('604800', '86400'),
      'notice policy.max_age-short 5:10',
      undefined,
    ],
    [
      'max_age under a day in testing',
      good.replace('enforce', 'testing').replace('604800', '3600'),
      'warning policy.max_age-short 5:10',
      undefined,
    ],
  ])('%s', (_reason, text, fault, corrected) => {
    const parsed = parsePolicy(text);
    expect(parsed.problems).toEqual([]);
    expect(parsed.verdict).toBe('valid');
    expect(
      parsed.advice.map(({ severity, id, line, column }) => `${severity} ${id} ${line}:${column}`),
    ).toEqual([fault]);
    expect(parsed.corrected).toBe(corrected);
  });

  it('takes the first of duplicates as the value', () => {
    expect(parsePolicy(`${good}mode: testing\nmax_age: 1\n`).value).toMatchObject({
      mode: 'enforce',
      maxAgeSeconds: 604_800,
    });
  });

  it('does not count an ignored MX as a host of the policy', () => {
    expect(parsePolicy(`${good}MX: c.example.com\n`).value?.mx).toEqual([
      'mail.example.com',
      '*.example.net',
    ]);
  });
});

describe('format and allow', () => {
  const value = parsePolicy(good).value;
  it('prints what the generator publishes', () => {
    expect(value === undefined ? '' : formatPolicy(value)).toBe(good);
  });
  test.each([
    ['mail.example.com', true],
    ['MAIL.example.com.', true],
    ['a.example.net', true],
    ['example.net', false],
    ['a.b.example.net', false],
    ['mail2.example.com', false],
    ['xmail.example.com', false],
  ])('%s: %s', (text, expected) => {
    const host = parseHost(text);
    if (!host.ok || value === undefined) throw new Error('the table has names');
    expect(allows(value, host.value)).toBe(expected);
    expect(allows({ ...value, mode: 'none' }, host.value)).toBe(true);
  });
});
