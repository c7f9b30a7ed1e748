/** How many inputs a long test takes: a seeded sample in `npm test`, all of them in `npm run prove`. */

export const full = process.env.PROVE === 'full';

/** The sample's seed: the same inputs in every run, so that a failure can be repeated. */
export const seed = 8461;

/** Some of a list whose every entry costs a process: each third in `npm test`. */
export function some<T>(all: readonly T[]): readonly T[] {
  return full ? all : all.filter((_, at) => at % 3 === seed % 3);
}

export function runs(sampled: number, all: number): number {
  return full ? all : sampled;
}
