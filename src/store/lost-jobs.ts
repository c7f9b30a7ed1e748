/**
 * Finds what should have been told and has no job, and makes it: after a restore without the jobs, when one failed too
 * often, or by a mistake of anybody. So what the tables say happens in the end, whatever
 * became of the jobs. Looks are found by due-looks.ts.
 */
import { sql } from 'kysely';
import type { Db } from './database.ts';
import { jobsSchema, type KeyedJob, type Queues } from './queues.ts';
import type { JobKind } from './store.ts';

/** One that could not be delivered for so long is of no use any more. */
const noticeDays = 14;
/** Jobs that are made in one statement. */
const batch = 1000;

/** Answers how many it made. Everything is asked in one statement each, so that a job under way is never taken for lost. */
export async function findLostJobs(db: Db, queues: Queues, now: Date): Promise<number> {
  const noJob = (kind: JobKind, key: ReturnType<typeof sql>) => sql`not exists (
    select from ${sql.table(`${jobsSchema}.job`)} as job
    where job.name = ${sql.lit(kind)} and job.state < 'completed' and job.singleton_key = ${key})`;

  const tells = await sql<{ incidentId: string; conversation: string; team: string; at: Date }>`
    select incident.id as "incidentId", watch.conversation, incident.team_id as team, incident.tell_at as at
    from incidents as incident
    join watches as watch on watch.domain_id = incident.domain_id and watch.paused_at is null
    left join cards as card on card.incident_id = incident.id and card.conversation = watch.conversation
    where case when card.told_version is null then incident.closed_at is null
        else card.told_version < incident.version end
      and ${noJob('tell', sql`incident.id::text || ' ' || watch.conversation`)}`.execute(db);
  const notices = await sql<{ noticeId: string; team: string; at: null }>`
    select notice.id as "noticeId", notice.team_id as team, null as at
    from notices as notice
    where notice.sent_at is null and notice.written_at > ${now}::timestamptz - ${`${noticeDays} days`}::interval
      and ${noJob('notice', sql`notice.id::text`)}`.execute(db);
  const digests = await sql<{ team: string; at: null }>`
    select team.id as team, null as at
    from teams as team
    where team.settings->'digest' is not null and team.settings->>'digest' is not null
      and ${noJob('digest', sql`team.id`)}`.execute(db);

  await sendAll(db, queues, 'tell', tells.rows, now);
  await sendAll(db, queues, 'notice', notices.rows, now);
  await sendAll(db, queues, 'digest', digests.rows, now);
  return tells.rows.length + notices.rows.length + digests.rows.length;
}

/** Each at its own time, or now when that is over. */
async function sendAll<K extends JobKind>(
  db: Db,
  queues: Queues,
  kind: K,
  jobs: readonly (KeyedJob<K> & { readonly at: Date | null })[],
  now: Date,
): Promise<void> {
  const timed = jobs.map(({ at, ...job }) => ({
    job: job as unknown as KeyedJob<K>,
    at: at !== null && at > now ? at : now,
  }));
  for (let from = 0; from < timed.length; from += batch) {
    await queues.send(db, kind, timed.slice(from, from + batch));
  }
}
