/**
 * Connections to PostgreSQL, each with a limit on how long anything may take, so that a server that hangs hangs
 * nobody. Which server, whether it answers, and what its errors mean are left to open.ts and problem.ts.
 *
 * Nothing is kept in a session: no session variables, no session locks, no named statements, no LISTEN. So a pooler
 * that hands out its connections by transaction, such as PgBouncer, may stand between.
 */
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  PostgresAdapter,
  PostgresDialect,
  PostgresDriver,
  type PostgresPool,
  type PostgresPoolClient,
  sql,
  type TransactionSettings,
} from 'kysely';
import pg from 'pg';
import type { Database } from './database.ts';

export interface Connection {
  /** For what a person waits for: two seconds for a connection and for each query. */
  readonly db: Kysely<Database>;
  /** For what nobody waits for: a minute for each query. Has connections of its own, so that it holds nobody up. */
  readonly patientDb: Kysely<Database>;
  close(): Promise<void>;
}

/** Slack wants an answer within three seconds. */
const promptMs = 2000;
/** The longest that a step of a migration or tidying may take. */
const patientMs = 60_000;
/** The embedded server takes 20; some are for jobs, some for whoever looks at it by hand. */
const promptConnections = 5;
const patientConnections = 5;
/** A transaction whose process is gone must not hold its locks for hours. */
const idleInTransactionMs = 30_000;
/** Between the presses of one conversation, not through the night. */
const idleMs = 30_000;

/** Connects when something is asked, not before. */
export function connect(config: pg.ClientConfig): Connection {
  const db = limitedDb(config, { limitMs: promptMs, connectMs: promptMs, connections: promptConnections });
  const patientDb = limitedDb(config, {
    limitMs: patientMs,
    connectMs: 10_000,
    connections: patientConnections,
  });
  return {
    db,
    patientDb,
    close: async () => {
      await Promise.all([db.destroy(), patientDb.destroy()]);
    },
  };
}

interface Limits {
  readonly limitMs: number;
  readonly connectMs: number;
  readonly connections: number;
}

function limitedDb(config: pg.ClientConfig, { limitMs, connectMs, connections }: Limits): Kysely<Database> {
  const pool = new pg.Pool({
    application_name: 'mta-sts-bot',
    ...config,
    max: connections,
    connectionTimeoutMillis: connectMs,
    idleTimeoutMillis: idleMs,
    keepAlive: true,
  });
  // Without a listener an idle connection that drops ends the process; whoever asks next is told.
  pool.on('error', () => {});
  return new Kysely<Database>({ dialect: new LimitedDialect(limitedPool(pool, limitMs), limitMs) });
}

class LimitedDialect extends PostgresDialect {
  readonly #pool: PostgresPool;
  readonly #limitMs: number;

  constructor(pool: PostgresPool, limitMs: number) {
    super({ pool });
    this.#pool = pool;
    this.#limitMs = limitMs;
  }

  override createDriver(): PostgresDriver {
    return new LimitedDriver(this.#pool, this.#limitMs);
  }

  override createAdapter(): PostgresAdapter {
    return new TransactionLocks();
  }
}

/** The server gives up when we do. In the same message as the beginning, so that it costs no round trip. */
class LimitedDriver extends PostgresDriver {
  readonly #limits: string;

  constructor(pool: PostgresPool, limitMs: number) {
    super({ pool });
    this.#limits = `set local statement_timeout = ${limitMs}; set local idle_in_transaction_session_timeout = ${idleInTransactionMs}`;
  }

  override async beginTransaction(
    connection: DatabaseConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    const { isolationLevel, accessMode } = settings;
    const begin = ['begin', isolationLevel && `isolation level ${isolationLevel}`, accessMode]
      .filter((word) => word !== undefined)
      .join(' ');
    await connection.executeQuery(CompiledQuery.raw(`${begin}; ${this.#limits}`));
  }
}

/** Kysely's own lock belongs to a session: behind a pooler it would stay with a connection that others get. */
class TransactionLocks extends PostgresAdapter {
  override async acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`select pg_advisory_xact_lock(${sql.lit(migrationLock)})`.execute(db);
  }

  /** Goes with the transaction. */
  override async releaseMigrationLock(): Promise<void> {}
}

/** Kysely's number. */
const migrationLock = 3853314791062309107n;

function limitedPool(pool: pg.Pool, limitMs: number): PostgresPool {
  return {
    async connect() {
      return limitedClient(await pool.connect(), limitMs);
    },
    end: () => pool.end(),
    options: {},
  };
}

/** A query that took too long, or whose connection broke: nobody knows whether the server still does it. */
export class QueryLimitError extends Error {
  override readonly name = 'QueryLimitError';
}

function limitedClient(client: pg.PoolClient, limitMs: number): PostgresPoolClient {
  let broken: Error | undefined;
  const noteBreak = (error: Error) => {
    broken ??= error;
  };
  client.on('error', noteBreak);
  const query = async (text: string, parameters: readonly unknown[]) => {
    if (broken !== undefined) {
      // There is nothing to roll back on, and the first error says more than the second.
      if (text === 'rollback') return { command: 'ROLLBACK', rowCount: 0, rows: [] };
      throw broken;
    }
    const limit = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      noteBreak(new QueryLimitError(`no answer within ${limitMs} ms`));
      limit.reject(broken);
    }, limitMs);
    const answer = client.query(text, [...parameters]);
    answer.catch(() => {});
    try {
      return await Promise.race([answer, limit.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    // Kysely also asks for cursors here when it was given some, and it was not.
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy?: boolean) => {
      // One that broke may say so again while it is thrown away.
      if (broken === undefined) client.off('error', noteBreak);
      client.release(broken ?? destroy ?? false);
    },
  };
}
