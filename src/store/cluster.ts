/**
 * The data folder before a server runs in it: made when it is not there, whole or not at all, and refused when it is
 * another version's. Whoever calls owns the folder.
 */
import { once } from 'node:events';
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { serverFailure } from './folder-problems.ts';
import type { PostgresPrograms } from './postgres-programs.ts';
import { StoreRefused } from './store.ts';

/** Of the server, in its own folder; it trusts whoever can reach its socket. */
export const serverUser = 'app';

/**
 * Makes the cluster unless it is there. Throws StoreRefused when what is there is of another version or no cluster;
 * StoreRefused or StoreUnavailable when it could not be made.
 */
export async function makeCluster(data: string, postgres: PostgresPrograms): Promise<void> {
  const folder = dirname(data);
  for (const name of readdirSync(folder).filter((one) => join(folder, one).startsWith(`${data}.init-`))) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
  const version = versionOf(data);
  if (version !== undefined) {
    if (version === String(postgres.major)) return;
    throw new StoreRefused(
      `The data in ${data} was made by PostgreSQL ${version}, and PostgreSQL ${postgres.major} cannot read it. Start the bot with PG_BIN set to the programs of PostgreSQL ${version}, make a backup, move the folder away, and restore the backup with PostgreSQL ${postgres.major}.`,
    );
  }
  if (existsSync(data) && readdirSync(data).length > 0) {
    throw new StoreRefused(
      `${data} is there, but holds no PostgreSQL data (no PG_VERSION). Move it away, or set DATA_DIR to another folder.`,
    );
  }
  await initialise(data, postgres);
}

/** Beside, then renamed: whoever is killed in the middle leaves no half cluster. */
async function initialise(data: string, postgres: PostgresPrograms): Promise<void> {
  const room = await mkdtemp(`${data}.init-`);
  try {
    const said = await initdb(join(room, 'pg'), room, postgres);
    if (said !== undefined) throw await serverFailure(dirname(data), 'No database can be made', said);
    await rename(join(room, 'pg'), data);
    await rmdir(room);
  } catch (error) {
    await rm(room, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  sync(dirname(data));
}

/** What it said when it failed, else undefined. */
async function initdb(at: string, cwd: string, postgres: PostgresPrograms): Promise<string | undefined> {
  // Collation that is PostgreSQL's own: an update of the system's libraries does not change the order of an index.
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const child = postgres.spawn(
    'initdb',
    ['-D', at, '-U', serverUser, '--auth=trust', '--encoding=UTF8', ...locale],
    { cwd, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  // A process that ends meanwhile leaves nobody behind who writes in the folder.
  const leave = () => child.kill('SIGTERM');
  process.on('exit', leave);
  const said = child.stderr === null ? '' : text(child.stderr);
  const [code, signal] = await once(child, 'close').finally(() => process.off('exit', leave));
  return code === 0 ? undefined : (await said).trim().replaceAll('\n', ' ') || `initdb: ${code ?? signal}`;
}

function versionOf(data: string): string | undefined {
  try {
    return readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The rename itself survives a power cut only when the folder is written. */
function sync(folder: string): void {
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
