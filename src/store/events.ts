/** Which of Slack's events had their effect already, for every replica; Slack repeats them for an hour. */
import type { Kysely } from 'kysely';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
import type { Events } from './store.ts';

/** Slack's last repetition comes an hour after the event; clocks and queues may add to that. */
const rememberedMs = 24 * 3_600_000;

export function createEvents({ db }: Connection): Events {
  return {
    async isNew(eventId) {
      const { numInsertedOrUpdatedRows = 0n } = await db
        .insertInto('events')
        .values({ id: eventId })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows > 0n;
    },
    async forget(eventId) {
      await db.deleteFrom('events').where('id', '=', eventId).execute();
    },
  };
}

/** Forgets the events that nobody repeats any more; answers how many. */
export async function tidyEvents(db: Kysely<Database>, now: Date): Promise<number> {
  const before = new Date(now.getTime() - rememberedMs);
  const { numDeletedRows } = await db.deleteFrom('events').where('seen_at', '<', before).executeTakeFirst();
  return Number(numDeletedRows);
}
