/**
 * Thinning: which observations, incidents and notices are left when their time is over, what never goes, and that it
 * takes many small steps, not a long one.
 */
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findLostJobs } from '../../src/store/lost-jobs.ts';
import { forgetIncidents, forgetNotices, thinObservations } from '../../src/store/thinning.ts';
import { runs } from '../runs.ts';
import { type FreshDatabase, mainly, preparedDatabase } from './servers.ts';
import { domain, now, openWatchWorld, type WatchWorld } from './watch-world.ts';

const dayMs = 24 * 60 * 60 * 1000;

describe.each(mainly('server over TCP'))('thinning ($name)', (backend) => {
  let database: FreshDatabase;
  let world: WatchWorld;

  beforeAll(async () => {
    database = await preparedDatabase(backend);
    world = await openWatchWorld(database.url);
  });
  afterAll(async () => {
    await world.close();
    await database.drop();
  });

  /** One every six hours of so many days, on each of two domains. */
  async function observed(team: string, days: number): Promise<void> {
    await world.watches.add({ team, domain, conversation: 'C1', owner: 'U1', everyHours: 6 }, now);
    const second = { team, domain: `b.${domain}` as typeof domain, conversation: 'C1', owner: 'U1' };
    await world.watches.add({ ...second, everyHours: 6 }, now);
    await sql`insert into observations (domain_id, at, fingerprint, observation)
      select domain.id, ${now}::timestamptz - place * interval '6 hours', place::text, '{}'
      from watched_domains as domain, generate_series(0, ${days * 4}::integer) as place
      where domain.team_id = ${team}`.execute(world.connection.db);
  }

  const left = async (team: string) =>
    (
      await sql<{ id: string; at: Date }>`
        select domain.domain as id, one.at from observations as one join watched_domains as domain on domain.id = one.domain_id
        where domain.team_id = ${team} order by 1, 2`.execute(world.connection.db)
    ).rows;

  test('all of 30 days, the last of each day for a year, the last of each month before that', async () => {
    await observed('T1', 500);
    await thinObservations(world.connection.patientDb, now);
    const rows = await left('T1');
    for (const one of [domain, `b.${domain}`]) {
      const ages = rows
        .filter(({ id }) => id === one)
        .map(({ at }) => (now.getTime() - at.getTime()) / dayMs);
      const between = (from: number, to: number) => ages.filter((age) => age >= from && age < to).length;
      expect(between(0, 30), 'whole').toBe(30 * 4);
      expect(between(31, 360), 'of each day').toBe(360 - 31);
      // 500 days before 26 November 2026 is 14 July 2025: July to October whole; November is of both kinds.
      const months = rows
        .filter(({ id, at }) => id === one && at < new Date('2025-11-01T00:00:00Z'))
        .map(({ at }) => at.toISOString());
      expect(months).toEqual(['07-31', '08-31', '09-30', '10-31'].map((day) => `2025-${day}T18:00:00.000Z`));
      expect(
        rows.filter(({ id, at }) => id === one && at.toISOString().startsWith('2025-11-01')),
      ).toHaveLength(1);
    }
  });

  test('again: nothing more, until time has passed', async () => {
    expect(await thinObservations(world.connection.patientDb, now)).toBe(0);
    const tomorrow = new Date(now.getTime() + dayMs);
    // One more day of four, on two domains.
    expect(await thinObservations(world.connection.patientDb, tomorrow)).toBe(2 * 3);
  });

  test('every hour for months leaves the same as once', async () => {
    await observed('T2', 60);
    const started = new Date(now.getTime() + 300 * dayMs);
    await thinObservations(world.connection.patientDb, started);
    await observed('T3', 60);
    for (let day = 0; day <= 300; day += runs(25, 7)) {
      await thinObservations(world.connection.patientDb, new Date(now.getTime() + day * dayMs));
    }
    await thinObservations(world.connection.patientDb, started);
    expect(await left('T3')).toEqual(await left('T2'));
  });

  test('stops when it is told to', async () => {
    await observed('T4', 500);
    const before = await left('T4');
    await thinObservations(world.connection.patientDb, now, AbortSignal.abort());
    expect(await left('T4')).toEqual(before);
  });
});

