/**
 * Folders for databases under test. In memory where there is room: a commit waits for the disk, the disk is shared
 * with everything else that runs, and what a killed process had written is there afterwards either way.
 */
import { existsSync, globSync, mkdtempSync, realpathSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAll, processesIn } from './processes.ts';

const memory = '/dev/shm';
/** Several servers of 60 to 200 MB each, with the log of changes. In a container there are often 64 MB in all. */
const roomNeeded = 3 * 2 ** 30;
const prefix = 'mta-sts-lab-';

export function labFolder(where: 'in memory' | 'on disk' = 'in memory'): string {
  const isInMemory = where === 'in memory' && hasRoom();
  return realpathSync(mkdtempSync(join(isInMemory ? memory : tmpdir(), `${prefix}${process.pid}-`)));
}

/** Ends the servers, and removes the folders, of runs that were killed before they could. */
export function sweepLabFolders(): void {
  for (const folder of [memory, tmpdir()].flatMap((where) => globSync(join(where, `${prefix}*`)))) {
    const pid = new RegExp(`${prefix}(\\d+)-`).exec(folder)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    // Other users of the machine sweep up theirs.
    if (statSync(folder, { throwIfNoEntry: false })?.uid !== process.geteuid?.()) continue;
    killAll(processesIn(folder));
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    } catch {
      // A test that was killed left what it had made read-only. It is in nobody's way.
    }
  }
}

function hasRoom(): boolean {
  if (!existsSync(memory)) return false;
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > roomNeeded;
}
