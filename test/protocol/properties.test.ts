/** What holds of every text: the parsers agree with the grammar, never throw, and undo the formatters. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { displayDomain, parseDomain, parseHost } from '../../src/protocol/domain.ts';
import type { Parsed } from '../../src/protocol/fault.ts';
import { faultsMax } from '../../src/protocol/fault-list.ts';
import {
  allows,
  formatPolicy,
  formatRecord,
  matches,
  maxAgeSecondsMax,
  modes,
  parseMxPattern,
  parsePolicy,
  parseRecord,
  parseRecordSet,
} from '../../src/protocol/mtasts.ts';
import { readHealthyPolicy } from '../../src/protocol/policy-healthy.ts';
import { readPolicyInFull } from '../../src/protocol/policy-text.ts';
import {
  formatTlsRpt,
  parseRua,
  parseTlsRpt,
  parseTlsRptSet,
  parseTypedRua,
} from '../../src/protocol/tlsrpt.ts';
import { parseTypedDomain } from '../../src/protocol/typed-domain.ts';
import { full, runs, seed } from '../runs.ts';
import { anyOctets, anyText, policyIsValid, recordIsValid, tlsRptMayBeValid } from './texts.ts';

const many = { numRuns: runs(4_000, 1_000_000), seed };
const some = { numRuns: runs(1_000, 100_000), seed };

/** Ids are permanent and in the catalogue of findings: a new one here is a decision, not a slip. */
const known: ReadonlySet<string> = new Set(
  `txt.multiple txt.malformed txt.near-miss txt.space-before-semicolon txt.id-charset txt.id-too-long txt.id-empty
  txt.trailing-space txt.empty-field txt.duplicate-field txt.unknown-field txt.unrelated-record-beside txt.non-ascii
  http.html-body policy.malformed policy.bom policy.utf16 policy.nbsp policy.zero-width policy.smart-quotes
  policy.fullwidth policy.key-case policy.value-case policy.misspelt-key policy.leading-space
  policy.space-before-colon policy.blank-line policy.extra-newline policy.comment policy.tab-in-value policy.cr-only
  policy.lf-cr policy.cr-cr-lf policy.missing-version policy.missing-mode policy.missing-max_age policy.missing-mx
  policy.version-not-first policy.duplicate-field policy.unknown-field policy.max_age-zero policy.max_age-short
  policy.max_age-over-maximum mx.pattern-trailing-dot mx.pattern-leading-dot mx.pattern-star-alone
  mx.pattern-partial-wildcard mx.pattern-inner-wildcard mx.pattern-ip mx.pattern-port mx.pattern-list mx.pattern-url
  mx.pattern-empty mx.pattern-u-label mx.pattern-underscore mx.pattern-single-label mx.pattern-duplicate rpt.multiple
  rpt.malformed rpt.near-miss rpt.rua-no-scheme rpt.rua-raw-bang rpt.rua-raw-comma rpt.rua-raw-semicolon
  rpt.rua-space rpt.rua-non-ascii rpt.rua-unsupported-scheme rpt.dmarc-tags rpt.duplicate-rua`.split(/\s+/),
);

/** Characters that no fault may print: they would act on a screen or hide in it. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/u;

const broken = /undefined|\[object|NaN/;
const unquoted = (words: string) => words.replace(/`[^`]*`/g, '');

/** One assertion for a whole answer: a million of them are waited for. */
function sound<T>(parsed: Parsed<T>, again: (text: string) => Parsed<T>): void {
  const { verdict, problems, advice, corrected } = parsed;
  const wrong: string[] = [];
  if ((parsed.value !== undefined) !== (verdict === 'valid')) wrong.push('value and verdict disagree');
  if (verdict === 'valid' && problems.length > 0) wrong.push('valid with problems');
  if ((verdict === 'invalid' || verdict === 'multiple') && problems.length === 0) wrong.push('no problem');
  for (const list of [problems, advice]) {
    if (list.length > faultsMax) wrong.push(`${list.length} faults`);
    for (const { id, line, column, length, title, detail, remedy } of list) {
      const words = `${title} ${detail} ${remedy}`;
      if (!known.has(id)) wrong.push(`${id} is not in the catalogue`);
      if (!(line >= 1 && column >= 1 && length >= 0)) wrong.push(`${id} at ${line}:${column}+${length}`);
      if (unprintable.test(words) || broken.test(unquoted(words)) || words.length > 1_200) wrong.push(words);
    }
  }
  if (corrected !== undefined) {
    const mended = again(corrected);
    if (mended.verdict !== 'valid') wrong.push(`corrected is not valid: ${JSON.stringify(corrected)}`);
  }
  if (wrong.length > 0) expect.fail(wrong.join('\n'));
}

