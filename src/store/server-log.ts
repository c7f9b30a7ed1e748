/** The embedded server's own log file: kept short, and read for why the server ended. */
import { closeSync, copyFileSync, openSync, readSync, statSync, truncateSync } from 'node:fs';

/** Some ten thousand lines; with the one before it twice that at most. */
const longestLog = 1_000_000;
/** The end of the log that is searched. */
const searched = 16_384;
/** Of a line; what follows is a path at most. */
const longestWords = 500;
const graveness = /\b(?:FATAL|PANIC): /;

/**
 * Begins it anew once it has grown too long; what was there is kept beside it as `.1`. The server goes on writing:
 * it appends to the same file.
 */
export function boundServerLog(path: string): void {
  try {
    if (statSync(path).size <= longestLog) return;
    copyFileSync(path, `${path}.1`);
  } catch {
    // Without room for a copy the bound matters more than what was there.
  }
  try {
    truncateSync(path);
  } catch {
    // There is none yet.
  }
}

/** The last grave line after the position, without its time, such as `FATAL:  could not …`; else the last line. */
export function lastWords(path: string, fromOctet: number): string | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const from = Math.max(fromOctet, statSync(path).size - searched);
    const buffer = Buffer.alloc(searched);
    const length = readSync(descriptor, buffer, 0, searched, from);
    const lines = buffer.toString('utf8', 0, length).trim().split('\n');
    const grave = lines.findLast((line) => graveness.test(line));
    const words = grave?.slice(grave.search(graveness)) ?? lines.at(-1);
    return words?.slice(0, longestWords) || undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
