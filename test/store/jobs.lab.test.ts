/** Jobs: each due one is done, by one process, at least once; failed ones come back; what was lost is found. */
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { PgBoss } from 'pg-boss';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { DomainName } from '../../src/protocol/domain.ts';
import { forgetIdleDomains, makeDueLooks } from '../../src/store/due-looks.ts';
import { findLostJobs } from '../../src/store/lost-jobs.ts';
import { jobsSchema } from '../../src/store/queues.ts';
import type { JobHandlers } from '../../src/store/store.ts';
import { type FreshDatabase, mainly, preparedDatabase } from './servers.ts';
import { minutesAfter, news, now, openWatchWorld, outcome, type WatchWorld } from './watch-world.ts';

describe.each(mainly('embedded'))('jobs ($name)', (backend) => {
  let database: FreshDatabase;
  let world: WatchWorld;
  let others: WatchWorld[] = [];
  let count = 0;

  beforeAll(async () => {
    database = await preparedDatabase(backend);
    world = await openWatchWorld(database.url);
  });
  afterEach(async () => {
    await Promise.all([...others, world].map(({ jobs }) => jobs.stop(2000)));
    await Promise.all(others.map((other) => other.close()));
    others = [];
    world.troubles.length = 0;
    await sql`delete from jobs.job`.execute(world.connection.db);
    await sql`delete from teams`.execute(world.connection.db);
  });
  afterAll(async () => {
    await world.close();
    await database.drop();
  });

  async function otherProcess(superviseSeconds?: number): Promise<WatchWorld> {
    const other = await openWatchWorld(database.url, superviseSeconds);
    others.push(other);
    return other;
  }

  async function watchMany(many: number): Promise<string[]> {
    const team = `T${++count}`;
    for (let place = 0; place < many; place++) {
      const name = `d${place}.example` as DomainName;
      await world.watches.add({ team, domain: name, conversation: 'C1', owner: 'U1', everyHours: 6 }, now);
    }
    const { domains } = await world.watches.list(team, { offset: 0, limit: many });
    return domains.map(({ domainId }) => domainId);
  }

  const jobsIn = async (state: string) =>
    (
      await sql<{ name: string; data: object; at: Date }>`
        select name, data, start_after as at from jobs.job where state::text = ${state} and name <> 'tidy'
        order by name, singleton_key`.execute(world.connection.db)
    ).rows;

  test('each look is made once, by whichever of two processes', async () => {
    const ids = await watchMany(60);
    const looked: string[] = [];
    const look = (at: WatchWorld) => async (data: { domainId: string }) => {
      looked.push(data.domainId);
      await wait(5);
      const subject = await at.looks.subject(data.domainId);
      await at.looks.save(data.domainId, outcome({ looks: subject?.looks ?? -1 }));
    };
    const other = await otherProcess();
    await Promise.all([world, other].map((at) => at.jobs.work(handlers({ look: look(at) }), { atOnce: 7 })));
    await vi.waitFor(async () => expect(await world.jobs.lag()).toMatchObject({ look: { due: 0 } }), 20_000);
    await vi.waitFor(async () => expect(await jobsIn('active')).toEqual([]), 20_000);
    expect(looked.toSorted()).toEqual(ids.toSorted());
    expect(await jobsIn('created')).toEqual([]);
    expect([...world.troubles, ...other.troubles]).toEqual([]);
  });

  test('as many looks at once as there is room for, and no more', async () => {
    await watchMany(12);
    let [running, most] = [0, 0];
    await world.jobs.work(
      handlers({
        look: async () => {
          running += 1;
          most = Math.max(most, running);
          await wait(20);
          running -= 1;
        },
      }),
      { atOnce: 3 },
    );
    await vi.waitFor(async () => expect(await world.queues.due()).not.toContain('look'), 20_000);
    expect(most).toBe(3);
  });

  test('long looks do not hold up what is to be told', async () => {
    const [domainId = ''] = await watchMany(5);
    await world.looks.save(domainId, outcome({ incident: news() }));
    const told: string[] = [];
    await world.jobs.work(
      handlers({
        look: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
        tell: async ({ conversation }) => void told.push(conversation),
      }),
      { atOnce: 2 },
    );
    await vi.waitFor(() => expect(told).toEqual(['C1']), 10_000);
  });

  test('two looks of a domain never run side by side, nor do two tellings of a card', async () => {
    const [domainId = ''] = await watchMany(1);
    await world.looks.save(domainId, outcome({ incident: news() }));
    for (const kind of ['look', 'tell'] as const) {
      expect(await world.queues.take(kind, 9), kind).toHaveLength(1);
    }
    const team = `T${count}`;
    await world.looks.soon(team, 'd0.example' as DomainName);
    const subject = await world.looks.subject(domainId);
    await world.incidents.change(team, subject?.incident?.id ?? '', () => news());
    for (const kind of ['look', 'tell'] as const) {
      expect(await world.queues.take(kind, 9), kind).toHaveLength(0);
    }
  });

  test('one that fails comes back by itself, later each time', async () => {
    const [domainId = ''] = await watchMany(1);
    const delays: number[] = [];
    await world.jobs.work(handlers({ look: () => Promise.reject(new Error('no way\0 out')) }), { atOnce: 1 });
    for (let attempt = 0; attempt < 3; attempt++) {
      const failed = await vi.waitFor(async () => {
        const [retry] = await jobsIn('retry');
        if (retry === undefined || retry.at.getTime() < Date.now()) throw new Error('not yet');
        return retry;
      }, 15_000);
      expect(failed.data).toMatchObject({ domainId });
      delays.push((failed.at.getTime() - Date.now()) / 1000);
      await sql`update jobs.job set start_after = now() - interval '1 second' where state = 'retry'`.execute(
        world.connection.db,
      );
    }
    const [first = 0, second = 0, third = 0] = delays;
    expect(first).toBeLessThanOrEqual(20);
    expect(second).toBeGreaterThan(18);
    expect(third).toBeGreaterThan(38);
    expect(world.troubles.map(({ cause }) => cause)).toContainEqual(new Error('no way\0 out'));
  });

  test('one that failed too often is kept aside, and the look is due as before', async () => {
    const [domainId = ''] = await watchMany(1);
    await sql`update jobs.job set retry_limit = 0 where name = 'look'`.execute(world.connection.db);
    await world.jobs.work(handlers({ look: () => Promise.reject(new Error('never')) }), { atOnce: 1 });
    await vi.waitFor(async () => {
      expect((await jobsIn('created')).map(({ name, data }) => [name, data])).toEqual([
        ['dead', expect.objectContaining({ domainId })],
      ]);
    }, 15_000);
    await world.jobs.stop(1000);
    await makeDueLooks(world.connection.patientDb, world.queues, new Date());
    // The round at the start may have begun it anew already, and it failed again.
    const waiting = [...(await jobsIn('created')), ...(await jobsIn('retry'))];
    expect(waiting.map(({ name }) => name)).toEqual(['dead', 'look']);
  });

  test('one that failed too often is kept for two weeks, and then deleted', async () => {
    const [domainId] = await watchMany(2);
    await sql`update jobs.job set retry_limit = 0`.execute(world.connection.db);
    const taken = await world.queues.take('look', 2);
    for (const job of taken) await world.queues.failed('look', job, 'for good');
    const kept = async () =>
      (
        await sql<{ name: string; seconds: number }>`
          select name, extract(epoch from case state when 'failed'
            then deletion_seconds * interval '1 second' else keep_until - now() end)::float8 as seconds
          from jobs.job order by name`.execute(world.connection.db)
      ).rows;
    const jobs = await kept();
    expect(jobs.map(({ name }) => name)).toEqual(['dead', 'dead', 'look', 'look']);
    for (const { seconds } of jobs) expect(Math.round(seconds / 3600)).toBe(14 * 24);
    // One of the two was due to go a second ago, in both places.
    await sql`update jobs.job set completed_on = completed_on - interval '14 days 1 second',
      keep_until = now() - interval '1 second' where data->>'domainId' = ${domainId}`.execute(
      world.connection.db,
    );
    // As a day after pg-boss looked last, and without waiting for its next turn.
    await sql`update jobs.queue set maintain_on = null`.execute(world.connection.db);
    const boss = new PgBoss({ connectionString: database.url, schema: jobsSchema, supervise: false });
    await boss.start();
    await boss.supervise();
    await boss.stop({ graceful: false });
    expect((await kept()).map(({ name }) => name)).toEqual(['dead', 'look']);
  });

  test('one whose process was killed is taken by another', async () => {
    const [domainId = ''] = await watchMany(1);
    // A process that took it and was never heard of again.
    expect(await world.queues.take('look', 1)).toHaveLength(1);
    const looked: string[] = [];
    const other = await otherProcess(1);
    await other.jobs.work(handlers({ look: async (data) => void looked.push(data.domainId) }), { atOnce: 1 });
    // Long enough for a supervision, and for a question of what is due.
    await wait(2500);
    expect(looked).toEqual([]);
    await sql`update jobs.job set heartbeat_on = now() - interval '31 seconds' where state = 'active' and name = 'look'`.execute(
      world.connection.db,
    );
    await vi.waitFor(async () => expect(await jobsIn('retry')).toHaveLength(1), 25_000);
    await sql`update jobs.job set start_after = now() where state = 'retry'`.execute(world.connection.db);
    await vi.waitFor(() => expect(looked).toEqual([domainId]), 10_000);
  });

  test('stopping waits for what is under way, and gives back what takes longer', async () => {
    await watchMany(2);
    let [begun, ended, aborted] = [0, 0, 0];
    await world.jobs.work(
      handlers({
        look: async (_, signal) => {
          const isFirst = ++begun === 1;
          if (isFirst) {
            await wait(300);
            ended += 1;
            return;
          }
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          aborted += 1;
        },
      }),
      { atOnce: 2 },
    );
    await vi.waitFor(() => expect(begun).toBe(2), 10_000);
    await world.jobs.stop(1000);
    expect([ended, aborted]).toEqual([1, 1]);
    expect(await jobsIn('active')).toEqual([]);
    expect((await jobsIn('retry')).map(({ name }) => name)).toEqual(['look']);
    expect(world.troubles).toEqual([]);
  });

  test('queues that an earlier version made get the numbers of this one, and are left alone afterwards', async () => {
    const { db } = world.connection;
    const read = async () =>
      (
        await sql<{ updated: Date; numbers: object }>`
          select updated_on as updated, json_build_array(name, policy, retry_limit, heartbeat_seconds, dead_letter) as numbers
          from jobs.queue order by name`.execute(db)
      ).rows;
    const numbers = (rows: Awaited<ReturnType<typeof read>>) => rows.map((row) => row.numbers);
    const before = await read();
    await sql`update jobs.queue set retry_limit = 3, heartbeat_seconds = 77, dead_letter = null where name = 'look'`.execute(
      db,
    );
    await sql`delete from jobs.queue where name = 'notice'`.execute(db);
    expect(numbers(await read())).not.toEqual(numbers(before));
    await otherProcess();
    const after = await read();
    expect(numbers(after)).toEqual(numbers(before));
    await otherProcess();
    expect(await read()).toEqual(after);
  });

  test('digests: at the time that was said last, or never', async () => {
    await world.connection.db.insertInto('teams').values({ id: 'T1', enterprise_id: null }).execute();
    const at = minutesAfter(60, new Date());
    await world.jobs.digestAt('T1', minutesAfter(120, new Date()));
    await world.jobs.digestAt('T1', at);
    expect(await jobsIn('created')).toEqual([{ name: 'digest', data: { team: 'T1' }, at }]);
    await world.jobs.digestAt('T1', undefined);
    expect(await jobsIn('created')).toEqual([]);
    await world.jobs.digestAt('T1', undefined);
    const called: string[] = [];
    await world.jobs.work(handlers({ digest: async ({ team }) => void called.push(team) }), { atOnce: 1 });
    await world.jobs.digestAt('T1', new Date());
    await vi.waitFor(() => expect(called).toEqual(['T1']), 10_000);
  });

  test('all that should have one gets one when the jobs are lost', async () => {
    const [domainId = '', soonId = ''] = await watchMany(3);
    const team = `T${count}`;
    const digest = { conversation: 'C1', weekday: 1, minute: 540, timeZone: 'UTC' };
    await world.teams.changeSettings(team, { quietHours: undefined, digest });
    const tellAt = minutesAfter(90, new Date());
    await world.looks.save(domainId, outcome({ incident: news({ tellAt }) }));
    const nextLookAt = minutesAfter(1, new Date());
    await world.looks.save(soonId, outcome({ nextLookAt }));
    await world.watches.add(
      { team, domain: 'e.example' as DomainName, conversation: 'C9', owner: 'U9', everyHours: 6 },
      now,
    );
    await world.watches.pause(team, 'C9', 'archived', () => null, new Date());
    await sql`delete from jobs.job`.execute(world.connection.db);
    const { patientDb } = world.connection;
    const made =
      (await findLostJobs(patientDb, world.queues, new Date())) +
      (await makeDueLooks(patientDb, world.queues, new Date()));
    const jobs = await jobsIn('created');
    expect(made).toBe(jobs.length);
    // Of the looks one is not due yet, and one is of a watch that is paused.
    expect(jobs.map(({ name }) => name)).toEqual(['digest', 'look', 'look', 'notice', 'tell']);
    expect(jobs.find(({ name }) => name === 'tell')?.at).toEqual(tellAt);
    expect(jobs.filter(({ at }) => at.getTime() === nextLookAt.getTime())).toHaveLength(1);
    expect(await findLostJobs(patientDb, world.queues, new Date())).toBe(0);
    expect(await makeDueLooks(patientDb, world.queues, new Date())).toBe(0);
  });

  test('the next look gets its job shortly before it is due, once, whoever makes it', async () => {
    const [farId = '', nearId = ''] = await watchMany(2);
    await sql`delete from jobs.job`.execute(world.connection.db);
    const at = minutesAfter(30, new Date());
    await world.looks.save(farId, outcome({ nextLookAt: at }));
    // Such as after a look that failed: sooner than the next round.
    const soon = minutesAfter(0.5, new Date());
    await world.looks.save(nearId, outcome({ nextLookAt: soon }));
    expect(await jobsIn('created')).toEqual([
      { name: 'look', data: expect.objectContaining({ domainId: nearId }), at: soon },
    ]);
    const { patientDb } = world.connection;
    expect(await makeDueLooks(patientDb, world.queues, minutesAfter(20, new Date()))).toBe(0);
    const later = minutesAfter(29, new Date());
    const made = await Promise.all([1, 2, 3].map(() => makeDueLooks(patientDb, world.queues, later)));
    expect(Math.max(...made)).toBe(1);
    const jobs = await jobsIn('created');
    expect(jobs).toHaveLength(2);
    expect(jobs).toContainEqual({ name: 'look', data: expect.objectContaining({ domainId: farId }), at });
  });

  test('what is due says for how long it has been, also when the bot was away', async () => {
    await watchMany(2);
    await sql`delete from jobs.job`.execute(world.connection.db);
    expect(await world.jobs.lag()).toMatchObject({ look: { due: 0, oldestSeconds: 0 }, tell: { due: 0 } });
    const { db, patientDb } = world.connection;
    await db
      .updateTable('watched_domains')
      .set({ next_look_at: minutesAfter(-90, new Date()) })
      .execute();
    await makeDueLooks(patientDb, world.queues, new Date());
    const { look } = await world.jobs.lag();
    expect(look.due).toBe(2);
    expect(look.oldestSeconds).toBeGreaterThan(89 * 60);
    expect(look.oldestSeconds).toBeLessThan(95 * 60);
  });

  test('domains that nobody watches any more are not due for ever', async () => {
    const [domainId = ''] = await watchMany(2);
    const team = `T${count}`;
    await world.watches.remove(team, 'd0.example' as DomainName, 'C1');
    await forgetIdleDomains(world.connection.db, new Date());
    const rows = await world.connection.db
      .selectFrom('watched_domains')
      .select(['id', 'next_look_at'])
      .where('team_id', '=', team)
      .execute();
    expect(rows.filter(({ next_look_at }) => next_look_at === null)).toEqual([
      { id: domainId, next_look_at: null },
    ]);
  });

  test('what is under way is not lost', async () => {
    const [domainId = ''] = await watchMany(1);
    await world.looks.save(domainId, outcome({ incident: news() }));
    expect(await world.queues.take('look', 1)).toHaveLength(1);
    expect(await world.queues.take('tell', 1)).toHaveLength(1);
    const { patientDb } = world.connection;
    await patientDb.updateTable('watched_domains').set({ next_look_at: now }).execute();
    expect(await findLostJobs(patientDb, world.queues, new Date())).toBe(0);
    expect(await makeDueLooks(patientDb, world.queues, new Date())).toBe(0);
  });

  test('are tidied at the start and every hour', async () => {
    await world.jobs.work(handlers({}), { atOnce: 1 });
    await vi.waitFor(async () => {
      const { rows } = await sql<{ at: Date; state: string }>`
        select start_after as at, state::text from jobs.job where name = 'tidy'`.execute(world.connection.db);
      expect(rows).toHaveLength(1);
      expect(rows[0]?.state).toBe('created');
      const inMinutes = ((rows[0]?.at.getTime() ?? 0) - Date.now()) / 60_000;
      expect(inMinutes).toBeGreaterThan(58);
      expect(inMinutes).toBeLessThan(61);
    }, 15_000);
  });

  test('of a team that is forgotten go with it, failed ones too', async () => {
    const [domainId = ''] = await watchMany(2);
    const team = `T${count}`;
    await watchMany(1);
    await world.looks.save(domainId, outcome({ incident: news() }));
    await world.jobs.digestAt(team, new Date());
    await sql`update jobs.job set retry_limit = 0 where name = 'tell'`.execute(world.connection.db);
    const [tell] = await world.queues.take('tell', 1);
    if (tell !== undefined) await world.queues.failed('tell', tell, 'for good');
    await world.teams.forget(team);
    expect((await jobsIn('created')).map(({ name }) => name)).toEqual(['look']);
    expect(await jobsIn('failed')).toEqual([]);
  });

  test('outlive connections that are cut', async () => {
    const looked = new Set<string>();
    await world.jobs.work(handlers({ look: async ({ domainId }) => void looked.add(domainId) }), {
      atOnce: 2,
    });
    await wait(500);
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(world.connection.db);
    // Whoever asks first may hear that a connection is gone.
    const ids = await vi.waitFor(() => watchMany(3), 10_000);
    await vi.waitFor(() => expect([...looked]).toEqual(expect.arrayContaining(ids)), 20_000);
  });
});

/** None of them does anything unless it is said. */
function handlers(some: Partial<JobHandlers>): JobHandlers {
  const nothing = async () => {};
  return { look: nothing, tell: nothing, notice: nothing, digest: nothing, ...some };
}
