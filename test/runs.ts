/** How many inputs a long test takes: a seeded sample in `npm test`, all of them in `npm run prove`. */

export const full = process.env.PROVE === 'full';

/** The sample's seed: the same inputs in every run, so that a failure can be repeated. */
export const seed = 8461;

export function runs(sampled: number, all: number): number {
  return full ? all : sampled;
}
