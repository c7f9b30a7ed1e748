/**
 * One owner per folder: a lock of the kernel, which ends with the process that holds it. A file with a process id
 * would not do: it outlives its writer, and in a container everybody is process 1. What the owner does with the
 * folder is left to it.
 */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreRefused } from './store.ts';

export interface Ownership {
  /** May be called again. */
  release(): void;
}

/**
 * SQLite's exclusive lock on an empty database. Nobody in this process may open and close the file by other means:
 * POSIX gives up every lock of a process on a file with the first descriptor that is closed.
 */
const lockFile = 'owner.lock';
/** How soon a successor sees that its predecessor has gone. */
const pollMs = 100;
/** SQLITE_BUSY (sqlite3.h): somebody else holds it. */
const sqliteBusy = 5;

/** Waits for a predecessor that is stopping. Throws StoreRefused when the folder is somebody's after that too. */
export async function ownFolder(folder: string, waitMs: number): Promise<Ownership> {
  for (const endAt = performance.now() + waitMs; ; ) {
    const ownership = tryOwnFolder(folder);
    if (ownership !== undefined) return ownership;
    if (performance.now() >= endAt) {
      throw new StoreRefused(
        `The folder ${folder} is in use by another process of this bot. Stop that one, or give this one another DATA_DIR.`,
      );
    }
    await sleep(pollMs);
  }
}

/** Undefined while another process, or another part of this one, owns it. Throws what the file system does. */
export function tryOwnFolder(folder: string): Ownership | undefined {
  const path = join(folder, lockFile);
  create(path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    // Without a journal's file nothing is written: a full disk is no obstacle.
    database.exec('pragma locking_mode = exclusive; pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    database?.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return undefined;
    throw new StoreRefused(
      `The file ${path} cannot be locked. The folder must be writable and on a local disk, not on a network file system.`,
      { cause: error },
    );
  }
  const held = database;
  return {
    release: () => {
      if (held.isOpen) held.close();
    },
  };
}

/** Without SQLite, which does not say why it cannot. */
function create(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
