/**
 * The embedded PostgreSQL: a real server that the bot starts itself in one folder, reached through a socket in the
 * file system and by no port. What is stored in it, and when a start that failed is tried again, is left to others.
 */
import { mkdirSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { makeCluster } from './cluster.ts';
import { folderProblem } from './folder-problems.ts';
import {
  answers,
  connectionOf,
  type EmbeddedConnection,
  type KeptServer,
  keepServer,
} from './kept-server.ts';
import { endLeftovers, readPostmaster } from './leftovers.ts';
import { type Ownership, ownFolder, tryOwnFolder } from './owner-lock.ts';
import { findPostgres } from './postgres-programs.ts';
import { StoreUnavailable } from './store.ts';

export interface EmbeddedOptions {
  /** DATA_DIR; made when it is not there. */
  readonly dataDir: string;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** PG_BIN: a folder with initdb and postgres instead of the npm package's. */
  readonly bin?: string | undefined;
  /** How long to wait for the folder's owner to end; default 15 s, half as long again as a bot takes to stop. */
  readonly lockWaitMs?: number;
}

const defaultLockWaitMs = 15_000;
const pollMs = 50;

/**
 * Starts it, and makes the database when there is none. Throws StoreRefused when a person has to do something first:
 * the folder is another process's or another version's or cannot be written, or no PostgreSQL can run here; and
 * StoreUnavailable when the same call may succeed later: no room on the disk, or the server failed for a reason that
 * is not known to be for ever.
 */
export async function startEmbedded({
  dataDir,
  log,
  bin,
  lockWaitMs = defaultLockWaitMs,
}: EmbeddedOptions): Promise<KeptServer> {
  let ownership: Ownership | undefined;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const folder = await realpath(dataDir);
    ownership = await ownFolder(folder, lockWaitMs);
    const owned = ownership;
    const postgres = await findPostgres({ bin, linksFolder: join(folder, 'pg-libraries') });
    const data = dataOf(folder);
    await endLeftovers(data, log);
    await makeCluster(data, postgres);
    const server = await keepServer(data, postgres, log);
    return { ...server, stop: (limitMs) => server.stop(limitMs).finally(() => owned.release()) };
  } catch (error) {
    ownership?.release();
    throw folderProblem(dataDir, error);
  }
}

/**
 * How to reach the server that another process of ours runs in the folder, or undefined when none does: then the
 * folder is free for startEmbedded. Waits while that process starts its server, and throws StoreUnavailable when it
 * does not come up, StoreRefused when the folder is not for this user.
 */
export async function joinEmbedded(
  dataDir: string,
  limitMs = defaultLockWaitMs,
): Promise<EmbeddedConnection | undefined> {
  try {
    const folder = await realpath(dataDir);
    for (const endAt = performance.now() + limitMs; ; await sleep(pollMs)) {
      const ownership = tryOwnFolder(folder);
      ownership?.release();
      if (ownership !== undefined) return undefined;
      const postmaster = readPostmaster(dataOf(folder));
      if (postmaster?.isReady === true && (await answers(postmaster.socketFolder))) {
        return connectionOf(postmaster.socketFolder);
      }
      if (performance.now() >= endAt) {
        throw new StoreUnavailable(`Another process owns ${folder}, but its database does not answer`);
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw folderProblem(dataDir, error);
  }
}

function dataOf(folder: string): string {
  return join(folder, 'pg');
}
