/** The tables, read back from the database: what a later migration could forget. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, connectUnhurried, serverConfig } from '../../src/store/connection.ts';
import { migrations } from '../../src/store/migrations.ts';
import { appliedSteps, migrate } from '../../src/store/prepare.ts';
import type { Place } from '../../src/store/problem.ts';
import { type Opened, openFresh } from './opened.ts';
import { backends, freshDatabase } from './servers.ts';

/** Tables that hold nothing of a team, each with the reason. */
const ofNobody = [
  /** Slack's ids, which say nothing of who did what. */
  'events',
  'mta_sts_migrations',
  'mta_sts_migrations_lock',
];

describe.each(backends)('the schema ($name)', (backend) => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await openFresh(backend);
  });
  afterAll(() => opened.end());

  async function rows<Row>(query: ReturnType<typeof sql<Row>>): Promise<Row[]> {
    return (await query.execute(opened.connection.db)).rows;
  }

  test('every table goes with its team: it references teams, or a table that does, and is deleted with it', async () => {
    const tables = await rows(sql<{ name: string }>`
      select table_name as name from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE'`);
    const links = await rows(sql<{ child: string; parent: string; rule: string }>`
      select child.table_name as child, parent.table_name as parent, link.delete_rule as rule
      from information_schema.referential_constraints link
      join information_schema.table_constraints child
        on child.constraint_schema = link.constraint_schema and child.constraint_name = link.constraint_name
      join information_schema.table_constraints parent
        on parent.constraint_schema = link.unique_constraint_schema and parent.constraint_name = link.unique_constraint_name
      where child.table_schema = 'public'`);
    expect(tables.length).toBeGreaterThan(4);
    const gone = new Set(['teams']);
    // A set grows while it is walked: whatever hangs on what goes, goes.
    for (const parent of gone) {
      for (const link of links) if (link.parent === parent && link.rule === 'CASCADE') gone.add(link.child);
    }
    const left = tables.map(({ name }) => name).filter((name) => !gone.has(name) && !ofNobody.includes(name));
    expect(left, 'let them reference teams on delete cascade').toEqual([]);
    const held = links.filter(({ rule }) => rule !== 'CASCADE');
    expect(
      held.filter(({ child }) => !gone.has(child)),
      'would keep a team from going',
    ).toEqual([]);
  });

  test('every reference has an index, so that a team goes without reading whole tables', async () => {
    const missing = await rows(sql<{ table: string; columns: string }>`
      select link.conrelid::regclass::text as table, pg_get_constraintdef(link.oid) as columns
      from pg_constraint link
      where link.contype = 'f' and link.connamespace = 'public'::regnamespace and not exists (
        select from pg_index index
        where index.indrelid = link.conrelid
          and (index.indkey::int2[])[0:cardinality(link.conkey) - 1] @> link.conkey)`);
    expect(missing).toEqual([]);
  });
});

describe.each(backends)('migrations ($name)', (backend) => {
  const place: Place = { variable: 'DATABASE_URL', where: 'the server', user: 'u', database: 'd' };

  test('are applied once, whoever comes at the same time', async () => {
    const database = await freshDatabase(backend);
    const processes = Array.from({ length: 3 }, () => connectUnhurried(serverConfig(database.url)));
    const applied = await Promise.all(processes.map((db) => migrate(db, place)));
    expect(applied.flat().sort()).toEqual(Object.keys(migrations));
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    await Promise.all(processes.map((db) => db.destroy()));
    await database.drop();
  });

  test('all happen or none', async () => {
    const database = await freshDatabase(backend);
    const db = connectUnhurried(serverConfig(database.url));
    const broken: Migration = {
      async up(trx: Kysely<unknown>) {
        await sql`create table half (id int)`.execute(trx);
        await sql`select 1 / 0`.execute(trx);
      },
    };
    const steps = { ...migrations, '999-broken': broken };
    await expect(migrate(db, place, { steps })).rejects.toThrow('division by zero');
    expect(await appliedSteps(db)).toEqual([]);
    expect(await migrate(db, place)).toEqual(Object.keys(migrations));
    await db.destroy();
    await database.drop();
  });

  test('leave no lock with the connection: a pooler would give it to somebody else', async () => {
    const database = await freshDatabase(backend);
    const db = connectUnhurried(serverConfig(database.url));
    await migrate(db, place);
    const { rows } =
      await sql`select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`.execute(db);
    expect(rows).toEqual([]);
    await db.destroy();
    await database.drop();
  });

  test('are in the order of their names, which are numbered', () => {
    const names = Object.keys(migrations);
    expect(names).toEqual([...names].sort());
    for (const [index, name] of names.entries()) {
      expect(name).toMatch(new RegExp(`^${String(index + 1).padStart(3, '0')}-[a-z-]+$`));
    }
  });

  test('wait for another process only so long', async () => {
    const database = await freshDatabase(backend);
    const { patientDb, close } = connect(serverConfig(database.url));
    const release = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const holding = patientDb.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(3853314791062309107)`.execute(trx);
      held.resolve();
      await release.promise;
    });
    await held.promise;
    const db = connectUnhurried(serverConfig(database.url));
    await expect(migrate(db, place, { lockTimeoutMs: 100 })).rejects.toMatchObject({ code: '55P03' });
    release.resolve();
    await holding;
    expect(await migrate(db, place)).toEqual(Object.keys(migrations));
    await Promise.all([db.destroy(), close()]);
    await database.drop();
  });
});
