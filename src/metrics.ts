/** What Prometheus may know: how many interactions of which kind, how they ended and how long they took. */
import type { Interaction } from './slack/door.ts';

export interface Metrics {
  observe(interaction: Interaction): void;
  /** The exposition format; the first call loads what the start should not wait for. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Slack waits 3 s for an ack and a person less; in seconds. */
const ackBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3];
/** A form that waits for DNS is done after about 3 s, a post that waits for Slack after about 30 s. */
const durationBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30];

/** Interactions that came before the library was loaded; more are not kept apart. */
const earlyMax = 1000;

export function createMetrics(): Metrics {
  const early: Interaction[] = [];
  let loaded: Awaited<ReturnType<typeof load>> | undefined;
  return {
    observe(interaction) {
      if (loaded !== undefined) loaded.count(interaction);
      else if (early.length < earlyMax) early.push(interaction);
    },
    async text() {
      loaded ??= await load();
      for (const interaction of early.splice(0)) loaded.count(interaction);
      return { contentType: loaded.register.contentType, body: await loaded.register.metrics() };
    },
  };
}

async function load() {
  const { collectDefaultMetrics, Counter, Histogram, Registry } = await import('prom-client');
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
  return {
    register,
    count({ kind, name, outcome, ackMs, durationMs }: Interaction) {
      // Only names that a listener answered: the others come from outside and have no end.
      interactions.inc({ kind, name: outcome === 'unknown' ? 'unknown' : name, outcome });
      acks.observe({ kind }, ackMs / 1000);
      durations.observe({ kind }, durationMs / 1000);
    },
  };
}
