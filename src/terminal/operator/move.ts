/**
 * `mta-sts move`: from the database that the bot has to a server's, without a file. The old one stays as it was. No
 * bot may run meanwhile: what it wrote behind the copy would be lost.
 */
import { databaseUrl } from '../../config-store.ts';
import { ok } from '../../protocol/result.ts';
import { move as copyOver } from '../../store/copy.ts';
import type { Arguments } from '../arguments.ts';
import type { Outcome, Terminal } from '../terminal.ts';
import { wrongUsage } from '../usage.ts';
import { countText, noWords, operate, placeName, reach, rowsOf } from './database.ts';

export async function move(given: Arguments, terminal: Terminal): Promise<Outcome> {
  const [to] = given.options.get('to') ?? [];
  // What is wrong with it is told without the text: it holds a password.
  const target = to === undefined ? undefined : databaseUrl(to.trim());
  if (target?.ok !== true) {
    const problem =
      target === undefined
        ? 'The new database is missing: mta-sts move --to postgres://user:password@host/database.'
        : `--to ${target.problem}`;
    return wrongUsage(terminal, [...noWords(given), problem], 'move');
  }
  const words = noWords(given);
  if (words.length > 0) return wrongUsage(terminal, words, 'move');
  return operate({
    given,
    terminal,
    verb: 'move',
    undone: 'nothing was moved',
    work: (variables, copying) =>
      reach(
        variables,
        terminal,
        (from) =>
          reach(
            { ...variables, databaseUrl: target.value, option: '--to' },
            terminal,
            async ({ db, place }) => {
              const copied = await copyOver(from.db, db, terminal.now, {
                place,
                replace: false,
                ...copying,
                // One may have started since.
                beforeEnd: (reading) => from.refuseBots(reading),
              });
              return copied.ok ? ok({ copied: copied.value, from: from.place, to: place }) : copied;
            },
            { alone: true, signal: copying.signal },
          ),
        { mustExist: true, alone: true, signal: copying.signal },
      ),
    tell: ({ copied, from, to: there }) => ({
      line: `Moved ${placeName(from)} to ${placeName(there)}: ${countText(copied)}. The old database is as it was; start the bot with DATABASE_URL set to the new one`,
      json: { to: placeName(there), rows: rowsOf(copied), tables: copied },
    }),
  });
}
