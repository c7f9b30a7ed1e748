import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { formatRecord, parseRecord, parseRecordSet } from '../../src/protocol/mtasts.ts';
import { runs, seed } from '../runs.ts';

const good = 'v=STSv1; id=20261123T161500Z;';

describe('valid by RFC 8461 §3.1', () => {
  test.each([
    ['as the generator writes it', good, '20261123T161500Z'],
    ['no closing delimiter', 'v=STSv1; id=1', '1'],
    ['no space', 'v=STSv1;id=1', '1'],
    ['blanks around the delimiters', 'v=STSv1;\t id=1 \t; ', '1'],
    ['32 characters', `v=STSv1; id=${'a'.repeat(32)};`, 'a'.repeat(32)],
    ['an extension before the id', 'v=STSv1; x.y-z_1=a:b; id=1;', '1'],
    ['an extension with a capital of its own', 'v=STSv1; Note=x; id=1;', '1'],
    ['first of two ids', 'v=STSv1; id=1; id=2;', '1'],
    ['first of two ids, the second malformed: it is ignored', 'v=STSv1; id=1; id=a-b;', '1'],
    ['a misspelt field beside an id', 'v=STSv1; id=1; ID=2;', '1'],
  ])('%s', (_reason, text, id) => {
    expect(parseRecord(text)).toMatchObject({ verdict: 'valid', value: { id }, problems: [] });
  });
});

