/** `mta-sts restore`: a backup into an empty database, or in the place of what is there; all of it, or nothing. */
import { Readable } from 'node:stream';
import { ok } from '../../protocol/result.ts';
import { restore as readBackup } from '../../store/copy.ts';
import type { Arguments } from '../arguments.ts';
import type { Outcome, Terminal } from '../terminal.ts';
import { wrongUsage } from '../usage.ts';
import { countText, oneFile, operate, placeName, reach, rowsOf } from './database.ts';

export async function restore(given: Arguments, terminal: Terminal): Promise<Outcome> {
  const file = oneFile(given, 'mta-sts restore backup.gz');
  if (!file.ok) return wrongUsage(terminal, file.problem, 'restore');
  const { stdin } = terminal;
  if (file.value === '-' && stdin.isTTY) {
    return wrongUsage(terminal, ['A backup cannot be typed; name a file, or pipe it.'], 'restore');
  }
  const replace = given.options.has('replace');
  const from = file.value === '-' ? asReadable(stdin) : file.value;
  return operate({
    given,
    terminal,
    verb: 'restore',
    undone: 'the database is as it was',
    work: (variables, copying) =>
      reach(
        variables,
        terminal,
        async ({ db, place }) => {
          const copied = await readBackup(db, from, { place, replace, ...copying });
          if (copied.ok) return ok({ copied: copied.value, place });
          const hint = /is not empty/.test(copied.problem)
            ? ' Name an empty one, or add --replace to delete what is there.'
            : '';
          return { ok: false, problem: `${copied.problem}${hint}` };
        },
        { alone: true, signal: copying.signal },
      ),
    tell: ({ copied, place }) => ({
      line: `${file.value === '-' ? 'Standard input' : file.value} restored into ${placeName(place)}: ${countText(copied)}`,
      json: { file: file.value, rows: rowsOf(copied), tables: copied },
    }),
  });
}

function asReadable(stdin: Terminal['stdin']): Readable {
  return stdin instanceof Readable ? stdin : Readable.from(stdin);
}
