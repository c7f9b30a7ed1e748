/** Indexes by age, so that what is kept for a time only is forgotten without reading all that stays. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const forgotten: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create index incidents_closed on incidents (closed_at) where closed_at is not null`.execute(db);
    await sql`create index notices_written on notices (written_at)`.execute(db);
  },
};
