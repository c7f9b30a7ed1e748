/** What the tests of a group share: made before the first of them, ended after the last. */
import { afterAll, beforeAll } from 'vitest';

/** Takes what ends something: done when the test, or the group of tests, that made it is through with it. */
export type AtEnd = (end: () => void | Promise<void>) => void;

/** Answers what was made, to be asked within a test. */
export function madeOnce<Made>(make: (atEnd: AtEnd) => Promise<Made>): () => Made {
  const ends: (() => void | Promise<void>)[] = [];
  let made: { readonly is: Made } | undefined;
  beforeAll(async () => {
    made = { is: await make((end) => ends.push(end)) };
  });
  afterAll(async () => {
    // The last that was made rests on those before it.
    for (const end of ends.splice(0).reverse()) await end();
  });
  return () => {
    if (made === undefined) throw new Error('Ask within a test.');
    return made.is;
  };
}
