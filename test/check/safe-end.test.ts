/**
 * The ledger against what senders really hold: domains that publish, change and remove at random, senders that fetch
 * at random moments as RFC 8461 §3.3 and §5.1 have them, and looks between. The senders know nothing of the looks.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expiryOf, type History } from '../../src/check/history.ts';
import { judge } from '../../src/check/rule.ts';
import { rules } from '../../src/check/rules/index.ts';
import { readObservation } from '../../src/check/seen.ts';
import { runs, seed } from '../runs.ts';
import { day, lookAt, noHistory, policyText, remember } from './published.ts';

const mx = ['mx1.example.com', 'mx2.example.com'];

interface Text {
  readonly mode: 'enforce' | 'testing' | 'none';
  readonly maxAgeDays: number;
  readonly body: string;
}

const texts: readonly Text[] = (['enforce', 'testing', 'none'] as const).flatMap((mode) =>
  [0.25, 1, 3, 12].map((maxAgeDays) => ({
    mode,
    maxAgeDays,
    body: policyText(mode, mode === 'none' ? [] : mx, maxAgeDays),
  })),
);

/** What is published from one moment on, until the next change. */
interface State {
  /** Days. */
  readonly at: number;
  readonly id: string | null;
  /** Undefined: there is no policy host. */
  readonly text: Text | undefined;
}

interface Cached {
  readonly id: string | null;
  readonly text: Text;
  readonly until: number;
  /** Whether a look next to the fetch saw what was fetched: what comes and goes between two looks nobody knows. */
  readonly isKnown: boolean;
}

const states = fc
  .array(
    fc.record({
      days: fc.double({ min: 0.02, max: 6, noNaN: true }),
      // Ids come back, and stay while the policy changes.
      id: fc.constantFrom('a', 'b', 'c', 'd', null, null),
      text: fc.option(fc.constantFrom(...texts), { nil: undefined, freq: 4 }),
    }),
    { minLength: 2, maxLength: 10 },
  )
  .map((steps) => {
    let at = 0;
    return steps.map(({ days, id, text }): State => {
      const state = { at, id, text };
      at += days;
      return state;
    });
  });

const lives = fc.record({
  states,
  looks: fc.array(fc.double({ min: 0.02, max: 1, noNaN: true }), { minLength: 30, maxLength: 60 }),
  /** Of each sender: how long it waits from one delivery or renewal to the next, in turn. */
  senders: fc.array(fc.array(fc.double({ min: 0.01, max: 2, noNaN: true }), { minLength: 1, maxLength: 5 }), {
    minLength: 5,
    maxLength: 20,
  }),
});

function stateAt(all: readonly State[], at: number): State {
  return all.findLast((state) => state.at <= at) ?? { at: 0, id: null, text: undefined };
}

/** RFC 8461 §5.1: fetches for a new id, or once its policy has expired; §3.3: renews what it holds, record or not. */
function fetchPolicy(held: Cached | undefined, now: State, at: number, isSeen: (at: number) => boolean) {
  const cached = held !== undefined && held.until > at ? held : undefined;
  const wants = cached !== undefined || now.id !== null;
  if (!wants || now.text === undefined) return cached;
  const { text, id } = now;
  const isKnown = isSeen(at) && (id !== null || cached?.isKnown === true);
  return { id, text, until: at + text.maxAgeDays, isKnown };
}

interface Moment {
  readonly at: number;
  /** Undefined: a look. */
  readonly sender: number | undefined;
}

function momentsOf(looks: readonly number[], senders: readonly (readonly number[])[]): readonly Moment[] {
  let end = 0;
  const seen = looks.map((gap): Moment => {
    end += gap;
    return { at: end, sender: undefined };
  });
  const fetched = senders.flatMap((gaps, sender) => {
    const moments: Moment[] = [];
    for (let at = 0, turn = 0; at < end; turn += 1) {
      at += gaps[turn % gaps.length] ?? 1;
      moments.push({ at, sender });
    }
    return moments;
  });
  return [...seen, ...fetched].toSorted((one, other) => one.at - other.at);
}

