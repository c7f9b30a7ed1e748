/** What is known of a watched domain before a look, and saving what came of it. Looking and judging are left to others. */
import { sql } from 'kysely';
import type { Generated, History, LedgerEntry, Trail } from '../check/history.ts';
import type { DomainName } from '../protocol/domain.ts';
import type { Connection } from './connection.ts';
import type { Db } from './database.ts';
import { isSoon } from './due-looks.ts';
import { changeIncident, openIncident } from './incidents.ts';
import type { Queues } from './queues.ts';
import {
  type EveryHours,
  type LookOutcome,
  noSettings,
  type StoredPublication,
  type TeamId,
} from './shapes.ts';
import type { Looks, Publications } from './store.ts';
import { incidentRows, isUuid, watchOf, watchRows } from './watch-rows.ts';

/** More pairs of id and policy than anybody needs; a domain that serves another policy at each look would have thousands. */
const ledgerEntries = 100;
/** The rules ask whether what is served was generated here, and when; older versions say no more. */
const generatedVersions = 50;

/** `generatedOf` reads the texts of a version that was generated; undefined when they are not readable any more. */
export function createLooks(
  { db, patientDb }: Connection,
  queues: Queues,
  publications: Pick<Publications, 'of'>,
  generatedOf: (publication: StoredPublication) => Generated | undefined,
): Looks {
  const history = async (
    db: Db,
    team: TeamId,
    domain: DomainName,
    known: { readonly id: string; readonly trail: Trail | null } | undefined,
  ): Promise<History> => ({
    ledger: known === undefined ? [] : await ledgerOf(db, known.id),
    trail: known?.trail ?? undefined,
    generated: (await publications.of(team, domain, generatedVersions)).flatMap(
      (one) => generatedOf(one) ?? [],
    ),
  });

  return {
    async subject(domainId) {
      if (!isUuid(domainId)) return undefined;
      const row = await patientDb
        .selectFrom('watched_domains')
        .innerJoin('teams', 'teams.id', 'watched_domains.team_id')
        .leftJoin('incidents', (join) =>
          join.onRef('incidents.domain_id', '=', 'watched_domains.id').on('incidents.closed_at', 'is', null),
        )
        .select([
          'incidents.id as incident_id',
          'incidents.opened_at',
          'incidents.version',
          'incidents.state as incident_state',
          'watched_domains.id',
          'watched_domains.team_id',
          'watched_domains.domain',
          'watched_domains.looks',
          'watched_domains.state',
          'watched_domains.trail',
          'watched_domains.observation',
          'watched_domains.smtp_looked_at',
          'teams.settings',
        ])
        .where('watched_domains.id', '=', domainId)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const watches = await watchRows(patientDb)
        .where('watches.domain_id', '=', domainId)
        .where('watches.paused_at', 'is', null)
        .orderBy('watches.created_at')
        .orderBy('watches.conversation')
        .execute();
      if (watches.length === 0) return undefined;
      const domain = row.domain as DomainName;
      const { incident_id: incidentId, opened_at: openedAt, version, incident_state: incidentState } = row;
      return {
        domainId,
        team: row.team_id,
        domain,
        looks: row.looks,
        everyHours: Math.min(...watches.map(({ every_hours }) => every_hours)) as EveryHours,
        watches: watches.map(watchOf),
        history: await history(patientDb, row.team_id, domain, row),
        previous: row.observation ?? undefined,
        smtpLookedAt: row.smtp_looked_at ?? undefined,
        state: row.state ?? undefined,
        incident:
          incidentId === null || openedAt === null || version === null
            ? undefined
            : {
                id: incidentId,
                team: row.team_id,
                domain,
                openedAt,
                closedAt: undefined,
                version,
                state: incidentState,
              },
        settings: { ...noSettings, ...row.settings },
      };
    },
    save: (domainId, outcome) =>
      patientDb.transaction().execute((trx) => save(trx, queues, domainId, outcome)),
    async soon(team, domain) {
      const watched = await db
        .selectFrom('watched_domains')
        .innerJoin('watches', 'watches.domain_id', 'watched_domains.id')
        .select('watched_domains.id')
        .where('watched_domains.team_id', '=', team)
        .where('watched_domains.domain', '=', domain)
        .where('watches.paused_at', 'is', null)
        .executeTakeFirst();
      if (watched === undefined) return false;
      await db
        .transaction()
        .execute((trx) => queues.hurry(trx, 'look', { domainId: watched.id, team, full: true }));
      return true;
    },
    async history(team, domain) {
      const known = await db
        .selectFrom('watched_domains')
        .select(['id', 'trail'])
        .where('team_id', '=', team)
        .where('domain', '=', domain)
        .executeTakeFirst();
      return history(db, team, domain, known);
    },
  };
}

