/**
 * What a bot that was killed left running in its data folder: a server without its bot, the server's own processes
 * without it, a folder half made. Only the owner of the folder may ask for their end.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { StoreUnavailable } from './store.ts';

interface Leftover {
  readonly pid: number;
  /** `starting`: what becomes one of the others, such as the unshare before a server of root's. */
  readonly program: 'postgres' | 'initdb' | 'starting';
}

/** A fast shutdown writes a checkpoint; initdb removes what it made. */
const shutdownMs = 15_000;
/** Processes whose server is gone see it at once, and end by themselves. */
const followMs = 3000;
/** Nothing survives SIGKILL but a process that waits for a disk. */
const killedMs = 10_000;
const pollMs = 20;

/**
 * Ends every process of PostgreSQL in the cluster's folder, or in one that was being made beside it, and waits until
 * they are gone: two servers in one folder would destroy it. Then removes what says that a server runs there, but
 * the folder that is for the next server's socket.
 */
export async function endLeftovers(
  data: string,
  log: Pick<Log, 'warn'>,
  nextSocketFolder?: string,
): Promise<void> {
  const postmaster = readPostmaster(data);
  const found = leftovers(data, postmaster?.pid);
  if (found.length > 0) {
    log.warn(
      { processes: found.length },
      'Processes of a PostgreSQL without its bot still ran: they are ended',
    );
    await endAll(data);
  }
  rmSync(join(data, 'postmaster.pid'), { force: true });
  for (const folder of new Set([postmaster?.socketFolder, nextSocketFolder])) {
    if (folder) removeSocket(folder, folder === nextSocketFolder);
  }
}

/** Of a private folder for the socket alone, where the data folder's path is too long for one. */
export const socketFolderPrefix = 'mta-sts-pg-';

/** A socket's lock file names a process too, and a server believes it. */
export function removeSocket(folder: string, keepsFolder = false): void {
  rmSync(join(folder, '.s.PGSQL.5432'), { force: true });
  rmSync(join(folder, '.s.PGSQL.5432.lock'), { force: true });
  if (!keepsFolder && basename(folder).startsWith(socketFolderPrefix)) {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Postmaster {
  readonly pid: number;
  /** Empty until the server listens. */
  readonly socketFolder: string;
  /** It takes connections, unless it has been killed since. */
  readonly isReady: boolean;
}

/** What the server wrote of itself, running or not; undefined when there is no such file, or not yet a whole one. */
export function readPostmaster(data: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  // Nothing is sent to process 1 or to a group.
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return { pid, socketFolder: lines[4] ?? '', isReady: lines[7]?.trim() === 'ready' };
}

async function endAll(data: string): Promise<void> {
  const told = new Set<number>();
  /** Those that are left; a server or initdb that was not seen before is told to stop. */
  const left = () => {
    const postmaster = readPostmaster(data)?.pid;
    const found = leftovers(data, postmaster);
    for (const { pid, program } of found) {
      // To a process of the server an order to stop means something else.
      const isOfServer = program === 'postgres' && pid !== postmaster;
      if (isOfServer || told.has(pid)) continue;
      told.add(pid);
      signal(pid, program === 'initdb' ? 'SIGTERM' : 'SIGINT');
    }
    return found;
  };
  await until(() => left().every(({ pid }) => !told.has(pid)), shutdownMs);
  if (await until(() => left().length === 0, followMs)) return;
  for (const { pid } of left()) signal(pid, 'SIGKILL');
  if (await until(() => left().length === 0, killedMs)) return;
  throw new StoreUnavailable(`An old PostgreSQL in ${data} does not end`);
}

async function until(isSo: () => boolean, limitMs: number): Promise<boolean> {
  for (const endAt = performance.now() + limitMs; performance.now() < endAt; await sleep(pollMs)) {
    if (isSo()) return true;
  }
  return false;
}

/**
 * By where they work, not by a number from a file: the number may be a zombie's, when process 1 does not reap, or
 * have gone to another program.
 */
function leftovers(data: string, postmaster: number | undefined): Leftover[] {
  if (process.platform !== 'linux') return postmaster === undefined ? [] : byCommand(data, postmaster);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid): Leftover[] => {
      try {
        const cwd = readlinkSync(`/proc/${pid}/cwd`);
        if (cwd !== data && !cwd.startsWith(`${data} (deleted)`) && !cwd.startsWith(`${data}.init-`))
          return [];
        const program = basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ''));
        if (program === 'postgres' || program === 'initdb') return [{ pid: Number(pid), program }];
        // A shell of the operator's in the folder is none of ours.
        return isToServe(pid, data) ? [{ pid: Number(pid), program: 'starting' }] : [];
      } catch {
        return [];
      }
    });
}

/** By its arguments: a server or initdb that is still to be loaded, for this folder or the one that is being made. */
function isToServe(pid: string, data: string): boolean {
  const given = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const folder = given[given.indexOf('-D') + 1] ?? '';
  return folder === data || folder.startsWith(`${data}.init-`);
}

function byCommand(data: string, pid: number): Leftover[] {
  try {
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return command.includes(data) ? [{ pid, program: 'postgres' }] : [];
  } catch {
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has gone by itself.
  }
}