describe.each(mainly('server over TCP'))('what is forgotten ($name)', (backend) => {
  let database: FreshDatabase;
  let world: WatchWorld;
  let count = 0;

  beforeAll(async () => {
    database = await preparedDatabase(backend);
    world = await openWatchWorld(database.url);
  });
  afterEach(async () => {
    await sql`delete from teams`.execute(world.connection.db);
  });
  afterAll(async () => {
    await world.close();
    await database.drop();
  });

  const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs);
  const forget = () => forgetIncidents(world.connection.patientDb, now);

  /** A domain that C1 watches; both conversations have cards of what is found wrong with it. */
  async function watched() {
    const team = `F${++count}`;
    await world.watches.add({ team, domain, conversation: 'C1', owner: 'U1', everyHours: 6 }, now);
    const domainId = (await world.watches.find(team, domain))?.domainId ?? '';
    return { team, domainId };
  }

  /** Two versions of each, with an entry and the cards of C1 and C2, told of both unless it is said otherwise. */
  async function incidents(
    { team, domainId }: Awaited<ReturnType<typeof watched>>,
    closedAt: readonly (Date | null)[],
    told: { readonly C1?: number; readonly C2?: number } = {},
  ): Promise<readonly string[]> {
    const { C1 = 2, C2 = 2 } = told;
    const { rows } = await sql<{ id: string }>`
      with made as (
        insert into incidents (domain_id, team_id, opened_at, closed_at, version, state, tell_at)
        select ${domainId}, ${team}, ${daysAgo(2000)}, closed_at, 2, '{}', ${now}
        from unnest(${closedAt}::timestamptz[]) as closed_at
        returning id
      ), entries as (
        insert into incident_entries (incident_id, version, place, at, content) select id, 2, 0, ${now}, '{}' from made
      ), cards as (
        insert into cards (incident_id, conversation, ts, told_version)
        select made.id, card.conversation, '1.1', card.told
        from made, (values ('C1', ${C1}::integer), ('C2', ${C2}::integer)) as card (conversation, told)
      )
      select id from made`.execute(world.connection.db);
    return rows.map(({ id }) => id);
  }

  const countOf = async (table: string) =>
    Number(
      (
        await sql<{ count: string }>`select count(*) as count from ${sql.table(table)}`.execute(
          world.connection.db,
        )
      ).rows[0]?.count,
    );
  const isThere = async (team: string, id: string | undefined) =>
    (await world.incidents.find(team, id ?? '')) !== undefined;

  describe('of incidents', () => {
    test.each([
      ['closed a year and a day ago', daysAgo(366), {}, false],
      ['closed within the year', daysAgo(364), {}, true],
      ['open for years', null, {}, true],
      ['closed long ago, and the end not told yet', daysAgo(800), { C1: 1 }, true],
      ['closed long ago, and the end not told where nobody watches any more', daysAgo(800), { C2: 1 }, false],
    ])('%s', async (_, closedAt, told, stays) => {
      const one = await watched();
      const [id] = await incidents(one, [closedAt], told);
      await forget();
      expect(await isThere(one.team, id)).toBe(stays);
    });

    test('an end that was not told stays while the watch is paused, and goes once it is told', async () => {
      const one = await watched();
      const [id = ''] = await incidents(one, [daysAgo(800)], { C1: 1 });
      await world.watches.pause(one.team, 'C1', 'archived', () => null, now);
      await forget();
      expect(await isThere(one.team, id)).toBe(true);
      await world.watches.add({ ...one, domain, conversation: 'C1', owner: 'U1', everyHours: 6 }, now);
      expect(await world.incidents.toTell(id, 'C1')).toBeDefined();
      await world.incidents.told(id, 'C1', '1.1', 2);
      await forget();
      expect(await isThere(one.team, id)).toBe(false);
    });

    test('more than one statement takes, with their entries and cards; again: nothing more', async () => {
      const one = await watched();
      const keep = await incidents(one, [daysAgo(10), daysAgo(300)]);
      const before = await Promise.all(['incidents', 'incident_entries', 'cards'].map(countOf));
      await incidents(one, Array(4500).fill(daysAgo(400)));
      expect(await forget()).toBe(4500);
      expect(await Promise.all(['incidents', 'incident_entries', 'cards'].map(countOf))).toEqual(before);
      expect(await forget()).toBe(0);
      for (const id of keep) expect(await isThere(one.team, id)).toBe(true);
    });

    test('what cannot go yet keeps nothing else from going', async () => {
      const one = await watched();
      const stuck = await incidents(one, Array(2500).fill(daysAgo(900)), { C1: 1 });
      const [id] = await incidents(one, [daysAgo(400)]);
      expect(await forget()).toBe(1);
      expect(await isThere(one.team, id)).toBe(false);
      expect(await isThere(one.team, stuck[0])).toBe(true);
    });

    test('the digest has all of its week', async () => {
      const one = await watched();
      const ids = await incidents(one, [daysAgo(6), daysAgo(800)]);
      await forget();
      expect((await world.incidents.since(one.team, daysAgo(7))).map(({ id }) => id)).toEqual([ids[0]]);
    });

    test('one that is gone is no more than unknown to whoever still has its id', async () => {
      const one = await watched();
      const [id = ''] = await incidents(one, [daysAgo(400)]);
      await forget();
      expect(await world.incidents.find(one.team, id)).toBeUndefined();
      const change = () => {
        throw new Error('It was shown.');
      };
      expect(await world.incidents.change(one.team, id, change)).toBeUndefined();
      expect(await world.incidents.toTell(id, 'C1')).toBeUndefined();
      await world.incidents.told(id, 'C1', '1.1', 3);
      expect(await countOf('cards')).toBe(2 * (await countOf('incidents')));
    });
  });

  describe('of notices', () => {
    async function notices(team: string, ages: readonly number[], sent: boolean): Promise<readonly string[]> {
      const { rows } = await sql<{ id: string }>`
        insert into notices (team_id, user_id, content, written_at, sent_at)
        select ${team}, 'U1', '{}', written_at, case when ${sent}::boolean then written_at end
        from unnest(${ages.map(daysAgo)}::timestamptz[]) as written_at returning id`.execute(
        world.connection.db,
      );
      return rows.map(({ id }) => id);
    }

    test('all that are older than 30 days, sent or not', async () => {
      const { team } = await watched();
      await notices(team, [29, 31, 4000], true);
      const unsent = await notices(team, [29, 31], false);
      expect(await forgetNotices(world.connection.patientDb, now)).toBe(3);
      expect(await countOf('notices')).toBe(2);
      expect(await world.notices.find(unsent[0] ?? '')).toBeDefined();
      expect(await world.notices.find(unsent[1] ?? '')).toBeUndefined();
    });

    test('more than one statement takes; again: nothing more', async () => {
      const { team } = await watched();
      await notices(team, Array(4500).fill(40), true);
      expect(await forgetNotices(world.connection.patientDb, now)).toBe(4500);
      expect(await forgetNotices(world.connection.patientDb, now)).toBe(0);
    });

    test('what was paused and told long ago is not told again', async () => {
      const { team } = await watched();
      const pause = (at: Date) => world.watches.pause(team, 'C1', 'archived', () => ({ told: 1 }), at);
      expect(await pause(daysAgo(60))).toHaveLength(1);
      await forgetNotices(world.connection.patientDb, now);
      expect(await pause(now)).toEqual([]);
      expect(await findLostJobs(world.connection.patientDb, world.queues, now)).toBe(0);
    });
  });

  test('never the ledger, nor what was generated', async () => {
    const { team, domainId } = await watched();
    await sql`insert into ledger (domain_id, record_id, policy_hash, mode, max_age_seconds, body, first_seen_at, last_seen_at, gone_at)
      select ${domainId}, place::text, 'hash', 'enforce', 31557600, '', ${daysAgo(4000)}, ${daysAgo(3999)}, ${daysAgo(3999)}
      from generate_series(1, 50) as place`.execute(world.connection.db);
    const texts = { record: 'v=STSv1; id=1;', policy: 'version: STSv1', tlsRpt: undefined };
    await world.publications.add(team, { domain, at: daysAgo(4000), askedBy: 'U1', id: '1', ...texts });
    await thinObservations(world.connection.patientDb, now);
    await forget();
    await forgetNotices(world.connection.patientDb, now);
    expect(await countOf('ledger')).toBe(50);
    expect(await world.publications.of(team, domain, 10)).toHaveLength(1);
    expect((await world.looks.history(team, domain)).ledger).toHaveLength(50);
  });

  test.each([
    ['incidents', forgetIncidents],
    ['notices', forgetNotices],
  ] as const)('of %s nothing when it is told to stop', async (table, stopped) => {
    const one = await watched();
    await incidents(one, [daysAgo(400)]);
    await sql`insert into notices (team_id, user_id, content, written_at) values (${one.team}, 'U1', '{}', ${daysAgo(40)})`.execute(
      world.connection.db,
    );
    const before = await countOf(table);
    expect(await stopped(world.connection.patientDb, now, AbortSignal.abort())).toBe(0);
    expect(await countOf(table)).toBe(before);
  });

  test.each([
    ['incidents', "closed_at < now() - interval '1 year'", 'incidents_closed'],
    ['notices', "written_at < now() - interval '30 days'", 'notices_written'],
  ])('%s are found by their age, without reading those that stay', async (table, isOld, index) => {
    const plan = await world.connection.db.transaction().execute(async (trx) => {
      // The tables of a test are so small that reading them whole is quicker.
      await sql`set local enable_seqscan = off`.execute(trx);
      return sql`explain select id from ${sql.table(table)} where ${sql.raw(isOld)}`.execute(trx);
    });
    expect(JSON.stringify(plan.rows)).toContain(index);
  });
});
