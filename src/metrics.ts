/**
 * What Prometheus may know: how many interactions and checks of which kind, how they ended and how long they took.
 * Never of which domain.
 */
import type { CheckedOnce } from './slack/app.ts';
import type { Interaction } from './slack/door.ts';
import type { Jobs } from './store/store.ts';
import type { OwnNetworkChange } from './watch/own-network.ts';
import type { WatchedOnce } from './watch/watcher.ts';
import type { Way } from './watch/ways.ts';

export interface Metrics {
  observe(interaction: Interaction): void;
  observeCheck(check: CheckedOnce): void;
  observeWatched(watched: WatchedOnce): void;
  observeOwnNetwork(change: OwnNetworkChange): void;
  /** The exposition format; the first call loads what the start should not wait for. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Slack waits 3 s for an ack and a person less; in seconds. */
const ackBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3];
/** A form that waits for DNS is done after about 3 s, a post that waits for Slack after about 30 s. */
const durationBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30];

/** A healthy domain is looked at in a fifth of a second, a silent one in 30 s. */
const checkBuckets = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30];

/** What is asked of the store each time; without an answer its figures are left out. */
export type Lag = () => ReturnType<Jobs['lag']>;

/** What came before the library was loaded; more is not kept apart. */
const earlyMax = 1000;

export function createMetrics(lag?: Lag): Metrics {
  const early: ((into: Awaited<ReturnType<typeof load>>) => void)[] = [];
  let loaded: Awaited<ReturnType<typeof load>> | undefined;
  const failing = new Set<Way>();
  const note = (count: (into: Awaited<ReturnType<typeof load>>) => void) => {
    if (loaded !== undefined) count(loaded);
    else if (early.length < earlyMax) early.push(count);
  };
  return {
    observe: (interaction) => note(({ count }) => count(interaction)),
    observeCheck: (check) => note(({ countCheck }) => countCheck(check)),
    observeWatched: (watched) => note(({ countWatched }) => countWatched(watched)),
    observeOwnNetwork({ way, to }) {
      if (to === 'failing') failing.add(way);
      else failing.delete(way);
    },
    async text() {
      loaded ??= await load(lag, failing);
      for (const count of early.splice(0)) count(loaded);
      return { contentType: loaded.register.contentType, body: await loaded.register.metrics() };
    },
  };
}

async function load(lag: Lag | undefined, failing: ReadonlySet<Way>) {
  const [{ collectDefaultMetrics, Counter, Gauge, Histogram, Registry }, { ways }] = await Promise.all([
    import('prom-client'),
    import('./watch/ways.ts'),
  ]);
  const register = new Registry();
  collectDefaultMetrics({ register });
  const interactions = new Counter({
    name: 'mta_sts_bot_interactions_total',
    help: 'Interactions with Slack by kind, name and outcome.',
    labelNames: ['kind', 'name', 'outcome'],
    registers: [register],
  });
  const acks = new Histogram({
    name: 'mta_sts_bot_ack_seconds',
    help: 'From the arrival of a payload to its ack.',
    labelNames: ['kind'],
    buckets: ackBuckets,
    registers: [register],
  });
  const durations = new Histogram({
    name: 'mta_sts_bot_interaction_seconds',
    help: 'From the arrival of a payload until nothing is left to do.',
    labelNames: ['kind'],
    buckets: durationBuckets,
    registers: [register],
  });
  const checks = new Histogram({
    name: 'mta_sts_bot_check_seconds',
    help: 'Looks at a domain by verdict, from the first question to the report.',
    labelNames: ['verdict'],
    buckets: checkBuckets,
    registers: [register],
  });
  const watched = new Histogram({
    name: 'mta_sts_bot_watch_look_seconds',
    help: 'Looks at watched domains by outcome: the verdict, or stale, or error.',
    labelNames: ['outcome'],
    buckets: checkBuckets,
    registers: [register],
  });
  new Gauge({
    name: 'mta_sts_bot_own_network_failing',
    help: 'Whether failures on this way out are held against the network of this process: 1, else 0.',
    labelNames: ['way'],
    registers: [register],
    collect() {
      for (const way of ways) this.set({ way }, failing.has(way) ? 1 : 0);
    },
  });
  if (lag !== undefined) registerLag(lag);

  function registerLag(ask: Lag): void {
    const due = new Gauge({
      name: 'mta_sts_bot_jobs_due',
      help: 'Jobs that are due and not begun, by kind.',
      labelNames: ['kind'],
      registers: [register],
      async collect() {
        due.reset();
        oldest.reset();
        const answer = await ask().catch(() => ({}));
        for (const [kind, { due: count, oldestSeconds }] of Object.entries<{
          due: number;
          oldestSeconds: number;
        }>(answer)) {
          due.set({ kind }, count);
          oldest.set({ kind }, oldestSeconds);
        }
      },
    });
    // Set along with the other, which is asked first.
    const oldest = new Gauge({
      name: 'mta_sts_bot_jobs_oldest_seconds',
      help: 'For how long the oldest job that is due has been so, by kind.',
      labelNames: ['kind'],
      registers: [register],
    });
  }

  return {
    register,
    countWatched({ outcome, durationMs }: WatchedOnce) {
      watched.observe({ outcome }, durationMs / 1000);
    },
    countCheck({ verdict, durationMs }: CheckedOnce) {
      checks.observe({ verdict }, durationMs / 1000);
    },
    count({ kind, name, outcome, ackMs, durationMs }: Interaction) {
      // Only names that a listener answered: the others come from outside and have no end.
      interactions.inc({ kind, name: outcome === 'unknown' ? 'unknown' : name, outcome });
      acks.observe({ kind }, ackMs / 1000);
      durations.observe({ kind }, durationMs / 1000);
    },
  };
}
