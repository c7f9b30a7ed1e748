/** Jobs while the database is away: at the start, and when it goes and comes back under a bot that works. */
import { rmSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { DomainName } from '../../src/protocol/domain.ts';
import { createStore, type OpenStore } from '../../src/store/open.ts';
import { labFolder } from './lab-folder.ts';
import { madeCluster } from './made-cluster.ts';
import { keptLog, secretsKeys } from './opened.ts';
import { startTcpServer, type TcpServer } from './tcp-server.ts';
import { now } from './watch-world.ts';

let folder: string;
let server: TcpServer;

beforeAll(async () => {
  folder = labFolder();
  server = await startTcpServer(folder, await madeCluster());
  const client = new pg.Client({ connectionString: `${server.url}postgres` });
  await client.connect();
  await client.query('create database bot');
  await client.end();
}, 120_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function newStore(): OpenStore {
  const { log } = keptLog();
  const databaseUrl = `${server.url}bot`;
  return createStore({ dataDir: '', databaseUrl, secretsKeys, generatedOf: () => undefined, log });
}

/** Works, and keeps which domains were looked at. */
async function works({ store }: OpenStore): Promise<Set<string>> {
  const looked = new Set<string>();
  const nothing = async () => {};
  const look = async ({ domainId }: { domainId: string }) => {
    const subject = await store.looks.subject(domainId);
    if (subject !== undefined) looked.add(subject.domain);
  };
  await store.jobs.work({ look, tell: nothing, notice: nothing, digest: nothing }, { atOnce: 4 });
  return looked;
}

const watch = ({ store }: OpenStore, domain: string) =>
  store.watches.add(
    { team: 'T1', domain: domain as DomainName, conversation: 'C1', owner: 'U1', everyHours: 6 },
    now,
  );

test('a server that is killed under them, twice, and comes back', async () => {
  const opened = newStore();
  try {
    await opened.start();
    const looked = await works(opened);
    await watch(opened, 'before.example');
    await vi.waitFor(() => expect(looked).toContain('before.example'), 20_000);
    for (const domain of ['after.example', 'later.example']) {
      await server.kill();
      await vi.waitFor(async () => expect(await opened.store.problem()).toBeDefined(), 20_000);
      await server.start();
      await vi.waitFor(() => watch(opened, domain), { timeout: 40_000, interval: 200 });
      await vi.waitFor(() => expect(looked).toContain(domain), 40_000);
    }
  } finally {
    await opened.stop(5000);
  }
}, 150_000);

test('a server that is not there at the start, and comes', async () => {
  await server.kill();
  const opened = newStore();
  try {
    await opened.start();
    const looked = await works(opened);
    await server.start();
    await vi.waitFor(() => watch(opened, 'late.example'), { timeout: 40_000, interval: 200 });
    await vi.waitFor(() => expect(looked).toContain('late.example'), 40_000);
  } finally {
    await opened.stop(5000);
  }
}, 150_000);
