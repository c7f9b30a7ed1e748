/**
 * Whether it is this machine's own network that is at fault when a watched domain does not answer: asked of other
 * domains that did answer lately. What a look met is read in ways.ts, looking at the others is left to the watcher.
 * The rule, with its reasons and bounds: docs/decisions/alerts.md.
 */
import type { Observation } from '../check/observation.ts';
import { type Met, metOn, type Way, ways, withoutFailures } from './ways.ts';

export interface OwnNetwork {
  /**
   * The look without what failed on a way that is taken to be at fault here, which is then not measured; itself when
   * there is no such way. Looks at other domains first where something failed and it is not known why. Rejects
   * with what `lookAt` does.
   */
  judge(looked: Looked, lookAt: LookAtOther): Promise<Observation>;
}

interface Looked {
  readonly domainId: string;
  readonly observation: Observation;
  /** The look before, as it was kept. */
  readonly previous: Observation | undefined;
}

/** A fresh look at another domain by this way; undefined when it is watched no more. */
type LookAtOther = (domainId: string, way: Way) => Promise<Observation | undefined>;

export interface OwnNetworkChange {
  readonly way: Way;
  /**
   * `failing`: from now on what fails on this way is held against this machine. `reached`: somebody answered, and it
   * is over. `believed`: it went on for so long that it is held against the domains from now on.
   */
  readonly to: 'failing' | 'reached' | 'believed';
}

/** One or two may be down by chance, or hang together in a way that nobody sees; with fewer there is no evidence. */
const silentAtLeast = 3;
/** One more, so that a single one that answers ends it, and few enough to cost nobody anything. */
const askedAtOnce = 4;
/**
 * Somebody who answered since then shows the way to be open; and nobody is asked more often. Not longer than the time
 * between two looks that confirm a failure, so that the later one is not judged by what was so before the first.
 */
const freshMs = 60_000;
/** Networks are mended within a day, if anybody minds; domains that really failed must not wait for ever. */
export const heldAtMostMs = 24 * 3_600_000;
/** Of each way; every one of another provider. */
const witnessesKept = 50;

/** A domain that answered the last time, so that its silence means something. */
interface Witness {
  readonly providers: ReadonlySet<string>;
  readonly reachedAtMs: number;
}

interface WayState {
  readonly witnesses: Map<string, Witness>;
  /** When the latest look began that somebody answered. */
  reachedAtMs: number;
  /** When the latest fault ended. */
  openSinceMs: number;
  fault?: { readonly sinceMs: number; askedAtMs: number; isBelieved: boolean };
  asking?: Promise<void>;
}

