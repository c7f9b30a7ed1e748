/** backup, restore, move and forget without a process: on both kinds of server, with rows in every table. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { contents } from '../../store/filled.ts';
import { labFolder } from '../../store/lab-folder.ts';
import { openIn } from '../../store/opened.ts';
import { backends, mainly } from '../../store/servers.ts';
import { ran } from '../ran.ts';
import { addTeam, emptyDatabase, filledDatabase, type LabDatabase } from './databases.ts';

let folder: string;
const ending: (() => Promise<unknown>)[] = [];
const kept = <T extends LabDatabase>(database: T): T => {
  ending.push(() => database.drop());
  return database;
};

beforeAll(() => {
  folder = labFolder();
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('wrong usage', () => {
  const secret = 'postgres://user:hunter2@db.example/';
  test.each<[string[], RegExp]>([
    [['backup'], /The file is missing: mta-sts backup backup\.gz/],
    [['backup', 'a', 'b'], /One file at a time: mta-sts backup/],
    [['backup', secret], /A file is named here, and no address/],
    [['backup', '-', '--json'], /leave --json out/],
    [['backup', 'a', '--replace'], /no option --replace/],
    [['bakcup', 'a'], /did you mean backup\?/],
    [['restore'], /The file is missing/],
    [['restore', 'a', '--replcae'], /did you mean --replace\?/],
    [['move'], /The new database is missing: mta-sts move --to postgres:/],
    [['move', secret], /The new database is missing/],
    [['move', '--to'], /--to needs a value/],
    [['move', '--to', secret], /--to names no database/],
    [['move', '--to', 'mysql://user:hunter2@db/x'], /--to names a database of another kind, "mysql:"/],
    [['move', '--to', `${secret}mta`, '--to', `${secret}mta`], /--to is given twice/],
    [['forget'], /The team is missing: mta-sts forget --team T0123ABCD/],
    [['forget', 'T1'], /leave every other word out.*The team is missing/],
    [['forget', '--team', 'example'], /a team's id is T with capital letters and digits/],
    [['forget', '--team', 'E0123'], /an organisation's id/],
  ])('%j', async (argv, told) => {
    const { code, out, err } = await ran(argv, '', { DATABASE_URL: 'postgres://x@127.0.0.1:1/x' });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.replaceAll('\n', ' ')).toMatch(told);
    expect(err).not.toContain('hunter2');
  });

  test.each<[Record<string, string>, RegExp]>([
    [{ DATABASE_URL: 'mysql://user:hunter2@db/x' }, /DATABASE_URL: names a database of another kind/],
    [{ DATA_DIR: 'https://example.com/' }, /DATA_DIR: .* is a URL/],
    // Of Slack nothing is asked.
    [{ DATABASE_URL: 'postgres://x:hunter2@127.0.0.1:1/x', SLACK_BOT_TOKEN: 'x' }, /does not listen/],
  ])('%j', async (env, told) => {
    const { code, out, err } = await ran(['backup', join(folder, 'x')], '', env);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.replaceAll('\n', ' ')).toMatch(told);
    expect(err).not.toMatch(/hunter2|SLACK/);
  });
});

const databaseName = (url: string) => /\/(test_\w+)/.exec(url)?.[1] ?? '';

describe.each(mainly('embedded'))('$name', (backend) => {
  test('a backup, restored elsewhere, is the same; each says how much it was', async () => {
    const [source, target] = [kept(await filledDatabase(backend)), kept(await emptyDatabase(backend))];
    const before = await contents(source.db, source.tables);
    const rows = Object.values(before).flat().length;
    const path = join(folder, 'whole.gz');
    const made = await source.run(['backup', path]);
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toMatch(
      new RegExp(
        `^Backup of .*/test_\\w+ written to .*whole\\.gz: \\d+ teams, ${rows} rows, \\d+\\.\\d [kM]B \\(\\d+\\.\\d s\\)\\n$`,
      ),
    );
    const restored = await target.run(['restore', path]);
    expect(restored).toMatchObject({ code: 0, err: '' });
    expect(restored.out).toMatch(
      new RegExp(`^.*whole\\.gz restored into .*/test_\\w+: \\d+ teams, ${rows} rows \\(`),
    );
    expect(await contents(target.db, source.tables)).toEqual(before);

    const again = await target.run(['restore', path]);
    expect(again).toMatchObject({ code: 2, out: '' });
    expect(again.err.replaceAll('\n', ' ')).toMatch(/is not empty \(\d+ rows in .*add --replace/);
    await addTeam(target.db, 'T0LATER');
    const replaced = await target.run(['restore', path, '--replace', '--json']);
    expect(replaced.code).toBe(0);
    expect(JSON.parse(replaced.out)).toMatchObject({ file: path, rows, durationMs: expect.any(Number) });
    expect(await contents(target.db, source.tables)).toEqual(before);
  });

  test('through a pipe', async () => {
    const [source, target] = [kept(await filledDatabase(backend)), kept(await emptyDatabase(backend))];
    const made = await source.run(['backup', '-']);
    expect(made).toMatchObject({ code: 0, out: '' });
    expect(made.err).toMatch(/written to standard output: \d+ teams, \d+ rows, \d+\.\d [kM]B/);
    expect(await target.run(['restore', '-'], made.octets)).toMatchObject({ code: 0, err: '' });
    expect(await contents(target.db, source.tables)).toEqual(await contents(source.db, source.tables));
    const cut = made.octets.subarray(0, -9);
    expect(await target.run(['restore', '-', '--replace'], cut)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/Standard input ends too soon/),
    });
    expect(await contents(target.db, source.tables)).toEqual(await contents(source.db, source.tables));
  });

  test.each(backends)('moved to $name', async (to) => {
    const [source, target] = [kept(await filledDatabase(backend)), kept(await emptyDatabase(to))];
    const before = await contents(source.db, source.tables);
    const moved = await source.run(['move', '--to', target.url]);
    expect(moved).toMatchObject({ code: 0, err: '' });
    expect(moved.out).toMatch(
      /^Moved .*\/test_\w+ to .*\/test_\w+: \d+ teams, \d+ rows\. The old database is as it was/,
    );
    expect(await contents(target.db, source.tables)).toEqual(before);
    expect(await contents(source.db, source.tables)).toEqual(before);
    const again = await source.run(['move', '--to', target.url]);
    expect(again).toMatchObject({ code: 2, out: '' });
    expect(again.err.replaceAll('\n', ' ')).toMatch(/Nothing was copied: the database at .* is not empty/);
  });

  test('into itself: refused, also when it is empty', async () => {
    const source = kept(await filledDatabase(backend));
    await source.db.deleteFrom('teams').execute();
    await source.db.deleteFrom('events').execute();
    const told = await source.run(['move', '--to', source.url]);
    expect(told).toMatchObject({ code: 2, out: '' });
    expect(told.err).toContain('is the one that the bot has now');
  });

  test('while a bot works with it: backup and forget do, restore and move do not', async () => {
    const used = kept(await filledDatabase(backend));
    const other = kept(await filledDatabase(backend));
    const empty = kept(await emptyDatabase(backend));
    const path = join(folder, 'used.gz');
    const bot = await openIn({ url: used.url, drop: async () => {} }, { secretsKeys: [] });
    await bot.store.teams.meet('T0USED', undefined);
    expect(await used.run(['backup', path])).toMatchObject({ code: 0 });
    const refusals = [
      used.run(['restore', path, '--replace']),
      used.run(['move', '--to', empty.url]),
      other.run(['move', '--to', used.url]),
    ];
    for (const [index, refusal] of refusals.entries()) {
      const { code, out, err } = await refusal;
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(index < 2 ? /^mta-sts: DATABASE_URL: / : /^mta-sts: --to: /);
      expect(err.replaceAll('\n', ' ')).toMatch(/: a bot works with the database .*Stop every bot/);
    }
    expect(await used.run(['forget', '--team', 'T0USED'])).toMatchObject({ code: 0 });
    await bot.end();
    expect(await used.run(['restore', path, '--replace'])).toMatchObject({ code: 0 });
    expect(await used.run(['move', '--to', empty.url])).toMatchObject({ code: 0 });
  });

  test('a bot that starts during a move: nothing was moved', async () => {
    const [source, target] = [kept(await filledDatabase(backend)), kept(await emptyDatabase(backend))];
    const held = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    // What a move waits for, once it has looked for bots.
    const holding = target.db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(3853314791062309107)`.execute(trx);
      held.resolve();
      await go.promise;
    });
    await held.promise;
    const moving = source.run(['move', '--to', target.url]);
    const waiting = async () => {
      const { rows } = await sql`select from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = ${databaseName(target.url)})`.execute(
        source.db,
      );
      return rows.length;
    };
    await expect.poll(waiting).toBe(1);
    const bot = await openIn({ url: source.url, drop: async () => {} }, { secretsKeys: [] });
    go.resolve();
    await holding;
    const { code, out, err } = await moving;
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.replaceAll('\n', ' ')).toContain('a bot works with the database');
    expect(await target.db.introspection.getTables()).toEqual([]);
    await bot.end();
  });

  test('forget: the team and nothing else, and how much it was', async () => {
    const database = kept(await filledDatabase(backend));
    const before = await contents(database.db, database.tables);
    await addTeam(database.db, 'T0ONE');
    await addTeam(database.db, 'T0TWO');
    expect(await database.run(['forget', '--team', 'T0NONE'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^There is no team T0NONE in .*; nothing was deleted/),
    });
    const one = await database.run(['forget', '--team', 'T0ONE']);
    expect(one).toMatchObject({ code: 0, err: '' });
    for (const part of ['1 in teams', '2 in publications', '1 in watches', '1 in cards', '1 in ledger']) {
      expect(one.out).toContain(part);
    }
    expect(JSON.stringify(await contents(database.db, database.tables))).not.toContain('T0ONE');
    const two = await database.run(['forget', '--team', 'T0TWO', '--json']);
    expect(JSON.parse(two.out)).toMatchObject({
      team: 'T0TWO',
      found: true,
      rows: 12,
      tables: { teams: 1, cards: 1 },
    });
    const none = await database.run(['forget', '--team', 'T0TWO', '--json']);
    expect(none.code).toBe(1);
    expect(JSON.parse(none.out)).toMatchObject({ team: 'T0TWO', found: false, rows: 0 });
    expect(await contents(database.db, database.tables)).toEqual(before);
  });

  test.each([
    ['backup', 'x.gz'],
    ['forget', '--team', 'T1'],
    ['move', '--to', 'postgres://x@127.0.0.1:1/x'],
  ])('where nothing of the bot is, %s says so and makes nothing', async (...argv) => {
    const empty = kept(await emptyDatabase(backend));
    const { code, out, err } = await empty.run(argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.replaceAll('\n', ' ')).toMatch(/holds nothing of the bot/);
    expect(await empty.db.introspection.getTables()).toEqual([]);
  });
});

