/** Times of a team's own clock, with everything that clocks do. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TeamSettings } from '../../src/store/shapes.ts';
import {
  formatQuietHours,
  isTimeZone,
  nextDigestAt,
  parseQuietHours,
  tellAt,
} from '../../src/watch/quiet-hours.ts';
import { runs, seed } from '../runs.ts';

function quiet(text: string, timeZone: string): TeamSettings {
  const parsed = parseQuietHours(text);
  if (!parsed.ok) throw new Error(parsed.problem.text);
  return { quietHours: { ...parsed.value, timeZone }, digest: undefined };
}

describe('what is news is told', () => {
  test.each([
    ['at once by day', '22:00-07:00', 'UTC', '2026-11-26T12:00:00Z', '2026-11-26T12:00:00Z'],
    ['in the morning, in the evening', '22:00-07:00', 'UTC', '2026-11-26T22:00:00Z', '2026-11-27T07:00:00Z'],
    ['in the morning, after midnight', '22:00-07:00', 'UTC', '2026-11-27T03:00:00Z', '2026-11-27T07:00:00Z'],
    ['at once as soon as they end', '22:00-07:00', 'UTC', '2026-11-27T07:00:00Z', '2026-11-27T07:00:00Z'],
    ['after a siesta', '13:00-15:30', 'UTC', '2026-11-26T13:30:00Z', '2026-11-26T15:30:00Z'],
    ['at once before one', '13:00-15:30', 'UTC', '2026-11-26T12:59:59Z', '2026-11-26T12:59:59Z'],
    ['at once where from is to', '22:00-22:00', 'UTC', '2026-11-26T22:00:00Z', '2026-11-26T22:00:00Z'],
    ['from midnight', '0-6', 'UTC', '2026-11-26T00:00:00Z', '2026-11-26T06:00:00Z'],
    ['until midnight', '22-24', 'UTC', '2026-11-26T23:59:00Z', '2026-11-27T00:00:00Z'],
    [
      'by their own clock: India, half an hour',
      '22:00-07:00',
      'Asia/Kolkata',
      '2026-11-26T17:00:00Z',
      '2026-11-27T01:30:00Z',
    ],
    [
      'in Nepal, 45 minutes off',
      '22:00-07:00',
      'Asia/Kathmandu',
      '2026-11-26T16:15:00Z',
      '2026-11-27T01:15:00Z',
    ],
    [
      'by their own clock: Nepal, three quarters',
      '22:00-07:00',
      'Asia/Kathmandu',
      '2026-11-26T16:14:00Z',
      '2026-11-26T16:14:00Z',
    ],
    [
      'by their own clock: the day before',
      '22:00-07:00',
      'America/Los_Angeles',
      '2026-11-27T06:30:00Z',
      '2026-11-27T15:00:00Z',
    ],
    // Berlin, 28 March 2027: 02:00 becomes 03:00.
    [
      'in the shorter night an hour sooner',
      '22:00-07:00',
      'Europe/Berlin',
      '2027-03-27T23:00:00Z',
      '2027-03-28T05:00:00Z',
    ],
    [
      'at an end that the clock leaves out: as much later',
      '22:00-02:30',
      'Europe/Berlin',
      '2027-03-28T00:30:00Z',
      '2027-03-28T01:30:00Z',
    ],
    [
      'between both readings of a beginning that it leaves out: at once',
      '02:30-06:00',
      'Europe/Berlin',
      '2027-03-28T01:15:00Z',
      '2027-03-28T01:15:00Z',
    ],
    ['after it', '02:30-06:00', 'Europe/Berlin', '2027-03-28T01:30:00Z', '2027-03-28T04:00:00Z'],
    [
      'at once where the clock leaves all of it out',
      '02:10-02:50',
      'Europe/Berlin',
      '2027-03-28T01:05:00Z',
      '2027-03-28T01:05:00Z',
    ],
    // Berlin, 31 October 2027: 03:00 becomes 02:00.
    [
      'in the longer night an hour later',
      '22:00-07:00',
      'Europe/Berlin',
      '2027-10-30T21:00:00Z',
      '2027-10-31T06:00:00Z',
    ],
    [
      'at an end that comes twice: the first',
      '22:00-02:30',
      'Europe/Berlin',
      '2027-10-31T00:15:00Z',
      '2027-10-31T00:30:00Z',
    ],
    [
      'and not quiet again before the second',
      '22:00-02:30',
      'Europe/Berlin',
      '2027-10-31T01:15:00Z',
      '2027-10-31T01:15:00Z',
    ],
    // Lord Howe Island moves by half an hour.
    [
      'where the clock moves by half an hour',
      '22:00-07:00',
      'Australia/Lord_Howe',
      '2027-04-03T12:00:00Z',
      '2027-04-03T20:30:00Z',
    ],
    [
      'at once in a zone that nobody knows',
      '22:00-07:00',
      'Mars/Olympus',
      '2026-11-26T23:00:00Z',
      '2026-11-26T23:00:00Z',
    ],
  ])('%s', (_, hours, timeZone, now, expected) => {
    expect(tellAt(quiet(hours, timeZone), new Date(now)).toISOString()).toBe(
      new Date(expected).toISOString(),
    );
  });

  test('at once without quiet hours', () => {
    const now = new Date('2026-11-26T03:00:00Z');
    expect(tellAt({ quietHours: undefined, digest: undefined }, now)).toBe(now);
  });

  const zones = [
    'UTC',
    'Asia/Kolkata',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'America/St_Johns',
    'Pacific/Chatham',
    'Africa/Casablanca',
  ];

  test('never in the past, never more than 25 hours late, and at a time that is not quiet', () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        minute,
        minute,
        fc.integer({ min: 0, max: 525_600 }),
        (timeZone, fromMinute, toMinute, after) => {
          const settings = { quietHours: { fromMinute, toMinute, timeZone }, digest: undefined };
          const now = new Date(Date.UTC(2027, 0, 1) + after * 60_000);
          const told = tellAt(settings, now);
          expect(told.getTime()).toBeGreaterThanOrEqual(now.getTime());
          expect(told.getTime() - now.getTime()).toBeLessThanOrEqual(25 * 3_600_000);
          if (told > now)
            expect(tellAt(settings, new Date(now.getTime() + 1)).getTime()).toBe(told.getTime());
        },
      ),
      { seed, numRuns: runs(500, 50_000) },
    );
  });
});

describe('the weekly digest comes', () => {
  const digest = (weekday: number, minute: number, timeZone: string) => ({
    conversation: 'C1',
    weekday,
    minute,
    timeZone,
  });

  test.each([
    // 26 November 2026 is a Thursday.
    ['later this week', digest(5, 540, 'UTC'), '2026-11-26T12:00:00Z', '2026-11-27T09:00:00Z'],
    ['later this day', digest(4, 840, 'UTC'), '2026-11-26T12:00:00Z', '2026-11-26T14:00:00Z'],
    [
      'next week, once its time is there',
      digest(4, 720, 'UTC'),
      '2026-11-26T12:00:00Z',
      '2026-12-03T12:00:00Z',
    ],
    ['next week, for an earlier day', digest(1, 540, 'UTC'), '2026-11-26T12:00:00Z', '2026-11-30T09:00:00Z'],
    ['on Sunday, the seventh', digest(7, 0, 'UTC'), '2026-11-26T12:00:00Z', '2026-11-29T00:00:00Z'],
    [
      'on their Monday, which is our Sunday',
      digest(1, 540, 'Pacific/Auckland'),
      '2026-11-26T12:00:00Z',
      '2026-11-29T20:00:00Z',
    ],
    [
      'at the same time by their clock after it was changed',
      digest(1, 540, 'Europe/Berlin'),
      '2027-03-22T08:00:00Z',
      '2027-03-29T07:00:00Z',
    ],
    [
      'an hour later where the clock leaves it out',
      digest(7, 150, 'Europe/Berlin'),
      '2027-03-27T08:00:00Z',
      '2027-03-28T01:30:00Z',
    ],
    [
      'once where the clock shows it twice',
      digest(7, 150, 'Europe/Berlin'),
      '2027-10-31T00:30:00Z',
      '2027-11-07T01:30:00Z',
    ],
  ])('%s', (_, settings, now, expected) => {
    expect(nextDigestAt(settings, new Date(now))?.toISOString()).toBe(new Date(expected).toISOString());
  });

  test('never, where there is none, or its zone is not known', () => {
    expect(nextDigestAt(undefined, new Date())).toBeUndefined();
    expect(nextDigestAt(digest(1, 540, 'Mars/Olympus'), new Date())).toBeUndefined();
  });

  test('one after the other, a week apart but for the change of the clock', () => {
    let now = new Date('2027-01-01T00:00:00Z');
    for (let week = 0; week < 60; week++) {
      const next = nextDigestAt(digest(1, 540, 'Europe/Berlin'), now);
      if (next === undefined) throw new Error('there is one');
      if (week > 0)
        expect(Math.abs(next.getTime() - now.getTime() - 7 * 86_400_000)).toBeLessThanOrEqual(3_600_000);
      now = next;
    }
  });
});

describe('quiet hours are written', () => {
  test.each([
    ['22:00-07:00', 1320, 420],
    [' 22:00 – 07:00 ', 1320, 420],
    ['22-7', 1320, 420],
    ['22.30 to 6', 1350, 360],
    ['9:05 until 17:00', 545, 1020],
    ['00:00-24:00', 0, 0],
  ])('%s', (text, fromMinute, toMinute) => {
    expect(parseQuietHours(text)).toEqual({ ok: true, value: { fromMinute, toMinute } });
  });

  test.each([
    ['', 'not-two-times', 'nothing'],
    ['22:00', 'not-two-times', 'one time'],
    ['at night', 'not-two-times', 'no time'],
    ['10pm-7am', 'not-two-times', 'the other clock'],
    ['22:00-07:00-09:00', 'not-two-times', 'three times'],
    ['22:0-07:00', 'not-two-times', 'minutes of one digit'],
    ['25:00-07:00', 'no-such-hour', 'an hour that is none'],
    ['22:00-24:01', 'no-such-hour', 'after midnight'],
    ['22:60-07:00', 'no-such-minute', 'a minute that is none'],
  ])('not "%s": %s, %s', (text, code) => {
    expect(parseQuietHours(text)).toMatchObject({ ok: false, problem: { code } });
  });

  test('as they are read', () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(minute, minute, (fromMinute, toMinute) => {
        const hours = { fromMinute, toMinute };
        expect(parseQuietHours(formatQuietHours(hours))).toEqual({ ok: true, value: hours });
      }),
      { seed, numRuns: runs(200, 10_000) },
    );
  });

  test.each([
    ['Europe/Berlin', true],
    ['UTC', true],
    ['Berlin', false],
    ['', false],
  ])('in the zone "%s": %s', (zone, is) => {
    expect(isTimeZone(zone)).toBe(is);
  });
});
