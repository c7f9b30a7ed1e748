/** Every version that a team generated. */
import { createHash } from 'node:crypto';
import type { Connection } from './connection.ts';
import type { Publications } from './store.ts';
import { holdTeam } from './teams.ts';

export function createPublications({ db }: Connection): Publications {
  return {
    // The same texts again are the same version, such as when a request is repeated: who asked first stays.
    async add(team, { domain, at, askedBy, id, record, policy, tlsRpt }) {
      const texts_hash = createHash('sha256')
        .update(JSON.stringify([id, record, policy, tlsRpt ?? null]))
        .digest('hex');
      await db.transaction().execute(async (trx) => {
        await holdTeam(trx, team);
        await trx
          .insertInto('publications')
          .values({
            team_id: team,
            domain,
            at,
            asked_by: askedBy,
            version_id: id,
            record,
            policy,
            tls_rpt: tlsRpt ?? null,
            texts_hash,
          })
          .onConflict((conflict) => conflict.columns(['team_id', 'domain', 'texts_hash']).doNothing())
          .execute();
      });
    },
    async of(team, domain, limit) {
      const rows = await db
        .selectFrom('publications')
        .select(['at', 'asked_by', 'version_id', 'record', 'policy', 'tls_rpt'])
        .where('team_id', '=', team)
        .where('domain', '=', domain)
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ at, asked_by, version_id, record, policy, tls_rpt }) => ({
        domain,
        at,
        askedBy: asked_by,
        id: version_id,
        record,
        policy,
        tlsRpt: tls_rpt ?? undefined,
      }));
    },
  };
}
