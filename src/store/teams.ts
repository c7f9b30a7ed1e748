/** Teams: who they are, their settings, and the end of all that is known of them. */
import { sql } from 'kysely';
import type { Connection } from './connection.ts';
import type { Db } from './database.ts';
import { noSettings, type TeamId } from './shapes.ts';
import type { Teams } from './store.ts';

export function createTeams({ db, patientDb }: Connection): Teams {
  return {
    async settings(team) {
      const query = db.selectFrom('teams').select('settings').where('id', '=', team);
      const row = await query.executeTakeFirst();
      return { ...noSettings, ...row?.settings };
    },
    async changeSettings(team, settings) {
      const text = JSON.stringify(settings);
      await db
        .insertInto('teams')
        .values({ id: team, settings: text })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ settings: text }))
        .execute();
    },
    // Every table that holds something of a team references it, and goes with it.
    async forget(team) {
      const query = patientDb.deleteFrom('teams').where('id', '=', team);
      const { numDeletedRows } = await query.executeTakeFirst();
      return numDeletedRows > 0n;
    },
    async meet(team, enterpriseId) {
      await db
        .insertInto('teams')
        .values({ id: team, enterprise_id: enterpriseId ?? null })
        .onConflict((conflict) =>
          conflict
            .column('id')
            .doUpdateSet({ enterprise_id: sql`excluded.enterprise_id` })
            .where(sql<boolean>`excluded.enterprise_id <> coalesce(teams.enterprise_id, '')`),
        )
        .execute();
    },
  };
}

/**
 * For a transaction that goes on to write something of the team: it is there, and stays until the end. Whoever forgets
 * the team at the same time waits, and then deletes what was written too.
 */
export async function holdTeam(db: Db, team: TeamId, enterpriseId?: string): Promise<void> {
  await db
    .insertInto('teams')
    .values({ id: team, enterprise_id: enterpriseId ?? null })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ enterprise_id: sql`coalesce(excluded.enterprise_id, teams.enterprise_id)` }),
    )
    .execute();
}
