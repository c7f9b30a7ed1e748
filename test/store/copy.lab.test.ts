/** Backup, restore and move, with rows in every table, on both kinds of server and from each to the other. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Kysely, sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectUnhurried, serverConfig } from '../../src/store/connection.ts';
import { type Copied, backup as makeBackup, move, restore } from '../../src/store/copy.ts';
import type { Database } from '../../src/store/database.ts';
import { migrations } from '../../src/store/migrations.ts';
import { appliedSteps, migrate } from '../../src/store/prepare.ts';
import type { Place } from '../../src/store/problem.ts';
import { full } from '../runs.ts';
import { contents, fill, filledCopy } from './filled.ts';
import { labFolder } from './lab-folder.ts';
import { openIn } from './opened.ts';
import {
  type Backend,
  backends,
  type FreshDatabase,
  freshDatabase,
  mainly,
  preparedDatabase,
} from './servers.ts';

const place: Place = { variable: 'DATABASE_URL', where: 'db:5432', user: 'u', database: 'd' };
const into = { place, replace: false };
const now = new Date('2026-03-01T10:00:00Z');

/** One that succeeds. */
async function backup(db: Kysely<Database>, path: string, at: Date): Promise<Copied> {
  const made = await makeBackup(db, path, at);
  if (!made.ok) throw new Error(made.problem);
  return made.value;
}
let folder: string;
const ending: (() => Promise<unknown>)[] = [];

