/** The tables as Kysely types them; what they are in SQL stands in migrations/, one file for each step. */
import type { ColumnType, GeneratedAlways, Kysely, Transaction } from 'kysely';
import type { TeamSettings } from './shapes.ts';
import type { WatchTables } from './watch-tables.ts';

export type Database = TeamTables & WatchTables;

/** Where queries run: by themselves, or in a transaction. */
export type Db = Kysely<Database> | Transaction<Database>;

interface TeamTables {
  /** Every table that holds something of a team references it and goes with it. */
  teams: {
    id: string;
    enterprise_id: string | null;
    settings: JsonColumn<Partial<TeamSettings>>;
    met_at: GeneratedInstant;
  };
  installations: {
    id: GeneratedAlways<string>;
    /** Null for an organisation's. */
    team_id: string | null;
    enterprise_id: string | null;
    /** As secrets.ts wrote it. */
    secret: string;
    saved_at: GeneratedInstant;
  };
  publications: {
    id: GeneratedAlways<string>;
    team_id: string;
    domain: string;
    at: Date;
    asked_by: string;
    version_id: string;
    record: string;
    policy: string;
    tls_rpt: string | null;
    /** SHA-256 of the texts, hexadecimal: the same version is one row. */
    texts_hash: string;
  };
  /** Slack's ids of what happened; says nothing of a team. */
  events: { id: string; seen_at: GeneratedInstant };
}

/** Written as text, because the driver would make a PostgreSQL array of a JavaScript one. */
export type JsonColumn<T> = ColumnType<T, string | undefined, string>;
export type GeneratedInstant = ColumnType<Date, Date | undefined, Date>;
