/** When domains are looked at: single rules, then a hundred thousand of them for a week of simulated time. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { type EveryHours, everyHoursChoices } from '../../src/store/shapes.ts';
import { nextLookAt, smtpIsDue } from '../../src/watch/schedule.ts';
import { full, seed } from '../runs.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const startAt = Date.parse('2026-11-26T12:00:00.000Z');

function waitAfter(
  key: string,
  everyHours: EveryHours,
  ms: number,
  failuresInARow = 0,
  unconfirmed = 0,
): number {
  const now = new Date(startAt + ms);
  return nextLookAt({ key, everyHours, now, failuresInARow, unconfirmed }).getTime() - now.getTime();
}

describe('the next look', () => {
  test.each(everyHoursChoices)(
    'every %i hours comes at the same time of the interval, however late the last one',
    (every) => {
      const times = new Set(
        [0, 1, 17, 45].map((late) => {
          const ms = 5 * 24 * hourMs + late * minuteMs;
          return (startAt + ms + waitAfter('a.example', every, ms)) % (every * hourMs);
        }),
      );
      expect(times.size).toBe(1);
    },
  );

  test.each(everyHoursChoices)(
    'every %i hours is never later than that, and never in the same minute',
    (every) => {
      for (let index = 0; index < 5_000; index++) {
        const wait = waitAfter(`d${index}.example`, every, index * 7_919_000);
        expect(wait).toBeGreaterThanOrEqual(minuteMs);
        expect(wait).toBeLessThanOrEqual(every * hourMs);
      }
    },
  );

  test('of domains that were added in one minute is spread evenly', () => {
    const minutes = Array.from({ length: 360 }, () => 0);
    for (let index = 0; index < 36_000; index++) {
      const minute = Math.floor(waitAfter(`d${index}.example`, 6, 0) / minuteMs) % 360;
      minutes[minute] = (minutes[minute] ?? 0) + 1;
    }
    expect(Math.min(...minutes.slice(2))).toBeGreaterThan(50);
    expect(Math.max(...minutes.slice(2))).toBeLessThan(150);
  });

  test.each([
    ['failed', 1, 0],
    ['left something to be confirmed', 0, 1],
  ])('comes in two to five minutes after one that %s', (_, failures, unconfirmed) => {
    const waits = Array.from({ length: 1000 }, (__, index) =>
      waitAfter(`d${index}.example`, 24, 0, failures, unconfirmed),
    );
    const regular = Array.from({ length: 1000 }, (__, index) => waitAfter(`d${index}.example`, 24, 0));
    const soon = waits.filter((wait, index) => wait !== regular[index]);
    expect(soon.length).toBeGreaterThan(950);
    expect(Math.min(...soon)).toBeGreaterThanOrEqual(2 * minuteMs);
    expect(Math.max(...soon)).toBeLessThanOrEqual(5 * minuteMs);
    expect(Math.max(...soon) - Math.min(...soon)).toBeGreaterThan(2 * minuteMs);
  });

  test('then after twice as long each time, and never later than the regular one', () => {
    const regular = waitAfter('a.example', 24, 0);
    const waits = [1, 2, 3, 4, 20, 5_000].map((failures) => waitAfter('a.example', 24, 0, failures));
    const [first = 0] = waits;
    // Parts of a millisecond are cut.
    const doubled = waits
      .slice(0, 4)
      .map((wait, index) => Math.round((wait / first) * 1000 - 1000 * 2 ** index));
    expect(doubled).toEqual([0, 0, 0, 0]);
    expect(waits.slice(4)).toEqual([regular, regular]);
  });
});

describe('the MX hosts are connected to', () => {
  const now = new Date(startAt);
  const due = (
    everyHours: EveryHours,
    hoursAgo: number,
    more: { previousFailed?: boolean; unconfirmed?: boolean } = {},
  ) =>
    smtpIsDue({
      smtpLookedAt: new Date(startAt - hoursAgo * hourMs),
      everyHours,
      now,
      previousFailed: false,
      unconfirmed: false,
      ...more,
    });

  test.each([
    [1, 1, false],
    [1, 3, false],
    [1, 4, true],
    [6, 6, false],
    [6, 18, false],
    [6, 18.1, false],
    [6, 24, true],
    [24, 24, true],
    [24, 23.9, true],
    [24, 0.05, false],
  ] as const)('every %i hours, %f hours after the last time: %s', (every, ago, is) => {
    expect(due(every, ago)).toBe(is);
  });

  test('at once where they never were, failed, or something has to be confirmed', () => {
    expect(
      smtpIsDue({ smtpLookedAt: undefined, everyHours: 6, now, previousFailed: false, unconfirmed: false }),
    ).toBe(true);
    expect(due(6, 0.1, { previousFailed: true })).toBe(true);
    expect(due(6, 0.1, { unconfirmed: true })).toBe(true);
  });

  test.each(everyHoursChoices)(
    'every %i hours: at every fourth look at the latest, and once a day',
    (every) => {
      let clock = startAt;
      let lookedAt = startAt;
      let looks = 0;
      for (let index = 0; index < 500; index++) {
        clock = nextLookAt({
          key: 'a.example',
          everyHours: every,
          now: new Date(clock),
          failuresInARow: 0,
          unconfirmed: 0,
        }).getTime();
        // Some looks start late.
        clock += (index % 7) * minuteMs;
        looks++;
        if (
          !smtpIsDue({
            smtpLookedAt: new Date(lookedAt),
            everyHours: every,
            now: new Date(clock),
            previousFailed: false,
            unconfirmed: false,
          })
        )
          continue;
        expect(looks).toBeLessThanOrEqual(4);
        expect(clock - lookedAt).toBeLessThanOrEqual(24 * hourMs + 20 * minuteMs);
        lookedAt = clock;
        looks = 0;
      }
    },
  );
});

// A week of a hundred thousand watches

/** Over all processes. The first looks alone, a hundred thousand in an hour, keep 52 busy on average. */
const workers = 64;
/** Of looks: half end within a second, one in fifty needs more than ten, none more than thirty. */
const medianMs = 1_000;
const longestMs = 30_000;
const failingShare = 0.01;
/** Of all watches, each day: so many go, and so many come. */
const turnoverShare = 0.02;
/** Of the looks a minute at a hundred thousand watches; chance alone is over it once in a million minutes. */
const busiestOverMean = 1.35;