const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?$/);
const name = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 4 }), fc.constantFrom('com', 'example', 'xn--p1ai'))
  .map(([labels, top]) => [...labels, top].join('.'));
const pattern = fc.tuple(fc.boolean(), name).map(([wild, host]) => {
  const parsed = parseMxPattern(wild ? `*.${host}` : host);
  if (!parsed.ok) throw new Error(parsed.problem.detail);
  return parsed.value;
});
const policy = fc
  .record({
    mode: fc.constantFrom(...modes),
    mx: fc.array(pattern, { maxLength: 40 }),
    maxAgeSeconds: fc.nat(maxAgeSecondsMax),
  })
  .filter(({ mode, mx }) => mode === 'none' || mx.length > 0);
const record = fc.record({ id: fc.stringMatching(/^[A-Za-z0-9]{1,32}$/) });
const rua = fc
  .tuple(fc.constantFrom('mailto', 'https'), fc.stringMatching(/^[a-z0-9,!;+=]{1,12}$/), name)
  .map(([scheme, local, host]) => {
    const parsed = parseTypedRua(
      scheme === 'mailto' ? `mailto:${local}@${host}` : `https://${host}/${local}`,
    );
    if (!parsed.ok) throw new Error(`${parsed.problem.id} ${parsed.problem.detail}`);
    return parsed.value;
  });

describe('parse and format undo each other', () => {
  it('policies', () => {
    fc.assert(
      fc.property(policy, (value) => {
        const parsed = parsePolicy(formatPolicy(value));
        expect(parsed).toMatchObject({ verdict: 'valid', value, problems: [] });
      }),
      some,
    );
  });
  it('records', () => {
    fc.assert(
      fc.property(record, (value) => {
        expect(parseRecord(formatRecord(value))).toEqual({
          verdict: 'valid',
          value,
          problems: [],
          advice: [],
          corrected: undefined,
        });
      }),
      some,
    );
  });
  it('TLS-RPT records', () => {
    fc.assert(
      fc.property(fc.array(rua, { minLength: 1, maxLength: 4 }), (list) => {
        const value = { rua: list };
        expect(parseTlsRpt(formatTlsRpt(value))).toEqual({
          verdict: 'valid',
          value,
          problems: [],
          advice: [],
          corrected: undefined,
        });
      }),
      some,
    );
  });
});