describe('wrong, with the place and the text to publish', () => {
  const fixed = 'v=STSv1; id=20261123;';
  test.each([
    ['upper case V', 'V=STSv1; id=20261123;', 'txt.near-miss', 1, fixed],
    ['lower case version', 'v=stsv1; id=20261123;', 'txt.near-miss', 3, fixed],
    ['upper case version', 'v=STSV1; id=20261123;', 'txt.near-miss', 3, fixed],
    ['STS1', 'v=STS1; id=20261123;', 'txt.near-miss', 3, fixed],
    ['MTA-STSv1', 'v=MTA-STSv1; id=20261123;', 'txt.near-miss', 3, fixed],
    ['MTASTSv1', 'v=MTASTSv1; id=20261123;', 'txt.near-miss', 3, fixed],
    ['a space around the equals sign', 'v = STSv1; id=20261123;', 'txt.near-miss', 1, fixed],
    ['a colon', 'v:STSv1; id=20261123;', 'txt.near-miss', 1, fixed],
    ['another version', 'v=STSv2; id=20261123;', 'txt.near-miss', 3, undefined],
    ['a version that begins like ours', 'v=STSv10; id=20261123;', 'txt.near-miss', 3, undefined],
    ['literal quotes', '"v=STSv1; id=20261123;"', 'txt.near-miss', 1, fixed],
    ['the strings of a zone file', '"v=STSv1; " "id=20261123;"', 'txt.near-miss', 1, fixed],
    [
      'a line of a zone file',
      '_mta-sts.example.com. 300 IN TXT "v=STSv1; id=20261123;"',
      'txt.near-miss',
      1,
      fixed,
    ],
    ['smart quotes', '“v=STSv1; id=20261123;”', 'txt.near-miss', 1, fixed],
    ['a backslash', 'v=STSv1\\; id=20261123\\;', 'txt.near-miss', 8, fixed],
    ['a leading space', ' v=STSv1; id=20261123;', 'txt.near-miss', 1, fixed],
    ['a leading zero-width space', '\u200bv=STSv1; id=20261123;', 'txt.near-miss', 1, fixed],
    ['a byte order mark', '\ufeffv=STSv1; id=20261123;', 'txt.near-miss', 1, fixed],
    ['a no-break space in front', '\u00a0v=STSv1; id=20261123;', 'txt.near-miss', 1, fixed],
    ['no semicolon', 'v=STSv1 id=20261123', 'txt.near-miss', 8, fixed],
    ['a comma for the semicolon', 'v=STSv1, id=20261123;', 'txt.near-miss', 8, fixed],
    ['the version alone', 'v=STSv1', 'txt.near-miss', 8, undefined],
    ['no version', 'id=20261123;', 'txt.near-miss', 1, undefined],
    ['a space before the first semicolon', 'v=STSv1 ; id=20261123;', 'txt.space-before-semicolon', 8, fixed],
    ['a no-break space inside', 'v=STSv1;\u00a0id=20261123;', 'txt.near-miss', 9, fixed],
    ['a zero-width space inside', 'v=STSv1; id=2026\u200b1123;', 'txt.near-miss', 17, fixed],
    ['a fullwidth equals sign', 'v=STSv1; id＝20261123;', 'txt.near-miss', 12, fixed],
    ['an umlaut', 'v=STSv1; id=grün;', 'txt.non-ascii', 15, undefined],
    ['nothing but the prefix', 'v=STSv1;', 'txt.malformed', 9, undefined],
    ['only an extension', 'v=STSv1; x=1;', 'txt.malformed', 14, undefined],
    ['ID', 'v=STSv1; ID=20261123;', 'txt.near-miss', 10, fixed],
    ['Id', 'v=STSv1; Id=20261123;', 'txt.near-miss', 10, fixed],
    ['sid', 'v=STSv1; sid=20261123;', 'txt.near-miss', 10, fixed],
    ['an empty id', 'v=STSv1; id=;', 'txt.id-empty', 13, undefined],
    ['a hyphen in the id', 'v=STSv1; id=2026-11-23;', 'txt.id-charset', 17, fixed],
    ['an underscore in the id', 'v=STSv1; id=2026_1123;', 'txt.id-charset', 17, fixed],
    ['a colon in the id', 'v=STSv1; id=2026:1123;', 'txt.id-charset', 17, fixed],
    ['a space in the id', 'v=STSv1; id=2026 1123;', 'txt.id-charset', 17, fixed],
    ['quotes around the id', 'v=STSv1; id="20261123";', 'txt.id-charset', 13, fixed],
    [
      '33 characters',
      `v=STSv1; id=${'1'.repeat(33)};`,
      'txt.id-too-long',
      45,
      `v=STSv1; id=${'1'.repeat(32)};`,
    ],
    ['an empty field', 'v=STSv1;; id=20261123;', 'txt.empty-field', 9, fixed],
    ['two closing semicolons', 'v=STSv1; id=20261123;;', 'txt.empty-field', 22, fixed],
    ['a trailing space', 'v=STSv1; id=20261123 ', 'txt.trailing-space', 21, fixed],
    ['a space before the equals sign', 'v=STSv1; id =20261123;', 'txt.malformed', 10, fixed],
    ['a space behind the equals sign', 'v=STSv1; id= 20261123;', 'txt.id-charset', 13, fixed],
    ['a field without an equals sign', 'v=STSv1; 20261123;', 'txt.malformed', 10, undefined],
    ['a second equals sign in an extension', 'v=STSv1; id=20261123; x=a=b;', 'txt.malformed', 23, undefined],
    ['a space in an extension', 'v=STSv1; id=20261123; x=a b;', 'txt.malformed', 23, undefined],
    ['a name of 33 characters', `v=STSv1; id=20261123; ${'x'.repeat(33)}=1;`, 'txt.malformed', 23, undefined],
    ['a second id with a control character', 'v=STSv1; id=20261123; id=\0;', 'txt.malformed', 23, undefined],
    ['a control character', 'v=STSv1; id=2026\u00071123;', 'txt.id-charset', 17, fixed],
  ])('%s', (_reason, text, id, column, corrected) => {
    const parsed = parseRecord(text);
    expect(parsed.verdict).not.toBe('valid');
    expect(parsed.value).toBeUndefined();
    expect(parsed.problems.map((problem) => problem.id)).toEqual([id]);
    expect(parsed.problems[0]).toMatchObject({ severity: 'error', line: 1, column });
    expect(parsed.corrected).toBe(corrected);
  });

  it('reads octets that are no UTF-8', () => {
    const octets = new Uint8Array([...new TextEncoder().encode('v=STSv1; id=1'), 0xff, 0x3b]);
    expect(parseRecord(octets).problems.map(({ id }) => id)).toEqual(['txt.non-ascii']);
  });
});

describe('valid but unwise', () => {
  test.each([
    ['two ids', 'v=STSv1; id=1; id=2;', ['txt.duplicate-field'], 16, 'v=STSv1; id=1;'],
    ['a second version', 'v=STSv1; id=1; v=STSv1;', ['txt.duplicate-field'], 16, 'v=STSv1; id=1;'],
    ['an unknown field', 'v=STSv1; id=1; mode=enforce;', ['txt.unknown-field'], 16, undefined],
    ['a misspelt id beside an id', 'v=STSv1; id=1; Id=2;', ['txt.unknown-field'], 16, 'v=STSv1; id=1;'],
  ])('%s', (_reason, text, ids, column, corrected) => {
    const parsed = parseRecord(text);
    expect(parsed.verdict).toBe('valid');
    expect(parsed.advice.map(({ id }) => id)).toEqual(ids);
    expect(parsed.advice[0]).toMatchObject({ line: 1, column });
    expect(parsed.corrected).toBe(corrected);
  });
});

