/**
 * Folders for databases under test. In memory where there is room: a commit waits for the disk, the disk is shared
 * with everything else that runs, and what a killed process had written is there afterwards either way.
 */
import { existsSync, mkdtempSync, realpathSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const memory = '/dev/shm';
/** Several servers of 60 to 200 MB each, with the log of changes. In a container there are often 64 MB in all. */
const roomNeeded = 3 * 2 ** 30;

export function labFolder(where: 'in memory' | 'on disk' = 'in memory'): string {
  const isInMemory = where === 'in memory' && hasRoom();
  return realpathSync(mkdtempSync(join(isInMemory ? memory : tmpdir(), 'mta-sts-lab-')));
}

function hasRoom(): boolean {
  if (!existsSync(memory)) return false;
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > roomNeeded;
}
