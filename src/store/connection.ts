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
import { QueryLimitError } from './problem.ts';

export interface Connection {
  /** For what a person waits for: two seconds for each query or transaction, waiting for a connection included. */
  readonly db: Kysely<Database>;
  /** For what nobody waits for: a minute. Has connections of its own, so that it holds nobody up. */
  readonly patientDb: Kysely<Database>;
  /** For asking whether the database is there, also while everything else waits for it. */
  readonly probeDb: Kysely<Database>;
  /** Connects anew: the same address may be another server now. Queries under way end as they would have. */
  reset(): void;
  /** Waits for queries under way. */
  close(): Promise<void>;
}

interface Limits {
  /** For each query or transaction as a whole. */
  readonly limitMs: number;
  readonly connections: number;
  /** Breaks the connections off; what they had begun is undone. */
  readonly signal?: AbortSignal | undefined;
}

/** Slack wants an answer within three seconds. The embedded server takes 20 connections; some are for jobs. */
const prompt: Limits = { limitMs: 2000, connections: 5 };
/** The longest that a look may take to be saved, or a table to be tidied. */
const patient: Limits = { limitMs: 60_000, connections: 5 };
/** Whoever asks a bot whether it is ready waits a few seconds. */
const probing: Limits = { limitMs: 2000, connections: 1 };
/** A migration, a backup: as long as it takes to write a table of millions over a slow line. */
const unhurried: Limits = { limitMs: 4 * 3_600_000, connections: 1 };

/** Longer than a server far away takes to let somebody in. */
const connectMsMax = 10_000;
/** A transaction whose process is gone must not hold its locks for hours. */
const idleInTransactionMs = 30_000;
/** A peer that vanished is looked for after so long; the system's two hours are for somebody else. */
const silentMs = 10_000;
/** Between the presses of one conversation, not through the night. */
const idleMs = 30_000;

/** Connects when something is asked, not before. */
export function connect(config: pg.ClientConfig): Connection {
  const [promptPool, patientPool, probePool] = [prompt, patient, probing].map(
    (limits) => new LimitedPool(config, limits),
  ) as [LimitedPool, LimitedPool, LimitedPool];
  const pools = [promptPool, patientPool, probePool];
  return {
    db: kyselyOn(promptPool),
    patientDb: kyselyOn(patientPool),
    probeDb: kyselyOn(probePool),
    reset() {
      for (const pool of pools) pool.reset();
    },
    async close() {
      await Promise.all(pools.map((pool) => pool.end()));
    },
  };
}

/**
 * One connection for what takes long: a migration, a backup. Whoever asks for it destroys it. A query that is broken
 * off by the signal throws its reason, also one that waits for a lock.
 */
export function connectUnhurried(config: pg.ClientConfig, signal?: AbortSignal): Kysely<Database> {
  return kyselyOn(new LimitedPool(config, { ...unhurried, signal }));
}

function kyselyOn(pool: LimitedPool): Kysely<Database> {
  return new Kysely<Database>({ dialect: new LimitedDialect(pool) });
}

/**
 * How a URL is understood: sslmode means what it means to psql. The driver by itself takes `require` for
 * `verify-full`, which the certificates of most hosted servers do not pass.
 */
export function serverConfig(databaseUrl: string): pg.ClientConfig {
  // Not taken apart as a URL: postgres://bot@/mta?host=/run/postgresql is none to Node.
  const hasMode = /[?&]sslmode=/.test(databaseUrl);
  // libpq's word for the authorities that Node trusts anyway.
  const url = databaseUrl.replace(/([?&])sslrootcert=system(&|$)/, '$1');
  return { connectionString: hasMode ? `${url}&uselibpqcompat=true` : url };
}

class LimitedDialect extends PostgresDialect {
  readonly #pool: LimitedPool;

  constructor(pool: LimitedPool) {
    super({ pool });
    this.#pool = pool;
  }

  override createDriver(): PostgresDriver {
    return new LimitedDriver(this.#pool);
  }

  override createAdapter(): PostgresAdapter {
    return new NoSessionLock();
  }
}

/** The server gives up when we do. In the same message as the beginning, so that it costs no round trip. */
class LimitedDriver extends PostgresDriver {
  readonly #limits: string;

  constructor(pool: LimitedPool) {
    super({ pool });
    this.#limits = `set local statement_timeout = ${pool.limits.limitMs}; set local idle_in_transaction_session_timeout = ${idleInTransactionMs}`;
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

class LimitedPool implements PostgresPool {
  readonly limits: Limits;
  readonly options = {};
  readonly #config: pg.ClientConfig;
  #pool: pg.Pool;

  constructor(config: pg.ClientConfig, limits: Limits) {
    this.#config = config;
    this.limits = limits;
    this.#pool = this.#newPool();
  }

  async connect(): Promise<PostgresPoolClient> {
    const { limitMs, signal } = this.limits;
    const endsAt = performance.now() + limitMs;
    return limitedClient(await this.#pool.connect(), { limitMs, signal }, endsAt);
  }

  reset(): void {
    const old = this.#pool;
    this.#pool = this.#newPool();
    void old.end();
  }

  async end(): Promise<void> {
    if (!this.#pool.ended) await this.#pool.end();
  }

  #newPool(): pg.Pool {
    const { limitMs, connections } = this.limits;
    const pool = new pg.Pool({
      application_name: 'mta-sts-bot',
      ...this.#config,
      Client: ClosingClient,
      max: connections,
      connectionTimeoutMillis: Math.min(limitMs, connectMsMax),
      idleTimeoutMillis: idleMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: silentMs,
    });
    // Without a listener an idle connection that drops ends the process; whoever asks next is told.
    pool.on('error', () => {});
    return pool;
  }
}

/** When it is not let in, the driver leaves the line open until the server hangs up, a minute later. */
class ClosingClient extends pg.Client {
  override connect(): Promise<pg.Client>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.Client> {
    const connecting = super.connect();
    connecting.catch(() => this.end().catch(() => {}));
    // The driver calls it with an error, or with null and the client.
    if (callback !== undefined)
      connecting.then((client) => callback(null as never, client), callback as never);
    return connecting;
  }
}

type Connected = ((error: Error) => void) | ((error: null, client: pg.Client) => void);

function limitedClient(
  client: pg.PoolClient,
  { limitMs, signal }: Omit<Limits, 'connections'>,
  endsAt: number,
): PostgresPoolClient {
  let broken: Error | undefined;
  const noteBreak = (error: Error) => {
    broken ??= error;
  };
  client.on('error', noteBreak);
  const query = async (text: string, parameters: readonly unknown[]) => {
    if (signal?.aborted) noteBreak(signal.reason);
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
    const breakOff = () => {
      noteBreak(signal?.reason);
      limit.reject(broken);
    };
    signal?.addEventListener('abort', breakOff);
    const answer = client.query(text, [...parameters]);
    answer.catch(() => {});
    try {
      return await Promise.race([answer, limit.promise]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', breakOff);
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
