/**
 * Backup, restore and moving to another database: every table of the bot as lines of JSON. The queues of work are not
 * copied, because they follow from the rest. Commands and their words are left to the terminal.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { type Kysely, sql, type Transaction } from 'kysely';
import { fail, ok, type Result } from '../protocol/result.ts';
import {
  countOn,
  countRows,
  dropTables,
  emptyTables,
  insertRows,
  lockTables,
  ownTables,
  type Row,
  rowsOf,
  speakPlainly,
  type Table,
} from './copy-tables.ts';
import type { Database } from './database.ts';
import { migrations } from './migrations.ts';
import { appliedSteps, migrateIn, migrationLockTableName, migrationTableName } from './prepare.ts';
import type { Place } from './problem.ts';

/** How many rows of each table were copied. */
export type Copied = Readonly<Record<string, number>>;

/** For whoever waits. */
export interface Waiting {
  /** Ends the reading of a file that gives nothing; the database's connection has its own. */
  readonly signal?: AbortSignal | undefined;
  /** How many were copied so far. */
  readonly onRows?: ((rows: number) => void) | undefined;
}

export interface RestoreOptions extends Waiting {
  readonly place: Place;
  /** Deletes what is there. Without it, only an empty database is restored into. */
  readonly replace: boolean;
  /** At the end of the same transaction, for what follows from the rows. */
  readonly afterRestore?: (trx: Transaction<Database>) => Promise<void>;
}

const format = 'mta-sts-bot backup';
const formatVersion = 1;
/** An observation has some hundred kilobytes; a line of this length is no row of ours. */
const longestLine = 256 * 1024 * 1024;
/** Sent to the database at once, unless one row alone is longer. */
const charsAtOnce = 4 * 1024 * 1024;
const rowsAtOnce = 500;

/** First line of a file. */
interface Header {
  readonly format: typeof format;
  readonly version: number;
  /** The migrations that its tables have. */
  readonly steps: readonly string[];
  /** ISO 8601. */
  readonly at: string;
}

/** Between the rows, which are arrays. */
type Mark =
  | { readonly table: string; readonly columns: readonly string[] }
  | { readonly end: string; readonly rows: number }
  | { readonly done: true };

/** The file cannot be used. The message is the rest of a sentence that begins with its name. */
class FileProblem extends Error {}

/** What is there would be lost. The message is the end of a sentence. */
class NotEmpty extends Error {}

/**
 * Writes everything, as it was at one moment, into a file of gzip that appears only when it is whole; one of that name
 * is replaced. Or into a stream, which stays open. Tokens stay encrypted in it: they are of no use without SECRETS_KEY.
 * The problem is a sentence about the file. Throws what the driver says.
 */
export function backup(
  db: Kysely<Database>,
  to: string | Writable,
  now: Date,
  waiting: Waiting = {},
): Promise<Result<Copied, string>> {
  if (typeof to === 'string') return told(to, () => backupFile(db, to, now, waiting));
  return told('Standard output', () =>
    write(db, now, waiting, async (octets) => {
      if (!to.write(octets)) await once(to, 'drain');
    }),
  );
}

async function backupFile(db: Kysely<Database>, path: string, now: Date, waiting: Waiting): Promise<Copied> {
  const unfinished = `${path}.${process.pid}.unfinished`;
  let file: FileHandle | undefined;
  try {
    const opened = await disk(() => open(unfinished, 'w', 0o600));
    file = opened;
    const copied = await write(db, now, waiting, (octets) => disk(() => opened.appendFile(octets)));
    await disk(() => opened.sync());
    await disk(() => opened.close());
    await disk(() => rename(unfinished, path));
    return copied;
  } catch (error) {
    await file?.close().catch(() => undefined);
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** In one transaction, so that it is of one moment. */
async function write(
  db: Kysely<Database>,
  now: Date,
  waiting: Waiting,
  take: (octets: Buffer) => Promise<void>,
): Promise<Copied> {
  const copied: Record<string, number> = {};
  await snapshot(db, async (trx) => {
    await pipeline(Readable.from(linesOf(trx, now, copied, waiting)), createGzip(), async (chunks) => {
      for await (const chunk of chunks) await take(chunk);
    });
  });
  return copied;
}

/** What the disk says is no error of the database. */
async function disk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new FileProblem(`cannot be written (${error.message}).`, { cause: error });
  }
}

/**
 * All of a file, or nothing: the database is as before when it fails. Brings an older file up to date. The problem is a
 * sentence for whoever asked. Throws what the driver says, and StoreRefused for a database that is not for us.
 */
export function restore(
  db: Kysely<Database>,
  from: string | Readable,
  options: RestoreOptions,
): Promise<Result<Copied, string>> {
  const name = typeof from === 'string' ? from : 'Standard input';
  const open = () => (typeof from === 'string' ? createReadStream(from) : from);
  return told(name, () => load(db, linesIn(open, options.signal), options));
}