beforeAll(() => {
  folder = labFolder();
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function emptyOn(backend: Backend): Promise<{ db: Kysely<Database>; url: string }> {
  return opened(await freshDatabase(backend));
}

function opened({ url, drop }: FreshDatabase): { db: Kysely<Database>; url: string } {
  const db = connectUnhurried(serverConfig(url));
  ending.push(drop, () => db.destroy());
  return { db, url };
}

async function filledOn(backend: Backend) {
  const { database, tables } = await filledCopy(backend);
  return { ...opened(database), tables };
}

/** In the sample from the first to the second; the operator's commands are tested from the first to itself. */
const pairs = backends
  .flatMap((from) => backends.map((to) => ({ from, to, name: `${from.name} → ${to.name}` })))
  .slice(...(full ? [] : [1, 2]));

describe.each(pairs)('$name', ({ from, to }) => {
  test('a backup restored is the same, in every table', async () => {
    const source = await filledOn(from);
    const before = await contents(source.db, source.tables);
    for (const [table, rows] of Object.entries(before)) expect(rows.length, table).toBeGreaterThan(1);
    const path = join(folder, 'whole.gz');
    const copied = await backup(source.db, path, now);
    expect(Object.keys(copied).sort()).toEqual([...source.tables].sort());
    const target = await emptyOn(to);
    expect(await restore(target.db, path, into)).toEqual({ ok: true, value: copied });
    expect(await contents(target.db, source.tables)).toEqual(before);
    expect(await appliedSteps(target.db)).toEqual(Object.keys(migrations));
    expect(await contents(source.db, source.tables), 'the source stays').toEqual(before);
  });

  test('moved without a file it is the same too, and the store goes on in it', async () => {
    const source = await filledOn(from);
    const before = await contents(source.db, source.tables);
    const target = await emptyOn(to);
    expect(await move(source.db, target.db, now, into)).toMatchObject({ ok: true });
    expect(await contents(target.db, source.tables)).toEqual(before);
    const { store, end } = await openIn({ url: target.url, drop: async () => {} }, { secretsKeys: [] });
    // What the database counts up goes on behind what came.
    const publication = {
      domain: 'example.com',
      at: now,
      askedBy: 'U',
      id: 'new',
      record: 'r',
      policy: 'p',
      tlsRpt: undefined,
    };
    await store.publications.add('T new', publication as never);
    expect(await store.publications.of('T new', 'example.com' as never, 5)).toEqual([publication]);
    await end();
  });
});

describe.each(mainly('embedded'))('restore ($name)', (backend) => {
  test('into a database that is not empty changes nothing, unless it is to be replaced', async () => {
    const path = join(folder, 'other.gz');
    const source = await filledOn(backend);
    await backup(source.db, path, now);
    const target = await filledOn(backend);
    await sql`delete from teams where id in (select id from teams limit 1)`.execute(target.db);
    const before = await contents(target.db, target.tables);
    expect(before).not.toEqual(await contents(source.db, source.tables));
    expect(await restore(target.db, path, into)).toMatchObject({
      ok: false,
      problem: expect.stringMatching(
        /^Nothing was copied: the database at db:5432 is not empty \(\d+ rows in /,
      ),
    });
    expect(await contents(target.db, target.tables)).toEqual(before);
    expect(await restore(target.db, path, { ...into, replace: true })).toMatchObject({ ok: true });
    expect(await contents(target.db, target.tables)).toEqual(await contents(source.db, source.tables));
  });

  test('into a database that the bot has opened, and nobody used', async () => {
    const path = join(folder, 'opened.gz');
    const source = await filledOn(backend);
    await backup(source.db, path, now);
    const target = opened(await preparedDatabase(backend));
    expect(await restore(target.db, path, into)).toMatchObject({ ok: true });
    expect(await contents(target.db, source.tables)).toEqual(await contents(source.db, source.tables));
  });

  test('of an empty database is an empty database', async () => {
    const [never, used] = [await emptyOn(backend), opened(await preparedDatabase(backend))];
    for (const [name, { db }] of Object.entries({ never, used })) {
      const path = join(folder, `${name}.gz`);
      await backup(db, path, now);
      const target = await emptyOn(backend);
      expect(await restore(target.db, path, into), name).toMatchObject({ ok: true });
      expect(await appliedSteps(target.db), name).toEqual(Object.keys(migrations));
    }
  });

  const olderSchemas = Object.keys(migrations).slice(0, -1);
  test.each(olderSchemas)('of the older schema of %s is brought up to date', async (last) => {
    const steps = Object.entries(migrations).filter(([name]) => name <= last);
    const source = await emptyOn(backend);
    await migrate(source.db, place, { steps: Object.fromEntries(steps) });
    const tables = await fill(source.db);
    const path = join(folder, 'older.gz');
    await backup(source.db, path, now);
    // In the sample one of the older schemas takes the one way, and the last of them the other.
    for (const isOpened of full ? [false, true] : [last === olderSchemas.at(-1)]) {
      const target = await emptyOn(backend);
      if (isOpened) await migrate(target.db, place);
      expect(await restore(target.db, path, into)).toMatchObject({ ok: true });
      expect(await appliedSteps(target.db)).toEqual(Object.keys(migrations));
      expect(await contents(target.db, tables)).toEqual(await contents(source.db, tables));
    }
  });

  test('ends with what follows from the rows, in the same step', async () => {
    const path = join(folder, 'after.gz');
    const source = await filledOn(backend);
    await backup(source.db, path, now);
    const target = await emptyOn(backend);
    const failing = restore(target.db, path, {
      ...into,
      afterRestore: async (trx) => {
        expect(await trx.selectFrom('teams').select('id').execute()).not.toEqual([]);
        throw new Error('no room for jobs');
      },
    });
    await expect(failing).rejects.toThrow('no room for jobs');
    expect(await appliedSteps(target.db)).toEqual([]);
  });

  test('while somebody else deletes: the backup is of one moment', async () => {
    const source = await filledOn(backend);
    const other = connectUnhurried(serverConfig(source.url));
    ending.push(() => other.destroy());
    const before = await contents(source.db, source.tables);
    const path = join(folder, 'moment.gz');
    const [copied] = await Promise.all([backup(source.db, path, now), sql`delete from teams`.execute(other)]);
    const ofTeams = source.tables.filter((table) => table !== 'events');
    const all = ofTeams.map((table) => before[table]?.length);
    const found = ofTeams.map((table) => copied[table]);
    expect([all, all.map(() => 0)], 'everything or nothing').toContainEqual(found);
  });
});

describe('a file that cannot be used', () => {
  const [backend] = backends;
  if (backend === undefined) throw new Error('no backend');
  let good: Buffer;
  let lines: string[];
  /** Empty, and so after each of the files. */
  let db: Kysely<Database>;
  let drop: () => Promise<void>;

  beforeAll(async () => {
    const source = await filledOn(backend);
    const path = join(folder, 'good.gz');
    await backup(source.db, path, now);
    good = readFileSync(path);
    lines = gunzipSync(good).toString().trimEnd().split('\n');
    const database = await freshDatabase(backend);
    db = connectUnhurried(serverConfig(database.url));
    drop = database.drop;
  });
  afterAll(async () => {
    await db.destroy();
    await drop();
  });

  const packed = (change: (lines: string[]) => string[]) => gzipSync(`${change([...lines]).join('\n')}\n`);
  const header = (change: object) =>
    packed(([first = '', ...rest]) => [JSON.stringify({ ...JSON.parse(first), ...change }), ...rest]);
  const firstRow = () => lines.findIndex((line) => line.startsWith('['));
  const without = (index: number) => packed((all) => all.filter((_, at) => at !== index));

  const cases: readonly [why: string, file: () => Buffer | string, says: string][] = [
    ['is empty', () => '', 'ends too soon'],
    ['is a text', () => 'hello', 'is not a backup of this bot'],
    ['is another archive', () => gzipSync('hello'), 'ends too soon'],
    ['is another archive of lines', () => gzipSync('hello\nworld\n'), 'is not a backup of this bot'],
    ['is JSON of somebody else', () => gzipSync('{"format":"other"}\n'), 'is not a backup of this bot'],
    ['is one line of null', () => gzipSync('null\n'), 'is not a backup of this bot'],
    ['was cut in the middle', () => good.subarray(0, good.length / 2), 'ends too soon'],
    ['was cut by a byte', () => good.subarray(0, -1), 'ends too soon'],
    ['has another byte in the middle', () => flipped(good, Math.floor(good.length / 2)), 'is damaged'],
    ['has another checksum', () => flipped(good, good.length - 6), 'is damaged'],
    ['lost its last line', () => packed((all) => all.slice(0, -1)), 'ends too soon'],
    ['lost a row', () => without(firstRow()), 'rows of events are missing'],
    [
      'has a row twice',
      () => packed((all) => all.flatMap((line, at) => (at === firstRow() ? [line, line] : [line]))),
      'is damaged',
    ],
    [
      'has a row with a value less',
      () => packed((all) => all.map((line, at) => (at === firstRow() ? '["x"]' : line))),
      'is damaged',
    ],
    [
      'has a row with a value that is none',
      () => packed((all) => all.map((line, at) => (at === firstRow() ? '["x","yesterday-ish"]' : line))),
      'rows of events are not what they were',
    ],
    [
      'has a line that is no JSON',
      () => packed((all) => all.map((line, at) => (at === firstRow() ? '{' : line))),
      'is damaged',
    ],
    ['goes on behind its end', () => packed((all) => [...all, '["x"]']), 'is damaged'],
    [
      'names a table that there is not',
      () => packed((all) => all.map((line) => line.replace('{"table":"events"', '{"table":"pg_authid"'))),
      'is damaged',
    ],
    [
      'names a column that there is not',
      () => packed((all) => all.map((line) => line.replace('"seen_at"', '"seen_at\\" or 1"'))),
      'is damaged',
    ],
    ['is of a newer version', () => header({ version: 2 }), 'was made by a newer version'],
    [
      'has newer tables',
      () => header({ steps: [...Object.keys(migrations), '999-later'] }),
      'was made by a newer version',
    ],
    [
      'has steps in another order',
      () => header({ steps: Object.keys(migrations).toReversed() }),
      'is damaged',
    ],
  ];

  test.each(cases)('%s: it is told, and nothing has changed', async (_, file, says) => {
    const path = join(folder, 'bad.gz');
    writeFileSync(path, file());
    const restored = await restore(db, path, into);
    expect(restored).toEqual({ ok: false, problem: expect.stringContaining(says) });
    if (!restored.ok) expect(restored.problem).toMatch(/^\/.*bad\.gz [a-z].*\.$/);
    expect(await appliedSteps(db)).toEqual([]);
    const { rows } = await sql`select from pg_class where relnamespace = 'public'::regnamespace`.execute(db);
    expect(rows).toEqual([]);
  });

  test.each([
    ['is not there', () => join(folder, 'nowhere.gz'), 'no such file'],
    ['is a folder', () => folder, 'illegal operation on a directory'],
  ])('%s', async (_, path, says) => {
    expect(await restore(db, path(), into)).toEqual({ ok: false, problem: expect.stringContaining(says) });
  });

  test('a backup that fails leaves no file, and the one before as it was', async () => {
    const path = join(folder, 'kept.gz');
    writeFileSync(path, 'the one before');
    const source = await filledOn(backend);
    const other = connectUnhurried(serverConfig(source.url));
    await other.transaction().execute(async (trx) => {
      await sql`lock table publications in access exclusive mode`.execute(trx);
      const failing = backup(source.db, path, now);
      failing.catch(() => {});
      const endWaiting = async () => {
        const { rows } =
          await sql`select pg_terminate_backend(pid) from pg_locks join pg_database on datname = current_database()
          and pg_database.oid = database where not granted`.execute(trx);
        return rows.length;
      };
      await expect.poll(endWaiting).toBe(1);
      await expect(failing).rejects.toThrow();
    });
    await other.destroy();
    const nowhere = join(folder, 'no', 'such', 'folder.gz');
    expect(await makeBackup(db, nowhere, now)).toEqual({
      ok: false,
      problem: expect.stringMatching(/^\/.*folder\.gz cannot be written \(ENOENT: .*\)\.$/),
    });
    expect(await makeBackup(db, folder, now)).toEqual({
      ok: false,
      problem: expect.stringMatching(/cannot be written \(EISDIR: /),
    });
    expect(readFileSync(path, 'utf8')).toBe('the one before');
    expect(readdirSync(folder).filter((name) => name.endsWith('.unfinished'))).toEqual([]);
  });

  test('a backup is for its owner alone', async () => {
    expect(statSync(join(folder, 'good.gz')).mode & 0o777).toBe(0o600);
  });
});

function flipped(bytes: Buffer, index: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8((changed.at(index) ?? 0) ^ 0xff, index);
  return changed;
}
