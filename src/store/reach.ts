/**
 * The database for a command of an operator: the server's, the embedded one of the bot that runs, or the embedded one
 * started for as long as the command takes. What is done with it is left to the command.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import pg from 'pg';
import type { Log } from '../log.ts';
import { countBots } from './bots.ts';
import { connectUnhurried, serverConfig } from './connection.ts';
import type { Database } from './database.ts';
import { joinEmbedded, startEmbedded } from './embedded.ts';
import { appliedSteps } from './prepare.ts';
import { type Place, placeUnknown, problemOf } from './problem.ts';
import { StoreRefused } from './store.ts';

export interface Whereabouts {
  /** Of the embedded database. */
  readonly dataDir: string;
  /** A server's, instead of the embedded one. */
  readonly databaseUrl: string | undefined;
  /** What says so, when it is not the variable. */
  readonly option?: '--to';
  /** PG_BIN: other programs for the embedded one than the npm package's. */
  readonly pgBin?: string | undefined;
}

export interface Reaching {
  /** Refused where nothing of the bot is, instead of making it. */
  readonly mustExist?: boolean;
  /** Refused while a bot uses it. */
  readonly alone?: boolean;
  /** Ends what is under way, which is undone; the reason is thrown. */
  readonly signal?: AbortSignal;
}

export interface Reached {
  readonly db: Kysely<Database>;
  readonly place: Place;
  /** Throws StoreRefused when a bot uses it by now; it says where the question is asked. */
  refuseBots(db: Kysely<Database>): Promise<void>;
}

/** A server notices soon that a bot has ended, but not before its process has. */
const goneMs = 2000;
const pollMs = 100;
/** A server's list of connections tells who asks. */
const commandName = 'mta-sts command';

/**
 * Does something with the database and leaves it. Throws StoreRefused and StoreUnavailable with messages for whoever
 * gave the command.
 */
export async function withDatabase<T>(
  whereabouts: Whereabouts,
  log: Pick<Log, 'info' | 'warn' | 'error'>,
  work: (reached: Reached) => Promise<T>,
  { mustExist = false, alone = false, signal }: Reaching = {},
): Promise<T> {
  const { dataDir, databaseUrl } = whereabouts;
  let place = placeUnknown(whereabouts);
  let stop = async (): Promise<void> => {};
  try {
    const embedded = async () => {
      const joined = await joinEmbedded(dataDir);
      if (joined !== undefined) {
        if (alone) throw botsRun(place);
        return joined;
      }
      if (mustExist && !existsSync(join(dataDir, 'pg', 'PG_VERSION'))) throw nothingThere(place);
      const started = await startEmbedded({ dataDir, log, bin: whereabouts.pgBin });
      stop = started.stop;
      return started.connection;
    };
    const config = databaseUrl === undefined ? await embedded() : serverConfig(databaseUrl);
    place = placeOf(whereabouts);
    const db = connectUnhurried({ ...config, application_name: commandName }, signal);
    const named = databaseUrl === undefined ? undefined : nameIn(config);
    const refuseBots = async (asked: Kysely<Database>, waitMs = 0) => {
      // The lock of the folder keeps the others out.
      if (databaseUrl === undefined) return;
      for (
        const endAt = performance.now() + waitMs;
        (await countBots(asked, named)) > 0;
        await sleep(pollMs)
      ) {
        if (performance.now() >= endAt) throw botsRun(place);
      }
    };
    try {
      if (mustExist && (await appliedSteps(db)).length === 0) throw nothingThere(place);
      if (alone) await refuseBots(db, goneMs);
      return await work({ db, place, refuseBots });
    } finally {
      await db.destroy();
    }
  } catch (error) {
    throw problemOf(error, place) ?? error;
  } finally {
    await stop();
  }
}

function botsRun({ variable, where }: Place): StoreRefused {
  const [which, wait] = variable === 'DATA_DIR' ? ['in', ''] : ['at', ', behind a pooler wait half a minute'];
  return new StoreRefused(
    `${variable}: a bot works with the database ${which} ${where}, and what it writes meanwhile would be lost. Stop every bot there${wait}, then give the command again.`,
  );
}

function nothingThere({ variable, where, database }: Place): StoreRefused {
  return new StoreRefused(
    variable === 'DATA_DIR'
      ? `DATA_DIR: the folder ${where} holds no database of the bot. Set DATA_DIR or DATABASE_URL as the bot has them.`
      : `${variable}: the database "${database}" at ${where} holds nothing of the bot. Set DATABASE_URL or DATA_DIR as the bot has them.`,
  );
}

/** Undefined unless the URL names its connections. */
function nameIn(config: pg.ClientConfig): string | undefined {
  const { connectionParameters } = new pg.Client(config) as unknown as {
    readonly connectionParameters: { readonly application_name?: string };
  };
  return connectionParameters.application_name;
}

/** Throws when the URL names a file that cannot be read. */
export function placeOf({ dataDir, databaseUrl, option }: Whereabouts): Place {
  if (databaseUrl === undefined) return { variable: 'DATA_DIR', where: dataDir, user: '', database: '' };
  const { host, port, user = '', database = '' } = new pg.Client(serverConfig(databaseUrl));
  const where = host.startsWith('/') ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { variable: option ?? 'DATABASE_URL', where, user, database };
}
