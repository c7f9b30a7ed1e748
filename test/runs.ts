/** How many inputs a long test takes: a seeded sample in `npm test`, all of them in `npm run prove`. */

export const full = process.env.PROVE === 'full';

/** The sample's seed: the same inputs in every run, so that a failure can be repeated. */
export const seed = 8461;

/** Some of a list whose every entry costs a process: each third in `npm test`. */
export function some<T>(all: readonly T[]): readonly T[] {
  return full ? all : all.filter((_, at) => at % 3 === seed % 3);
}

/** As `some`, and the first of each kind that would be left out. */
export function someOfEach<T>(all: readonly T[], kindsOf: (one: T) => readonly string[]): readonly T[] {
  const chosen = new Set(some(all));
  const known = new Set([...chosen].flatMap(kindsOf));
  for (const one of all) {
    const kinds = kindsOf(one);
    if (kinds.every((kind) => known.has(kind))) continue;
    chosen.add(one);
    for (const kind of kinds) known.add(kind);
  }
  return all.filter((one) => chosen.has(one));
}

export function runs(sampled: number, all: number): number {
  return full ? all : sampled;
}