describe('any octets', () => {
  it('policies: as the grammar says', () => {
    fc.assert(
      fc.property(anyOctets, (octets) => {
        const parsed = parsePolicy(octets);
        sound(parsed, parsePolicy);
        expect(parsed.verdict === 'valid').toBe(policyIsValid(octets));
        if (parsed.value !== undefined)
          expect(parsePolicy(formatPolicy(parsed.value)).value).toEqual(parsed.value);
      }),
      many,
    );
  });
  it('the short way through healthy policies gives the answer of the long one', () => {
    fc.assert(
      fc.property(anyOctets, (octets) => {
        const value = readHealthyPolicy(octets);
        if (value === undefined) return;
        expect(readPolicyInFull(octets)).toEqual({
          verdict: 'valid',
          value,
          problems: [],
          advice: [],
          corrected: undefined,
        });
      }),
      many,
    );
  });
  it('policies: a text and its octets are the same', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(text.isWellFormed() && !/^.?\0|^..\0/s.test(text));
        expect(parsePolicy(text)).toEqual(parsePolicy(new TextEncoder().encode(text)));
      }),
      some,
    );
  });
  it('records: as the grammar says', () => {
    fc.assert(
      fc.property(anyOctets, (octets) => {
        const parsed = parseRecord(octets);
        sound(parsed, parseRecord);
        expect(parsed.verdict === 'valid').toBe(recordIsValid(octets));
        if (parsed.value !== undefined)
          expect(parseRecord(formatRecord(parsed.value)).value).toEqual(parsed.value);
      }),
      many,
    );
  });
  it('TLS-RPT records: never more than the grammar allows', () => {
    fc.assert(
      fc.property(anyOctets, (octets) => {
        const parsed = parseTlsRpt(octets);
        sound(parsed, parseTlsRpt);
        if (parsed.verdict === 'valid') expect(tlsRptMayBeValid(octets)).toBe(true);
        if (parsed.value !== undefined)
          expect(parseTlsRpt(formatTlsRpt(parsed.value)).value).toEqual(parsed.value);
      }),
      many,
    );
  });
  it('sets of records: exactly one with the literal prefix', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 4 }), (texts) => {
        for (const [parse, one, prefix] of [
          [parseRecordSet, parseRecord, 'v=STSv1;'],
          [parseTlsRptSet, parseTlsRpt, 'v=TLSRPTv1;'],
        ] as const) {
          const claiming = texts.filter((text) => text.startsWith(prefix));
          const parsed = parse(texts);
          const [first] = claiming;
          if (claiming.length === 0) expect(parsed.verdict).toBe('none');
          else if (claiming.length > 1) expect(parsed.verdict).toBe('multiple');
          else expect(parsed.verdict).toBe(one(first ?? '').verdict);
          for (const { line } of [...parsed.problems, ...parsed.advice])
            expect(line).toBeLessThanOrEqual(texts.length);
        }
      }),
      some,
    );
  });
  it('names, patterns and addresses', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const wrong: string[] = [];
        const told = (words: string) => {
          if (unprintable.test(words) || broken.test(unquoted(words))) wrong.push(words);
        };
        const typed = parseTypedDomain(text);
        if (typed.ok) {
          const { domain } = typed.value;
          const again = parseDomain(domain);
          if (!again.ok || again.value !== domain) wrong.push(`${domain} is no domain`);
          if (!displayDomain(domain).includes(domain)) wrong.push(displayDomain(domain));
        } else told(typed.problem.message);
        const host = parseHost(text);
        if (!host.ok) told(host.problem.message);
        else if (!/^[a-z0-9.-]+$/.test(host.value)) wrong.push(host.value);
        const mx = parseMxPattern(text);
        if (!mx.ok) {
          const { id, detail, remedy, suggestion } = mx.problem;
          told(`${detail} ${remedy}`);
          if (!known.has(id)) wrong.push(id);
          if (suggestion?.split('\n').every((line) => parseMxPattern(line).ok) === false)
            wrong.push(suggestion);
        }
        for (const address of [parseRua(text), parseTypedRua(text)]) {
          if (address.ok) {
            if (!/^(?:mailto|https):[!-~]+$/.test(address.value)) wrong.push(address.value);
            continue;
          }
          const { id, detail, remedy, suggestion } = address.problem;
          told(`${detail} ${remedy}`);
          if (!known.has(id)) wrong.push(id);
          if (suggestion !== undefined && !parseRua(suggestion).ok) wrong.push(suggestion);
        }
        if (wrong.length > 0) expect.fail(wrong.join('\n'));
      }),
      { numRuns: runs(2_500, 1_000_000), seed },
    );
  });
});

