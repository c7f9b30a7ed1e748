/** That the mark stands under the faulty characters, whatever stands before them, and that sentences wrap. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rfc } from '../../src/protocol/rfc.ts';
import { block, countLine, findingLines, type Screen, wrap } from '../../src/terminal/layout.ts';
import { runs, seed } from '../runs.ts';

const screen: Screen = { columns: 80, live: false, paint: (_, text) => text, write: () => {} };

/** The line as shown and what stands above the carets. */
function marked(text: string, column: number, length: number): { line: string; above: string } {
  const lines = findingLines(
    {
      id: 'policy.malformed',
      severity: 'error',
      title: 'Title',
      detail: 'Detail.',
      remedy: 'Remedy.',
      cite: rfc(8461, '3.2'),
      place: { line: 1, text, column, length },
    },
    screen,
  ).split('\n');
  const [line = '', carets = ''] = lines.slice(2);
  const from = carets.indexOf('^');
  expect(carets.trim()).toMatch(/^\^+$/);
  expect(Math.max(line.length, carets.length)).toBeLessThanOrEqual(80);
  return { line: line.trim(), above: line.slice(from, carets.length) };
}

describe('the mark', () => {
  test.each([
    ['plain', 'mode: Enforce', 7, 7, 'Enforce'],
    ['first', 'Mode: x', 1, 4, 'Mode'],
    ['past the end', 'max_age', 8, 0, ''],
    ['far past the end', 'a', 99, 3, ''],
    ['an empty line', '', 1, 0, ''],
    ['after wide characters', '邮件mx!', 5, 1, '!'],
    ['after an emoji', '😀!', 2, 1, '!'],
    ['after a combining mark', 'e\u0301!', 3, 1, '!'],
    ['after a tab', 'a\tb', 3, 1, 'b'],
    ['an invisible one', 'a\u200bb', 2, 1, '<ZERO WIDTH SPACE>'],
    ['an escape sequence', 'a\u001b[31mb', 2, 5, '<ESC>[31m'],
    ['a reversal', '\u202eabc', 2, 3, 'abc'],
    ['a byte order mark', '\ufeffversion', 1, 1, '<BOM>'],
  ])('%s', (_, text, column, length, above) => {
    expect(marked(text, column, length).above).toBe(above);
  });

  test('of a long line, the part around it is shown', () => {
    const { line, above } = marked(`${'x'.repeat(500)}!${'y'.repeat(500)}`, 501, 1);
    expect(above).toBe('!');
    expect(line).toMatch(/^…x{20}!y+…$/);
    expect(marked('x'.repeat(500), 1, 500).line).toMatch(/^x+…$/);
  });

  test('stands under the faulty characters of any line', () => {
    const character = fc.constantFrom(...'ab:. \t\u001b\u200b邮😀é“\u0301\u202e');
    fc.assert(
      fc.property(
        fc.array(character, { maxLength: 120 }),
        fc.constantFrom('!', '\u00a0', '！'),
        fc.array(character, { maxLength: 120 }),
        (before, faulty, after) => {
          const text = [...before, faulty, ...after].join('');
          const shown = { '!': '!', '\u00a0': '<NBSP>', '！': '<U+FF01>' }[faulty];
          expect(marked(text, before.length + 1, 1).above).toBe(shown);
        },
      ),
      { seed, numRuns: runs(300, 20_000) },
    );
  });
});

test('sentences wrap, names, what is quoted and indented lines stay whole', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap(`a ${'x'.repeat(20)} b`, 10)).toEqual(['a', 'x'.repeat(20), 'b']);
  expect(wrap('  to copy as it stands', 5)).toEqual(['  to copy as it stands']);
  expect(wrap('a\nb', 10)).toEqual(['a', 'b']);
  expect(wrap('', 10)).toEqual(['']);
  expect(wrap('add `mx: a.test`.', 8)).toEqual(['add', '`mx: a.test`.']);
  expect(wrap('a ` b c', 3)).toEqual(['a `', 'b c']);
});

test('text to copy', () => {
  expect(block('a\nb\n', '  ')).toBe('  a\n  b\n');
  expect(block('a\u001b[2J', '  ')).toBe('  a\n');
});

test('counts', () => {
  expect(countLine([])).toBe('nothing to remark');
  expect(countLine([{ severity: 'error' }, { severity: 'notice' }, { severity: 'notice' }])).toBe(
    '1 error, 2 notices',
  );
});
