/** What is wrong with a domain, and what each conversation has been told of it. What it says is left to watch/. */
import { sql } from 'kysely';
import type { Connection } from './connection.ts';
import type { Db } from './database.ts';
import type { Queues } from './queues.ts';
import type { Incident, IncidentChange, TeamId, ToTell } from './shapes.ts';
import type { Incidents } from './store.ts';
import { type IncidentRow, incidentOf, incidentRows, isUuid, watchOf, watchRows } from './watch-rows.ts';

export function createIncidents({ db, patientDb }: Connection, queues: Queues): Incidents {
  return {
    async find(team, incidentId) {
      if (!isUuid(incidentId)) return undefined;
      const row = await incidentRows(db)
        .where('incidents.team_id', '=', team)
        .where('incidents.id', '=', incidentId)
        .executeTakeFirst();
      return row && incidentOf(row);
    },
    async change(team, incidentId, change) {
      if (!isUuid(incidentId)) return undefined;
      return db.transaction().execute(async (trx) => {
        // The domain first, as a look does: two that lock in one order cannot wait for each other.
        const domain = await trx
          .selectFrom('watched_domains')
          .select('id')
          .where('team_id', '=', team)
          .where('id', '=', (of) =>
            of.selectFrom('incidents').select('domain_id').where('id', '=', incidentId),
          )
          .forUpdate()
          .executeTakeFirst();
        if (domain === undefined) return undefined;
        const row = await incidentRows(trx).where('incidents.id', '=', incidentId).executeTakeFirst();
        if (row === undefined) return undefined;
        const incident = incidentOf(row);
        const wanted = change(incident);
        if (wanted === undefined) return incident;
        // A look that is under way has not seen this: what it saves is stale, and the domain is still due.
        await trx
          .updateTable('watched_domains')
          .set((of) => ({ looks: of('looks', '+', 1) }))
          .where('id', '=', domain.id)
          .execute();
        return incidentOf(await changeIncident(trx, queues, row, wanted, new Date()));
      });
    },
    toTell: (incidentId, conversation) => toTell(patientDb, incidentId, conversation),
    async told(incidentId, conversation, ts, version) {
      if (!isUuid(incidentId)) return;
      await patientDb
        .insertInto('cards')
        .columns(['incident_id', 'conversation', 'ts', 'told_version'])
        // Of an incident that is still known: its team may be forgotten while its card is posted.
        .expression((of) =>
          of
            .selectFrom('incidents')
            .select((select) => [
              'incidents.id',
              select.val(conversation).as('conversation'),
              select.val(ts).as('ts'),
              sql<number>`${version}::integer`.as('told_version'),
            ])
            .where('incidents.id', '=', incidentId),
        )
        .onConflict((conflict) =>
          conflict.columns(['incident_id', 'conversation']).doUpdateSet({
            ts,
            told_version: sql<number>`greatest(cards.told_version, excluded.told_version)`,
          }),
        )
        .execute();
    },
    async since(team, since) {
      const rows = await incidentRows(db)
        .where('incidents.team_id', '=', team)
        .where((of) => of.or([of('incidents.closed_at', 'is', null), of('incidents.closed_at', '>=', since)]))
        .orderBy('incidents.opened_at')
        .orderBy('incidents.id')
        .execute();
      return rows.map(incidentOf);
    },
  };
}

export async function openIncident(
  trx: Db,
  queues: Queues,
  domain: { readonly id: string; readonly team: TeamId; readonly domain: string },
  change: IncidentChange,
  at: Date,
): Promise<void> {
  const row = await trx
    .insertInto('incidents')
    .values({
      domain_id: domain.id,
      team_id: domain.team,
      opened_at: at,
      closed_at: change.closed ? at : null,
      version: 0,
      state: JSON.stringify(change.state),
      tell_at: change.tellAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await changeIncident(trx, queues, { ...row, domain: domain.domain }, change, at);
}

/** The next version of an incident whose domain the transaction has locked, and the jobs that tell of it. */
export async function changeIncident(
  trx: Db,
  queues: Queues,
  row: IncidentRow & { readonly domain_id: string },
  { state, entries, closed, tellAt }: IncidentChange,
  at: Date,
): Promise<IncidentRow> {
  const version = row.version + 1;
  const changed = {
    version,
    state: JSON.stringify(state),
    closed_at: closed ? (row.closed_at ?? at) : row.closed_at,
    tell_at: tellAt,
  };
  await trx.updateTable('incidents').set(changed).where('id', '=', row.id).execute();
  if (entries.length > 0) {
    await trx
      .insertInto('incident_entries')
      .values(
        entries.map((content, place) => ({
          incident_id: row.id,
          version,
          place,
          at,
          content: JSON.stringify(content),
        })),
      )
      .execute();
  }
  const conversations = await trx
    .selectFrom('watches')
    .leftJoin('cards', (join) =>
      join.on('cards.incident_id', '=', row.id).onRef('cards.conversation', '=', 'watches.conversation'),
    )
    .select(['watches.conversation', 'cards.ts'])
    .where('watches.domain_id', '=', row.domain_id)
    .where('watches.paused_at', 'is', null)
    .execute();
  const jobs = conversations
    // A closed one never gets a first card.
    .filter(({ ts }) => ts !== null || changed.closed_at === null)
    .map(({ conversation }) => ({ incidentId: row.id, conversation, team: row.team_id }));
  if (tellAt.getTime() > Date.now()) {
    await queues.send(
      trx,
      'tell',
      jobs.map((job) => ({ job, at: tellAt })),
    );
  } else {
    // One that waits for the end of quiet hours would be late.
    await queues.hurry(trx, 'tell', jobs);
  }
  return { ...row, version, state, closed_at: changed.closed_at };
}

async function toTell(db: Db, incidentId: string, conversation: string): Promise<ToTell | undefined> {
  if (!isUuid(incidentId)) return undefined;
  const row = await incidentRows(db)
    .leftJoin('cards', (join) =>
      join.onRef('cards.incident_id', '=', 'incidents.id').on('cards.conversation', '=', conversation),
    )
    .select(['watched_domains.summary', 'cards.ts', 'cards.told_version'])
    .where('incidents.id', '=', incidentId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { ts, told_version: toldVersion } = row;
  if (toldVersion === null ? row.closed_at !== null : toldVersion >= row.version) return undefined;
  const watch = await watchRows(db)
    .where('watches.domain_id', '=', row.domain_id)
    .where('watches.conversation', '=', conversation)
    .where('watches.paused_at', 'is', null)
    .executeTakeFirst();
  if (watch === undefined) return undefined;
  const entries = await db
    .selectFrom('incident_entries')
    .select(['version', 'at', 'content'])
    .where('incident_id', '=', incidentId)
    .where('version', '>', toldVersion ?? 0)
    // What came since is told by the next; this one is of the version that was read.
    .where('version', '<=', row.version)
    .orderBy('version')
    .orderBy('place')
    .execute();
  return {
    incident: incidentOf(row) satisfies Incident,
    summary: row.summary ?? undefined,
    watch: watchOf(watch),
    card: ts === null || toldVersion === null ? undefined : { ts, toldVersion },
    entries,
  };
}
