/** What of others' text reaches a terminal or a log. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonLine, plainLine, plainText, visible } from '../../src/terminal/plain-text.ts';
import { runs, seed } from '../runs.ts';

describe('plain text', () => {
  test.each([
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['8-bit CSI', '\u009b31mred', 'red'],
    ['a title for the window', '\u001b]0;owned\u0007text', 'text'],
    ['a title that ends in ST', '\u001b]0;owned\u001b\\text', 'text'],
    ['a link', '\u001b]8;;https://evil.example\u001b\\here\u001b]8;;\u001b\\', 'here'],
    ['a device control string', '\u001bP1;2qpixels\u001b\\text', 'text'],
    ['an unfinished sequence', 'a\u001b[', 'a'],
    ['an unfinished title does not eat the next line', '\u001b]0;x\nnext', '\nnext'],
    ['a sequence inside a sequence', '\u001b\u001b[31m[31mx', '[31mx'],
    ['carriage return, which overwrites', 'ok\rbad', 'okbad'],
    ['backspace', 'ok\b\bno', 'okno'],
    ['direction marks', 'a\u202egpj.exe\u202c', 'agpj.exe'],
    ['isolates', '\u2066a\u2069', 'a'],
    ['zero width', 'ex\u200bam\ufeffple', 'example'],
    ['tags', 'a\u{e0041}b', 'ab'],
    ['a lone surrogate', 'a\ud800b', 'ab'],
    ['tab', 'a\tb', 'a b'],
    ['what people write', 'bücher.example 東京 😀', 'bücher.example 東京 😀'],
  ])('%s', (_, text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  test('one line', () => {
    expect(plainLine('a\nb')).toBe('a b');
  });

  test('leaves nothing behind that a second pass would take', () => {
    const dangerous = fc.constantFrom(...'\u001b\u009b[]0;31m\u0007\\\u202e\r\nPx\u0000');
    fc.assert(
      fc.property(fc.string({ unit: dangerous, maxLength: 40 }), (text) => {
        const plain = plainText(text);
        expect(plain).not.toMatch(/[^\n -~]/);
        expect(plainText(plain)).toBe(plain);
      }),
      { seed, numRuns: runs(500, 100_000) },
    );
  });
});

test.each([
  ['a', 'a'],
  [' ', ' '],
  ['ü', 'ü'],
  ['“', '“'],
  ['\u00a0', '<NBSP>'],
  ['\u200b', '<ZERO WIDTH SPACE>'],
  ['\ufeff', '<BOM>'],
  ['\t', '<TAB>'],
  ['：', '<U+FF1A>'],
  ['😀', '<U+1F600>'],
  ['\u0301', '<U+0301>'],
  ['\u001b', '<ESC>'],
  ['\u0085', '<U+0085>'],
])('a character is seen as itself or by name: %j', (character, shown) => {
  expect(visible(character)).toBe(shown);
});

test('JSON on a terminal has no raw control or invisible character, and means the same', () => {
  const value = { text: 'a\u001b[2J\u009b31m\u007f\u202e\u200b\u2028\u{e0041}\n\ud800 bücher 😀' };
  const line = jsonLine(value);
  expect(line).toBe(
    `${String.raw`{"text":"a\u001b[2J\u009b31m\u007f\u202e\u200b\u2028\udb40\udc41\n\ud800 bücher 😀"}`}\n`,
  );
  expect(JSON.parse(line)).toEqual(value);
});
