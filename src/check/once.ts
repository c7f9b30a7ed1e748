/** Work that many rules need of the same reading, done once for it. */
import type { Seen } from './seen.ts';

/** The same answer for the same reading, as long as somebody holds that. Of pure functions alone. */
export function once<T>(work: (seen: Seen) => T): (seen: Seen) => T {
  const done = new WeakMap<Seen, { readonly answer: T }>();
  return (seen) => {
    const known = done.get(seen) ?? { answer: work(seen) };
    done.set(seen, known);
    return known.answer;
  };
}