/** One for the process. It remembers nothing beyond it: the looks before are enough to begin with. */
export function createOwnNetwork(options: {
  readonly now: () => Date;
  readonly tell: (change: OwnNetworkChange) => void;
}): OwnNetwork {
  const { tell } = options;
  const nowMs = () => options.now().getTime();
  const states = new Map(
    ways.map((way): [Way, WayState] => [
      way,
      {
        witnesses: new Map(),
        reachedAtMs: Number.NEGATIVE_INFINITY,
        openSinceMs: Number.NEGATIVE_INFINITY,
      },
    ]),
  );

  function noteReached(domainId: string, { startedAt }: Observation, met: ReadonlyMap<Way, Met>): void {
    for (const [way, state] of states) {
      const here = met.get(way);
      if (here?.outcome !== 'reached') continue;
      const reachedAtMs = Date.parse(startedAt);
      state.reachedAtMs = Math.max(state.reachedAtMs, reachedAtMs);
      addWitness(state.witnesses, domainId, { providers: here.providers, reachedAtMs });
      if (state.fault === undefined) continue;
      const { isBelieved } = state.fault;
      delete state.fault;
      if (isBelieved) continue;
      state.openSinceMs = nowMs();
      tell({ way, to: 'reached' });
    }
  }

  async function isOurs(
    way: Way,
    state: WayState,
    { domainId, observation }: Looked,
    lookAt: LookAtOther,
  ): Promise<boolean> {
    // It began while nobody could be reached.
    if (Date.parse(observation.startedAt) < state.openSinceMs) return true;
    if (state.fault?.isBelieved || nowMs() - state.reachedAtMs < freshMs) return false;
    if (state.fault === undefined || nowMs() - state.fault.askedAtMs >= freshMs) {
      state.asking ??= askWitnesses(way, state, domainId, lookAt).finally(() => {
        delete state.asking;
      });
      await state.asking;
    }
    const { fault } = state;
    // Also where it ended by this very asking: this look began before.
    if (fault === undefined) return Date.parse(observation.startedAt) < state.openSinceMs;
    if (!fault.isBelieved && nowMs() - fault.sinceMs >= heldAtMostMs) {
      fault.isBelieved = true;
      tell({ way, to: 'believed' });
    }
    return !fault.isBelieved;
  }

  /** Ends the fault when one of them answers, and begins it when none does. */
  async function askWitnesses(
    way: Way,
    state: WayState,
    silentId: string,
    lookAt: LookAtOther,
  ): Promise<void> {
    const { witnesses } = state;
    // Where only some of the world is away, those that answered last are the least likely to be of it.
    const asked = [...witnesses]
      .sort(([, one], [, other]) => other.reachedAtMs - one.reachedAtMs)
      .slice(0, askedAtOnce)
      .map(([domainId]) => domainId);
    if (asked.length < silentAtLeast) return;
    const outcomes = await Promise.all(
      asked.map(async (domainId) => {
        if (domainId === silentId) return 'failed';
        const observation = await lookAt(domainId, way);
        if (observation === undefined) {
          witnesses.delete(domainId);
          return undefined;
        }
        const met = metOn(observation);
        noteReached(domainId, observation, met);
        return met.get(way)?.outcome;
      }),
    );
    const silent = asked.filter((_, at) => outcomes[at] === 'failed');
    if (outcomes.includes('reached')) {
      // They fail by themselves, so that their silence shows nothing any more.
      for (const domainId of silent) witnesses.delete(domainId);
    } else if (state.fault !== undefined) {
      state.fault.askedAtMs = nowMs();
    } else if (silent.length >= silentAtLeast) {
      state.fault = { sinceMs: nowMs(), askedAtMs: nowMs(), isBelieved: false };
      tell({ way, to: 'failing' });
    }
  }

  return {
    async judge(looked, lookAt) {
      const { domainId, observation, previous } = looked;
      const met = metOn(observation);
      noteReached(domainId, observation, met);
      const before = previous === undefined ? undefined : metOn(previous);
      const ours = await Promise.all(
        [...states].map(async ([way, state]) => {
          if (met.get(way)?.outcome !== 'failed') return [];
          const earlier = before?.get(way);
          // Also after a start in the middle of it, when nobody has answered this process yet.
          if (previous !== undefined && earlier !== undefined && earlier.outcome !== 'failed') {
            const reachedAtMs = Date.parse(previous.startedAt);
            addWitness(state.witnesses, domainId, { providers: earlier.providers, reachedAtMs });
          }
          return (await isOurs(way, state, looked, lookAt)) ? [way] : [];
        }),
      );
      const failing = new Set(ours.flat());
      return failing.size === 0 ? observation : withoutFailures(observation, failing);
    },
  };
}

/** Each of another provider than all others: it takes the place of the one with which it has one in common. */
function addWitness(witnesses: Map<string, Witness>, domainId: string, witness: Witness): void {
  const known = witnesses.get(domainId);
  if (known !== undefined && known.reachedAtMs >= witness.reachedAtMs) return;
  witnesses.delete(domainId);
  const alike = [...witnesses].filter(([, { providers }]) => !providers.isDisjointFrom(witness.providers));
  // In the place of two it would leave fewer than there are.
  if (alike.length > 1 || alike.some(([, { reachedAtMs }]) => reachedAtMs > witness.reachedAtMs)) return;
  for (const [id] of alike) witnesses.delete(id);
  witnesses.set(domainId, witness);
  const [oldest] = witnesses.keys();
  if (witnesses.size > witnessesKept && oldest !== undefined) witnesses.delete(oldest);
}
