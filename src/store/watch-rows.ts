/** Watches, incidents and summaries as rows say them, turned into values: for all files that read them. */
import { sql } from 'kysely';
import type { DomainName } from '../protocol/domain.ts';
import type { Db } from './database.ts';
import type { EveryHours, Incident, Json, PauseReason, TeamId, Watch } from './shapes.ts';

export interface WatchRow {
  readonly id: string;
  readonly team_id: TeamId;
  readonly domain: string;
  readonly conversation: string;
  readonly owner: string;
  readonly every_hours: number;
  readonly created_at: Date;
  readonly paused_at: Date | null;
  readonly paused_because: PauseReason | null;
}

export function watchOf(row: WatchRow): Watch {
  const { paused_at: at, paused_because: because } = row;
  return {
    id: row.id,
    team: row.team_id,
    domain: row.domain as DomainName,
    conversation: row.conversation,
    owner: row.owner,
    everyHours: row.every_hours as EveryHours,
    createdAt: row.created_at,
    paused: at === null || because === null ? undefined : { at, because },
  };
}

/** Of every watch, with its domain's name; the caller narrows it. */
export function watchRows(db: Db) {
  return db
    .selectFrom('watches')
    .innerJoin('watched_domains', 'watched_domains.id', 'watches.domain_id')
    .select([
      'watches.id',
      'watches.domain_id',
      'watches.team_id',
      'watched_domains.domain',
      'watches.conversation',
      'watches.owner',
      'watches.every_hours',
      'watches.created_at',
      'watches.paused_at',
      'watches.paused_because',
    ]);
}

export interface IncidentRow {
  readonly id: string;
  readonly team_id: TeamId;
  readonly domain: string;
  readonly opened_at: Date;
  readonly closed_at: Date | null;
  readonly version: number;
  readonly state: Json;
}

export function incidentOf(row: IncidentRow): Incident {
  return {
    id: row.id,
    team: row.team_id,
    domain: row.domain as DomainName,
    openedAt: row.opened_at,
    closedAt: row.closed_at ?? undefined,
    version: row.version,
    state: row.state,
  };
}

export function incidentRows(db: Db) {
  return db
    .selectFrom('incidents')
    .innerJoin('watched_domains', 'watched_domains.id', 'incidents.domain_id')
    .select([
      'incidents.id',
      'incidents.domain_id',
      'incidents.team_id',
      'watched_domains.domain',
      'incidents.opened_at',
      'incidents.closed_at',
      'incidents.version',
      'incidents.state',
    ]);
}

/** Ids are UUIDs; a text that is none, such as one from a message of another installation, names nothing. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** The same order on every server, whatever its language. */
export const byDomain = sql`watched_domains.domain collate "C"`;
