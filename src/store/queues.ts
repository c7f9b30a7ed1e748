/**
 * The queues of work on pg-boss, in the same database: what waits for what time is written in the transaction that
 * makes it necessary. Taking it and doing it are left to work.ts, what has to be done to jobs.ts.
 *
 * At most one job of a key waits, and at most one is under way, across every process (policy `stately`). So two
 * looks of a domain, or two posts of one card, never run side by side.
 */
import { sql } from 'kysely';
import type pg from 'pg';
import { fromKysely, type Job, type JobAttempt, PgBoss, type Queue } from 'pg-boss';
import type { Db } from './database.ts';
import type { TeamId } from './shapes.ts';
import type { JobData, JobKind } from './store.ts';

/** pg-boss keeps tables of its own, and migrates them itself. */
export const jobsSchema = 'jobs';

/** The team is kept with the job, because its jobs go with it: a trigger of migration 002 reads `team`. */
export type KeyedJob<K extends JobKind> = K extends 'tidy'
  ? { readonly team: undefined }
  : JobData[K] & { readonly team: TeamId };

/** One that was taken; another process has it too as soon as `touch` does not name it any more. */
export type TakenJob = Job<object>;

export interface Queues {
  /** Makes what pg-boss needs; throws while the database does not answer, and may then be called again. */
  start(): Promise<void>;
  /** In the transaction. One that already waits for the same stays as it is. */
  send<K extends JobKind>(
    db: Db,
    kind: K,
    jobs: readonly { readonly job: KeyedJob<K>; readonly at: Date }[],
  ): Promise<void>;
  /** The same, at once; one that already waits is brought forward, and does what this one asks for besides. */
  hurry<K extends JobKind>(db: Db, kind: K, jobs: readonly KeyedJob<K>[]): Promise<void>;
  /** The same, at another time than the one that waits, if any; undefined takes it away. */
  move<K extends JobKind>(db: Db, kind: K, job: KeyedJob<K>, at: Date | undefined): Promise<void>;
  /** The kinds of which something is due. */
  due(): Promise<readonly JobKind[]>;
  take(kind: JobKind, atMost: number): Promise<readonly TakenJob[]>;
  done(kind: JobKind, jobs: readonly TakenJob[]): Promise<void>;
  /** It is due again later, each time later than the time before, until it has failed too often. */
  failed(kind: JobKind, job: TakenJob, reason: string): Promise<void>;
  /** Says that they are still under way; answers the ids of those that are still this process's. */
  touch(kind: JobKind, jobs: readonly TakenJob[]): Promise<ReadonlySet<string>>;
  stop(): Promise<void>;
}

/** Where jobs end that failed too often: kept for whoever wants to know why. */
const deadQueue = 'dead';
/**
 * How long those are kept, there and where they failed; and one that waits, after the time that it was due, such as
 * while no bot runs: all of them can be made anew from what the tables say. pg-boss looks for them once a day.
 */
const keptSeconds = 14 * 24 * 60 * 60;
const kept = { retentionSeconds: keptSeconds, deleteAfterSeconds: keptSeconds } as const;

/** A process that is killed stops touching its jobs; then they are due again after this and one supervision. */
const heartbeatSeconds = 30;
export const touchMs = 10_000;
/** With the heartbeat and the first delay it makes about a minute until the job of a killed process runs again. */
const superviseSeconds = 15;
/** Before all that is merely due: somebody waits for it. */
const hurried = 1;
/** For answers of the database, as for all that nobody waits for. */
const patientMs = 60_000;
/** One takes, one settles, one supervises. */
const connections = 3;
/** For what pg-boss does for features that are not used here, such as jobs that wait for jobs. */
const seldomSeconds = 24 * 60 * 60;

const talking = {
  // Slack is seldom away for longer than two hours; what is left then is found by the search for lost jobs.
  retryLimit: 14,
  retryDelay: 5,
  retryBackoff: true,
  retryDelayMax: 900,
  expireInSeconds: 300,
  heartbeatSeconds,
} as const;

