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
  readonly program: string;
}

/** A fast shutdown writes a checkpoint; processes whose server is gone end by themselves within moments. */
const patienceMs = 15_000;
/** Nothing survives SIGKILL but a process that waits for a disk. */
const killedMs = 10_000;
const pollMs = 20;

/**
 * Ends every process of PostgreSQL in the cluster's folder, or in one that was being made beside it, and waits until
 * they are gone: two servers in one folder would destroy it. Then removes what says that a server runs there.
 */
export async function endLeftovers(data: string, log: Pick<Log, 'warn'>): Promise<void> {
  const postmaster = readPostmaster(data);
  const found = leftovers(data, postmaster?.pid);
  if (found.length > 0) {
    log.warn({ processes: found.length }, 'A PostgreSQL without its bot still ran: it is ended');
    // Only the server itself and initdb know an order to stop: to a process of the server it means something else.
    for (const { pid, program } of found) {
      if (pid === postmaster?.pid) signal(pid, 'SIGINT');
      else if (program === 'initdb') signal(pid, 'SIGTERM');
    }
    if (!(await untilGone(data, postmaster?.pid, patienceMs))) {
      for (const { pid } of leftovers(data, postmaster?.pid)) signal(pid, 'SIGKILL');
      if (!(await untilGone(data, postmaster?.pid, killedMs))) {
        throw new StoreUnavailable(`An old PostgreSQL in ${data} does not end`);
      }
    }
  }
  rmSync(join(data, 'postmaster.pid'), { force: true });
  if (postmaster !== undefined) removeSocket(postmaster.socketFolder);
}

/** Of a private folder for the socket alone, where the data folder's path is too long for one. */
export const socketFolderPrefix = 'mta-sts-pg-';

/** A socket's lock file names a process too, and a server believes it. */
export function removeSocket(folder: string): void {
  if (basename(folder).startsWith(socketFolderPrefix)) rmSync(folder, { recursive: true, force: true });
  if (folder === '') return;
  rmSync(join(folder, '.s.PGSQL.5432'), { force: true });
  rmSync(join(folder, '.s.PGSQL.5432.lock'), { force: true });
}

/** What the server wrote of itself, running or not; undefined when there is no such file, or only half of it. */
export function readPostmaster(
  data: string,
): { readonly pid: number; readonly socketFolder: string } | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  return pid > 1 ? { pid, socketFolder: lines[4] ?? '' } : undefined;
}

async function untilGone(data: string, postmaster: number | undefined, limitMs: number): Promise<boolean> {
  for (const endAt = performance.now() + limitMs; performance.now() < endAt; await sleep(pollMs)) {
    if (leftovers(data, postmaster).length === 0) return true;
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
    .flatMap((pid) => {
      try {
        const cwd = readlinkSync(`/proc/${pid}/cwd`);
        if (cwd !== data && !cwd.startsWith(`${data} (deleted)`) && !cwd.startsWith(`${data}.init-`))
          return [];
        // A shell of the operator's in the folder is none of ours.
        const program = basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ''));
        return program === 'postgres' || program === 'initdb' ? [{ pid: Number(pid), program }] : [];
      } catch {
        return [];
      }
    });
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