/**
 * From one database into another, without a file. As `restore`; `beforeEnd` is asked in the transaction that reads,
 * when everything is there, and nothing was moved when it throws.
 */
export function move(
  from: Kysely<Database>,
  to: Kysely<Database>,
  now: Date,
  options: RestoreOptions & { readonly beforeEnd?: (trx: Transaction<Database>) => Promise<void> },
): Promise<Result<Copied, string>> {
  return told('The other database', () =>
    snapshot(from, async (trx) => {
      if (await isSame(trx, to)) throw new FileProblem('is the one that the bot has now. Name another.');
      return await load(to, split(linesOf(trx, now, {})), {
        ...options,
        async afterRestore(target) {
          await options.afterRestore?.(target);
          await options.beforeEnd?.(trx);
        },
      });
    }),
  );
}

/** By a lock, which belongs to one database of one server, whatever names lead to it. */
async function isSame(trx: Transaction<Database>, other: Kysely<Database>): Promise<boolean> {
  const number = randomInt(2 ** 47);
  await sql`select pg_advisory_xact_lock(${sql.lit(number)})`.execute(trx);
  const { rows } = await sql<{ free: boolean }>`
    select pg_try_advisory_xact_lock(${sql.lit(number)}) as free`.execute(other);
  return rows[0]?.free !== true;
}

async function told(what: string, copy: () => Promise<Copied>): Promise<Result<Copied, string>> {
  try {
    return ok(await copy());
  } catch (error) {
    if (error instanceof FileProblem) return fail(`${what} ${error.message}`);
    if (error instanceof NotEmpty) return fail(`Nothing was copied: ${error.message}`);
    throw error;
  }
}

function snapshot<T>(db: Kysely<Database>, read: (trx: Transaction<Database>) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      await speakPlainly(trx);
      return read(trx);
    });
}

/** Texts that end in a line's end; one may hold many. */
async function* linesOf(
  trx: Transaction<Database>,
  now: Date,
  copied: Record<string, number>,
  { onRows }: Waiting = {},
): AsyncGenerator<string> {
  let total = 0;
  const steps = await appliedSteps(trx);
  yield line({ format, version: formatVersion, steps, at: now.toISOString() } satisfies Header);
  for (const table of steps.length === 0 ? [] : await ownTables(trx)) {
    yield line({ table: table.name, columns: table.columns.map(({ name }) => name) } satisfies Mark);
    let count = 0;
    for await (const rows of rowsOf(trx, table)) {
      count += rows.length;
      total += rows.length;
      onRows?.(total);
      yield rows.map(line).join('');
    }
    yield line({ end: table.name, rows: count } satisfies Mark);
    copied[table.name] = count;
  }
  yield line({ done: true } satisfies Mark);
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

async function* linesIn(open: () => Readable, signal?: AbortSignal): AsyncGenerator<string> {
  const file = open();
  const unpacked = createGunzip();
  // An error of the file ends what is read from it.
  file.on('error', (error) => unpacked.destroy(error));
  // Also while nothing comes.
  const interrupt = () => void file.destroy(signal?.reason);
  signal?.addEventListener('abort', interrupt);
  try {
    yield* split(file.pipe(unpacked).setEncoding('utf8') as AsyncIterable<string>);
  } catch (error) {
    throw fileProblemOf(error) ?? error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
    file.destroy();
    unpacked.destroy();
  }
}

/** Not at what else ends a line in Unicode: JSON does not escape it. */
async function* split(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of texts) {
    rest += text;
    if (rest.length > longestLine) throw new FileProblem(notOurs);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') throw new FileProblem(tooShort);
}

const notOurs = 'is not a backup of this bot.';
const tooShort = 'ends too soon: it was not written whole, or not copied whole.';
const damaged = 'is damaged, or was changed by hand';

function fileProblemOf(error: unknown): FileProblem | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (error.code === 'Z_BUF_ERROR') return new FileProblem(tooShort, { cause: error });
  if (error.code === 'Z_DATA_ERROR') {
    return new FileProblem(error.message === 'incorrect header check' ? notOurs : `${damaged}.`, {
      cause: error,
    });
  }
  if (!('syscall' in error)) return undefined;
  return new FileProblem(`cannot be read (${error.message}).`, { cause: error });
}

/** In one transaction. */
function load(
  db: Kysely<Database>,
  lines: AsyncGenerator<string>,
  { place, replace, afterRestore, ...waiting }: RestoreOptions,
): Promise<Copied> {
  return db.transaction().execute(async (trx) => {
    await speakPlainly(trx);
    const steps = readHeader(await lines.next());
    await empty(trx, { place, replace, steps });
    const copied: Record<string, number> = {};
    const tables = new Map((await ownTables(trx)).map((table) => [table.name, table]));
    await readTables(trx, lines, tables, copied, waiting);
    for (const table of tables.values()) {
      await countOn(trx, table);
      const found = await countRows(trx, table);
      if (found !== (copied[table.name] ?? 0)) {
        throw new Error(`${found} rows of ${copied[table.name]} are in ${table.name} after a restore`);
      }
    }
    await migrateIn(trx, place);
    await afterRestore?.(trx);
    return copied;
  });
}

