/** What is known of a watched domain before a look, and saving what came of it. Looking and judging are left to others. */
import { type ExpressionBuilder, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { Generated, History, LedgerEntry, Trail } from '../check/history.ts';
import type { DomainName } from '../protocol/domain.ts';
import type { Connection } from './connection.ts';
import type { Database, Db } from './database.ts';
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
import { incidentRows, isUuid, watchOf } from './watch-rows.ts';

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
    team: TeamId,
    domain: DomainName,
    known: { readonly ledger: readonly KeptEntry[]; readonly trail: Trail | null } | undefined,
  ): Promise<History> => ({
    ledger: (known?.ledger ?? []).map(entryOf),
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
          'watched_domains.id',
          'watched_domains.team_id',
          'watched_domains.domain',
          'watched_domains.looks',
          'watched_domains.state',
          'watched_domains.trail',
          'watched_domains.observation',
          'watched_domains.smtp_looked_at',
          'teams.settings',
          'incidents.id as incident_id',
          'incidents.opened_at',
          'incidents.version',
          'incidents.state as incident_state',
        ])
        .select((of) => [watchesOf(of), ledgerOf(of)])
        .where('watched_domains.id', '=', domainId)
        .executeTakeFirst();
      if (row === undefined || row.watches.length === 0) return undefined;
      const { team_id: team, incident_id: incidentId, opened_at: openedAt, version } = row;
      const domain = row.domain as DomainName;
      return {
        domainId,
        team,
        domain,
        looks: row.looks,
        everyHours: Math.min(...row.watches.map(({ every_hours }) => every_hours)) as EveryHours,
        watches: row.watches.map((watch) =>
          watchOf({
            ...watch,
            team_id: team,
            domain,
            created_at: new Date(watch.created_at),
            paused_at: null,
          }),
        ),
        history: await history(team, domain, row),
        previous: row.observation ?? undefined,
        smtpLookedAt: row.smtp_looked_at ?? undefined,
        state: row.state ?? undefined,
        incident:
          incidentId === null || openedAt === null || version === null
            ? undefined
            : {
                id: incidentId,
                team,
                domain,
                openedAt,
                closedAt: undefined,
                version,
                state: row.incident_state,
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
        .execute((trx) => queues.hurry(trx, 'look', [{ domainId: watched.id, team, full: true }]));
      return true;
    },
    async history(team, domain) {
      const known = await db
        .selectFrom('watched_domains')
        .select('trail')
        .select(ledgerOf)
        .where('team_id', '=', team)
        .where('domain', '=', domain)
        .executeTakeFirst();
      return history(team, domain, known);
    },
  };
}

async function save(
  trx: Db,
  queues: Queues,
  domainId: string,
  outcome: LookOutcome,
): Promise<'saved' | 'stale'> {
  const { observation, incident, nextLookAt } = outcome;
  const domain = await writeLook(trx, domainId, outcome);
  if (domain === undefined) return 'stale';
  if (incident !== undefined) {
    const at = new Date(observation.startedAt);
    const open = await incidentRows(trx)
      .where('incidents.domain_id', '=', domainId)
      .where('incidents.closed_at', 'is', null)
      .executeTakeFirst();
    if (open !== undefined) await changeIncident(trx, queues, open, incident, at);
    else await openIncident(trx, queues, { ...domain, id: domainId }, incident, at);
  }
  // All others are found by their time: see due-looks.ts.
  if (isSoon(nextLookAt)) {
    await queues.send(trx, 'look', [{ job: { domainId, team: domain.team }, at: nextLookAt }]);
  }
  return 'saved';
}

