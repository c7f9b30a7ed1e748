/**
 * What is kept for a time only. Observations: every one that differs from the one before for 30 days, then the last of
 * each day for a year, then the last of each month; the latest is kept with its domain in any case. Incidents: for a
 * year after their end. Notices: for 30 days. Days and months are of UTC.
 *
 * Ledger and publications are never thinned. What a domain has ever served, and for how long senders may hold it, is
 * what a safe end and a safe change of MX are worked out from; and an id that was generated once is never to come again.
 * They are small, and the same again is the same row.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from './database.ts';

const wholeDays = 30;
const dailyDays = 365;
/** The digest asks for those of a week; the buttons of an old card, whenever somebody presses one. */
const incidentDays = 365;
/** Longer than anybody tries to send it (lost-jobs.ts), and long enough to see who was told what. */
const noticeDays = 30;
/** One statement deletes at most about so many, in well under a second: others wait for nothing longer. */
const batch = 2000;

/** Answers how many are gone. Each is looked at twice in its life, so a run costs what has come of age since the last. */
export async function thinObservations(db: Db, now: Date, signal?: AbortSignal): Promise<number> {
  return (
    (await thin(db, 'day', 0, daysBefore(now, wholeDays), signal)) +
    (await thin(db, 'month', 1, daysBefore(now, dailyDays), signal))
  );
}

/**
 * Closed incidents with their entries and cards, unless a conversation that still watches has yet to be told of the
 * end: that is at most one for each watch that is paused. Answers how many are gone.
 */
export function forgetIncidents(db: Db, now: Date, signal?: AbortSignal): Promise<number> {
  const until = daysBefore(now, incidentDays);
  return inBatches(
    db,
    signal,
    sql`
    delete from incidents where id in (
      select incident.id from incidents as incident
      where incident.closed_at < ${until} and not exists (
        select from cards as card
        join watches as watch on watch.domain_id = incident.domain_id and watch.conversation = card.conversation
        where card.incident_id = incident.id and card.told_version < incident.version
      )
      order by incident.closed_at limit ${batch}
    )`,
  );
}

/**
 * Notices, sent or not: one that could not be sent for two weeks is not tried again. A notice is made by the pause that
 * it tells of and by nothing else, so that none comes again because it is gone. Answers how many are gone.
 */
export function forgetNotices(db: Db, now: Date, signal?: AbortSignal): Promise<number> {
  return inBatches(
    db,
    signal,
    sql`
    delete from notices where id in (
      select id from notices where written_at < ${daysBefore(now, noticeDays)} order by written_at limit ${batch}
    )`,
  );
}

/** Until one finds less than a batch. */
async function inBatches(
  db: Db,
  signal: AbortSignal | undefined,
  deletion: RawBuilder<unknown>,
): Promise<number> {
  let total = 0;
  while (signal?.aborted !== true) {
    const { numAffectedRows = 0n } = await deletion.execute(db);
    total += Number(numAffectedRows);
    if (numAffectedRows < batch) break;
  }
  return total;
}

/** Of those that were thinned so far, and are of a whole day or month before `until`: leaves the last of each. */
async function thin(
  db: Db,
  slot: 'day' | 'month',
  thinned: 0 | 1,
  until: Date,
  signal: AbortSignal | undefined,
): Promise<number> {
  const slotOf = (at: string) => sql`date_trunc(${sql.lit(slot)}, ${sql.ref(at)} at time zone 'UTC')`;
  let total = 0;
  while (signal?.aborted !== true) {
    const { rows } = await sql<{ gone: number; kept: number }>`
      with slots as (
        select distinct domain_id, ${slotOf('at')} as slot from (
          select domain_id, at from observations
          where thinned = ${sql.lit(thinned)}
            and at < date_trunc(${sql.lit(slot)}, ${until}::timestamptz at time zone 'UTC') at time zone 'UTC'
          order by at limit ${batch}
        ) as oldest
      ), ranked as (
        select one.id, row_number() over (partition by one.domain_id, slots.slot order by one.at desc, one.id desc) as place
        from slots join observations as one on one.domain_id = slots.domain_id
          and one.at >= slots.slot at time zone 'UTC'
          and one.at < (slots.slot + ${sql.lit(`1 ${slot}`)}::interval) at time zone 'UTC'
        where one.thinned = ${sql.lit(thinned)}
      ), gone as (
        delete from observations using ranked where observations.id = ranked.id and ranked.place > 1
        returning 1
      ), kept as (
        update observations set thinned = ${sql.lit(thinned + 1)} from ranked
        where observations.id = ranked.id and ranked.place = 1
        returning 1
      )
      select (select count(*) from gone)::integer as gone, (select count(*) from kept)::integer as kept`.execute(
      db,
    );
    const { gone = 0, kept = 0 } = rows[0] ?? {};
    total += gone;
    if (kept === 0) return total;
  }
  return total;
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * 24 * 60 * 60 * 1000);
}
