/** A store for tests, open in an empty database of its own. */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { generatedOf } from '../../src/check/generated.ts';
import { connect, serverConfig } from '../../src/store/connection.ts';
import { createStore, type OpenStore, type StoreOptions } from '../../src/store/open.ts';
import { type Backend, type FreshDatabase, preparedDatabase } from './servers.ts';

interface LogLine {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** Keeps its lines, so that a test can read what an operator would. */
export function keptLog() {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: unknown, message?: string) => {
    lines.push({ level, fields: Object(fields), message: message ?? String(fields) });
  };
  return { lines, log: { info: at('info'), warn: at('warn'), error: at('error') } as StoreOptions['log'] };
}

export const secretsKeys = [randomBytes(32)];

export interface Opened extends OpenStore {
  readonly url: string;
  /** Straight to the tables. */
  readonly connection: ReturnType<typeof connect>;
  readonly lines: readonly LogLine[];
  end(): Promise<void>;
}

export async function openFresh(backend: Backend, options: Partial<StoreOptions> = {}): Promise<Opened> {
  const database = await preparedDatabase(backend);
  return openIn(database, options);
}

export async function openIn(
  database: Pick<FreshDatabase, 'url' | 'drop'>,
  options: Partial<StoreOptions> = {},
): Promise<Opened> {
  const { lines, log } = keptLog();
  const opened = createStore({
    dataDir: '',
    databaseUrl: database.url,
    secretsKeys,
    generatedOf,
    log,
    ...options,
  });
  await opened.start();
  const connection = connect(serverConfig(database.url));
  return {
    ...opened,
    url: database.url,
    connection,
    lines,
    async end() {
      await opened.stop(5000);
      await connection.close();
      await database.drop();
    },
  };
}

/** For the next test of a file that keeps one store: all that hangs on a team goes with it, and so does what is to be done. */
export async function forgetTeams({ connection: { db } }: Pick<Opened, 'connection'>): Promise<void> {
  await db.deleteFrom('teams').execute();
  await sql`delete from jobs.job where name <> 'tidy'`.execute(db);
}
