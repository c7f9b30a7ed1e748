/** Who wants to hear of which domain. Looking is left to looks.ts, what is told to incidents.ts. */
import { sql } from 'kysely';
import type { DomainName } from '../protocol/domain.ts';
import type { Connection } from './connection.ts';
import type { Db } from './database.ts';
import type { Queues } from './queues.ts';
import type { Json, TeamId, Watch, WatchedDomain } from './shapes.ts';
import type { Watches } from './store.ts';
import { holdTeam } from './teams.ts';
import { byDomain, isUuid, watchOf, watchRows } from './watch-rows.ts';

export function createWatches({ db }: Connection, queues: Queues): Watches {
  return {
    add: (watch, now) => db.transaction().execute((trx) => add(trx, queues, watch, now)),
    async remove(team, domain, conversation) {
      const gone = await db
        .deleteFrom('watches')
        .using('watched_domains')
        .whereRef('watched_domains.id', '=', 'watches.domain_id')
        .where('watched_domains.team_id', '=', team)
        .where('watched_domains.domain', '=', domain)
        .where('watches.conversation', '=', conversation)
        .returning('watches.id')
        .executeTakeFirst();
      return gone !== undefined;
    },
    async list(team, { conversation, offset, limit }) {
      const inScope = watched(db, team, conversation);
      const { total } = await inScope
        .select((of) => of.fn.countAll<string>().as('total'))
        .executeTakeFirstOrThrow();
      const domains = await watchedDomains(
        db,
        inScope.orderBy(byDomain).offset(offset).limit(limit),
        conversation,
      );
      return { domains, total: Number(total) };
    },
    async find(team, domain) {
      const inScope = watched(db, team, undefined).where('watched_domains.domain', '=', domain);
      return (await watchedDomains(db, inScope, undefined))[0];
    },
    pause: (team, conversation, because, notice, now) =>
      db.transaction().execute(async (trx) => {
        // Before its watches, as whoever forgets the team does.
        await trx.selectFrom('teams').select('id').where('id', '=', team).forKeyShare().execute();
        const paused = await trx
          .updateTable('watches')
          .set({ paused_at: now, paused_because: because })
          .where('team_id', '=', team)
          .where('conversation', '=', conversation)
          .where('paused_at', 'is', null)
          .returning('id')
          .execute();
        if (paused.length === 0) return [];
        const rows = await watchRows(trx)
          .where(
            'watches.id',
            'in',
            paused.map(({ id }) => id),
          )
          .orderBy(byDomain)
          .execute();
        const watches = rows.map(watchOf);
        await tellOwners(trx, queues, team, watches, notice, now);
        return watches;
      }),
    async setEvery(team, watchId, everyHours) {
      if (!isUuid(watchId)) return false;
      return db.transaction().execute(async (trx) => {
        const changed = await trx
          .updateTable('watches')
          .set({ every_hours: everyHours })
          .where('team_id', '=', team)
          .where('id', '=', watchId)
          .returning(['domain_id', 'paused_at'])
          .executeTakeFirst();
        if (changed === undefined) return false;
        // The next look was fixed for the old hours, which may be a day away.
        if (changed.paused_at === null)
          await queues.hurry(trx, 'look', [{ domainId: changed.domain_id, team }]);
        return true;
      });
    },
  };
}

type NewWatch = Parameters<Watches['add']>[0];

async function add(
  trx: Db,
  queues: Queues,
  { team, domain, conversation, owner, everyHours }: NewWatch,
  now: Date,
): Promise<{ watch: Watch; isNew: boolean }> {
  await holdTeam(trx, team);
  // Writes the row in any case: it is locked, so that no look is saved between here and the end.
  const { id: domainId } = await trx
    .insertInto('watched_domains')
    .values({ team_id: team, domain, next_look_at: now })
    .onConflict((conflict) => conflict.columns(['team_id', 'domain']).doUpdateSet({ next_look_at: now }))
    .returning('id')
    .executeTakeFirstOrThrow();
  const row = await trx
    .insertInto('watches')
    .values({
      domain_id: domainId,
      team_id: team,
      conversation,
      owner,
      every_hours: everyHours,
      created_at: now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['domain_id', 'conversation'])
        .doUpdateSet({ owner, every_hours: everyHours, paused_at: null, paused_because: null }),
    )
    .returningAll()
    // The transaction that wrote over a row, if one did: none did over a new one.
    .returning(sql<boolean>`xmax = 0`.as('is_new'))
    .executeTakeFirstOrThrow();
  await queues.hurry(trx, 'look', [{ domainId, team }]);
  const incident = await trx
    .selectFrom('incidents')
    .select('id')
    .where('domain_id', '=', domainId)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  if (incident !== undefined) {
    await queues.hurry(trx, 'tell', [{ incidentId: incident.id, conversation, team }]);
  }
  return { watch: watchOf({ ...row, domain }), isNew: row.is_new };
}

/** Domains of the team that somebody watches, paused or not; of one conversation when one is given. */
function watched(db: Db, team: TeamId, conversation: string | undefined) {
  return db
    .selectFrom('watched_domains')
    .where('watched_domains.team_id', '=', team)
    .where(({ exists, selectFrom }) => {
      const watches = selectFrom('watches')
        .select(sql`1`.as('one'))
        .whereRef('watches.domain_id', '=', 'watched_domains.id');
      return exists(
        conversation === undefined ? watches : watches.where('watches.conversation', '=', conversation),
      );
    });
}

/** With the watches of one conversation only, when one is given: what others watch is not told there. */
async function watchedDomains(
  db: Db,
  inScope: ReturnType<typeof watched>,
  conversation: string | undefined,
): Promise<WatchedDomain[]> {
  const rows = await inScope
    .leftJoin('incidents', (join) =>
      join.onRef('incidents.domain_id', '=', 'watched_domains.id').on('incidents.closed_at', 'is', null),
    )
    .select([
      'watched_domains.id',
      'watched_domains.domain',
      'watched_domains.summary',
      'watched_domains.last_look_at',
      'watched_domains.next_look_at',
      'incidents.id as incident_id',
    ])
    .execute();
  if (rows.length === 0) return [];
  let watches = watchRows(db)
    .where(
      'watches.domain_id',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('watches.created_at')
    .orderBy('watches.conversation');
  if (conversation !== undefined) watches = watches.where('watches.conversation', '=', conversation);
  const ofDomain = Map.groupBy(await watches.execute(), (watch) => watch.domain_id);
  return rows.map((row) => ({
    domainId: row.id,
    domain: row.domain as DomainName,
    summary: row.summary ?? undefined,
    lastLookAt: row.last_look_at ?? undefined,
    nextLookAt: row.next_look_at ?? undefined,
    watches: (ofDomain.get(row.id) ?? []).map(watchOf),
    openIncident: row.incident_id ?? undefined,
  }));
}

async function tellOwners(
  trx: Db,
  queues: Queues,
  team: TeamId,
  watches: readonly Watch[],
  notice: (watches: readonly Watch[]) => Json,
  now: Date,
): Promise<void> {
  const ofOwner = [...Map.groupBy(watches, ({ owner }) => owner)];
  const notices = await trx
    .insertInto('notices')
    .values(
      ofOwner.map(([owner, theirs]) => ({
        team_id: team,
        user_id: owner,
        content: JSON.stringify(notice(theirs)),
        written_at: now,
      })),
    )
    .returning('id')
    .execute();
  await queues.send(
    trx,
    'notice',
    notices.map(({ id }) => ({ job: { noticeId: id, team }, at: now })),
  );
}
