/** Replies as servers write them, cut into any pieces; and everything else that may come instead. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createReplyReader,
  longestLine,
  longestReply,
  mostLines,
  type ReplyReading,
} from '../../../src/check/probes/smtp-reply.ts';
import { full, runs, seed } from '../../runs.ts';

/** What is read when the octets arrive in these pieces. */
function read(...pieces: readonly string[]): ReplyReading {
  const reader = createReplyReader();
  for (const piece of pieces) {
    const reading = reader.read(Buffer.from(piece, 'latin1'));
    if (reading.kind !== 'more') return reading;
  }
  return { kind: 'more' };
}

const reply = (code: number, lines: readonly string[], rest = '') => ({
  kind: 'reply',
  reply: { code, lines },
  rest: Buffer.from(rest, 'latin1'),
});
const garbage = { kind: 'problem', problem: 'garbage' };
const tooMuch = { kind: 'problem', problem: 'too-much' };
const more = { kind: 'more' };

test.each([
  ['one line', '220 mx.example.com ESMTP\r\n', reply(220, ['mx.example.com ESMTP'])],
  ['several lines', '250-a\r\n250-b\r\n250 c\r\n', reply(250, ['a', 'b', 'c'])],
  ['no text', '220 \r\n', reply(220, [''])],
  ['no text and no space (RFC 5321 §4.2.1 asks clients to take it)', '220\r\n', reply(220, [''])],
  ['a code alone ends several lines', '250-a\r\n250\r\n', reply(250, ['a', ''])],
  ['empty lines of text', '250-\r\n250 \r\n', reply(250, ['', ''])],
  ['LF alone', '250-a\n250 b\n', reply(250, ['a', 'b'])],
  ['both ends mixed', '250-a\r\n250 b\n', reply(250, ['a', 'b'])],
  ['CR within a line is text', '220 a\rb\r\n', reply(220, ['a\rb'])],
  ['CR twice: the last belongs to the end', '220 a\r\r\n', reply(220, ['a\r'])],
  ['8-bit text', '220 m\xfcx\r\n', reply(220, ['m\xfcx'])],
  ['NUL in the text', '220 a\0b\r\n', reply(220, ['a\0b'])],
  ['a hyphen in the text', '220 a-b\r\n', reply(220, ['a-b'])],
  ['no', '554 5.7.1 no\r\n', reply(554, ['5.7.1 no'])],
  ['what came after it stays apart', '220 go\r\n250 a\r\n', reply(220, ['go'], '250 a\r\n')],
  ['the beginning of a line', '220 mx', more],
  ['CR without LF', '220 mx\r', more],
  ['nothing', '', more],
])('takes %s', (_, text, expected) => {
  expect(read(text)).toEqual(expected);
  expect(read(...text)).toEqual(
    expected.kind === 'reply' ? { ...expected, rest: Buffer.alloc(0) } : expected,
  );
});

test.each([
  ['another code on a later line', '250-a\r\n251 b\r\n'],
  ['no code', 'hello\r\n'],
  ['an empty line', '\r\n'],
  ['a space before the code', ' 220 a\r\n'],
  ['two digits', '22 a\r\n'],
  ['four digits', '2200 a\r\n'],
  ['a code that begins with 1', '150 a\r\n'],
  ['a code that begins with 6', '650 a\r\n'],
  ['another separator', '220_a\r\n'],
  ['a tab after the code', '220\ta\r\n'],
  ['a TLS record', '\x15\x03\x03\x00\x02\x02\x46'],
  ['NUL octets', '\0\0\0\0'],
  ['HTTP', 'HTTP/1.1 400 Bad Request\r\n'],
  ['SSH, without waiting for its line to end', 'SSH-'],
])('does not take %s', (_, text) => {
  expect(read(text)).toEqual(garbage);
  expect(read(...text)).toEqual(garbage);
});

describe('limits', () => {
  const line = (length: number) => `220 ${'a'.repeat(length - '220 \r\n'.length)}\r\n`;

  test.each([
    ['the longest line', line(longestLine), 'reply'],
    ['one octet more', line(longestLine + 1), 'problem'],
    ['a line without an end', `220 ${'a'.repeat(longestLine)}`, 'problem'],
    ['the most lines', `${'250-a\r\n'.repeat(mostLines - 1)}250 a\r\n`, 'reply'],
    ['one line more', `${'250-a\r\n'.repeat(mostLines)}250 a\r\n`, 'problem'],
    ['lines without an end', '250-a\r\n'.repeat(mostLines), 'problem'],
    [
      'many long lines',
      line(longestLine)
        .replace(' ', '-')
        .repeat(longestReply / longestLine + 1),
      'problem',
    ],
  ])('%s', (_, text, kind) => {
    expect(read(text).kind).toBe(kind);
    if (kind === 'problem') expect(read(text)).toEqual(tooMuch);
  });
});

describe('any octets', () => {
  const code = fc.constantFrom('220', '250', '354', '421', '454', '500', '554');
  const text = fc.string({ unit: fc.constantFrom(...'aZ09 -=.\t\r\0\xff\x1b'), maxLength: 20 });
  const piece = fc.oneof(
    code,
    text,
    fc.constantFrom('-', ' ', '\r\n', '\n', '\r', '250-', '250 '),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );

  test('are read alike however they are cut, and never beyond the limits', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.array(fc.nat(60), { maxLength: 12 }),
        (pieces, cuts) => {
          const whole = pieces.join('');
          const places = [...new Set([0, ...cuts.map((cut) => Math.min(cut, whole.length)), whole.length])];
          const sorted = places.toSorted((one, other) => one - other);
          const cut = sorted.map((place, index) => whole.slice(place, sorted[index + 1]));
          const [atOnce, inPieces] = [read(whole), read(...cut)];
          expect(inPieces.kind).toBe(atOnce.kind);
          if (atOnce.kind !== 'reply' || inPieces.kind !== 'reply') return;
          expect(inPieces.reply).toEqual(atOnce.reply);
          expect(atOnce.reply.code).toBeGreaterThanOrEqual(200);
          expect(atOnce.reply.code).toBeLessThan(600);
          expect(atOnce.reply.lines.length).toBeLessThanOrEqual(mostLines);
          expect(atOnce.reply.lines.join('')).not.toContain('\n');
        },
      ),
      { seed, numRuns: runs(2000, 1_000_000) },
    );
  });

  test('give back what was written', () => {
    const clean = fc.string({ unit: fc.constantFrom(...'aZ09 -=.\t\0\xff'), maxLength: 60 });
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        fc.array(clean, { minLength: 1, maxLength: 20 }),
        (number, lines) => {
          const written = lines.map(
            (line, index) => `${number}${index === lines.length - 1 ? ' ' : '-'}${line}\r\n`,
          );
          expect(read(...written)).toEqual(reply(number, lines));
        },
      ),
      { seed, numRuns: full ? 200_000 : 500 },
    );
  });
});
