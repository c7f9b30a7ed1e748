/** Processes killed in the middle of looks: what was saved is whole, nothing acknowledged is lost, and the looks go on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { DomainName } from '../../src/protocol/domain.ts';
import { full, runs } from '../runs.ts';
import { type FreshDatabase, mainly, preparedDatabase } from './servers.ts';
import { now, openWatchWorld, type WatchWorld } from './watch-world.ts';

const team = 'T1';
const domains = 6;
const kills = runs(1, 100);

describe.each(mainly('server over TCP'))('killed processes ($name)', (backend) => {
  let database: FreshDatabase;
  let world: WatchWorld;

  beforeAll(async () => {
    database = await preparedDatabase(backend);
    world = await openWatchWorld(database.url);
    for (let place = 0; place < domains; place++) {
      const domain = `d${place}.example` as DomainName;
      await world.watches.add({ team, domain, conversation: 'C1', owner: 'U1', everyHours: 1 }, now);
    }
  });
  afterAll(async () => {
    await world.close();
    await database.drop();
  });

  test(
    `${kills} of them: every look that was said to be saved is there, whole`,
    async () => {
      const said = new Map<string, number>();
      for (let kill = 0; kill < kills; kill++) {
        await wakeAbandoned();
        const child = startWorking(database.url, said);
        await child.works;
        const before = total(said);
        await vi.waitFor(() => expect(total(said)).toBeGreaterThan(before + 3), 30_000);
        await wait(Math.random() * 200);
        await child.kill();
      }
      const { db } = world.connection;
      const rows = await db.selectFrom('watched_domains').select(['id', 'looks', 'state']).execute();
      expect(rows).toHaveLength(domains);
      for (const { id, looks, state } of rows) {
        expect(looks).toBeGreaterThanOrEqual((said.get(id) ?? -1) + 1);
        // Each look writes one of each, so that half a look would show.
        const each = Array.from({ length: looks }, (_, look) => look);
        if (looks > 0) expect(state).toEqual({ looks: looks - 1 });
        const seen = await db
          .selectFrom('observations')
          .select('fingerprint')
          .where('domain_id', '=', id)
          .orderBy('id')
          .execute();
        expect(seen.map(({ fingerprint }) => fingerprint)).toEqual(each.map((look) => `of look ${look}`));
        const { rows: ledger } = await sql<{ id: string }>`
        select record_id as id from ledger where domain_id = ${id} order by first_seen_at, record_id`.execute(
          db,
        );
        expect(new Set(ledger.map((entry) => entry.id))).toEqual(new Set(each.map((look) => `id${look}`)));
        const { rows: entries } = await sql<{ version: number; content: unknown }>`
        select entry.version, entry.content from incident_entries as entry join incidents on incidents.id = incident_id
        where domain_id = ${id} order by entry.version`.execute(db);
        expect(entries).toEqual(each.map((look) => ({ version: look + 1, content: { looks: look } })));
      }
    },
    60_000 + kills * 12_000,
  );

  test('the looks of all domains go on in another process', async () => {
    await wakeAbandoned();
    const said = new Map<string, number>();
    const child = startWorking(database.url, said);
    try {
      await vi.waitFor(() => expect(said.size).toBe(domains), 30_000);
    } finally {
      await child.kill();
    }
  });

  test.runIf(full)('a look comes back about a minute after its process was killed', async () => {
    await sql`delete from jobs.job`.execute(world.connection.db);
    const said = new Map<string, number>();
    const child = startWorking(database.url, said);
    await vi.waitFor(() => expect(said.size).toBe(domains), 30_000);
    await child.kill();
    const killedAt = Date.now();
    const again = new Map<string, number>();
    const other = startWorking(database.url, again);
    try {
      await vi.waitFor(() => expect(again.size).toBe(domains), { timeout: 120_000, interval: 250 });
      expect((Date.now() - killedAt) / 1000).toBeLessThan(90);
    } finally {
      await other.kill();
    }
  });

  /** Nobody waits the half minute after which a silent process counts as dead, and a supervision after it. */
  async function wakeAbandoned(): Promise<void> {
    await sql`update jobs.job set state = 'retry', start_after = now() where state in ('active', 'retry')`.execute(
      world.connection.db,
    );
  }
});

function total(said: ReadonlyMap<string, number>): number {
  return said.values().reduce((sum, looks) => sum + looks + 1, 0);
}

/** `said` is the last look of each domain that the process said to be saved. */
function startWorking(url: string, said: Map<string, number>) {
  const entry = fileURLToPath(new URL('working-process.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [entry, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  const works = Promise.withResolvers<void>();
  if (child.stdout === null) throw new Error('It has no stdout.');
  createInterface(child.stdout).on('line', (line) => {
    const [word, domainId = '', looks] = line.split(' ');
    if (word === 'works') works.resolve();
    if (word === 'saved') said.set(domainId, Number(looks));
  });
  child.once('exit', () => works.reject(new Error('It ended before it worked.')));
  return {
    works: works.promise,
    async kill() {
      const gone = once(child, 'close');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
