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
  type TransactionSettings,
} from 'kysely';
import pg from 'pg';
import type { Database } from './database.ts';

export interface Connection {
  /** For what a person waits for: two seconds for each query or transaction, waiting for a connection included. */
  readonly db: Kysely<Database>;
  /** For what nobody waits for: a minute. Has connections of its own, so that it holds nobody up. */
  readonly patientDb: Kysely<Database>;
  close(): Promise<void>;
}

interface Limits {
  /** For each query or transaction as a whole. */
  readonly limitMs: number;
  readonly connections: number;
}

/** Slack wants an answer within three seconds. The embedded server takes 20 connections; some are for jobs. */
const prompt: Limits = { limitMs: 2000, connections: 5 };
/** The longest that a look may take to be saved, or a table to be tidied. */
const patient: Limits = { limitMs: 60_000, connections: 5 };
/** A migration, a backup: one after another, and as long as it takes to rewrite a table of millions. */
export const unhurried: Limits = { limitMs: 1_800_000, connections: 1 };

/** Longer than a server far away takes to let somebody in. */
const connectMsMax = 10_000;
/** A transaction whose process is gone must not hold its locks for hours. */
const idleInTransactionMs = 30_000;
/** Between the presses of one conversation, not through the night. */
const idleMs = 30_000;

/** Connects when something is asked, not before. */
export function connect(config: pg.ClientConfig): Connection {
  const db = limitedDb(config, prompt);
  const patientDb = limitedDb(config, patient);
  return {
    db,
    patientDb,
    close: async () => {
      await Promise.all([db.destroy(), patientDb.destroy()]);
    },
  };
}

export function limitedDb(config: pg.ClientConfig, { limitMs, connections }: Limits): Kysely<Database> {
  const pool = new pg.Pool({
    application_name: 'mta-sts-bot',
    ...config,
    max: connections,
    connectionTimeoutMillis: Math.min(limitMs, connectMsMax),
    idleTimeoutMillis: idleMs,
    keepAlive: true,
  });
  // Without a listener an idle connection that drops ends the process; whoever asks next is told.
  pool.on('error', () => {});
  return new Kysely<Database>({ dialect: new LimitedDialect(limitedPool(pool, limitMs), limitMs) });
}

/**
 * How a URL is understood: sslmode means what it means to psql. The driver by itself takes `require` for
 * `verify-full`, which the certificates of most hosted servers do not pass.
 */
export function serverConfig(databaseUrl: string): pg.ClientConfig {
  const url = new URL(databaseUrl);
  if (url.searchParams.has('sslmode')) url.searchParams.set('uselibpqcompat', 'true');
  // libpq's word for the authorities that Node trusts anyway.
  if (url.searchParams.get('sslrootcert') === 'system') url.searchParams.delete('sslrootcert');
  return { connectionString: url.href };
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
    return new NoSessionLock();
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
class NoSessionLock extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

function limitedPool(pool: pg.Pool, limitMs: number): PostgresPool {
  return {
    async connect() {
      const endsAt = performance.now() + limitMs;
      return limitedClient(await pool.connect(), limitMs, endsAt);
    },
    end: () => pool.end(),
    options: {},
  };
}

/** A query that took too long, or whose connection broke: nobody knows whether the server still does it. */
export class QueryLimitError extends Error {
  override readonly name = 'QueryLimitError';
}

function limitedClient(client: pg.PoolClient, limitMs: number, endsAt: number): PostgresPoolClient {
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
    const timer = setTimeout(
      () => {
        noteBreak(new QueryLimitError(`no answer within ${limitMs} ms`));
        limit.reject(broken);
      },
      Math.max(0, endsAt - performance.now()),
    );
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
