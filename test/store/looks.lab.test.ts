/** Looks: what one begins with, what saving it writes, and that no look is saved over what it has not seen. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../src/check/history.ts';
import { lagOf } from '../../src/store/queues.ts';
import { type FreshDatabase, mainly, preparedDatabase } from './servers.ts';
import {
  domain,
  minutesAfter,
  news,
  now,
  observationAt,
  openWatchWorld,
  outcome,
  type WatchWorld,
} from './watch-world.ts';

describe.each(mainly('server over TCP'))('looks ($name)', (backend) => {
  let database: FreshDatabase;
  let world: WatchWorld;
  let count = 0;

  beforeAll(async () => {
    database = await preparedDatabase(backend);
    world = await openWatchWorld(database.url);
  });
  afterAll(async () => {
    await world.close();
    await database.drop();
  });

  /** A domain of a team of its own, watched by one conversation. */
  async function watched(): Promise<{ team: string; domainId: string }> {
    const team = `T${++count}`;
    await world.watches.add({ team, domain, conversation: 'C1', owner: 'U1', everyHours: 24 }, now);
    const found = await world.watches.find(team, domain);
    return { team, domainId: found?.domainId ?? '' };
  }

  const waitingLooks = async (domainId: string) =>
    (
      await sql<{ state: string; at: Date }>`
        select state::text, start_after as at from jobs.job where name = 'look' and singleton_key = ${domainId}`.execute(
        world.connection.db,
      )
    ).rows;

  const observationsOf = (domainId: string) =>
    world.connection.db
      .selectFrom('observations')
      .select(['at', 'fingerprint', 'observation'])
      .where('domain_id', '=', domainId)
      .orderBy('at')
      .execute();

  test('the first begins with nothing but the watches and the settings', async () => {
    const { team, domainId } = await watched();
    const quietHours = { fromMinute: 0, toMinute: 420, timeZone: 'Europe/Berlin' };
    await world.teams.changeSettings(team, { quietHours, digest: undefined });
    expect(await world.looks.subject(domainId)).toEqual({
      domainId,
      team,
      domain,
      looks: 0,
      everyHours: 24,
      watches: [expect.objectContaining({ conversation: 'C1', owner: 'U1' })],
      history: { ledger: [], trail: undefined, generated: [] },
      previous: undefined,
      smtpLookedAt: undefined,
      state: undefined,
      incident: undefined,
      settings: { quietHours, digest: undefined },
    });
  });

  test('the next begins with what the last one saved', async () => {
    const { team, domainId } = await watched();
    await world.publications.add(team, { ...publication, id: 'old', policy: 'p1' });
    await world.publications.add(team, { ...publication, id: 'new', policy: 'p2', at: minutesAfter(1) });
    await world.publications.add(team, { ...publication, id: 'bad', policy: 'unreadable' });
    const saved = outcome({ ledger, smtpLookedAt: now, incident: news() });
    expect(await world.looks.save(domainId, saved)).toBe('saved');
    const subject = await world.looks.subject(domainId);
    expect(subject).toMatchObject({
      looks: 1,
      previous: saved.observation,
      smtpLookedAt: now,
      state: saved.state,
      incident: { domain, team, version: 1, openedAt: now, closedAt: undefined, state: news().state },
    });
    expect(subject?.history).toEqual({
      ledger,
      trail: outcome().trail,
      generated: ['new', 'old'].map((id) => expect.objectContaining({ id })),
    });
    expect(await world.looks.history(team, domain)).toEqual(subject?.history);
  });

  test('what was looked at over SMTP stays known when a look leaves it out', async () => {
    const { domainId } = await watched();
    await world.looks.save(domainId, outcome({ smtpLookedAt: now }));
    await world.looks.save(domainId, outcome({ looks: 1 }));
    expect((await world.looks.subject(domainId))?.smtpLookedAt).toEqual(now);
  });

  test('paused watches take no part', async () => {
    const { team, domainId } = await watched();
    await world.watches.add({ team, domain, conversation: 'C2', owner: 'U2', everyHours: 1 }, now);
    expect((await world.looks.subject(domainId))?.everyHours).toBe(1);
    await world.watches.pause(team, 'C2', 'archived', () => null, now);
    const subject = await world.looks.subject(domainId);
    expect(subject?.everyHours).toBe(24);
    expect(subject?.watches.map(({ conversation }) => conversation)).toEqual(['C1']);
  });

  test.each([
    ['an unknown one', '00000000-0000-4000-8000-000000000000'],
    ['no id at all', "'; drop table watches"],
  ])('of %s: there is nothing to do', async (_, id) => {
    expect(await world.looks.subject(id)).toBeUndefined();
  });

  test('of a domain that nobody watches any more: nothing to do, nothing is written, no further look', async () => {
    const { team, domainId } = await watched();
    await world.watches.remove(team, domain, 'C1');
    expect(await world.looks.subject(domainId)).toBeUndefined();
    expect(await world.looks.save(domainId, outcome())).toBe('stale');
    expect(await observationsOf(domainId)).toEqual([]);
    expect(await world.looks.soon(team, domain)).toBe(false);
  });

  describe('saving', () => {
    test('twice the same writes once', async () => {
      const { domainId } = await watched();
      const saved = outcome({ ledger, incident: news() });
      expect(await world.looks.save(domainId, saved)).toBe('saved');
      const after = await everything(domainId);
      expect(await world.looks.save(domainId, saved)).toBe('stale');
      expect(await everything(domainId)).toEqual(after);
    });

    test('by several at the same moment: one of them', async () => {
      const { domainId } = await watched();
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, place) => world.looks.save(domainId, outcome({ state: { place } }))),
      );
      expect(answers.filter((answer) => answer === 'saved')).toHaveLength(1);
      expect(await observationsOf(domainId)).toHaveLength(1);
      expect((await world.looks.subject(domainId))?.state).toEqual({ place: answers.indexOf('saved') });
    });

    test('keeps each observation that differs from the one before, and always the latest', async () => {
      const { domainId } = await watched();
      const looks = ['a', 'a', 'b', 'b', 'a'].map((fingerprint, place) => ({
        fingerprint,
        observation: observationAt(minutesAfter(place)),
        looks: place,
      }));
      for (const one of looks) await world.looks.save(domainId, outcome(one));
      expect(await observationsOf(domainId)).toEqual(
        [0, 2, 4].map((place) => ({
          at: minutesAfter(place),
          fingerprint: looks[place]?.fingerprint,
          observation: looks[place]?.observation,
        })),
      );
      expect((await world.looks.subject(domainId))?.previous).toEqual(looks[4]?.observation);
    });

    test('keeps every octet of what the domain served', async () => {
      const { domainId } = await watched();
      const octets = String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet));
      const hostile = `${octets}\\u0000\ud800`;
      const saved = outcome({
        observation: observationAt(now, { resolver: { said: hostile } as never }),
        summary: { verdict: 'broken', sentence: hostile, findings: [] },
        state: { hostile },
        ledger: [{ ...first, body: octets }],
        incident: news({ state: { hostile }, entries: [{ hostile }] }),
      });
      expect(await world.looks.save(domainId, saved)).toBe('saved');
      const subject = await world.looks.subject(domainId);
      expect(subject?.previous).toEqual(saved.observation);
      expect(subject?.state).toEqual({ hostile });
      expect(subject?.history.ledger[0]?.body).toBe(octets);
      expect(subject?.incident?.state).toEqual({ hostile });
      const told = await world.incidents.toTell(subject?.incident?.id ?? '', 'C1');
      expect(told?.entries[0]?.content).toEqual({ hostile });
      expect(told?.summary?.sentence).toBe(hostile);
    });

    test('makes the next look when it is soon: one, at its time, however often', async () => {
      const { domainId } = await watched();
      const [job] = await world.queues.take('look', 1000).then((jobs) => jobs.filter(isOf(domainId)));
      const nextLookAt = minutesAfter(1, new Date());
      await world.looks.save(domainId, outcome({ nextLookAt }));
      expect(await waitingLooks(domainId)).toEqual(
        expect.arrayContaining([
          { state: 'active', at: expect.any(Date) },
          { state: 'created', at: nextLookAt },
        ]),
      );
      if (job !== undefined) await world.queues.done('look', [job]);
      // Such as when the process ends before it says that the job is done, and another one looks again.
      await world.looks.save(domainId, outcome({ looks: 1, nextLookAt: minutesAfter(0.1, nextLookAt) }));
      expect(await waitingLooks(domainId)).toEqual([{ state: 'created', at: nextLookAt }]);
    });

    test('writes all of it or nothing', async () => {
      const { domainId } = await watched();
      const before = await everything(domainId);
      // The last of its writes but one: the incident's entry, which has no JSON.
      const impossible = outcome({ ledger, incident: news({ entries: [undefined as never] }) });
      await expect(world.looks.save(domainId, impossible)).rejects.toThrow();
      expect(await everything(domainId)).toEqual(before);
    });
  });

  describe('ledger', () => {
    test('what was seen again keeps when and how it was seen first', async () => {
      const { domainId } = await watched();
      await world.looks.save(domainId, outcome({ ledger }));
      const again = { ...first, lastSeenAt: minutesAfter(9).toISOString() };
      const gone = { ...second, goneAt: minutesAfter(9).toISOString() };
      const saved = [
        { ...again, firstSeenAt: minutesAfter(9).toISOString(), body: 'written otherwise' },
        gone,
      ];
      await world.looks.save(domainId, outcome({ looks: 1, ledger: saved }));
      expect((await world.looks.subject(domainId))?.history.ledger).toEqual([again, gone]);
    });

    test('no id is an id of its own', async () => {
      const { domainId } = await watched();
      const without = { ...first, id: null };
      await world.looks.save(domainId, outcome({ ledger: [first, without] }));
      await world.looks.save(domainId, outcome({ looks: 1, ledger: [without] }));
      expect((await world.looks.subject(domainId))?.history.ledger).toHaveLength(2);
    });
  });

  test('soon: before its time, and before those that are merely due', async () => {
    const { team, domainId } = await watched();
    for (const job of await world.queues.take('look', 1000)) await world.queues.done('look', [job]);
    await world.looks.save(domainId, outcome());
    expect((await lagOf(world.connection.db)).look.due).toBe(0);
    const other = await watched();
    expect(await world.looks.soon(team, domain)).toBe(true);
    expect(await world.looks.soon(team, domain)).toBe(true);
    // It came first, and is merely due.
    await sql`update jobs.job set priority = 0, created_on = created_on - interval '1 hour'
      where singleton_key = ${other.domainId}`.execute(world.connection.db);
    const [first, ...rest] = await world.queues.take('look', 1);
    expect(rest).toEqual([]);
    expect(first?.data).toMatchObject({ domainId });
    const jobs = await world.queues.take('look', 1000);
    expect(jobs.map(({ data }) => data)).toEqual([expect.objectContaining({ domainId: other.domainId })]);
    for (const job of [...(first === undefined ? [] : [first]), ...jobs])
      await world.queues.done('look', [job]);
  });

  test('soon: a look of its own accord that waits already becomes the one that was asked for', async () => {
    const { team, domainId } = await watched();
    for (const job of await world.queues.take('look', 1000)) await world.queues.done('look', [job]);
    // Something is to be confirmed, so that the next look waits as a job.
    await world.looks.save(domainId, { ...outcome(), nextLookAt: new Date(Date.now() + 60_000) });
    expect(await world.looks.soon(team, domain)).toBe(true);
    const jobs = await world.queues.take('look', 1000);
    expect(jobs.map(({ data }) => data)).toEqual([{ domainId, team, full: true }]);
    for (const job of jobs) await world.queues.done('look', [job]);
  });

  test('of another team are out of reach', async () => {
    const { team, domainId } = await watched();
    await world.publications.add(team, publication);
    await world.looks.save(domainId, outcome({ ledger }));
    expect(await world.looks.soon('T0OTHER', domain)).toBe(false);
    expect(await world.looks.history('T0OTHER', domain)).toEqual({
      ledger: [],
      trail: undefined,
      generated: [],
    });
  });

  test('history of a domain that nobody watches: what was generated for it', async () => {
    const team = `T${++count}`;
    await world.publications.add(team, publication);
    expect(await world.looks.history(team, domain)).toEqual({
      ledger: [],
      trail: undefined,
      generated: [
        {
          at: now.toISOString(),
          id: publication.id,
          policyHash: `hash of ${publication.policy}`,
          mode: 'testing',
          maxAgeSeconds: 86_400,
        },
      ],
    });
  });

  async function everything(domainId: string) {
    const { db } = world.connection;
    return {
      domain: await db.selectFrom('watched_domains').selectAll().where('id', '=', domainId).execute(),
      ledger: await db.selectFrom('ledger').selectAll().where('domain_id', '=', domainId).execute(),
      observations: await observationsOf(domainId),
      incidents: await db.selectFrom('incidents').selectAll().where('domain_id', '=', domainId).execute(),
      looks: await waitingLooks(domainId),
      tells: (await sql`select * from jobs.job where name = 'tell'`.execute(db)).rows,
    };
  }
});

function isOf(domainId: string) {
  return ({ data }: { data: object }) => 'domainId' in data && data.domainId === domainId;
}

const first: LedgerEntry = {
  id: '20261101',
  policyHash: 'ab'.repeat(32),
  mode: 'testing',
  maxAgeSeconds: 604_800,
  body: 'version: STSv1\r\n',
  firstSeenAt: '2026-11-01T00:00:00.000Z',
  lastSeenAt: '2026-11-26T12:00:00.000Z',
  goneAt: null,
};
const second: LedgerEntry = {
  ...first,
  id: '20261102',
  mode: 'enforce',
  // The longest that RFC 8461 §3.2 allows.
  maxAgeSeconds: 31_557_600,
  firstSeenAt: '2026-11-02T00:00:00.000Z',
};
const ledger = [first, second];

const publication = {
  domain,
  at: now,
  askedBy: 'U1',
  id: '20261126',
  record: 'v=STSv1; id=20261126;',
  policy: 'a policy',
  tlsRpt: undefined,
};
