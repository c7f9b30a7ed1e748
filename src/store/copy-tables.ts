/**
 * The tables of the bot as their database describes them, and their rows as text and back. Which file they stand in
 * is left to copy.ts.
 */
import { sql, type Transaction } from 'kysely';
import type { Database } from './database.ts';

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
}

interface Column {
  readonly name: string;
  /** As SQL writes it, such as `timestamp with time zone`. */
  readonly type: string;
  /** Counted up by the database. */
  readonly isIdentity: boolean;
}

/** Each value as the text that PostgreSQL would read it from again; null for NULL. */
export type Row = readonly (string | null)[];

/** Observations have some hundred kilobytes each. */
const rowsAtOnce = 50;

/** So that every server writes and reads the same text, whatever its settings; and no limit on a slow disk. */
export async function speakPlainly(trx: Transaction<Database>): Promise<void> {
  await sql`set local datestyle = 'ISO'`.execute(trx);
  await sql`set local intervalstyle = 'postgres'`.execute(trx);
  await sql`set local timezone = 'UTC'`.execute(trx);
  await sql`set local bytea_output = 'hex'`.execute(trx);
  await sql`set local extra_float_digits = 1`.execute(trx);
  await sql`set local idle_in_transaction_session_timeout = 0`.execute(trx);
}

/**
 * Teams and events, and every table that hangs on teams, parents first. A test reads that there is no other
 * (test/store/schema.lab.test.ts).
 */
export async function ownTables(trx: Transaction<Database>): Promise<readonly Table[]> {
  const { rows: columns } = await sql<Column & { table: string }>`
    select class.relname as table, attname as name, format_type(atttypid, atttypmod) as type,
      attidentity <> '' as "isIdentity"
    from pg_class class join pg_attribute on attrelid = class.oid
    where class.relkind = 'r' and class.relnamespace = current_schema()::regnamespace
      and attnum > 0 and not attisdropped and attgenerated = ''
    order by class.relname, attnum`.execute(trx);
  const { rows: links } = await sql<{ child: string; parent: string }>`
    select child.relname as child, parent.relname as parent
    from pg_constraint link
    join pg_class child on child.oid = link.conrelid
    join pg_class parent on parent.oid = link.confrelid
    where link.contype = 'f' and child.relnamespace = current_schema()::regnamespace
      and child.oid <> parent.oid`.execute(trx);
  return parentsFirst(links)
    .map((name) => ({ name, columns: columns.filter(({ table }) => table === name) }))
    .filter((table) => table.columns.length > 0);
}

function parentsFirst(links: readonly { readonly child: string; readonly parent: string }[]): string[] {
  const ours = new Set(['teams']);
  // A set grows while it is walked.
  for (const parent of ours) for (const link of links) if (link.parent === parent) ours.add(link.child);
  const ordered = ['events'];
  const waiting = new Set(ours);
  while (waiting.size > 0) {
    const free = [...waiting].filter(
      (name) => !links.some(({ child, parent }) => child === name && waiting.has(parent)),
    );
    if (free.length === 0)
      throw new Error(`tables reference each other in a circle: ${[...waiting].join(', ')}`);
    for (const name of free) waiting.delete(name);
    ordered.push(...free);
  }
  return ordered;
}

/** Some at a time, so that a table of any size fits. */
export async function* rowsOf(trx: Transaction<Database>, { name, columns }: Table): AsyncGenerator<Row[]> {
  const values = sql.join(columns.map((column) => sql`${sql.ref(column.name)}::text`));
  await sql`declare copied no scroll cursor for select json_build_array(${values}) as row from ${sql.table(name)}`.execute(
    trx,
  );
  for (;;) {
    const { rows } = await sql<{ row: Row }>`fetch ${sql.lit(rowsAtOnce)} from copied`.execute(trx);
    if (rows.length === 0) break;
    yield rows.map(({ row }) => row);
  }
  await sql`close copied`.execute(trx);
}

/** Throws what the database says of rows that do not fit. */
export async function insertRows(
  trx: Transaction<Database>,
  { name, columns }: Table,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const names = sql.join(columns.map((column) => sql.ref(column.name)));
  const values = sql.join(
    columns.map((column, index) => sql`(row ->> ${sql.lit(index)})::${sql.raw(column.type)}`),
  );
  await sql`insert into ${sql.table(name)} (${names}) overriding system value
    select ${values} from json_array_elements(${JSON.stringify(rows)}::json) as row`.execute(trx);
}

/** What the database counts up goes on behind what was inserted. */
export async function countOn(trx: Transaction<Database>, { name, columns }: Table): Promise<void> {
  for (const column of columns.filter(({ isIdentity }) => isIdentity)) {
    await sql`select setval(pg_get_serial_sequence(${name}, ${column.name}), greatest(max(${sql.ref(column.name)}), 1),
      max(${sql.ref(column.name)}) is not null) from ${sql.table(name)}`.execute(trx);
  }
}

export async function countRows(trx: Transaction<Database>, { name }: Table): Promise<number> {
  const { rows } = await sql<{ count: string }>`select count(*) as count from ${sql.table(name)}`.execute(
    trx,
  );
  return Number(rows[0]?.count);
}
