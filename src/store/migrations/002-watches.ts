/** Watches, looks, incidents and notices. Everything hangs on its team and goes with it. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const watches: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await statement.execute(db);
  },
};

const statements = [
  sql`create table watched_domains (
    id uuid primary key default gen_random_uuid(),
    team_id text not null references teams on delete cascade,
    domain text not null,
    looks integer not null default 0,
    state json,
    trail json,
    observation json,
    fingerprint text,
    previous_fingerprint text,
    summary json,
    smtp_looked_at timestamptz,
    last_look_at timestamptz,
    next_look_at timestamptz,
    unique (team_id, domain)
  )`,
  sql`create index watched_domains_due on watched_domains (next_look_at) where next_look_at is not null`,
  sql`create table watches (
    id uuid primary key default gen_random_uuid(),
    domain_id uuid not null references watched_domains on delete cascade,
    team_id text not null references teams on delete cascade,
    conversation text not null,
    owner text not null,
    every_hours smallint not null,
    created_at timestamptz not null,
    paused_at timestamptz,
    paused_because text,
    unique (domain_id, conversation),
    check ((paused_at is null) = (paused_because is null))
  )`,
  sql`create index watches_conversation on watches (team_id, conversation)`,
  sql`create table ledger (
    domain_id uuid not null references watched_domains on delete cascade,
    record_id text not null,
    policy_hash text not null,
    mode text not null,
    max_age_seconds bigint not null,
    body bytea not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    gone_at timestamptz,
    primary key (domain_id, record_id, policy_hash)
  )`,
  sql`create table observations (
    id bigint primary key generated always as identity,
    domain_id uuid not null references watched_domains on delete cascade,
    at timestamptz not null,
    fingerprint text not null,
    observation json not null,
    thinned smallint not null default 0
  )`,
  sql`create index observations_domain on observations (domain_id, at)`,
  // Each holds only what has yet to be thinned, so that thinning never reads what is done.
  sql`create index observations_whole on observations (at) where thinned = 0`,
  sql`create index observations_daily on observations (at) where thinned = 1`,
  sql`create table incidents (
    id uuid primary key default gen_random_uuid(),
    domain_id uuid not null references watched_domains on delete cascade,
    team_id text not null references teams on delete cascade,
    opened_at timestamptz not null,
    closed_at timestamptz,
    version integer not null,
    state json not null,
    tell_at timestamptz not null
  )`,
  sql`create unique index incidents_open on incidents (domain_id) where closed_at is null`,
  sql`create index incidents_domain on incidents (domain_id)`,
  sql`create index incidents_team on incidents (team_id, opened_at)`,
  sql`create table incident_entries (
    incident_id uuid not null references incidents on delete cascade,
    version integer not null,
    place integer not null,
    at timestamptz not null,
    content json not null,
    primary key (incident_id, version, place)
  )`,
  sql`create table cards (
    incident_id uuid not null references incidents on delete cascade,
    conversation text not null,
    ts text not null,
    told_version integer not null,
    primary key (incident_id, conversation)
  )`,
  sql`create table notices (
    id uuid primary key default gen_random_uuid(),
    team_id text not null references teams on delete cascade,
    user_id text not null,
    content json not null,
    written_at timestamptz not null default now(),
    sent_at timestamptz
  )`,
  sql`create index notices_team on notices (team_id)`,
  sql`create index notices_unsent on notices (written_at) where sent_at is null`,
  // Jobs name conversations, and no foreign key leads from pg-boss's tables, which it makes itself and later. It
  // outlives the tables when a restore makes them anew.
  sql`create or replace function forget_jobs() returns trigger language plpgsql as $$
    begin
      if to_regclass('jobs.job') is not null then
        delete from jobs.job where data->>'team' = old.id;
      end if;
      return null;
    end
  $$`,
  sql`create trigger teams_forget_jobs after delete on teams for each row execute function forget_jobs()`,
];
