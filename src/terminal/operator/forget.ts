/** `mta-sts forget`: deletes all that is known of a team, at once and for good; also while the bot runs. */
import { ok } from '../../protocol/result.ts';
import { forgetTeam } from '../../store/forget.ts';
import type { Arguments } from '../arguments.ts';
import { plainLine } from '../plain-text.ts';
import type { Outcome, Terminal } from '../terminal.ts';
import { wrongUsage } from '../usage.ts';
import { noWords, operate, placeName, reach, rowsOf } from './database.ts';

export async function forget(given: Arguments, terminal: Terminal): Promise<Outcome> {
  const [team] = given.options.get('team') ?? [];
  const problems = [...noWords(given), ...wrongTeam(team)];
  if (team === undefined || problems.length > 0) return wrongUsage(terminal, problems, 'forget');
  return operate({
    given,
    terminal,
    verb: 'forget',
    undone: 'nothing was deleted',
    work: (variables, { signal }) =>
      reach(
        variables,
        terminal,
        async ({ db, place }) => ok({ deleted: await forgetTeam(db, team), place }),
        { mustExist: true, signal },
      ),
    tell: ({ deleted, place }) => {
      if (deleted === undefined) {
        return {
          line: `There is no team ${team} in ${placeName(place)}; nothing was deleted`,
          json: { team, found: false, rows: 0, tables: {} },
          outcome: 1,
        };
      }
      const tables = Object.entries(deleted).filter(([, count]) => count > 0);
      return {
        line: `Deleted all of team ${team} from ${placeName(place)}: ${tables.map(([table, count]) => `${count} in ${table}`).join(', ')}`,
        json: { team, found: true, rows: rowsOf(deleted), tables: deleted },
      };
    },
  });
}

function wrongTeam(team: string | undefined): readonly string[] {
  const example = 'mta-sts forget --team T0123ABCD';
  if (team === undefined) return [`The team is missing: ${example}.`];
  if (/^T[A-Z0-9]+$/.test(team)) return [];
  if (/^E[A-Z0-9]+$/.test(team)) {
    return [`--team ${team}: this is an organisation's id. Name its teams one by one: ${example}.`];
  }
  return [`--team ${plainLine(team)}: a team's id is T with capital letters and digits: ${example}.`];
}
