/**
 * The tables of watches, looks, incidents and notices, for database.ts. What the outside wrote is kept as `json`, not
 * `jsonb`, and octets as `bytea`: a domain may serve U+0000, which `jsonb` and `text` cannot hold.
 */
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { Trail } from '../check/history.ts';
import type { Observation } from '../check/observation.ts';
import type { GeneratedInstant, JsonColumn } from './database.ts';
import type { Json, LookSummary, PauseReason } from './shapes.ts';

export interface WatchTables {
  /** Stays when nobody watches it any more: its ledger is what a safe end rests on. */
  watched_domains: {
    id: Generated<string>;
    team_id: string;
    domain: string;
    /** Counts what was saved, changes of the open incident by people included. */
    looks: Generated<number>;
    state: NullableJson<Json>;
    trail: NullableJson<Trail>;
    observation: NullableJson<Observation>;
    fingerprint: string | null;
    /** Of the look before: an UPDATE answers what it wrote, not what it found. */
    previous_fingerprint: string | null;
    summary: NullableJson<LookSummary>;
    smtp_looked_at: Date | null;
    last_look_at: Date | null;
    /** Null when it was due and nobody watched. */
    next_look_at: Date | null;
  };
  watches: {
    id: Generated<string>;
    domain_id: string;
    team_id: string;
    conversation: string;
    owner: string;
    every_hours: number;
    created_at: Date;
    paused_at: Date | null;
    paused_because: PauseReason | null;
  };
  ledger: {
    domain_id: string;
    /** Empty for none: a primary key takes no null, and no record has an empty id (RFC 8461 §3.1). */
    record_id: string;
    policy_hash: string;
    mode: 'enforce' | 'testing' | 'none';
    /** The driver gives a bigint as text. */
    max_age_seconds: ColumnType<string, number, number>;
    body: Buffer;
    first_seen_at: Date;
    last_seen_at: Date;
    gone_at: Date | null;
  };
  /** Each that differs from the one before; the latest is with its domain. */
  observations: {
    id: GeneratedAlways<string>;
    domain_id: string;
    at: Date;
    fingerprint: string;
    observation: JsonColumn<Observation>;
    /** How far it was thinned: 0 not yet, 1 the last of its day, 2 the last of its month. */
    thinned: Generated<number>;
  };
  incidents: {
    id: Generated<string>;
    domain_id: string;
    team_id: string;
    opened_at: Date;
    closed_at: Date | null;
    version: number;
    state: JsonColumn<Json>;
    /** When its last change is told, for the case that the job is lost. */
    tell_at: Date;
  };
  incident_entries: {
    incident_id: string;
    version: number;
    /** Among those of the same version, from 0. */
    place: number;
    at: Date;
    content: JsonColumn<Json>;
  };
  /** The message of an incident in one conversation. */
  cards: { incident_id: string; conversation: string; ts: string; told_version: number };
  notices: {
    id: Generated<string>;
    team_id: string;
    user_id: string;
    content: JsonColumn<Json>;
    written_at: GeneratedInstant;
    sent_at: Date | null;
  };
}

type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>;
