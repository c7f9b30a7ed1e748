/** `mta-sts backup`: all that the database holds, as it is at one moment, into a file; also while the bot runs. */
import { stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ok } from '../../protocol/result.ts';
import { backup as writeBackup } from '../../store/copy.ts';
import type { Arguments } from '../arguments.ts';
import type { Outcome, Terminal } from '../terminal.ts';
import { wrongUsage } from '../usage.ts';
import { countText, oneFile, operate, placeName, reach, rowsOf, sizeText } from './database.ts';

export async function backup(given: Arguments, terminal: Terminal): Promise<Outcome> {
  const file = oneFile(given, 'mta-sts backup backup.gz');
  if (!file.ok) return wrongUsage(terminal, file.problem, 'backup');
  const toStdout = file.value === '-';
  if (toStdout && given.options.has('json')) {
    return wrongUsage(
      terminal,
      ['With - the backup itself is on standard output; leave --json out.'],
      'backup',
    );
  }
  if (toStdout && terminal.output.isTTY) {
    return wrongUsage(terminal, ['A backup is no text for a terminal; name a file, or pipe it.'], 'backup');
  }
  return operate({
    given,
    terminal,
    verb: 'backup',
    undone: 'no backup was written',
    work: (variables, copying) =>
      reach(
        variables,
        terminal,
        async ({ db, place }) => {
          const counted = new Counted();
          const piping = toStdout ? pipeline(counted, terminal.output, { end: false }) : undefined;
          // Told by the writing too.
          piping?.catch(() => {});
          const copied = await writeBackup(db, toStdout ? counted : file.value, terminal.now, copying);
          if (!copied.ok) return copied;
          counted.end();
          await piping;
          const octets = toStdout ? counted.octets : (await stat(file.value)).size;
          return ok({ copied: copied.value, octets, place });
        },
        { mustExist: true, signal: copying.signal },
      ),
    tell: ({ copied, octets, place }) => ({
      line: `Backup of ${placeName(place)} written to ${toStdout ? 'standard output' : file.value}: ${countText(copied)}, ${sizeText(octets)}`,
      json: { file: file.value, rows: rowsOf(copied), tables: copied, octets },
      ...(toStdout && { to: 'stderr' }),
    }),
  });
}

class Counted extends Transform {
  octets = 0;

  override _transform(chunk: Buffer, _: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.octets += chunk.length;
    done(null, chunk);
  }
}
