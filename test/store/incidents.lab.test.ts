/** Incidents: opened and changed by looks and by people, and what each conversation has yet to be told of them. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IncidentChange } from '../../src/store/shapes.ts';
import { type FreshDatabase, mainly, preparedDatabase } from './servers.ts';
import { domain, minutesAfter, news, now, openWatchWorld, outcome, type WatchWorld } from './watch-world.ts';

describe.each(mainly('embedded'))('incidents ($name)', (backend) => {
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

  const watchIn = (team: string, conversation: string) =>
    world.watches.add({ team, domain, conversation, owner: 'U1', everyHours: 6 }, now);

  /** A domain watched by C1 and C2, about which a look has brought news. */
  async function broken(change: Partial<IncidentChange> = {}) {
    const team = `T${++count}`;
    await watchIn(team, 'C1');
    await watchIn(team, 'C2');
    const domainId = (await world.watches.find(team, domain))?.domainId ?? '';
    await world.looks.save(domainId, outcome({ incident: news(change) }));
    const incident = (await world.looks.subject(domainId))?.incident;
    if (incident === undefined) throw new Error('No incident is open.');
    return { team, domainId, incident, id: incident.id };
  }

  const tells = async (incidentId: string) =>
    (
      await sql<{ conversation: string; at: Date }>`
        select data->>'conversation' as conversation, start_after as at from jobs.job
        where name = 'tell' and state = 'created' and data->>'incidentId' = ${incidentId} order by 1`.execute(
        world.connection.db,
      )
    ).rows;

  const takeTells = async (incidentId: string) => {
    const jobs = await world.queues.take('tell', 1000);
    await world.queues.done('tell', jobs);
    return jobs
      .map(({ data }) => data as { incidentId: string; conversation: string })
      .filter((data) => data.incidentId === incidentId)
      .map(({ conversation }) => conversation)
      .sort();
  };

  test('open with the first news, one for each domain; each watching conversation is told', async () => {
    const { incident, id } = await broken();
    expect(incident).toMatchObject({ domain, version: 1, openedAt: now, closedAt: undefined });
    expect(await takeTells(id)).toEqual(['C1', 'C2']);
    const told = await world.incidents.toTell(id, 'C1');
    expect(told).toMatchObject({
      incident,
      summary: { verdict: 'enforced' },
      watch: { conversation: 'C1' },
      card: undefined,
      entries: [{ version: 1, at: now, content: { kind: 'added' } }],
    });
  });

  test('further news goes to the same one, and each conversation hears what it has not heard', async () => {
    const { domainId, id } = await broken();
    await world.incidents.told(id, 'C1', '1.1', 1);
    const more = news({
      entries: [
        { kind: 'mended', place: 0 },
        { kind: 'added', place: 1 },
      ],
    });
    await world.looks.save(domainId, outcome({ looks: 1, incident: more }));
    const first = await world.incidents.toTell(id, 'C1');
    expect(first?.card).toEqual({ ts: '1.1', toldVersion: 1 });
    expect(first?.entries.map(({ version, content }) => [version, content])).toEqual([
      [2, { kind: 'mended', place: 0 }],
      [2, { kind: 'added', place: 1 }],
    ]);
    const second = await world.incidents.toTell(id, 'C2');
    expect(second?.card).toBeUndefined();
    expect(second?.entries.map(({ version }) => version)).toEqual([1, 2, 2]);
  });

  test('a conversation that has been told everything has nothing to be told, however often it is asked', async () => {
    const { id } = await broken();
    await world.incidents.told(id, 'C1', '1.1', 1);
    await world.incidents.told(id, 'C1', '1.1', 1);
    expect(await world.incidents.toTell(id, 'C1')).toBeUndefined();
    expect(await world.incidents.toTell(id, 'C2')).toBeDefined();
  });

  test('saying late what was told early takes nothing back', async () => {
    const { team, id } = await broken();
    await world.incidents.change(team, id, () => news());
    await world.incidents.told(id, 'C1', '1.1', 2);
    await world.incidents.told(id, 'C1', '1.1', 1);
    expect(await world.incidents.toTell(id, 'C1')).toBeUndefined();
  });

  test('a change without entries still changes the card', async () => {
    const { team, id } = await broken();
    await world.incidents.told(id, 'C1', '1.1', 1);
    await world.incidents.change(team, id, () => news({ entries: [] }));
    expect(await world.incidents.toTell(id, 'C1')).toMatchObject({ incident: { version: 2 }, entries: [] });
  });

  test('closed: cards are brought up to date, and none is posted first', async () => {
    const { domainId, id } = await broken();
    await takeTells(id);
    await world.incidents.told(id, 'C1', '1.1', 1);
    const end = outcome({ looks: 1, incident: news({ closed: true }) });
    await world.looks.save(domainId, end);
    expect(await takeTells(id)).toEqual(['C1']);
    expect((await world.incidents.toTell(id, 'C1'))?.incident.closedAt).toEqual(now);
    expect(await world.incidents.toTell(id, 'C2')).toBeUndefined();
    // What comes then is another one.
    await world.looks.save(domainId, outcome({ looks: 2, incident: news() }));
    const next = (await world.looks.subject(domainId))?.incident;
    expect(next?.version).toBe(1);
    expect(next?.id).not.toBe(id);
  });

  test('a conversation that begins to watch while one is open gets its card', async () => {
    const { team, id } = await broken();
    await takeTells(id);
    await watchIn(team, 'C3');
    expect(await takeTells(id)).toEqual(['C3']);
    expect((await world.incidents.toTell(id, 'C3'))?.entries).toHaveLength(1);
  });

  test.each([
    ['gone', (team: string) => world.watches.remove(team, domain, 'C1')],
    ['paused', (team: string) => world.watches.pause(team, 'C1', 'archived', () => null, now)],
  ])('nothing is told where the watch is %s', async (_, end) => {
    const { team, id } = await broken();
    await takeTells(id);
    await end(team);
    expect(await world.incidents.toTell(id, 'C1')).toBeUndefined();
    await world.incidents.change(team, id, () => news());
    expect(await takeTells(id)).toEqual(['C2']);
  });

  describe('when they are told', () => {
    test('in quiet hours: at their end', async () => {
      const tellAt = minutesAfter(240, new Date());
      const { id } = await broken({ tellAt });
      expect(await tells(id)).toEqual(['C1', 'C2'].map((conversation) => ({ conversation, at: tellAt })));
    });

    test('what must not wait brings forward what waits, whoever brings it', async () => {
      const tellAt = minutesAfter(240, new Date());
      const pressed = await broken({ tellAt });
      await world.incidents.change(pressed.team, pressed.id, () => news({ tellAt: new Date() }));
      expect(await takeTells(pressed.id)).toEqual(['C1', 'C2']);
      const looked = await broken({ tellAt });
      const incident = news({ tellAt: new Date() });
      await world.looks.save(looked.domainId, outcome({ looks: 1, incident }));
      expect(await takeTells(looked.id)).toEqual(['C1', 'C2']);
    });
  });

  describe('change', () => {
    test('makes a version with its entries, or leaves it', async () => {
      const { team, incident, id } = await broken();
      expect(await world.incidents.change(team, id, () => undefined)).toEqual(incident);
      const state = { acknowledged: 'U7' };
      const changed = await world.incidents.change(team, id, (found) => {
        expect(found).toEqual(incident);
        return news({ state });
      });
      expect(changed).toEqual({ ...incident, version: 2, state });
      expect(await world.incidents.find(team, id)).toEqual(changed);
    });

    test('by many at the same moment: each sees what the one before wrote', async () => {
      const { team, id } = await broken({ state: { presses: 0 } });
      await Promise.all(
        Array.from({ length: 4 }, () =>
          world.incidents.change(team, id, ({ state }) => {
            const { presses } = state as { presses: number };
            return news({ state: { presses: presses + 1 }, entries: [{ press: presses }] });
          }),
        ),
      );
      expect(await world.incidents.find(team, id)).toMatchObject({ version: 5, state: { presses: 4 } });
      const told = await world.incidents.toTell(id, 'C1');
      expect(told?.entries.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    });

    test('during a look: what somebody said is not written over', async () => {
      const { team, domainId, id } = await broken();
      const subject = await world.looks.subject(domainId);
      await world.incidents.change(team, id, () => news({ state: { acknowledged: 'U7' } }));
      const late = outcome({ looks: subject?.looks ?? -1, incident: news({ state: { lost: true } }) });
      expect(await world.looks.save(domainId, late)).toBe('stale');
      expect(await world.incidents.find(team, id)).toMatchObject({ state: { acknowledged: 'U7' } });
    });

    test('that throws changes nothing', async () => {
      const { team, incident, id } = await broken();
      const change = () => {
        throw new Error('a bug');
      };
      await expect(world.incidents.change(team, id, change)).rejects.toThrow('a bug');
      expect(await world.incidents.find(team, id)).toEqual(incident);
    });
  });

  test('since: those that are open, and those that were closed since then', async () => {
    const team = `T${++count}`;
    await watchIn(team, 'C1');
    const domainId = (await world.watches.find(team, domain))?.domainId ?? '';
    for (const incident of [news(), news({ closed: true }), news(), news({ closed: true }), news()]) {
      const looks = (await world.looks.subject(domainId))?.looks ?? -1;
      const observation = { ...outcome().observation, startedAt: minutesAfter(looks).toISOString() };
      expect(await world.looks.save(domainId, outcome({ looks, observation, incident }))).toBe('saved');
    }
    const found = await world.incidents.since(team, minutesAfter(2));
    expect(found.map(({ openedAt, closedAt }) => [openedAt, closedAt])).toEqual([
      [minutesAfter(2), minutesAfter(3)],
      [minutesAfter(4), undefined],
    ]);
  });

  test('of another team are out of reach', async () => {
    const { team, incident, id } = await broken();
    expect(await world.incidents.find('T0OTHER', id)).toBeUndefined();
    const change = () => {
      throw new Error('It was shown to another team.');
    };
    expect(await world.incidents.change('T0OTHER', id, change)).toBeUndefined();
    expect(await world.incidents.since('T0OTHER', new Date(0))).toEqual([]);
    expect(await world.incidents.find(team, id)).toEqual(incident);
  });

  test.each(['', 'no id', '00000000-0000-4000-8000-000000000000'])('%j names none', async (id) => {
    expect(await world.incidents.find('T1', id)).toBeUndefined();
    expect(await world.incidents.change('T1', id, () => news())).toBeUndefined();
    expect(await world.incidents.toTell(id, 'C1')).toBeUndefined();
    await world.incidents.told(id, 'C1', '1.1', 1);
  });
});