function readHeader({ value, done }: IteratorResult<string, unknown>): readonly string[] {
  const header = done === true ? undefined : read(value as string);
  if (!isHeader(header)) throw new FileProblem(notOurs);
  const known = Object.keys(migrations);
  if (header.version > formatVersion || header.steps.some((step) => !known.includes(step))) {
    throw new FileProblem('was made by a newer version of the bot. Restore it with that version.');
  }
  if (header.steps.some((step, index) => step !== known[index])) throw new FileProblem(`${damaged}.`);
  return header.steps;
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== format)
    return false;
  return (
    'version' in value && typeof value.version === 'number' && 'steps' in value && Array.isArray(value.steps)
  );
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Leaves empty tables as the file has them. Nobody else can write to them until the end. */
async function empty(
  trx: Transaction<Database>,
  {
    place,
    replace,
    steps,
  }: Pick<RestoreOptions, 'place' | 'replace'> & { readonly steps: readonly string[] },
): Promise<void> {
  const asInFile = Object.fromEntries(Object.entries(migrations).filter(([step]) => steps.includes(step)));
  if ((await appliedSteps(trx)).length === 0) {
    await migrateIn(trx, place, { steps: asInFile });
    return;
  }
  await migrateIn(trx, place);
  const tables = await ownTables(trx);
  await lockTables(trx, tables);
  for (const table of replace ? [] : tables) {
    const count = table.name === 'events' ? 0 : await countRows(trx, table);
    if (count === 0) continue;
    throw new NotEmpty(
      `the database at ${place.where} is not empty (${count} ${count === 1 ? 'row' : 'rows'} in ${table.name}).`,
    );
  }
  // They are of what goes. By name, because pg-boss makes the table itself, and later.
  const { rows } = await sql<{ there: boolean }>`select to_regclass('jobs.job') is not null as there`.execute(
    trx,
  );
  if (rows[0]?.there === true) await sql`delete from jobs.job`.execute(trx);
  if (steps.length === Object.keys(migrations).length) {
    await emptyTables(trx, tables);
    return;
  }
  await dropTables(trx, tables, [migrationTableName, migrationLockTableName]);
  await migrateIn(trx, place, { steps: asInFile });
}

async function readTables(
  trx: Transaction<Database>,
  lines: AsyncGenerator<string>,
  tables: ReadonlyMap<string, Table>,
  copied: Record<string, number>,
  { onRows }: Waiting,
): Promise<void> {
  let total = 0;
  let isDone = false;
  let table: Table | undefined;
  let count = 0;
  let waiting: Row[] = [];
  let chars = 0;
  const flush = async () => {
    if (table !== undefined) await insert(trx, table, waiting);
    total += waiting.length;
    onRows?.(total);
    waiting = [];
    chars = 0;
  };
  for await (const text of lines) {
    const value = read(text);
    if (isDone) throw new FileProblem(`${damaged}.`);
    if (Array.isArray(value) && table !== undefined && value.length === table.columns.length) {
      waiting.push(value);
      count += 1;
      chars += text.length;
      if (waiting.length >= rowsAtOnce || chars >= charsAtOnce) await flush();
      continue;
    }
    const mark = value as Mark | null | undefined;
    if (mark === undefined || mark === null || Array.isArray(mark)) throw new FileProblem(`${damaged}.`);
    if ('table' in mark && table === undefined) {
      table = asWritten(tables.get(mark.table), mark.columns);
      count = 0;
    } else if ('end' in mark && table?.name === mark.end) {
      await flush();
      if (count !== mark.rows) throw new FileProblem(`${damaged}: rows of ${mark.end} are missing.`);
      copied[mark.end] = count;
      table = undefined;
    } else if ('done' in mark && table === undefined) {
      isDone = true;
    } else {
      throw new FileProblem(`${damaged}.`);
    }
  }
  if (!isDone) throw new FileProblem(tooShort);
}

/** The columns in the order of the file. */
function asWritten(table: Table | undefined, names: readonly string[]): Table {
  const columns = Array.isArray(names)
    ? names.map((name) => table?.columns.find((column) => column.name === name))
    : [undefined];
  const known = columns.filter((column) => column !== undefined);
  if (table === undefined || known.length < columns.length) throw new FileProblem(`${damaged}.`);
  return { name: table.name, columns: known };
}

async function insert(trx: Transaction<Database>, table: Table, rows: readonly Row[]): Promise<void> {
  try {
    await insertRows(trx, table, rows);
  } catch (error) {
    // SQLSTATE 22 and 23: values that are none, rows that contradict each other
    if (error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code))) {
      throw new FileProblem(`${damaged}: rows of ${table.name} are not what they were (${error.message}).`, {
        cause: error,
      });
    }
    throw error;
  }
}
