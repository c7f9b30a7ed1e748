import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labFolder, sweepLabFolders } from './lab-folder.ts';
import { backends, type FreshDatabase, freshDatabase } from './servers.ts';

async function ask(connectionString: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query({ text: statement, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

describe.each(backends)('a database for a test file ($name)', (backend) => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(backend);
  });
  afterAll(() => database.drop());

  test('is of the version that the bot brings, in UTF-8, with every commit on the disk', async () => {
    expect(await ask(database.url, 'show server_version_num')).toEqual([expect.stringMatching(/^18/)]);
    expect(await ask(database.url, 'show server_encoding')).toEqual(['UTF8']);
    expect(await ask(database.url, 'show fsync')).toEqual(['on']);
    expect(await ask(database.url, 'show synchronous_commit')).toEqual(['on']);
  });

  test('is empty and apart from every other one', async () => {
    const other = await freshDatabase(backend);
    await ask(database.url, 'create table mine (id integer)');
    expect(await ask(other.url, "select to_regclass('mine')")).toEqual([null]);
    await other.drop();
    await expect(ask(other.url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
  });

  test('is dropped although somebody is still connected', async () => {
    const other = await freshDatabase(backend);
    const client = new pg.Client({ connectionString: other.url });
    const ended = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await other.drop();
    expect(await ended).toBeInstanceOf(Error);
  });
});

test('what a run that was killed left is swept up by the next one, and what a living one has is left alone', async () => {
  const mine = labFolder();
  const dead = spawnSync('true').pid;
  const folder = mine.replace(`-${process.pid}-`, `-${dead}-`);
  mkdirSync(folder);
  const left = spawn('sleep', ['600'], { cwd: folder });
  const gone = once(left, 'exit');
  sweepLabFolders();
  expect(await gone).toEqual([null, 'SIGKILL']);
  expect([existsSync(folder), existsSync(mine)]).toEqual([false, true]);
  rmSync(mine, { recursive: true });
});

describe('the server over TCP', () => {
  test('wants its password, and proves who it is when TLS is asked for', async () => {
    const database = await freshDatabase({ name: 'server over TCP' });
    const tlsUrl = database.tlsUrl ?? '';
    const isEncrypted = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
    expect(await ask(database.url, isEncrypted)).toEqual([false]);
    expect(await ask(tlsUrl, isEncrypted)).toEqual([true]);
    await expect(ask(tlsUrl.replace(/&sslrootcert=.*/, ''), 'select 1')).rejects.toThrow(/certificate/);
    const wrong = new URL(database.url);
    wrong.password = 'wrong';
    await expect(ask(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    await database.drop();
  });
});