describe('all records at the name (exactly one with the literal prefix)', () => {
  test.each([
    ['none', [], 'none', [], []],
    ['an unrelated one', ['v=spf1 -all'], 'none', [], []],
    ['one', [good], 'valid', [], []],
    ['one beside an unrelated one', ['v=spf1 -all', good], 'valid', [], ['txt.unrelated-record-beside']],
    ['two', [good, 'v=STSv1; id=2;'], 'multiple', ['txt.multiple'], []],
    ['the same twice', [good, good], 'multiple', ['txt.multiple'], []],
    [
      'two, one malformed: only the prefix is looked at',
      [good, 'v=STSv1;'],
      'multiple',
      ['txt.multiple'],
      [],
    ],
    [
      'a space before the semicolon beside a good one',
      [good, 'v=STSv1 ; id=2;'],
      'valid',
      [],
      ['txt.space-before-semicolon'],
    ],
    [
      'two near misses',
      ['V=STSv1; id=1;', 'v=STSv1 ; id=2;'],
      'none',
      ['txt.near-miss', 'txt.space-before-semicolon'],
      [],
    ],
    [
      'a malformed one beside an unrelated one',
      ['x', 'v=STSv1; id=;'],
      'invalid',
      ['txt.id-empty'],
      ['txt.unrelated-record-beside'],
    ],
  ])('%s', (_reason, records, verdict, problems, advice) => {
    const parsed = parseRecordSet(records);
    expect(parsed.verdict).toBe(verdict);
    expect(parsed.problems.map(({ id }) => id)).toEqual(problems);
    expect(parsed.advice.map(({ id }) => id)).toEqual(advice);
  });

  it('counts the records as lines', () => {
    expect(parseRecordSet(['x', 'v=STSv1; id=;']).problems[0]?.line).toBe(2);
  });
});

describe('properties', () => {
  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9]{1,32}$/), (id) => {
        expect(parseRecord(formatRecord({ id }))).toEqual({
          verdict: 'valid',
          value: { id },
          problems: [],
          advice: [],
          corrected: undefined,
        });
      }),
      { numRuns: runs(500, 20_000), seed },
    );
  });

  it('never throws, says something of what is invalid, and corrects only to what is valid', () => {
    const pieces = fc.constantFrom(
      'v=STSv1;',
      'v=STSv1',
      'V=',
      'sts',
      'id=',
      'Id=',
      '20261123',
      ';',
      ' ',
      '\t',
      '"',
      '\\;',
      '\u200b',
      '\ufeff',
      'é',
      '=',
      'x=1',
      '-',
      '＝',
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
      fc.array(pieces, { maxLength: 12 }).map((parts) => `v=STSv1; id=1${parts.join('')}`),
      fc.uint8Array({ maxLength: 80 }),
    );
    fc.assert(
      fc.property(text, (input) => {
        const parsed = parseRecord(input);
        expect(parsed.value !== undefined).toBe(parsed.verdict === 'valid');
        if (parsed.verdict === 'invalid') expect(parsed.problems).not.toEqual([]);
        if (parsed.corrected !== undefined)
          expect(parseRecord(parsed.corrected)).toMatchObject({ verdict: 'valid', problems: [] });
      }),
      { numRuns: runs(5_000, 350_000), seed },
    );
  });

  test.each([
    ['blanks', ' '],
    ['semicolons', ';'],
    ['invisible characters', '\u200b'],
    ['backslashes', '\\'],
    ['quotes', '"'],
    ['fields', 'a=b;'],
    ['ids', 'id=1;'],
  ])('takes time in proportion to 64 KiB of %s', (_what, piece) => {
    const many = piece.repeat(65_536 / piece.length);
    // Of the processor, which a busy machine gives to others meanwhile.
    const started = process.cpuUsage();
    for (const text of [`v=STSv1; ${many}x`, `${many}x`, `v=STSv1 ${many}x`, `"v=STSv1;${many}`])
      parseRecord(text);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000).toBeLessThan(500);
  });
});
