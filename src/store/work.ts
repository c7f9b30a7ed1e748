/**
 * Takes what is due and has it done, as many at once as there is room for each kind. One question a second for all
 * kinds, whatever the room: pg-boss's own workers would each ask by themselves.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { jobKinds, type Queues, type TakenJob, touchMs } from './queues.ts';
import type { JobData, JobKind } from './store.ts';

export type AllHandlers = {
  readonly [K in JobKind]: (data: JobData[K], signal: AbortSignal) => Promise<void>;
};

export interface Work {
  /** Something may be due now: asks at once, not at the next second. */
  nudge(): void;
  /** Takes no more, and waits for what is under way at most so long; what is left is due again soon. */
  stop(limitMs: number): Promise<void>;
}

/** What is due waits half of it on average; each question costs a millisecond of CPU or less. */
const askMs = 1000;
/** While the database does not answer. */
const askAgainMs = 5000;
/** Gathers what ends at about the same time: one statement settles it, and one takes as many again. */
const gatherMs = 25;

/** `trouble` hears of everything that failed: a job, which runs again later, or the database. */
export function startWork(
  queues: Queues,
  handlers: AllHandlers,
  rooms: Readonly<Record<JobKind, number>>,
  trouble: (error: Error) => void,
): Work {
  const stopped = new AbortController();
  const underWay = new Map<JobKind, Map<TakenJob, AbortController>>(
    jobKinds.map((kind) => [kind, new Map()]),
  );
  const running = new Set<Promise<void>>();
  /** Done, and not yet said so. */
  let settled: { readonly kind: JobKind; readonly job: TakenJob }[] = [];
  /** Kinds of which more was due than there was room for. */
  const hungry = new Set<JobKind>();
  /** Whether a job has ended since that was last looked at. */
  let hasEnded = false;
  let wake = () => {};
  let askedAt = Number.NEGATIVE_INFINITY;
  let isTouching = false;

  const jobsOf = (kind: JobKind) => underWay.get(kind) ?? new Map<TakenJob, AbortController>();
  const pause = (ms: number) => wait(ms, undefined, { signal: stopped.signal }).catch(() => {});

  async function ask(): Promise<void> {
    let isAway = false;
    while (!stopped.signal.aborted) {
      try {
        await settle();
        const isTime = performance.now() - askedAt >= askMs;
        if (isTime) askedAt = performance.now();
        for (const kind of isTime ? await queues.due() : [...hungry]) await take(kind);
        isAway = false;
        await wakened(askedAt + askMs - performance.now());
        await pause(gatherMs);
      } catch (error) {
        // Once for each time that it is away, not for each question.
        if (!isAway) trouble(asError(error));
        isAway = true;
        await pause(askAgainMs);
      }
    }
  }

  async function take(kind: JobKind): Promise<void> {
    const room = rooms[kind] - jobsOf(kind).size;
    const jobs = room > 0 ? await queues.take(kind, room) : [];
    if (jobs.length < room) hungry.delete(kind);
    else hungry.add(kind);
    for (const job of jobs) {
      const done = run(kind, job).finally(() => {
        running.delete(done);
        hasEnded = true;
        wake();
      });
      running.add(done);
    }
  }

  async function run(kind: JobKind, job: TakenJob): Promise<void> {
    const lost = new AbortController();
    jobsOf(kind).set(job, lost);
    try {
      stopped.signal.throwIfAborted();
      await (handlers[kind] as (data: object, signal: AbortSignal) => Promise<void>)(job.data, lost.signal);
      settled.push({ kind, job });
    } catch (error) {
      if (!stopped.signal.aborted) {
        trouble(new Error(`The job ${kind} ${JSON.stringify(job.data)} failed.`, { cause: error }));
      }
      // If even this cannot be said, nobody touches it any more, and it comes back by that.
      if (!lost.signal.aborted) await queues.failed(kind, job, asError(error).message).catch(trouble);
    } finally {
      jobsOf(kind).delete(job);
    }
  }

  async function settle(): Promise<void> {
    const done = settled;
    settled = [];
    try {
      for (const [kind, ofKind] of Map.groupBy(done, (one) => one.kind)) {
        await queues.done(
          kind,
          ofKind.map(({ job }) => job),
        );
      }
    } catch (error) {
      settled.push(...done);
      throw error;
    }
  }

  /** One that another process has by now is given up here. */
  async function touch(): Promise<void> {
    if (isTouching) return;
    isTouching = true;
    for (const [kind, jobs] of underWay) {
      const held = [...jobs.keys()];
      try {
        const ours = await queues.touch(kind, held);
        for (const job of held)
          if (!ours.has(job.id)) jobs.get(job)?.abort(new Error('another process has it'));
      } catch (error) {
        trouble(asError(error));
      }
    }
    isTouching = false;
  }

  /** Until a job has ended, or so long. */
  async function wakened(limitMs: number): Promise<void> {
    const woken = Promise.withResolvers<void>();
    wake = woken.resolve;
    const limit = setTimeout(woken.resolve, Math.max(0, limitMs));
    const end = () => woken.resolve();
    stopped.signal.addEventListener('abort', end, { once: true });
    // Such as while another kind was taken.
    if (!hasEnded && !stopped.signal.aborted) await woken.promise;
    hasEnded = false;
    stopped.signal.removeEventListener('abort', end);
    clearTimeout(limit);
  }

  const asking = ask();
  const touching = setInterval(() => void touch(), touchMs);

  return {
    nudge() {
      askedAt = Number.NEGATIVE_INFINITY;
      wake();
    },
    async stop(limitMs) {
      stopped.abort();
      const over = new AbortController();
      await Promise.race([
        asking.then(() => Promise.all(running)),
        wait(limitMs, undefined, { signal: over.signal }).catch(() => {}),
      ]);
      over.abort();
      clearInterval(touching);
      for (const [kind, jobs] of underWay) {
        for (const [job, lost] of jobs) {
          lost.abort(new Error('this process stops'));
          await queues.failed(kind, job, 'the process stopped').catch(trouble);
        }
      }
      await settle().catch(trouble);
    },
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
