/** When a team is told: not in its quiet hours, and of the week on the day it chose. PURE; times are of its own time zone. */
import { fail, ok, type Result } from '../protocol/result.ts';
import type { TeamSettings } from '../store/shapes.ts';

export interface QuietHours {
  /** From 0 to 1439, as the clock on the wall shows it. */
  readonly fromMinute: number;
  /** The same; less than `fromMinute` is on the next day, and the same is no quiet hours at all. */
  readonly toMinute: number;
}

/**
 * When what is news now may be told: now, or the end of the quiet hours. A time that the clock leaves out in spring
 * is as much later as it leaves out, and of one that it shows twice in autumn the first counts.
 */
export function tellAt({ quietHours }: TeamSettings, now: Date): Date {
  // A zone that this machine does not know is no reason to be silent.
  if (quietHours === undefined || !isTimeZone(quietHours.timeZone)) return now;
  const { fromMinute, toMinute, timeZone } = quietHours;
  if (fromMinute === toMinute) return now;
  const today = dayOf(now, timeZone);
  for (const day of [today.subtract({ days: 1 }), today]) {
    const lastDay = fromMinute < toMinute ? day : day.add({ days: 1 });
    const end = instantOf(lastDay, toMinute, timeZone);
    if (instantOf(day, fromMinute, timeZone) <= now && now < end) return end;
  }
  return now;
}

/** The next time of the weekly digest, later than now. Undefined where there is none, or its zone is not known. */
export function nextDigestAt(digest: TeamSettings['digest'], now: Date): Date | undefined {
  if (digest === undefined || !isTimeZone(digest.timeZone)) return undefined;
  const { weekday, minute, timeZone } = digest;
  const today = dayOf(now, timeZone);
  const day = today.add({ days: (weekday - today.dayOfWeek + 7) % 7 });
  const next = instantOf(day, minute, timeZone);
  return next > now ? next : instantOf(day.add({ days: 7 }), minute, timeZone);
}

/** Such as `Europe/Berlin`. */
export function isTimeZone(text: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export interface QuietHoursProblem {
  readonly code: 'not-two-times' | 'no-such-hour' | 'no-such-minute';
  /** A whole sentence that says what to write. */
  readonly text: string;
}

const twoTimes = /^\s*(\d{1,2})(?:[:.](\d{2}))?\s*(?:-|–|—|to|until)\s*(\d{1,2})(?:[:.](\d{2}))?\s*$/i;

/** `22:00-07:00`, also `22-7`; `24:00` is midnight. */
export function parseQuietHours(text: string): Result<QuietHours, QuietHoursProblem> {
  const [, fromHour, fromMinutes = '00', toHour, toMinutes = '00'] = twoTimes.exec(text) ?? [];
  if (fromHour === undefined || toHour === undefined) {
    return fail({
      code: 'not-two-times',
      text: 'Write two times of the 24-hour clock with a hyphen between them, such as 22:00-07:00.',
    });
  }
  const times = [
    [fromHour, fromMinutes],
    [toHour, toMinutes],
  ] as const;
  for (const [hour, minutes] of times) {
    if (Number(minutes) > 59) {
      return fail({ code: 'no-such-minute', text: `Minutes go from 00 to 59, and ${minutes} is none.` });
    }
    if (Number(hour) * 60 + Number(minutes) > dayMinutes) {
      return fail({
        code: 'no-such-hour',
        text: `Hours go from 0 to 24, and ${hour}:${minutes} is no time of the day.`,
      });
    }
  }
  const [fromMinute, toMinute] = times.map(
    ([hour, minutes]) => (Number(hour) * 60 + Number(minutes)) % dayMinutes,
  ) as [number, number];
  return ok({ fromMinute, toMinute });
}

/** `22:00-07:00`, which `parseQuietHours` reads. */
export function formatQuietHours({ fromMinute, toMinute }: QuietHours): string {
  const format = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  return `${format(fromMinute)}-${format(toMinute)}`;
}

const dayMinutes = 1440;

function dayOf(now: Date, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
}

function instantOf(day: Temporal.PlainDate, minute: number, timeZone: string): Date {
  const plainTime = new Temporal.PlainTime(Math.floor(minute / 60), minute % 60);
  return new Date(day.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds);
}
