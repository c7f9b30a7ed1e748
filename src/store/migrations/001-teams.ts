/** Teams, and what hangs on a team alone: installations, publications. Beside them the events that were seen. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const teams: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('teams')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('enterprise_id', 'text')
      .addColumn('settings', 'jsonb', (column) => column.notNull().defaultTo(sql`'{}'`))
      .addColumn('met_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .execute();
    await db.schema.createIndex('teams_enterprise').on('teams').column('enterprise_id').execute();

    await db.schema
      .createTable('installations')
      .addColumn('id', 'bigint', (column) => column.primaryKey().generatedAlwaysAsIdentity())
      .addColumn('team_id', 'text', (column) => column.references('teams.id').onDelete('cascade'))
      .addColumn('enterprise_id', 'text')
      .addColumn('secret', 'text', (column) => column.notNull())
      .addColumn('saved_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .addCheckConstraint('installations_owner', sql`team_id is not null or enterprise_id is not null`)
      .execute();
    await db.schema
      .createIndex('installations_team')
      .unique()
      .on('installations')
      .column('team_id')
      .where(sql.ref('team_id'), 'is not', null)
      .execute();
    // An organisation has one; its teams may have their own beside it.
    await db.schema
      .createIndex('installations_enterprise')
      .unique()
      .on('installations')
      .column('enterprise_id')
      .where(sql.ref('team_id'), 'is', null)
      .execute();

    await db.schema
      .createTable('publications')
      .addColumn('id', 'bigint', (column) => column.primaryKey().generatedAlwaysAsIdentity())
      .addColumn('team_id', 'text', (column) => column.notNull().references('teams.id').onDelete('cascade'))
      .addColumn('domain', 'text', (column) => column.notNull())
      .addColumn('at', 'timestamptz', (column) => column.notNull())
      .addColumn('asked_by', 'text', (column) => column.notNull())
      .addColumn('version_id', 'text', (column) => column.notNull())
      .addColumn('record', 'text', (column) => column.notNull())
      .addColumn('policy', 'text', (column) => column.notNull())
      .addColumn('tls_rpt', 'text')
      .addColumn('texts_hash', 'text', (column) => column.notNull())
      .addUniqueConstraint('publications_version', ['team_id', 'domain', 'texts_hash'])
      .execute();
    await db.schema
      .createIndex('publications_newest')
      .on('publications')
      .columns(['team_id', 'domain', 'at desc', 'id desc'])
      .execute();

    await db.schema
      .createTable('events')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('seen_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .execute();
    await db.schema.createIndex('events_seen').on('events').column('seen_at').execute();
  },
};
