/**
 * Whether bots use a database of a server. They hold no lock there, because a pooler may stand between: their
 * connections are counted. Of the embedded database the lock of its folder tells (owner-lock.ts).
 */
import { type Kysely, sql } from 'kysely';
import type { Database } from './database.ts';

/** What the bot's connections call themselves (connection.ts, queues.ts). */
const botNames = ['mta-sts-bot', 'mta-sts-bot jobs'];
/** A bot looks for work every few seconds; a pooler keeps connections of bots that have gone. */
const silentSeconds = 30;

/**
 * How many connections of bots asked something of the database just now. `name` is what the URL calls them, if it
 * does. Sees them whatever user they have.
 */
export async function countBots(db: Kysely<Database>, name: string | undefined): Promise<number> {
  // Within a transaction the server would answer what it answered before.
  await sql`select pg_stat_clear_snapshot()`.execute(db);
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
      and application_name = any(${[...botNames, ...(name === undefined ? [] : [name])]})
      and (state_change is null or state <> 'idle'
        or state_change > clock_timestamp() - make_interval(secs => ${sql.lit(silentSeconds)}))`.execute(db);
  return rows[0]?.count ?? 0;
}