const queues: Readonly<Record<JobKind, Omit<Queue, 'name'>>> = {
  // After 10 to 20 s, 20 to 40 s … at most an hour: about two hours in all.
  look: {
    retryLimit: 9,
    retryDelay: 10,
    retryBackoff: true,
    retryDelayMax: 3600,
    // Far more than the longest look may take.
    expireInSeconds: 600,
    heartbeatSeconds,
  },
  tell: talking,
  notice: talking,
  digest: talking,
  tidy: { retryLimit: 3, retryDelay: 300, expireInSeconds: 3600, heartbeatSeconds },
};

export const jobKinds = Object.keys(queues) as readonly JobKind[];

/** Written so that one of pg-boss's indexes (job_i14) leads to them: with `state < 'active'` all that wait are read. */
const isDue = "job.state in ('created', 'retry') and not job.blocked and job.start_after <= now()";

/** What two jobs of a kind have in common that are for the same. */
function keyOf<K extends JobKind>(kind: K, job: KeyedJob<K>): string {
  const { domainId, incidentId, conversation, noticeId, team } = job as Partial<
    Record<'domainId' | 'incidentId' | 'conversation' | 'noticeId' | 'team', string>
  >;
  return (
    domainId ?? noticeId ?? (incidentId === undefined ? (team ?? kind) : `${incidentId} ${conversation}`)
  );
}

/**
 * `trouble` hears of what went wrong beside any call, such as a supervision while the database is away.
 * `everySeconds`: how often it is looked whether a process has died with its jobs.
 */