/** Domain, observation and ledger; undefined when another look was saved meanwhile, or nobody watches. */
async function writeLook(
  db: Db,
  domainId: string,
  outcome: LookOutcome,
): Promise<{ readonly team: TeamId; readonly domain: string } | undefined> {
  const { observation, ledger } = outcome;
  const column = <T>(of: (entry: LedgerEntry) => T) => sql.val(ledger.map(of));
  const { rows } = await sql<{ team: TeamId; domain: string }>`
    with saved as (
      update watched_domains set
        looks = looks + 1,
        state = ${JSON.stringify(outcome.state)}::json,
        trail = ${JSON.stringify(outcome.trail)}::json,
        observation = ${JSON.stringify(observation)}::json,
        previous_fingerprint = fingerprint,
        fingerprint = ${outcome.fingerprint},
        summary = ${JSON.stringify(outcome.summary)}::json,
        smtp_looked_at = coalesce(${outcome.smtpLookedAt ?? null}::timestamptz, smtp_looked_at),
        last_look_at = ${observation.startedAt}::timestamptz,
        next_look_at = ${outcome.nextLookAt}::timestamptz
      where id = ${domainId} and looks = ${outcome.looks} and exists (
        select from watches join teams on teams.id = watches.team_id
        where watches.domain_id = ${domainId} and watches.paused_at is null
        -- Before the domain, as whoever forgets the team does.
        for key share of teams
      )
      returning *
    ), observed as (
      insert into observations (domain_id, at, fingerprint, observation)
      select id, last_look_at, fingerprint, observation from saved
      where previous_fingerprint is distinct from fingerprint
    ), kept as (
      insert into ledger (domain_id, record_id, policy_hash, mode, max_age_seconds, body, first_seen_at,
        last_seen_at, gone_at)
      select saved.id, entry.* from saved, unnest(
        ${column(({ id }) => id ?? '')}::text[],
        ${column(({ policyHash }) => policyHash)}::text[],
        ${column(({ mode }) => mode)}::text[],
        ${column(({ maxAgeSeconds }) => maxAgeSeconds)}::bigint[],
        ${column(({ body }) => Buffer.from(body, 'latin1'))}::bytea[],
        ${column(({ firstSeenAt }) => firstSeenAt)}::timestamptz[],
        ${column(({ lastSeenAt }) => lastSeenAt)}::timestamptz[],
        ${column(({ goneAt }) => goneAt)}::timestamptz[]
      ) as entry
      on conflict (domain_id, record_id, policy_hash) do update set
        last_seen_at = excluded.last_seen_at, gone_at = excluded.gone_at
    )
    select team_id as team, domain from saved`.execute(db);
  return rows[0];
}

/** Those that are not paused, with the domain that is asked for: one question instead of two. */
function watchesOf(of: ExpressionBuilder<Database, 'watched_domains'>) {
  return jsonArrayFrom(
    of
      .selectFrom('watches')
      .select(['id', 'conversation', 'owner', 'every_hours', 'created_at', 'paused_because'])
      .whereRef('watches.domain_id', '=', 'watched_domains.id')
      .where('paused_at', 'is', null)
      .orderBy('created_at')
      .orderBy('conversation'),
  ).as('watches');
}

/** Of those that were seen last, the first seen first. */
function ledgerOf(of: ExpressionBuilder<Database, 'watched_domains'>) {
  const last = of
    .selectFrom('ledger')
    .select([
      'record_id',
      'policy_hash',
      'mode',
      'max_age_seconds',
      'first_seen_at',
      'last_seen_at',
      'gone_at',
    ])
    .select(sql<string>`encode(body, 'base64')`.as('body'))
    .whereRef('ledger.domain_id', '=', 'watched_domains.id')
    .orderBy('last_seen_at', 'desc')
    .limit(ledgerEntries);
  return jsonArrayFrom(
    of.selectFrom(last.as('last')).selectAll().orderBy('first_seen_at').orderBy('record_id'),
  ).as('ledger');
}

/** As JSON has it: instants and octets as text. */
interface KeptEntry {
  readonly record_id: string;
  readonly policy_hash: string;
  readonly mode: LedgerEntry['mode'];
  readonly max_age_seconds: number | string;
  /** Base64. */
  readonly body: string;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
  readonly gone_at: string | null;
}

function entryOf(entry: KeptEntry): LedgerEntry {
  const instant = (text: string) => new Date(text).toISOString();
  return {
    id: entry.record_id === '' ? null : entry.record_id,
    policyHash: entry.policy_hash,
    mode: entry.mode,
    maxAgeSeconds: Number(entry.max_age_seconds),
    body: Buffer.from(entry.body, 'base64').toString('latin1'),
    firstSeenAt: instant(entry.first_seen_at),
    lastSeenAt: instant(entry.last_seen_at),
    goneAt: entry.gone_at === null ? null : instant(entry.gone_at),
  };
}
