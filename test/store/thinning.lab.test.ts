/** Thinning: which observations of a year and more are left, and that it takes many small steps, not a long one. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { thinObservations } from '../../src/store/thinning.ts';
import { backends, type FreshDatabase, preparedDatabase } from './servers.ts';
import { domain, now, openWatchWorld, type WatchWorld } from './watch-world.ts';

const dayMs = 24 * 60 * 60 * 1000;

describe.each(backends)('thinning ($name)', (backend) => {
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
    for (let day = 0; day <= 300; day += 7) {
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
