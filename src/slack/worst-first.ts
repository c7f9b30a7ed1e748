/** The order in which watched domains are shown: what needs somebody comes first. PURE. */
import type { Verdict } from '../check/report.ts';
import type { WatchedDomain } from '../store/shapes.ts';

/** Up to so many are read to be put in order: they take the store some 40 ms. Beyond, they stand by name. */
export const sortedMax = 1000;

const verdictRanks: Readonly<Record<Verdict, number>> = {
  broken: 0,
  unknown: 3,
  off: 5,
  testing: 6,
  enforced: 7,
};
/** Its verdict can be good all the same: only senders that support more are hurt. */
const withError = 1;
/** Somebody thinks that it is watched. */
const paused = 2;
const notLookedAt = 4;

/** The worst first; among equals the order stays, which is by name. */
export function worstFirst(domains: readonly WatchedDomain[]): readonly WatchedDomain[] {
  return domains.toSorted((one, other) => rank(one) - rank(other));
}

export function hasError({ summary }: WatchedDomain): boolean {
  return (
    summary?.verdict === 'broken' || summary?.findings.some(({ severity }) => severity === 'error') === true
  );
}

function rank(watched: WatchedDomain): number {
  const { summary, watches } = watched;
  if (summary?.verdict === 'broken') return verdictRanks.broken;
  if (hasError(watched)) return withError;
  if (watches.some((watch) => watch.paused !== undefined)) return paused;
  return summary === undefined ? notLookedAt : verdictRanks[summary.verdict];
}
