/** Databases for the operator's commands, and the commands themselves with nothing but such a database. */
import { type Kysely, sql } from 'kysely';
import { connectUnhurried, serverConfig } from '../../../src/store/connection.ts';
import type { Database } from '../../../src/store/database.ts';
import { filledCopy } from '../../store/filled.ts';
import { type Backend, type FreshDatabase, freshDatabase } from '../../store/servers.ts';
import { type Ran, ran } from '../ran.ts';

export interface LabDatabase {
  readonly url: string;
  readonly db: Kysely<Database>;
  /** Runs a command whose DATABASE_URL this is. */
  run(argv: readonly string[], stdin?: Uint8Array): Promise<Ran>;
  drop(): Promise<void>;
}

export async function emptyDatabase(backend: Backend): Promise<LabDatabase> {
  return labDatabase(await freshDatabase(backend));
}

function labDatabase({ url, drop }: FreshDatabase): LabDatabase {
  // No bot: the commands look for some.
  const db = connectUnhurried({ ...serverConfig(url), application_name: 'lab' });
  return {
    url,
    db,
    async run(argv, stdin) {
      const told = await ran(argv, stdin, { DATABASE_URL: url });
      for (const secret of ['p@ss', 'p%40ss', 'w0rd']) {
        if (`${told.out}${told.err}`.includes(secret)) throw new Error(`a password is told: ${told.err}`);
      }
      return told;
    },
    async drop() {
      await db.destroy();
      await drop();
    },
  };
}

/** With rows in every table; answers the tables too. */
export async function filledDatabase(backend: Backend): Promise<LabDatabase & { tables: readonly string[] }> {
  const { database, tables } = await filledCopy(backend);
  return { ...labDatabase(database), tables };
}

/** A team with something in every table that hangs on teams. */
export async function addTeam(db: Kysely<Database>, team: string): Promise<void> {
  await sql`
    with t as (insert into teams (id) values (${team}) returning id),
      i as (insert into installations (team_id, secret) values (${team}, 'sealed')),
      p as (insert into publications (team_id, domain, at, asked_by, version_id, record, policy, texts_hash)
        values (${team}, 'example.com', now(), 'U1', 'v1', 'r', 'p', 'h'), (${team}, 'example.org', now(), 'U1', 'v1', 'r', 'p', 'h')),
      d as (insert into watched_domains (team_id, domain) values (${team}, 'example.com') returning id),
      w as (insert into watches (domain_id, team_id, conversation, owner, every_hours, created_at)
        select id, ${team}, 'C1', 'U1', 6, now() from d),
      l as (insert into ledger (domain_id, record_id, policy_hash, mode, max_age_seconds, body, first_seen_at, last_seen_at)
        select id, '1', 'h', 'none', 1, '', now(), now() from d),
      o as (insert into observations (domain_id, at, fingerprint, observation) select id, now(), 'f', '{}' from d),
      n as (insert into incidents (domain_id, team_id, opened_at, version, state, tell_at)
        select id, ${team}, now(), 1, '{}', now() from d returning id),
      e as (insert into incident_entries (incident_id, version, place, at, content) select id, 1, 0, now(), '{}' from n),
      c as (insert into cards (incident_id, conversation, ts, told_version) select id, 'C1', '1.2', 1 from n)
    insert into notices (team_id, user_id, content) values (${team}, 'U1', '{}')`.execute(db);
}
