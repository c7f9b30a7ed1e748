/**
 * Makes a database ours before anything is asked of it: is it one that we can use, has it every migration, do the
 * keys fit what is stored. Run at every opening, by as many processes at once as there are.
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import type pg from 'pg';
import type { Log } from '../log.ts';
import { type Connection, connectUnhurried } from './connection.ts';
import type { Database } from './database.ts';
import { sealAnew, unreadable } from './installations.ts';
import { migrations } from './migrations.ts';
import type { Place } from './problem.ts';
import type { Secrets } from './secrets.ts';
import { StoreRefused, StoreUnavailable } from './store.ts';

/** The oldest that still gets mended by its makers, until November 2027; earlier ones were never tried. */
const oldestMajor = 15;
/** Names that no other program has, because Kysely looks for them in every schema. */
export const migrationTableName = 'mta_sts_migrations';
export const migrationLockTableName = 'mta_sts_migrations_lock';
/** Kysely's number: a process of any version waits for one of any other. */
const migrationLock = 3853314791062309107n;

/** A step waits for other processes, and for queries that use its tables; then the opening is tried again. */
const defaultLockTimeoutMs = 10_000;

interface MigrateOptions {
  readonly steps?: typeof migrations;
  readonly lockTimeoutMs?: number;
}

interface Preparation {
  readonly connection: Connection;
  readonly config: pg.ClientConfig;
  readonly place: Place;
  readonly secrets: Secrets;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** It served this process before: a newer version may have come meanwhile, beside which this one goes on. */
  readonly again: boolean;
}

/** Throws StoreRefused, StoreUnavailable, or what the driver throws. */
export async function prepare(preparation: Preparation): Promise<void> {
  const { connection, config, place, log, again } = preparation;
  // By somebody in a hurry, so that a server that hangs does not hang the start.
  await refuseServer(connection.probeDb, place);
  const applied = new Set(await appliedSteps(connection.probeDb));
  const known = Object.keys(migrations);
  if (known.some((name) => !applied.has(name)) || (!again && applied.size > known.length)) {
    const db = connectUnhurried(config);
    try {
      const steps = await migrate(db, place);
      if (steps.length > 0) log.info({ migrations: steps }, 'the database was brought up to date');
    } finally {
      await db.destroy();
    }
  }
  await fitSecrets(connection.patientDb, preparation);
}

async function refuseServer(db: Kysely<Database>, { variable, where, database }: Place): Promise<void> {
  const { rows } = await sql<{ version: number; encoding: string; standby: boolean }>`
    select current_setting('server_version_num')::int as version,
      current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby`.execute(db);
  const [server] = rows;
  if (server === undefined) throw new Error('a select without a row');
  const major = Math.floor(server.version / 10_000);
  if (major < oldestMajor) {
    throw new StoreRefused(
      `${variable}: PostgreSQL at ${where} is version ${major}, and ${oldestMajor} is the oldest that the bot works with. Upgrade it, or name another server.`,
    );
  }
  if (server.encoding !== 'UTF8') {
    throw new StoreRefused(
      `${variable}: the database "${database}" at ${where} has the encoding ${server.encoding}, which cannot hold what people write. Create it with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`,
    );
  }
  if (server.standby) throw new StoreUnavailable(`PostgreSQL at ${where} takes no writing: it is a standby.`);
}

/** Before Kysely, which tries so often that the reason is lost. */
async function refuseReader(db: Kysely<Database>, place: Place): Promise<void> {
  const { rows } = await sql<{ schema: string | null; may: boolean | null }>`
    select current_schema() as schema, has_schema_privilege(current_schema(), 'create') as may`.execute(db);
  if (rows[0]?.may === true) return;
  const { variable, where, user, database } = place;
  throw new StoreRefused(
    `${variable}: PostgreSQL at ${where} does not let the user "${user}" make tables in the database "${database}" (schema ${rows[0]?.schema ?? 'of the search path'}). Give the database to the user: ALTER DATABASE … OWNER TO …`,
  );
}

/**
 * All missing steps or none of them, in one transaction that holds the lock; answers their names. No lock of a session,
 * so that a pooler may stand between.
 */
export function migrate(
  db: Kysely<Database>,
  place: Place,
  options: MigrateOptions = {},
): Promise<readonly string[]> {
  return db.transaction().execute((trx) => migrateIn(trx, place, options));
}

/** The same, in a transaction that goes on. */
export async function migrateIn(
  trx: Transaction<Database>,
  place: Place,
  { steps = migrations, lockTimeoutMs = defaultLockTimeoutMs }: MigrateOptions = {},
): Promise<readonly string[]> {
  await sql`set local lock_timeout = ${sql.lit(lockTimeoutMs)}`.execute(trx);
  await sql`select pg_advisory_xact_lock(${sql.lit(migrationLock)})`.execute(trx);
  await refuseReader(trx, place);
  const newer = (await appliedSteps(trx)).filter((name) => !Object.hasOwn(steps, name));
  if (newer.length > 0) {
    throw new StoreRefused(
      `${place.variable}: the database at ${place.where} was used by a newer version of the bot (it has ${newer.join(', ')}, this version knows up to ${Object.keys(steps).at(-1)}). Start that version, or restore a backup from before.`,
    );
  }
  const migrator = new Migrator({
    db: trx,
    provider: { getMigrations: async () => steps },
    migrationTableName,
    migrationLockTableName,
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw refusalOf(error, place) ?? error;
  return results.map(({ migrationName }) => migrationName);
}

/** By name; none in a database that was never ours. */
export async function appliedSteps(db: Kysely<Database>): Promise<readonly string[]> {
  const { rows } = await sql<{ there: boolean }>`
    select to_regclass(${migrationTableName}) is not null as there`.execute(db);
  if (rows[0]?.there !== true) return [];
  const applied = await sql<{ name: string }>`
    select name from ${sql.table(migrationTableName)} order by name`.execute(db);
  return applied.rows.map(({ name }) => name);
}

/** 42P07, 42710, 42723: something of that name is there, and no step of ours made it. */
function refusalOf(error: unknown, { variable, where, database }: Place): StoreRefused | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (!['42P07', '42710', '42723'].includes(String(error.code))) return undefined;
  return new StoreRefused(
    `${variable}: the database "${database}" at ${where} holds something of another program (${error.message}). Give the bot a database of its own.`,
    { cause: error },
  );
}

async function fitSecrets(db: Kysely<Database>, { place, secrets, log, again }: Preparation): Promise<void> {
  const count = await unreadable(db, secrets);
  if (count > 0 && secrets.newest === undefined) {
    // One workspace alone needs no stored token.
    if (!again) log.warn({ count }, 'tokens are stored, and cannot be read without SECRETS_KEY');
    return;
  }
  if (count > 0) {
    const tokens = count === 1 ? 'one Slack token' : `the Slack tokens of ${count} installations`;
    throw new StoreRefused(
      `SECRETS_KEY: the database at ${place.where} holds ${tokens} under another key. Write the earlier key behind the new one, with a comma between; it can go once the bot has started.`,
    );
  }
  const { sealed, spoilt } = await sealAnew(db, secrets);
  if (sealed > 0) log.info({ count: sealed }, 'tokens were encrypted with the first key of SECRETS_KEY');
  if (spoilt > 0)
    log.warn({ count: spoilt }, 'tokens were changed in the database: install the app there again');
}
