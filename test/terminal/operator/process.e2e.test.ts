/** The operator's commands as processes: beside a bot that runs on the same folder, and interrupted. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { createWorld, logged, spawnBot } from '../../slack/world.ts';
import { contents } from '../../store/filled.ts';
import { labFolder } from '../../store/lab-folder.ts';
import type { Backend } from '../../store/servers.ts';
import { ran } from '../ran.ts';
import { addTeam, emptyDatabase, filledDatabase } from './databases.ts';

const server: Backend = { name: 'server over TCP' };

function newFolder(): string {
  const folder = labFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function start(file: string, argv: readonly string[], env: Record<string, string>) {
  const child = spawn(file, argv, { env: { PATH: process.env.PATH, ...env } });
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (texts.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (texts.err += text));
  child.stdin.on('error', () => {});
  const ended = new Promise<{ code: number | null; signal: string | null; out: string; err: string }>(
    (resolve) => child.on('close', (code, signal) => resolve({ code, signal, ...texts })),
  );
  return { child, ended };
}

/** As it is typed, which takes half a second longer. */
function npmRun(argv: readonly string[], env: Record<string, string>) {
  const { child, ended } = start('npm', ['run', '-s', 'mta-sts', '--', ...argv], env);
  child.stdin.end();
  return ended;
}

test('beside a bot on the same folder: backup and forget work, restore and move wait for its end', async () => {
  const world = await createWorld('socket');
  const folder = newFolder();
  const env = { DATA_DIR: join(folder, 'data'), HOME: folder };
  const bot = spawnBot({ ...world.env, DATA_DIR: env.DATA_DIR });
  await logged(bot, { msg: 'ready' }, 60_000);
  await world.workspace.ready();
  const ana = world.workspace.as('ana');
  await ana.command('#general', '/mta-sts watch healthy.test');
  await expect.poll(() => bot.lines.some(({ name }) => name === '/mta-sts')).toBe(true);

  const path = join(folder, 'backup.gz');
  // One as an operator types it; the others without a process.
  const made = await npmRun(['backup', path, '--json'], env);
  expect(made).toMatchObject({ code: 0, err: '' });
  const { tables } = JSON.parse(made.out) as { tables: Record<string, number> };
  expect(tables).toMatchObject({ teams: 1, watches: 1 });

  const target = await emptyDatabase(server);
  onTestFinished(() => target.drop());
  for (const argv of [
    ['restore', path, '--replace'],
    ['move', '--to', target.url],
  ]) {
    const refused = await ran(argv, '', env);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err.replaceAll('\n', ' ')).toMatch(
      /DATA_DIR: a bot works with the database in .*Stop every bot/,
    );
  }

  await ran(['restore', path], '', { DATABASE_URL: target.url });
  const [team] = (await target.db.selectFrom('teams').select('id').execute()).map(({ id }) => id);
  const forgotten = await ran(['forget', '--team', team ?? ''], '', env);
  expect(forgotten).toMatchObject({ code: 0, err: '' });
  expect(forgotten.out).toContain('1 in watches');
  // The bot goes on.
  expect(await (await fetch(`http://${world.env.HOST}:${world.env.PORT}/readyz`)).json()).toEqual({
    ready: true,
  });

  bot.kill('SIGTERM');
  expect(await bot.ended).toBe(0);
  const restored = await ran(['restore', path, '--replace'], '', env);
  expect(restored).toMatchObject({ code: 0, err: '' });
  const other = await emptyDatabase(server);
  onTestFinished(() => other.drop());
  expect(await ran(['move', '--to', other.url], '', env)).toMatchObject({ code: 0, err: '' });
  const names = Object.keys(tables);
  expect(await contents(other.db, names)).toEqual(await contents(target.db, names));
});

