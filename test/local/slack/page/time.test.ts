/** Instants as people read them. */
import { describe, expect, test } from 'vitest';
import { dayName, englishOf, instantOf, slackDate } from '../../../../src/local/slack/page/time.ts';

const now = new Date(2026, 10, 24, 12, 0);

describe('dayName', () => {
  test.each([
    [new Date(2026, 10, 24, 0, 1), 'Today'],
    [new Date(2026, 10, 23, 23, 59), 'Yesterday'],
    [new Date(2026, 10, 22), 'Sunday'],
    [new Date(2025, 10, 24), '2025'],
  ])('%s', (at, expected) => {
    expect(dayName(at, now)).toContain(expected);
  });
});

describe('slackDate', () => {
  const at = now.getTime() / 1000;
  test.each([
    ['{date_short_pretty}', at, 'today'],
    ['{date_pretty} x', at - 86_400, 'yesterday x'],
    ['{ago}', at - 120, '2 minutes ago'],
    ['{ago}', at + 7200, 'in 2 hours'],
    ['{nothing_known} {', at, '{nothing_known} {'],
    ['{constructor}', at, '{constructor}'],
  ])('%s', (pattern, atSeconds, expected) => {
    expect(slackDate(atSeconds, pattern, now)).toBe(expected);
  });

  test.each(['{date}', '{date_num}', '{date_long}', '{time}', '{time_secs}'])('%s is filled', (pattern) => {
    expect(slackDate(at, pattern, now)).not.toContain('{');
  });
});

test.each([
  [['de-DE', 'en-US'], 'en-US'],
  [['en-US@posix'], 'en-GB'],
  [['enough'], 'en-GB'],
  [[], 'en-GB'],
])('of %j the page reads %s', (languages, expected) => {
  expect(englishOf(languages)).toBe(expected);
  expect(() => new Intl.DateTimeFormat(englishOf(languages))).not.toThrow();
});

test('a ts is seconds', () => {
  expect(instantOf('1392734382.000100').toISOString()).toBe('2014-02-18T14:39:42.000Z');
});
