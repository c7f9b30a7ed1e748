/**
 * Slack's tokens by installation, sealed with SECRETS_KEY. What is in the text, and when it is saved or removed, is
 * left to slack/.
 */
import { type Kysely, sql } from 'kysely';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
import { SecretError, type Secrets } from './secrets.ts';
import type { InstallationKey } from './shapes.ts';
import type { Installations } from './store.ts';
import { holdTeam } from './teams.ts';

/** Whose it is: a team, or an organisation with all its teams. */
type Owner = { readonly team: string } | { readonly enterprise: string };

export function createInstallations({ db, patientDb }: Connection, secrets: Secrets): Installations {
  return {
    async save(key, text) {
      const owner = ownerOf(key);
      const row = { ...columnsOf(owner, key), secret: secrets.seal(text, nameOf(owner)) };
      await db.transaction().execute(async (trx) => {
        if (key.teamId !== undefined) await holdTeam(trx, key.teamId, key.enterpriseId);
        await trx
          .insertInto('installations')
          .values(row)
          .onConflict((conflict) =>
            ('team' in owner
              ? conflict.column('team_id').where('team_id', 'is not', null)
              : conflict.column('enterprise_id').where('team_id', 'is', null)
            ).doUpdateSet({ ...row, saved_at: sql`now()` }),
          )
          .execute();
      });
    },
    async find({ enterpriseId, teamId }) {
      const row = await db
        .selectFrom('installations')
        .select(['team_id', 'enterprise_id', 'secret'])
        .where(({ or, and, eb, selectFrom }) =>
          or([
            eb('team_id', '=', teamId ?? null),
            and([
              eb('team_id', 'is', null),
              eb('enterprise_id', '=', ({ fn, val }) =>
                fn.coalesce(
                  val(enterpriseId ?? null),
                  selectFrom('teams')
                    .select('teams.enterprise_id')
                    .where('teams.id', '=', teamId ?? null),
                ),
              ),
            ]),
          ]),
        )
        .orderBy('team_id', (order) => order.asc().nullsLast())
        .limit(1)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return secrets.open(row.secret, nameOf(ownerOfRow(row.team_id, row.enterprise_id)));
    },
    async remove(key, before) {
      const owner = ownerOf(key);
      return patientDb.transaction().execute(async (trx) => {
        if (before !== undefined) {
          const newer = await trx
            .selectFrom('installations')
            .select('id')
            .where('saved_at', '>', before)
            .where(({ and, eb }) =>
              'team' in owner
                ? eb('team_id', '=', owner.team)
                : and([eb('team_id', 'is', null), eb('enterprise_id', '=', owner.enterprise)]),
            )
            // Who installs at this moment waits, and is new afterwards.
            .forUpdate()
            .executeTakeFirst();
          if (newer !== undefined) return false;
        }
        if ('team' in owner) {
          await trx.deleteFrom('teams').where('id', '=', owner.team).execute();
          return true;
        }
        await trx
          .deleteFrom('installations')
          .where('enterprise_id', '=', owner.enterprise)
          .where('team_id', 'is', null)
          .execute();
        await trx
          .deleteFrom('teams')
          .where('enterprise_id', '=', owner.enterprise)
          .where(({ not, exists, selectFrom }) =>
            not(exists(selectFrom('installations').select('id').whereRef('team_id', '=', 'teams.id'))),
          )
          .execute();
        return true;
      });
    },
  };
}

/**
 * Seals again what is under an older key. Answers how many, and how many could not be opened because somebody changed
 * them. What is saved meanwhile stays as it was saved.
 */
export async function sealAnew(
  db: Kysely<Database>,
  secrets: Secrets,
): Promise<{ readonly sealed: number; readonly spoilt: number }> {
  if (secrets.newest === undefined) return { sealed: 0, spoilt: 0 };
  const rows = await db
    .selectFrom('installations')
    .select(['id', 'team_id', 'enterprise_id', 'secret'])
    .where('secret', 'not like', `${secrets.newest}%`)
    .execute();
  let sealed = 0;
  for (const { id, team_id, enterprise_id, secret } of rows) {
    const anew = resealed(secrets, secret, nameOf(ownerOfRow(team_id, enterprise_id)));
    if (anew === undefined) continue;
    await db
      .updateTable('installations')
      .set({ secret: anew })
      .where('id', '=', id)
      .where('secret', '=', secret)
      .execute();
    sealed += 1;
  }
  return { sealed, spoilt: rows.length - sealed };
}

function resealed(secrets: Secrets, secret: string, name: string): string | undefined {
  try {
    return secrets.seal(secrets.open(secret, name), name);
  } catch (error) {
    if (error instanceof SecretError) return undefined;
    throw error;
  }
}

/** How many are under a key that is not known. */
export async function unreadable(db: Kysely<Database>, secrets: Secrets): Promise<number> {
  let query = db.selectFrom('installations').select(({ fn }) => fn.countAll<string>().as('count'));
  for (const prefix of secrets.known) query = query.where('secret', 'not like', `${prefix}%`);
  return Number((await query.executeTakeFirstOrThrow()).count);
}

function ownerOf({ enterpriseId, teamId, isEnterpriseInstall }: InstallationKey): Owner {
  if (enterpriseId !== undefined && (isEnterpriseInstall || teamId === undefined)) {
    return { enterprise: enterpriseId };
  }
  if (teamId !== undefined) return { team: teamId };
  throw new Error('an installation belongs to a team or to an enterprise');
}

function ownerOfRow(team: string | null, enterprise: string | null): Owner {
  if (team !== null) return { team };
  if (enterprise !== null) return { enterprise };
  throw new Error('an installation without an owner');
}

function columnsOf(owner: Owner, key: InstallationKey) {
  return 'team' in owner
    ? { team_id: owner.team, enterprise_id: key.enterpriseId ?? null }
    : { team_id: null, enterprise_id: owner.enterprise };
}

/** What its secret is bound to. */
function nameOf(owner: Owner): string {
  return 'team' in owner ? `team:${owner.team}` : `enterprise:${owner.enterprise}`;
}
