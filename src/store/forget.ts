/**
 * The end of all that is known of a team, for an operator, who is told how much it was. The bot's own way, which
 * counts nothing, is in teams.ts; both rest on every table's reference to its team.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Copied } from './copy.ts';
import type { Database } from './database.ts';

interface Link {
  readonly child: string;
  readonly column: string;
  readonly parent: string;
  readonly parentColumn: string;
}

/** How many rows of each table were deleted; undefined when there is no such team. */
export function forgetTeam(db: Kysely<Database>, team: string): Promise<Copied | undefined> {
  return db.transaction().execute(async (trx) => {
    // Whoever goes on writing for the team waits here, and then begins anew (teams.ts, holdTeam).
    const held = await trx.selectFrom('teams').select('id').where('id', '=', team).forUpdate().execute();
    if (held.length === 0) return undefined;
    const { rows: links } = await sql<Link>`
      select child.relname as child, own.attname as column, parent.relname as parent, other.attname as "parentColumn"
      from pg_constraint link
      join pg_class child on child.oid = link.conrelid
      join pg_class parent on parent.oid = link.confrelid
      join pg_attribute own on own.attrelid = child.oid and own.attnum = link.conkey[1]
      join pg_attribute other on other.attrelid = parent.oid and other.attnum = link.confkey[1]
      where link.contype = 'f' and child.oid <> parent.oid
        and child.relnamespace = current_schema()::regnamespace`.execute(trx);
    const deleted: Record<string, number> = {};
    for (const [table, isOfTeam] of conditions(links, team)) {
      const { rows } = await sql<{ count: string }>`
        select count(*) as count from ${sql.table(table)} where ${isOfTeam}`.execute(trx);
      deleted[table] = Number(rows[0]?.count);
    }
    await trx.deleteFrom('teams').where('id', '=', team).execute();
    return deleted;
  });
}

/** For each table that hangs on teams, which of its rows go with the team. */
function conditions(links: readonly Link[], team: string): ReadonlyMap<string, RawBuilder<boolean>> {
  const found = new Map([['teams', sql<boolean>`id = ${team}`]]);
  // A map grows while it is walked.
  for (const [parent, isOfTeam] of found) {
    for (const { child, column, parentColumn } of links.filter((link) => link.parent === parent)) {
      if (found.has(child)) continue;
      found.set(
        child,
        sql<boolean>`${sql.ref(column)} in (select ${sql.ref(parentColumn)} from ${sql.table(parent)} where ${isOfTeam})`,
      );
    }
  }
  return found;
}
