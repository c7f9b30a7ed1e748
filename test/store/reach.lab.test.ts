/** The database as a command finds it: beside a running bot, without one, at a server. */
import { rmSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generatedOf } from '../../src/check/generated.ts';
import { createStore } from '../../src/store/open.ts';
import { withDatabase } from '../../src/store/reach.ts';
import { StoreRefused, StoreUnavailable } from '../../src/store/store.ts';
import { labFolder } from './lab-folder.ts';
import { keptLog, secretsKeys } from './opened.ts';
import { backends, freshDatabase } from './servers.ts';

let dataDir: string;
const { log } = keptLog();
const embedded = () => ({ dataDir, databaseUrl: undefined });

beforeAll(() => {
  dataDir = labFolder();
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

test('the embedded one: of the bot that runs, and without a bot', async () => {
  const bot = createStore({ dataDir, databaseUrl: undefined, secretsKeys, generatedOf, log });
  await bot.start();
  await bot.store.teams.meet('T1', undefined);
  const teams = () =>
    withDatabase(embedded(), log, ({ db }) => db.selectFrom('teams').select('id').execute());
  expect(await teams()).toEqual([{ id: 'T1' }]);
  await bot.store.teams.meet('T2', undefined);
  await bot.stop(5000);
  expect(await teams()).toEqual([{ id: 'T1' }, { id: 'T2' }]);
  // Left as it was found: the bot can start again.
  const again = createStore({ dataDir, databaseUrl: undefined, secretsKeys, generatedOf, log });
  await again.start();
  expect(await again.store.problem()).toBeUndefined();
  await again.stop(5000);
});

test.each(backends)('a server ($name), also an empty one', async (backend) => {
  const { url, drop } = await freshDatabase(backend);
  const answer = await withDatabase({ dataDir: '', databaseUrl: url }, log, async ({ db, place }) => {
    expect(place.variable).toBe('DATABASE_URL');
    return (await sql<{ one: number }>`select 1 as one`.execute(db)).rows;
  });
  expect(answer).toEqual([{ one: 1 }]);
  await drop();
});

test('what is wrong is told as at the start of the bot', async () => {
  const ask = (databaseUrl: string) =>
    withDatabase({ dataDir: '', databaseUrl }, log, ({ db }) => sql`select 1`.execute(db));
  const [, server] = backends;
  if (server === undefined) throw new Error('no server');
  const { url, drop } = await freshDatabase(server);
  await expect(ask(url.replace(/:[^:@]*@/, ':wrong@'))).rejects.toThrow(StoreRefused);
  await expect(ask(`${url}?sslmode=verify-full&sslrootcert=/no/such.pem`)).rejects.toThrow(
    'DATABASE_URL: a file',
  );
  await expect(ask('postgres://bot:pw@127.0.0.1:1/mta')).rejects.toThrow(StoreUnavailable);
  await expect(
    withDatabase({ dataDir: '', databaseUrl: url }, log, ({ db }) => sql`select bug`.execute(db)),
  ).rejects.toThrow('column "bug" does not exist');
  await drop();
});
