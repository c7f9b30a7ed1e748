/**
 * The database for a command of an operator: the server's, the embedded one of the bot that runs, or the embedded one
 * started for as long as the command takes. What is done with it is left to the command.
 */
import type { Kysely } from 'kysely';
import pg from 'pg';
import type { Log } from '../log.ts';
import { connectUnhurried, serverConfig } from './connection.ts';
import type { Database } from './database.ts';
import { joinEmbedded, startEmbedded } from './embedded.ts';
import { type Place, problemOf } from './problem.ts';

export interface Whereabouts {
  /** Of the embedded database. */
  readonly dataDir: string;
  /** A server's, instead of the embedded one. */
  readonly databaseUrl: string | undefined;
}

export interface Reached {
  readonly db: Kysely<Database>;
  readonly place: Place;
}

/**
 * Does something with the database, which may be empty, and leaves it. Throws StoreRefused and StoreUnavailable with
 * messages for whoever gave the command.
 */
export async function withDatabase<T>(
  whereabouts: Whereabouts,
  log: Pick<Log, 'info' | 'warn' | 'error'>,
  work: (reached: Reached) => Promise<T>,
): Promise<T> {
  let place = placeUnknown(whereabouts);
  const { dataDir, databaseUrl } = whereabouts;
  const joined = databaseUrl === undefined ? await joinEmbedded(dataDir) : undefined;
  const started =
    databaseUrl === undefined && joined === undefined ? await startEmbedded({ dataDir, log }) : undefined;
  try {
    place = placeOf(whereabouts);
    const db = connectUnhurried(joined ?? started?.connection ?? serverConfig(databaseUrl ?? ''));
    try {
      return await work({ db, place });
    } finally {
      await db.destroy();
    }
  } catch (error) {
    throw problemOf(error, place) ?? error;
  } finally {
    await started?.stop();
  }
}

/** Throws when the URL names a file that cannot be read. */
export function placeOf({ dataDir, databaseUrl }: Whereabouts): Place {
  if (databaseUrl === undefined) return { variable: 'DATA_DIR', where: dataDir, user: '', database: '' };
  const { host, port, user = '', database = '' } = new pg.Client(serverConfig(databaseUrl));
  const where = host.startsWith('/') ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { variable: 'DATABASE_URL', where, user, database };
}

/** For messages before it is known. */
export function placeUnknown({ dataDir, databaseUrl }: Whereabouts): Place {
  if (databaseUrl === undefined) return { variable: 'DATA_DIR', where: dataDir, user: '', database: '' };
  return { variable: 'DATABASE_URL', where: 'the server', user: '', database: '' };
}
