/**
 * Why the data folder cannot be used, in words for whoever runs the bot, and whether trying again can help:
 * StoreRefused when a person has to do something first, StoreUnavailable when it may mend itself.
 */
import { statfs } from 'node:fs/promises';
import { StoreRefused, StoreUnavailable } from './store.ts';

/** An empty cluster takes 40 MB, and its log of changes grows by 16 MB at a time. */
const roomNeeded = 64 * 1024 * 1024;
const forbidden = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG']);

/** Of what the file system said; every other error as it is. */
export function folderProblem(folder: string, error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StoreUnavailable(`No room is left on the disk of ${folder}`, { cause: error });
  }
  if (!forbidden.has(code)) return error;
  return new StoreRefused(
    `The folder ${folder} cannot be used (${code}). Make it a folder that this user may write, or set DATA_DIR to another.`,
    { cause: error },
  );
}

/** Of what one of PostgreSQL's programs said before it ended. */
export async function serverFailure(folder: string, what: string, said: string): Promise<Error> {
  if (/Permission denied|wrong ownership|invalid permissions|Read-only file system/.test(said)) {
    return new StoreRefused(
      `${what} in ${folder}: ${said}. The folder and all in it must belong to the user that runs the bot.`,
    );
  }
  // One that ran out of room may have said something else at last.
  const isFull = /No space left|Disk quota/.test(said) || (await isNearlyFull(folder));
  return new StoreUnavailable(
    `${what} in ${folder}${isFull ? ', no room is left on its disk' : ''}: ${said}`,
  );
}

async function isNearlyFull(folder: string): Promise<boolean> {
  const room = await statfs(folder).catch(() => undefined);
  return room !== undefined && room.bavail * room.bsize < roomNeeded;
}