interface Simulated {
  readonly looks: number;
  readonly failing: number;
  readonly latestMs: number;
  readonly meanPerMinute: number;
  readonly busiestMinute: number;
  readonly longestGapOverIntervalMs: number;
  readonly heapByDay: readonly number[];
  readonly tookMs: number;
}

/** A binary heap of events, so that a week of millions of them takes seconds. */
class Events {
  readonly #times: number[] = [];
  readonly #values: number[] = [];

  get length(): number {
    return this.#times.length;
  }

  push(time: number, value: number): void {
    let at = this.#times.length;
    this.#times.push(time);
    this.#values.push(value);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if ((this.#times[above] ?? 0) <= time) break;
      this.#move(above, at);
      at = above;
    }
    this.#times[at] = time;
    this.#values[at] = value;
  }

  pop(): readonly [time: number, value: number] | undefined {
    const [time, value] = [this.#times[0], this.#values[0]];
    const [lastTime, lastValue] = [this.#times.pop(), this.#values.pop()];
    if (time === undefined || value === undefined || lastTime === undefined || lastValue === undefined)
      return undefined;
    const { length } = this.#times;
    if (length === 0) return [time, value];
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= length) break;
      if (below + 1 < length && (this.#times[below + 1] ?? 0) < (this.#times[below] ?? 0)) below++;
      if ((this.#times[below] ?? 0) >= lastTime) break;
      this.#move(below, at);
      at = below;
    }
    this.#times[at] = lastTime;
    this.#values[at] = lastValue;
    return [time, value];
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from] ?? 0;
    this.#values[to] = this.#values[from] ?? 0;
  }
}

/** Mulberry32: the same numbers in every run. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

function simulate(watches: number, days: number, pool: number): Simulated {
  const began = performance.now();
  const random = randomFrom(seed);
  const total = Math.ceil(watches * (1 + turnoverShare * days));
  const every = new Uint8Array(total);
  const gone = new Uint8Array(total);
  const failures = new Uint16Array(total);
  const lastLookAt = new Float64Array(total);
  const minutes = new Uint32Array(days * 1440 + 60);
  /** Values: the watch that is due, or `-1` for a worker that is free again, or `-2` for a change of the list. */
  const events = new Events();
  const waiting: number[] = [];
  let head = 0;
  const dueAt = new Float64Array(total);
  const endMs = days * 24 * hourMs;
  let added = 0;
  const add = (clock: number): void => {
    if (added === total) return;
    const share = random();
    every[added] = share < 0.1 ? 1 : share < 0.7 ? 6 : 24;
    lastLookAt[added] = Number.NaN;
    events.push(clock, added);
    added++;
  };
  // All added within an hour; each is looked at at once.
  for (let index = 0; index < watches; index++) add(random() * hourMs);
  const changes = Math.floor(watches * turnoverShare * days);
  for (let index = 0; index < changes; index++) events.push(hourMs + random() * (endMs - hourMs), -2);

  let free = pool;
  let looks = 0;
  let failing = 0;
  let latestMs = 0;
  let longestGapOverIntervalMs = 0;
  const heapByDay: number[] = [];
  const start = (watch: number, clock: number): void => {
    free--;
    looks++;
    latestMs = Math.max(latestMs, clock - (dueAt[watch] ?? 0));
    const minute = Math.floor(clock / minuteMs);
    // Those are asked for by people, all in the first hour; where they have to wait they spill over its end.
    const isFirstOfMany = watch < watches && Number.isNaN(lastLookAt[watch] ?? 0);
    if (!isFirstOfMany) minutes[minute] = (minutes[minute] ?? 0) + 1;
    const everyHours = (every[watch] ?? 6) as EveryHours;
    const gap = clock - (lastLookAt[watch] ?? 0) - everyHours * hourMs;
    if (!Number.isNaN(gap)) longestGapOverIntervalMs = Math.max(longestGapOverIntervalMs, gap);
    lastLookAt[watch] = clock;
    // Log-normal.
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const doneAt = clock + Math.min(longestMs, medianMs * Math.exp(1.12 * normal));
    events.push(doneAt, -1);
    const fails = random() < failingShare;
    if (fails) failing++;
    failures[watch] = fails ? (failures[watch] ?? 0) + 1 : 0;
    const now = new Date(startAt + clock);
    const key = `${watch}.example`;
    const next = nextLookAt({ key, everyHours, now, failuresInARow: failures[watch] ?? 0, unconfirmed: 0 });
    events.push(next.getTime() - startAt, watch);
  };
  let day = 0;
  for (let event = events.pop(); event !== undefined && event[0] < endMs; event = events.pop()) {
    const [clock, value] = event;
    while (clock >= (day + 1) * 24 * hourMs) {
      collectGarbage();
      heapByDay.push(process.memoryUsage().heapUsed);
      day++;
    }
    if (value === -1) free++;
    else if (value === -2) {
      gone[Math.floor(random() * added)] = 1;
      add(clock);
    } else if (gone[value] !== 1) {
      dueAt[value] = clock;
      waiting.push(value);
    }
    while (free > 0 && head < waiting.length) start(waiting[head++] ?? 0, clock);
    if (head === waiting.length) {
      waiting.length = 0;
      head = 0;
    }
  }
  collectGarbage();
  heapByDay.push(process.memoryUsage().heapUsed);
  // Within the first hour there are not all of them yet.
  const steady = minutes.slice(60, days * 1440);
  return {
    looks,
    failing,
    latestMs,
    meanPerMinute: steady.reduce((sum, count) => sum + count, 0) / steady.length,
    busiestMinute: Math.max(...steady),
    longestGapOverIntervalMs,
    heapByDay,
    tookMs: performance.now() - began,
  };
}

describe('simulated time', () => {
  const [watches, days] = full ? ([100_000, 7] as const) : ([5_000, 2] as const);

  test(`${watches} watches, added within an hour, ${days} days: none late by more than ten minutes`, ({
    annotate,
  }) => {
    const pool = Math.ceil((workers * watches) / 100_000);
    const result = simulate(watches, days, pool);
    const { looks, failing, latestMs, meanPerMinute, busiestMinute, heapByDay, tookMs } = result;
    const figures = [
      `${looks} looks, ${failing} of them failing, ${pool} at once`,
      `the latest ${(latestMs / 1000).toFixed(1)} s late`,
      `${meanPerMinute.toFixed(1)} a minute, ${busiestMinute} in the busiest (${(busiestMinute / meanPerMinute).toFixed(2)} times)`,
      `the longest time between two looks ${(result.longestGapOverIntervalMs / 1000).toFixed(1)} s over the interval`,
      `heap by day ${heapByDay.map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`).join(', ')}`,
      `simulated in ${(tookMs / 1000).toFixed(1)} s`,
    ].join('; ');
    process.stdout.write(`schedule: ${figures}\n`);
    void annotate(figures);
    expect(looks).toBeGreaterThan(watches * days);
    expect(latestMs).toBeLessThan(10 * minuteMs);
    expect(result.longestGapOverIntervalMs).toBeLessThan(10 * minuteMs);
    // Few looks a minute vary more: by six times the root of the mean.
    expect(busiestMinute).toBeLessThan(
      Math.max(busiestOverMean * meanPerMinute, meanPerMinute + 6 * Math.sqrt(meanPerMinute)),
    );
    const [first = 0] = heapByDay;
    expect(Math.max(...heapByDay) - first).toBeLessThan(16 * 2 ** 20);
  });
});