export function createQueues(
  config: pg.ClientConfig,
  trouble: (error: Error) => void,
  everySeconds = superviseSeconds,
): Queues {
  const boss = new PgBoss({
    ...(config as ConstructorParameters<typeof PgBoss>[0] & object),
    // The driver's own name for it; pg-boss hands it on.
    ...({ query_timeout: patientMs, keepAlive: true } as object),
    application_name: 'mta-sts-bot jobs',
    max: connections,
    schema: jobsSchema,
    schedule: false,
    registerInstance: false,
    superviseIntervalSeconds: everySeconds,
    monitorIntervalSeconds: everySeconds,
    queueCacheIntervalSeconds: 600,
    bamIntervalSeconds: 600,
    flowIntervalSeconds: seldomSeconds,
  });
  let isStopped = false;
  // Without a listener an error ends the process. A server that stops at the same time is none of our troubles.
  boss.on('error', (error) => {
    if (!isStopped) trouble(error);
  });

  const ask = async <Row>(text: string, values: unknown[]): Promise<readonly Row[]> =>
    (await boss.getDb().executeSql(text, values)).rows;

  /** One that already waits stays. */
  const insert = async <K extends JobKind>(
    db: Db,
    kind: K,
    jobs: readonly { readonly job: KeyedJob<K>; readonly at: Date; readonly priority?: number }[],
  ): Promise<void> => {
    if (jobs.length === 0) return;
    await boss.insert(
      kind,
      jobs.map(({ job, at, ...more }) => ({
        data: job,
        singletonKey: keyOf(kind, job),
        startAfter: at,
        ...more,
      })),
      { db: fromKysely(db) },
    );
  };

  return {
    async start() {
      await boss.start();
      const found = new Map((await boss.getQueues([deadQueue, ...jobKinds])).map((one) => [one.name, one]));
      const make = async (name: string, options: Omit<Queue, 'name'>) => {
        const there = found.get(name);
        const { policy: _, ...numbers } = options;
        if (there === undefined) await boss.createQueue(name, options);
        // One that an earlier version made has its numbers. Most starts find all as it should be, and write nothing.
        if (!isAsItShouldBe(there, numbers)) await boss.updateQueue(name, numbers);
      };
      await make(deadQueue, { ...kept, retryLimit: 0 });
      for (const kind of jobKinds) {
        await make(kind, { ...queues[kind], ...kept, deadLetter: deadQueue, policy: 'stately' });
      }
    },
    send: insert,
    async hurry(db, kind, jobs) {
      const keys = jobs.map((job) => keyOf(kind, job));
      // pg-boss would take two statements for each.
      await sql`update ${sql.table(`${jobsSchema}.job`)} as job
        set start_after = least(start_after, now()), priority = ${hurried}, data = job.data || asked.data
        from unnest(${keys}::text[], ${jobs.map((job) => JSON.stringify(job))}::jsonb[]) as asked (key, data)
        where name = ${kind} and state in ('created', 'retry') and singleton_key = asked.key`.execute(db);
      await insert(
        db,
        kind,
        jobs.map((job) => ({ job, at: new Date(), priority: hurried })),
      );
    },
    async move(db, kind, data, at) {
      const key = keyOf(kind, data);
      if (at !== undefined) {
        await boss.upsert(kind, data, { singletonKey: key, startAfter: at, db: fromKysely(db) });
        return;
      }
      const waiting = await boss.findJobs(kind, { key, queued: true, db: fromKysely(db) });
      if (waiting.length > 0) {
        await boss.deleteJob(
          kind,
          waiting.map(({ id }) => id),
          { db: fromKysely(db) },
        );
      }
    },
    async due() {
      const rows = await ask<{ name: JobKind }>(
        `select kind.name from unnest($1::text[]) as kind (name) where exists (
           select from ${jobsSchema}.job where job.name = kind.name and ${isDue})`,
        [jobKinds],
      );
      return rows.map(({ name }) => name);
    },
    take: (kind, atMost) => boss.fetch<object>(kind, { batchSize: atMost }),
    async done(kind, jobs) {
      // Deleted, not marked: nobody asks for what is done, and it would have to be deleted some day.
      if (jobs.length > 0) await boss.deleteJob(kind, jobs.map(attemptOf));
    },
    async failed(kind, job, reason) {
      await boss.fail(kind, [attemptOf(job)], { reason: reason.replaceAll('\0', '').slice(0, 1000) });
    },
    async touch(kind, jobs) {
      if (jobs.length === 0) return new Set();
      const { settled } = (await boss.touch(kind, jobs.map(attemptOf))) as { settled?: readonly string[] };
      return new Set(settled ?? jobs.map(({ id }) => id));
    },
    async stop() {
      isStopped = true;
      await boss.stop({ graceful: false });
    },
  };
}

function isAsItShouldBe(there: Queue | undefined, numbers: Omit<Queue, 'name'>): boolean {
  const found = new Map<string, unknown>(Object.entries(there ?? {}));
  return Object.entries(numbers).every(([name, value]) => found.get(name) === value);
}

/** Names the attempt, so that nothing is settled that another process has taken meanwhile. */
function attemptOf({ id, retryCount }: TakenJob): JobAttempt {
  return { id, retryCount };
}

/** Of each kind: how many are due, and for how long the oldest of them has been. */
export async function lagOf(
  db: Db,
): Promise<Readonly<Record<JobKind, { readonly due: number; readonly oldestSeconds: number }>>> {
  const { rows } = await sql<{ name: JobKind; due: number; oldest: number }>`
    select name, count(*)::integer as due, extract(epoch from now() - min(start_after))::float8 as oldest
    from ${sql.table(`${jobsSchema}.job`)}
    where name = any(${jobKinds}) and ${sql.raw(isDue)}
    group by name`.execute(db);
  const found = new Map(rows.map(({ name, due, oldest }) => [name, { due, oldestSeconds: oldest }]));
  return Object.fromEntries(
    jobKinds.map((kind) => [kind, found.get(kind) ?? { due: 0, oldestSeconds: 0 }]),
  ) as Awaited<ReturnType<typeof lagOf>>;
}
