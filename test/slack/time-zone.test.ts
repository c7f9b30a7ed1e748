/** Time zones as people type them. */
import { describe, expect, test } from 'vitest';
import { parseTimeZone } from '../../src/slack/time-zone.ts';

describe('is understood', () => {
  test.each([
    ['Europe/Berlin', 'Europe/Berlin', 'as IANA writes it'],
    [' europe/berlin ', 'Europe/Berlin', 'in any case, with spaces around'],
    ['America/New York', 'America/New_York', 'with a space in it'],
    ['UTC', 'UTC', ''],
    ['utc', 'UTC', ''],
    ['gmt', 'UTC', 'the same clock'],
    ['Z', 'UTC', ''],
    ['Etc/UTC', 'UTC', ''],
    ['Asia/Calcutta', 'Asia/Calcutta', 'an earlier name that still works'],
    ['Europe/Kyiv', 'Europe/Kyiv', 'a later name'],
    ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires', 'of three parts'],
  ])('%j as %s %s', (typed, name) => {
    const parsed = parseTimeZone(typed);
    expect(parsed.ok && parsed.value.toLowerCase()).toBe(name.toLowerCase());
    // What is kept is what the clock is asked for later.
    expect(() => new Intl.DateTimeFormat('en', { timeZone: name })).not.toThrow();
  });
});

describe('is not, and is told what to write', () => {
  test.each([
    ['', 'Europe/Berlin'],
    ['   ', 'Europe/Berlin'],
    ['berlin', '`Europe/Berlin`'],
    ['Berlni', '`Europe/Berlin`'],
    ['New York', '`America/New_York`'],
    ['Europe/Londn', '`Europe/London`'],
    ['Europa/Paris', '`Europe/Paris`'],
    // An abbreviation is no place: Ceuta is near to CET in letters only.
    ['CET', 'one such as `Europe/Berlin`'],
    ['EST', 'one such as'],
    ['+02:00', 'one such as'],
    ['UTC+2', 'one such as'],
    ['Europe/Nowhere', 'one such as'],
    ['<!channel>', 'one such as'],
    ['x'.repeat(500), 'one such as'],
  ])('%j: %s', (typed, hint) => {
    const parsed = parseTimeZone(typed);
    if (parsed.ok) throw new Error(`taken for ${parsed.value}`);
    expect(parsed.problem.message).toContain(hint);
    expect(parsed.problem.message.length).toBeLessThan(200);
  });
});