async function save(
  trx: Db,
  queues: Queues,
  domainId: string,
  outcome: LookOutcome,
): Promise<'saved' | 'stale'> {
  const { observation, fingerprint, nextLookAt } = outcome;
  const at = new Date(observation.startedAt);
  const domain = await trx
    .updateTable('watched_domains')
    .set((of) => ({
      looks: of('looks', '+', 1),
      state: JSON.stringify(outcome.state),
      trail: JSON.stringify(outcome.trail),
      observation: JSON.stringify(observation),
      previous_fingerprint: of.ref('fingerprint'),
      fingerprint,
      summary: JSON.stringify(outcome.summary),
      smtp_looked_at: of.fn.coalesce(of.val(outcome.smtpLookedAt ?? null), 'smtp_looked_at'),
      last_look_at: at,
      next_look_at: nextLookAt,
    }))
    .where('id', '=', domainId)
    .where('looks', '=', outcome.looks)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('watches')
          .innerJoin('teams', 'teams.id', 'watches.team_id')
          .select(sql`1`.as('one'))
          .where('watches.domain_id', '=', domainId)
          .where('watches.paused_at', 'is', null)
          // Before the domain, as whoever forgets the team does.
          .forKeyShare('teams'),
      ),
    )
    .returning(['team_id as team', 'domain', 'previous_fingerprint'])
    .executeTakeFirst();
  if (domain === undefined) return 'stale';
  if (domain.previous_fingerprint !== fingerprint) {
    // From the row that was just written, so that the text does not travel twice.
    await sql`insert into observations (domain_id, at, fingerprint, observation)
      select id, last_look_at, fingerprint, observation from watched_domains where id = ${domainId}`.execute(
      trx,
    );
  }
  await saveLedger(trx, domainId, outcome.ledger);
  if (outcome.incident !== undefined) {
    const open = await incidentRows(trx)
      .where('incidents.domain_id', '=', domainId)
      .where('incidents.closed_at', 'is', null)
      .executeTakeFirst();
    if (open !== undefined) await changeIncident(trx, queues, open, outcome.incident, at);
    else await openIncident(trx, queues, { ...domain, id: domainId }, outcome.incident, at);
  }
  // All others are found by their time: see due-looks.ts.
  if (isSoon(nextLookAt)) {
    await queues.send(trx, 'look', [{ job: { domainId, team: domain.team }, at: nextLookAt }]);
  }
  return 'saved';
}

async function saveLedger(trx: Db, domainId: string, ledger: readonly LedgerEntry[]): Promise<void> {
  if (ledger.length === 0) return;
  await trx
    .insertInto('ledger')
    .values(
      ledger.map((entry) => ({
        domain_id: domainId,
        record_id: entry.id ?? '',
        policy_hash: entry.policyHash,
        mode: entry.mode,
        max_age_seconds: entry.maxAgeSeconds,
        body: Buffer.from(entry.body, 'latin1'),
        first_seen_at: new Date(entry.firstSeenAt),
        last_seen_at: new Date(entry.lastSeenAt),
        gone_at: entry.goneAt === null ? null : new Date(entry.goneAt),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['domain_id', 'record_id', 'policy_hash']).doUpdateSet((of) => ({
        last_seen_at: of.ref('excluded.last_seen_at'),
        gone_at: of.ref('excluded.gone_at'),
      })),
    )
    .execute();
}

/** The first seen first, of those that were seen last. */
async function ledgerOf(db: Db, domainId: string): Promise<LedgerEntry[]> {
  const rows = await db
    .selectFrom('ledger')
    .selectAll()
    .where('domain_id', '=', domainId)
    .orderBy('last_seen_at', 'desc')
    .limit(ledgerEntries)
    .execute();
  return rows
    .sort((one, other) => one.first_seen_at.getTime() - other.first_seen_at.getTime())
    .map((row) => ({
      id: row.record_id === '' ? null : row.record_id,
      policyHash: row.policy_hash,
      mode: row.mode,
      maxAgeSeconds: Number(row.max_age_seconds),
      body: row.body.toString('latin1'),
      firstSeenAt: row.first_seen_at.toISOString(),
      lastSeenAt: row.last_seen_at.toISOString(),
      goneAt: row.gone_at?.toISOString() ?? null,
    }));
}
