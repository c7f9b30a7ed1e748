/** Having the work done: how many at once, tidying every hour, and what there is to say about the queues. */
import type { Connection } from './connection.ts';
import { dueLooksMs, forgetIdleDomains, makeDueLooks } from './due-looks.ts';
import { findLostJobs } from './lost-jobs.ts';
import { lagOf, type Queues } from './queues.ts';
import type { Jobs } from './store.ts';
import { forgetIncidents, forgetNotices, thinObservations } from './thinning.ts';
import { startWork, type Work } from './work.ts';

/** Slack takes about one message a second in each channel, and several channels at once. */
const tellsAtOnce = 4;
const tidyMs = 60 * 60 * 1000;

export interface JobsNeeds {
  readonly queues: Queues;
  readonly connection: Connection;
  /** More that is to be done every hour. */
  readonly alsoTidy: (now: Date, signal: AbortSignal) => Promise<void>;
  /** What failed and is tried again without being asked: for the log. */
  readonly trouble: (error: Error) => void;
}

export interface StoreJobs extends Jobs {
  /** What this process has just made due is begun at once; other processes find it within a second. */
  nudge(): void;
}

export function createJobs({
  queues,
  connection: { db, patientDb },
  alsoTidy,
  trouble,
}: JobsNeeds): StoreJobs {
  let work: Work | undefined;
  let rounds: NodeJS.Timeout | undefined;
  let isRound = false;

  const tidy = async (signal: AbortSignal) => {
    // First of all, so that a run that fails is followed by one in an hour.
    const next = new Date(Date.now() + tidyMs);
    await queues.send(patientDb, 'tidy', [{ job: { team: undefined }, at: next }]);
    const now = new Date();
    await findLostJobs(patientDb, queues, now);
    await forgetIdleDomains(patientDb, now);
    await thinObservations(patientDb, now, signal);
    await forgetIncidents(patientDb, now, signal);
    await forgetNotices(patientDb, now, signal);
    await alsoTidy(now, signal);
  };

  const round = async () => {
    if (isRound) return;
    isRound = true;
    try {
      await makeDueLooks(patientDb, queues, new Date());
    } catch (error) {
      trouble(error instanceof Error ? error : new Error(String(error)));
    }
    isRound = false;
  };

  return {
    async work(handlers, { atOnce }) {
      if (work !== undefined) return;
      // Once at the start: what was lost meanwhile is found now, not in an hour.
      await patientDb.transaction().execute((trx) => queues.hurry(trx, 'tidy', [{ team: undefined }]));
      await makeDueLooks(patientDb, queues, new Date());
      rounds = setInterval(() => void round(), dueLooksMs);
      work = startWork(
        queues,
        { ...handlers, tidy: (_, signal) => tidy(signal) },
        { look: atOnce, tell: tellsAtOnce, notice: 1, digest: 1, tidy: 1 },
        trouble,
      );
    },
    async stop(limitMs) {
      clearInterval(rounds);
      await work?.stop(limitMs);
      work = undefined;
    },
    nudge: () => work?.nudge(),
    async digestAt(team, at) {
      await db.transaction().execute((trx) => queues.move(trx, 'digest', { team }, at));
      work?.nudge();
    },
    lag: () => lagOf(db),
  };
}