describe('the embedded database in a folder', () => {
  test('is not made by a command that reads, and is by a restore', async () => {
    const [backend] = backends;
    if (backend === undefined) throw new Error('no backend');
    const source = kept(await filledDatabase(backend));
    const path = join(folder, 'into-folder.gz');
    await source.run(['backup', path]);
    const DATA_DIR = join(folder, 'data');
    const nothing = await ran(['backup', join(folder, 'none.gz')], '', { DATA_DIR });
    expect(nothing).toMatchObject({ code: 2, out: '' });
    expect(nothing.err.replaceAll('\n', ' ')).toMatch(
      /DATA_DIR: the folder .*data holds no database of the bot/,
    );
    expect(existsSync(DATA_DIR)).toBe(false);
    expect(await ran(['restore', path], '', { DATA_DIR })).toMatchObject({ code: 0, err: '' });
    const noPrograms = await ran(['backup', join(folder, 'none.gz')], '', { DATA_DIR, PG_BIN: '/nowhere' });
    expect(noPrograms).toMatchObject({ code: 2, err: expect.stringContaining('/nowhere holds no program') });
    const target = kept(await emptyDatabase(backend));
    expect(await ran(['move', '--to', target.url], '', { DATA_DIR })).toMatchObject({ code: 0, err: '' });
    expect(await contents(target.db, source.tables)).toEqual(await contents(source.db, source.tables));
  });
});

describe('a file', () => {
  test('that cannot be written is told, and one that was there stays', async () => {
    const [backend] = backends;
    if (backend === undefined) throw new Error('no backend');
    const source = kept(await filledDatabase(backend));
    const nowhere = await source.run(['backup', join(folder, 'no', 'folder', 'x.gz')]);
    expect(nowhere).toMatchObject({ code: 2, out: '' });
    expect(nowhere.err.replaceAll('\n', ' ')).toMatch(/x\.gz cannot be written \(ENOENT/);
    const path = join(folder, 'there.gz');
    writeFileSync(path, 'no backup');
    expect(await source.run(['restore', path, '--replace'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/there\.gz (ends too soon|is not a backup)/),
    });
    expect(await source.run(['backup', path])).toMatchObject({ code: 0 });
    expect(readFileSync(path).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect(readdirSync(folder).filter((name) => name.endsWith('.unfinished'))).toEqual([]);
  });
});