describe('mx patterns match one label', () => {
  it('by the letter of RFC 8461 §4.1, label by label', () => {
    fc.assert(
      fc.property(pattern, name, fc.boolean(), (mx, other, below) => {
        const suffix = mx.replace(/^\*\./, '');
        const parsed = parseHost(below ? `${other.split('.')[0]}.${suffix}` : other);
        if (!parsed.ok) throw new Error('generated names are names');
        const wanted = mx.split('.');
        const got = parsed.value.split('.');
        const same =
          wanted.length === got.length &&
          wanted.every((part, i) => part === got[i] || (i === 0 && part === '*'));
        expect(matches(mx, parsed.value)).toBe(same);
        expect(allows({ mode: 'enforce', mx: [mx], maxAgeSeconds: 1 }, parsed.value)).toBe(same);
      }),
      some,
    );
  });
});

describe('64 KiB of the worst kinds take milliseconds', () => {
  const size = 64 * 1024;
  const fill = (piece: string) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
  const worst = [
    ' ',
    '\t',
    '\n',
    '\r',
    '\r\n',
    '\n\r',
    '\r\r\n',
    ' \n',
    ':',
    ': ',
    ' :',
    'a',
    '-',
    '.',
    '*',
    '*.',
    ',',
    ', ',
    ';',
    '; ',
    '"',
    "'",
    '<',
    '<a',
    '<br>',
    '=',
    '\\',
    '\\n',
    '#',
    ' #',
    'mx',
    'mx ',
    'mx:',
    'mx: ',
    'mx: a\n',
    'mx: a.b.example\n',
    'mx: \n',
    ' mx: a\n',
    'x: y\n',
    'X\n',
    'Mx: a\n',
    'mode: testing\n',
    'mode: x mx: y ',
    '\u200b',
    '\u00a0',
    '“',
    'ü',
    '\ufffd',
    '\0',
    'v=STSv1;',
    ';id=1',
    '!',
    '%',
    'mailto:',
    'mailto:a@b,',
    '@',
    'rua=',
    'a.',
    '1.',
    '/',
    '[',
    '_',
    '😀',
    '`',
    '(',
    '&lt;',
    '<@',
  ];
  const around = [
    ['', ''],
    ['', 'x'],
    ['mx: ', ' x'],
    ['mode: ', 'x'],
    ['version: STSv1\n', ''],
    ['x: ', ' x'],
    ['"', '"'],
    ['v=STSv1; ', 'x'],
    ['v=STSv1; id=', ' x'],
    ['v=TLSRPTv1; rua=', ' x'],
    ['v=TLSRPTv1; rua=mailto:', '@'],
    ['v=STSv1', 'x'],
    ['mailto:', '@x'],
    ['https://', 'x'],
    ['<', '>'],
  ] as const;
  /** Far above what they take (a few), far below what a quadratic step takes (seconds). */
  const limitMs = 250;
  test.each(around)('%j … %j', (head, tail) => {
    const row = around.findIndex((pair) => pair[0] === head && pair[1] === tail);
    for (const [index, piece] of worst.entries()) {
      // In the sample each beginning meets a quarter of the pieces, and each piece a quarter of the beginnings.
      if (!full && index % 4 !== row % 4) continue;
      const text = head + fill(piece) + tail;
      const octets = new TextEncoder().encode(text);
      for (const [parser, parse] of Object.entries({
        parsePolicy: () => parsePolicy(octets),
        parseRecord: () => parseRecord(octets),
        parseTlsRpt: () => parseTlsRpt(octets),
        parseMxPattern: () => parseMxPattern(text),
        parseRua: () => parseRua(text),
        parseTypedRua: () => parseTypedRua(text),
        parseTypedDomain: () => parseTypedDomain(text),
        parseDomain: () => parseDomain(text),
      })) {
        // The processor's time and the best of three, so that a busy machine is not taken for a slow parser.
        let took = Number.POSITIVE_INFINITY;
        for (let attempt = 0; attempt < 3 && took > limitMs; attempt += 1) {
          const start = process.cpuUsage();
          parse();
          const { user, system } = process.cpuUsage(start);
          took = Math.min(took, (user + system) / 1_000);
        }
        if (took > limitMs)
          expect.fail(`${parser} took ${took.toFixed()} ms for ${JSON.stringify([head, piece, tail])}`);
      }
    }
  });
});