const removal = rules.filter(({ id }) => id === 'removal.premature' || id === 'txt.absent');

test('no sender holds a policy beyond the safe end, and whoever holds one of a removed policy is told of', () => {
  const counted = { held: 0, told: 0, quiet: 0 };
  fc.assert(
    fc.property(lives, ({ states: all, looks, senders }) => {
      const moments = momentsOf(looks, senders);
      const lookedAt = moments.flatMap(({ at, sender }) => (sender === undefined ? [at] : []));
      /** The looks before and after saw the same policy, and a record that leads to it. */
      const isSeen = (at: number) => {
        const { text } = stateAt(all, at);
        const beside = [lookedAt.findLast((look) => look <= at), lookedAt.find((look) => look >= at)];
        return beside.some((look) => {
          if (look === undefined) return false;
          const state = stateAt(all, look);
          return state.text === text && state.id !== null;
        });
      };
      /** The same of a renewal, for which no record is needed. */
      const isServed = (at: number) => {
        const { text } = stateAt(all, at);
        const beside = [lookedAt.findLast((look) => look <= at), lookedAt.find((look) => look >= at)];
        return beside.some((look) => look !== undefined && stateAt(all, look).text === text);
      };
      const caches: (Cached | undefined)[] = senders.map(() => undefined);
      let history: History = noHistory;
      for (const { at, sender } of moments) {
        const state = stateAt(all, at);
        if (sender !== undefined) {
          const held = caches[sender];
          const isHolder = held !== undefined && held.until > at && held.isKnown;
          caches[sender] = fetchPolicy(held, state, at, isHolder ? isServed : isSeen);
          continue;
        }
        const seen = lookAt(day(at), {
          id: state.id,
          policy: state.text?.body ?? { fails: 'no host' },
        });
        const { findings } = judge(removal, readObservation(seen, history));
        history = remember(history, seen);
        const known = caches.filter((cached) => cached !== undefined && cached.until > at && cached.isKnown);
        const end = expiryOf(history.ledger, day(at))?.at.getTime() ?? 0;
        for (const cached of known) {
          if (cached === undefined || cached.text.mode === 'none') continue;
          counted.held += 1;
          // Days are rounded to milliseconds.
          expect(end).toBeGreaterThanOrEqual(day(cached.until).getTime() - 2);
        }
        const isRemoved = state.id === null || state.text === undefined;
        const enforced = known.filter((cached) => cached?.text.mode === 'enforce');
        const isFirst = lookedAt[0] === at;
        if (isRemoved && enforced.length > 0 && !isFirst) {
          counted.told += 1;
          expect(findings.map(({ severity }) => severity)).toEqual(['error']);
        }
        if (findings.some(({ severity }) => severity === 'error')) {
          expect(isRemoved).toBe(true);
          expect(mayBeHeld(all, lookedAt, at)).toBe(true);
        } else counted.quiet += 1;
      }
    }),
    { seed, numRuns: runs(100, 3000) },
  );
  // None of the three would show much if it hardly ever came to it.
  expect(counted.held).toBeGreaterThan(1000);
  expect(counted.told).toBeGreaterThan(150);
  expect(counted.quiet).toBeGreaterThan(500);
});

/**
 * Whether a sender that fetched at every moment could hold a policy in mode enforce: each was served until the next
 * change, and is taken to have been served until the look that no longer saw it.
 */
function mayBeHeld(all: readonly State[], lookedAt: readonly number[], at: number): boolean {
  return all.some((state, index) => {
    const { text } = state;
    if (text?.mode !== 'enforce' || state.at > at) return false;
    const servedUntil = Math.min(at, all[index + 1]?.at ?? at);
    const missedAt = lookedAt.find((look) => look >= servedUntil) ?? at;
    return Math.min(missedAt, at) + text.maxAgeDays > at;
  });
}