test('a backup that is interrupted while it waits leaves no file', async () => {
  const source = await filledDatabase(server);
  onTestFinished(() => source.drop());
  const folder = newFolder();
  await source.db.transaction().execute(async (trx) => {
    await sql`lock table publications in access exclusive mode`.execute(trx);
    const { child, ended } = start(process.execPath, ['src/mta-sts.mjs', 'backup', join(folder, 'x.gz')], {
      DATABASE_URL: source.url,
    });
    await expect.poll(() => readdirSync(folder).length).toBe(1);
    const waits = async () =>
      (await sql`select from pg_locks where not granted and relation = 'publications'::regclass`.execute(trx))
        .rows.length;
    await expect.poll(waits).toBe(1);
    child.kill('SIGINT');
    expect(await ended).toEqual({
      code: null,
      signal: 'SIGINT',
      out: '',
      err: 'mta-sts: interrupted; no backup was written.\n',
    });
  });
  expect(readdirSync(folder)).toEqual([]);
});

test('a restore that is interrupted in the middle of what it is given leaves the database as it was', async () => {
  const source = await filledDatabase(server);
  const target = await filledDatabase(server);
  onTestFinished(() => source.drop());
  onTestFinished(() => target.drop());
  await addTeam(target.db, 'T0OTHER');
  const before = await contents(target.db, target.tables);
  const folder = newFolder();
  const path = join(folder, 'x.gz');
  await source.run(['backup', path]);
  const { child, ended } = start(process.execPath, ['src/mta-sts.mjs', 'restore', '-', '--replace'], {
    DATABASE_URL: target.url,
  });
  const octets = readFileSync(path);
  child.stdin.write(octets.subarray(0, octets.length / 2));
  const holds = async () =>
    (
      await sql`select from pg_locks where granted and mode = 'AccessExclusiveLock' and relation = 'publications'::regclass`.execute(
        target.db,
      )
    ).rows.length;
  await expect.poll(holds).toBe(1);
  child.kill('SIGTERM');
  expect(await ended).toEqual({
    code: null,
    signal: 'SIGTERM',
    out: '',
    err: 'mta-sts: interrupted; the database is as it was.\n',
  });
  expect(await contents(target.db, target.tables)).toEqual(before);
});

test('a folder of its own is left as it was found, and free', async () => {
  const source = await filledDatabase(server);
  onTestFinished(() => source.drop());
  const folder = newFolder();
  const env = { DATA_DIR: join(folder, 'data') };
  const { child, ended } = start(process.execPath, ['src/mta-sts.mjs', 'restore', '-'], env);
  await expect.poll(() => readdirSync(folder).length, { timeout: 30_000 }).toBe(1);
  await expect.poll(() => readdirSync(env.DATA_DIR).includes('pg'), { timeout: 30_000 }).toBe(true);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ signal: 'SIGINT', err: expect.stringContaining('interrupted') });
  const path = join(folder, 'x.gz');
  await source.run(['backup', path]);
  const restored = start(process.execPath, ['src/mta-sts.mjs', 'restore', path], env);
  expect(await restored.ended).toMatchObject({ code: 0, err: '' });
});

test('a password comes from PGPASSWORD too, and without one the command ends at once', async () => {
  const source = await filledDatabase(server);
  const target = await emptyDatabase(server);
  onTestFinished(() => source.drop());
  onTestFinished(() => target.drop());
  const password = decodeURIComponent(/:([^:@]*)@/.exec(target.url)?.[1] ?? '');
  const bare = target.url.replace(/:[^:@]*@/, '@');
  const argv = ['src/mta-sts.mjs', 'move', '--to', bare];
  // The server would hold the line for a minute, which is longer than this test may take.
  const refused = await start(process.execPath, argv, { DATABASE_URL: source.url }).ended;
  expect(refused).toMatchObject({ code: 2, out: '' });
  expect(refused.err).toMatch(/^mta-sts: --to: PostgreSQL at .* asks for a password/);
  const env = { DATABASE_URL: source.url, PGPASSWORD: password };
  expect(await start(process.execPath, argv, env).ended).toMatchObject({ code: 0, err: '' });
});
