/**
 * The store that the bot brings along, made to stand still and to go on again: its PostgreSQL keeps its sockets
 * open meanwhile and answers nothing, as a server behind a network that is gone. Only the embedded one, on this machine.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where the embedded server writes its process id, below DATA_DIR. */
const pidFile = join('pg', 'postmaster.pid');

export interface StorePause {
  /** False when no server runs there. */
  set(on: boolean): Promise<boolean>;
}

export function createStorePause(dataDir: string): StorePause {
  let stopped: readonly number[] = [];
  return {
    async set(on) {
      if (!on) {
        const were = stopped;
        stopped = [];
        // The last to be stopped first: the server must not miss the end of one of its own.
        for (const pid of were.toReversed()) signal(pid, 'SIGCONT');
        return true;
      }
      const server = await serverId(join(dataDir, pidFile));
      if (server === undefined || !signal(server, 'SIGSTOP')) return false;
      // Each connection has a process of its own, which would go on answering; a stopped server starts no other.
      const children = await childrenOf(server);
      stopped = [server, ...children.filter((pid) => signal(pid, 'SIGSTOP'))];
      return true;
    },
  };
}

/** The first line of the file; undefined without one. */
async function serverId(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number(text.split('\n', 1)[0]);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

/** False when the process is gone. */
function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

const run = promisify(execFile);

/** From Linux itself where it says so; `ps` is on every macOS, and not in every container. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const known = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => undefined);
  if (known !== undefined) return known.trim().split(/\s+/).filter(Boolean).map(Number);
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']).catch(() => ({ stdout: '' }));
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (child !== undefined && parent === pid ? [child] : []));
}
