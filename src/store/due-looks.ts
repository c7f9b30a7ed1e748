/**
 * Makes the jobs of the looks that are due soon, from the time that stands with each domain. A queue that held the
 * next look of every domain would be slow: pg-boss reads all that waits to find what is due. And what it lost, or
 * never had, is found the same way.
 */
import { sql } from 'kysely';
import type { Db } from './database.ts';
import { jobsSchema, type Queues } from './queues.ts';

/** How often they are made. */
export const dueLooksMs = 60_000;
/** How long before they are due: twice as long, so that a round that fails makes none late. */
const soonMs = 2 * dueLooksMs;
/** A job of long ago would be thrown away as forgotten; one of a day ago says well enough how late it is. */
const longAgoMs = 24 * 60 * 60 * 1000;
/** In one statement. */
const batch = 1000;
/** In one round: ten times what 100,000 watches an hour make due. More wait for the next round. */
const mostInRound = 20_000;

/** Whether the round that finds it might be too late, so that whoever says this time makes the job too. */
export function isSoon(at: Date): boolean {
  return at.getTime() < Date.now() + soonMs;
}

/** Answers how many it made. By as many processes at once as there are: at most one job of a domain waits. */
export async function makeDueLooks(db: Db, queues: Queues, now: Date): Promise<number> {
  const longAgo = new Date(now.getTime() - longAgoMs);
  const due = await db.transaction().execute(async (trx) => {
    // After a burst of jobs the planner still believes that there are few, and would read them all for each domain.
    await sql`set local enable_nestloop = off`.execute(trx);
    // In one statement: a look under way is seen either with its job or with what it saved, never without both.
    const { rows } = await sql<{ domainId: string; team: string; at: Date }>`
      select domain.id as "domainId", domain.team_id as team, domain.next_look_at as at
      from watched_domains as domain
      where domain.next_look_at < ${new Date(now.getTime() + soonMs)}
        and exists (select from watches where watches.domain_id = domain.id and watches.paused_at is null)
        and not exists (
          select from ${sql.table(`${jobsSchema}.job`)} as job
          where job.name = 'look' and job.state < 'completed' and job.singleton_key = domain.id::text)
      order by domain.next_look_at limit ${mostInRound}`.execute(trx);
    return rows;
  });
  for (let from = 0; from < due.length; from += batch) {
    await queues.send(
      db,
      'look',
      due.slice(from, from + batch).map(({ at, ...job }) => ({ job, at: at > longAgo ? at : longAgo })),
    );
  }
  return due.length;
}

/** Those that were due, and nobody watches any more: no round shall read them again. */
export async function forgetIdleDomains(db: Db, now: Date): Promise<void> {
  await sql`update watched_domains as domain set next_look_at = null
    where domain.next_look_at < ${now}
      and not exists (select from watches where watches.domain_id = domain.id and watches.paused_at is null)`.execute(
    db,
  );
}
