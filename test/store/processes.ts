/** Processes by the folder that they work in, as /proc shows them, to be counted and killed. Linux only. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Every process that works in the folder or below it. */
export function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const cwd = readlinkSync(`/proc/${pid}/cwd`);
        return cwd === folder || cwd.startsWith(`${folder}/`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

export function postmasterOf(data: string): number {
  return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has gone by itself.
    }
  }
}

/** A file about the process; empty when it has gone meanwhile. */
export function readOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

export async function untilGone(pids: readonly number[], limitMs = 20_000): Promise<boolean> {
  const isThere = (pid: number) => /^State:\s+[^Z]/m.test(readOf(pid, 'status'));
  for (const endAt = performance.now() + limitMs; performance.now() < endAt; await sleep(20)) {
    if (!pids.some(isThere)) return true;
  }
  return false;
}
