/** Rows in every table there is, whatever tables there are: two of each and more, with all that text can hold. */
import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { connectUnhurried, serverConfig } from '../../src/store/connection.ts';
import type { Database } from '../../src/store/database.ts';
import { migrate } from '../../src/store/prepare.ts';
import { type Backend, copiedDatabase, type FreshDatabase, freshDatabase } from './servers.ts';

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  /** What it references. */
  readonly parent: string | null;
  readonly parentColumn: string | null;
}

/** Line ends of every kind, quotes, what COPY and JSON escape, letters beyond the first plane. */
const odd = 'a\n\r\t\\ \\N \'" \u2028\u2029\u0085 {} ,; ä 🐝 \\u0000';

let counter = 0;
const firsts = new Map<string, Promise<{ readonly name: string; readonly tables: readonly string[] }>>();

/** A migrated database with such rows, always the same in one file, and the names of its tables. */
export async function filledCopy(
  backend: Backend,
): Promise<{ readonly database: FreshDatabase; readonly tables: readonly string[] }> {
  const first = firsts.get(backend.name) ?? makeFirst(backend);
  firsts.set(backend.name, first);
  const { name, tables } = await first;
  return { database: await copiedDatabase(backend, name), tables };
}

/** It is dropped with its server. */
async function makeFirst(backend: Backend) {
  const { name, url } = await freshDatabase(backend);
  const db = connectUnhurried(serverConfig(url));
  await migrate(db, { variable: 'DATABASE_URL', where: 'the test', user: '', database: '' });
  const tables = await fill(db);
  await db.destroy();
  return { name, tables };
}

/** The names of the tables, parents first. */
export async function fill(db: Kysely<Database>): Promise<readonly string[]> {
  const { rows: columns } = await sql<Column>`
    select class.relname as table, attname as name, format_type(atttypid, atttypmod) as type,
      not attnotnull as optional, parent.relname as parent, foreign_column.column_name as "parentColumn"
    from pg_class class
    join pg_attribute on attrelid = class.oid
    left join pg_constraint link on link.conrelid = class.oid and contype = 'f' and conkey = array[attnum]
    left join pg_class parent on parent.oid = link.confrelid
    left join lateral (
      select attname as column_name from pg_attribute key where key.attrelid = link.confrelid and key.attnum = confkey[1]
    ) foreign_column on true
    where class.relkind = 'r' and class.relnamespace = 'public'::regnamespace and class.relname not like 'mta_sts_%'
      and attnum > 0 and not attisdropped and attidentity = '' and attgenerated = ''
    order by class.relname, attnum`.execute(db);
  const waiting = new Set(columns.map(({ table }) => table));
  const filled: string[] = [];
  while (waiting.size > 0) {
    for (const table of waiting) {
      const own = columns.filter((column) => column.table === table);
      if (own.some(({ parent }) => parent !== null && parent !== table && waiting.has(parent))) continue;
      await fillTable(db, table, own);
      waiting.delete(table);
      filled.push(table);
    }
  }
  return filled;
}

async function fillTable(db: Kysely<Database>, table: string, columns: readonly Column[]): Promise<void> {
  const names = sql.join(columns.map(({ name }) => sql.ref(name)));
  // More than are read at once.
  const rows = Array.from({ length: 60 }, (_, row) => {
    counter += 1;
    const isSparse = row % 2 === 0;
    const values = columns.map((column) =>
      isSparse && column.optional && column.parent === null ? sql`null` : valueFor(column),
    );
    return sql`(${sql.join(values)})`;
  });
  await sql`insert into ${sql.table(table)} (${names}) values ${sql.join(rows)} on conflict do nothing`.execute(
    db,
  );
}

function valueFor({ type, parent, parentColumn }: Column) {
  if (parent !== null && parentColumn !== null) {
    return sql`(select ${sql.ref(parentColumn)} from ${sql.table(parent)} offset ${counter % 2} limit 1)`;
  }
  const text = `${counter} ${odd}`;
  // Deeper than the digits of a JavaScript number, and with a zero byte as JSON may have it.
  const json = `{"a": [${JSON.stringify(text)}, 12345678901234567890.123456789, null], "b": {}}`;
  if (type === 'uuid') return sql`${randomUUID()}::uuid`;
  if (type === 'smallint') return sql`${counter % 30_000}::smallint`;
  if (type === 'integer') return sql`${counter}::integer`;
  if (type === 'bigint') return sql`${`9007199254740${100 + (counter % 900)}`}::bigint`;
  if (type === 'boolean') return sql`${counter % 2 === 0}::boolean`;
  if (type === 'bytea') return sql`${Buffer.from([0, 255, 10, 92, counter % 256])}::bytea`;
  if (type === 'timestamp with time zone')
    return sql`timestamptz '1999-12-31 23:59:59.123456+02' + ${counter} * interval '1 day'`;
  if (type === 'json') return sql`${json.replace('"b"', '"\\u0000"')}::json`;
  if (type === 'jsonb') return sql`${json}::jsonb`;
  if (type === 'text') return sql`${text}`;
  throw new Error(`no value for the type ${type}`);
}

/** Every row of every table, as text. */
export async function contents(
  db: Kysely<Database>,
  tables: readonly string[],
): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const table of tables) {
    const { rows } = await sql<{ row: string }>`
      select t::text as row from ${sql.table(table)} t order by t::text collate "C"`.execute(db);
    found[table] = rows.map(({ row }) => row);
  }
  return found;
}
