/** Watches: who hears of which domain, begun, paused, taken up again and ended; and none of it for another team. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DomainName } from '../../src/protocol/domain.ts';
import { lagOf } from '../../src/store/queues.ts';
import { type FreshDatabase, mainly, preparedDatabase } from './servers.ts';
import { domain, minutesAfter, news, now, openWatchWorld, outcome, type WatchWorld } from './watch-world.ts';

describe.each(mainly('embedded'))('watches ($name)', (backend) => {
  let database: FreshDatabase;
  let world: WatchWorld;
  let count = 0;
  /** Each test has teams of its own. */
  const newTeam = () => `T${backend.name.length}${++count}`;
  const watchIn = (team: string, conversation: string, more = {}) =>
    world.watches.add({ team, domain, conversation, owner: 'U1', everyHours: 6, ...more }, now);

  beforeAll(async () => {
    database = await preparedDatabase(backend);
    world = await openWatchWorld(database.url);
  });
  afterAll(async () => {
    await world.close();
    await database.drop();
  });

  test('begin with a look at once', async () => {
    const before = await lagOf(world.connection.db);
    const { watch, isNew } = await watchIn(newTeam(), 'C1');
    expect(isNew).toBe(true);
    expect(watch).toMatchObject({ domain, conversation: 'C1', owner: 'U1', everyHours: 6, createdAt: now });
    expect(watch.paused).toBeUndefined();
    expect((await lagOf(world.connection.db)).look.due).toBe(before.look.due + 1);
  });

  test('of a conversation that watches it already: the same with another owner and other hours', async () => {
    const team = newTeam();
    const first = await watchIn(team, 'C1');
    const second = await watchIn(team, 'C1', { owner: 'U2', everyHours: 24 });
    expect(second.isNew).toBe(false);
    expect(second.watch).toEqual({ ...first.watch, owner: 'U2', everyHours: 24 });
  });

  test('two of them at the same moment are one', async () => {
    const team = newTeam();
    const added = await Promise.all(Array.from({ length: 8 }, () => watchIn(team, 'C1')));
    expect(added.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(added.map(({ watch }) => watch.id)).size).toBe(1);
    expect((await world.watches.find(team, domain))?.watches).toHaveLength(1);
  });

  test('end, and what is known of the domain stays', async () => {
    const team = newTeam();
    await watchIn(team, 'C1');
    const { domainId } = await known(team);
    await world.looks.save(domainId, outcome({ ledger: [entry] }));
    expect(await world.watches.remove(team, domain, 'C1')).toBe(true);
    expect(await world.watches.remove(team, domain, 'C1')).toBe(false);
    expect(await world.watches.find(team, domain)).toBeUndefined();
    expect(await world.watches.list(team, { offset: 0, limit: 9 })).toEqual({ domains: [], total: 0 });
    expect((await world.looks.history(team, domain)).ledger).toEqual([entry]);
  });

  test('are listed by domain, page by page, for the team or for one conversation', async () => {
    const team = newTeam();
    for (const name of ['c.example', 'a.example', 'b.example']) {
      await watchIn(team, 'C1', { domain: name as DomainName });
    }
    await watchIn(team, 'C2', { domain: 'b.example' as DomainName });
    const page = await world.watches.list(team, { offset: 1, limit: 1 });
    expect(page.total).toBe(3);
    expect(page.domains.map((one) => one.domain)).toEqual(['b.example']);
    expect(page.domains[0]?.watches.map(({ conversation }) => conversation)).toEqual(['C1', 'C2']);
    const ofOne = await world.watches.list(team, { conversation: 'C2', offset: 0, limit: 9 });
    expect(ofOne.total).toBe(1);
    // What another conversation watches, which may be private, is not told here.
    expect(ofOne.domains[0]?.watches.map(({ conversation }) => conversation)).toEqual(['C2']);
  });

  test('are shown with the last look, the next one and the open incident', async () => {
    const team = newTeam();
    await watchIn(team, 'C1');
    const before = await known(team);
    expect(before).toMatchObject({ summary: undefined, lastLookAt: undefined, openIncident: undefined });
    const nextLookAt = minutesAfter(360);
    const saved = outcome({ nextLookAt, incident: news() });
    await world.looks.save(before.domainId, saved);
    const after = await known(team);
    expect(after).toMatchObject({ summary: saved.summary, lastLookAt: now, nextLookAt });
    expect(after.openIncident).toMatch(/^[0-9a-f-]{36}$/);
  });

  describe('pause', () => {
    const say = (watches: readonly { domain: string }[]) => ({ domains: watches.map((one) => one.domain) });

    test('all of the conversation, and each owner gets one notice', async () => {
      const team = newTeam();
      await watchIn(team, 'C1', { domain: 'a.example' as DomainName, owner: 'U1' });
      await watchIn(team, 'C1', { domain: 'b.example' as DomainName, owner: 'U1' });
      await watchIn(team, 'C1', { domain: 'c.example' as DomainName, owner: 'U2' });
      await watchIn(team, 'C2', { domain: 'a.example' as DomainName, owner: 'U3' });
      const before = await lagOf(world.connection.db);
      const paused = await world.watches.pause(team, 'C1', 'archived', say, minutesAfter(-1, new Date()));
      expect(paused.map((one) => one.domain)).toEqual(['a.example', 'b.example', 'c.example']);
      expect((await lagOf(world.connection.db)).notice.due).toBe(before.notice.due + 2);
      const notices = await world.connection.db
        .selectFrom('notices')
        .selectAll()
        .where('team_id', '=', team)
        .orderBy('user_id')
        .execute();
      expect(notices.map(({ user_id, content }) => [user_id, content])).toEqual([
        ['U1', { domains: ['a.example', 'b.example'] }],
        ['U2', { domains: ['c.example'] }],
      ]);
      const [notice] = notices;
      const id = notice?.id ?? '';
      expect(await world.notices.find(id)).toEqual({
        id,
        team,
        user: 'U1',
        content: { domains: ['a.example', 'b.example'] },
      });
      await world.notices.sent(id);
      // Asked for again by a job that ran twice.
      expect(await world.notices.find(id)).toBeUndefined();
    });

    test('twice, also at the same moment, tells once', async () => {
      const team = newTeam();
      await watchIn(team, 'C1');
      const paused = await Promise.all(
        Array.from({ length: 6 }, () => world.watches.pause(team, 'C1', 'not-in-channel', say, now)),
      );
      expect(paused.filter((watches) => watches.length > 0)).toHaveLength(1);
      const written = await world.connection.db
        .selectFrom('notices')
        .select('id')
        .where('team_id', '=', team)
        .execute();
      expect(written).toHaveLength(1);
    });

    test('ends the looks; taken up again they begin at once', async () => {
      const team = newTeam();
      await watchIn(team, 'C1');
      const { domainId } = await known(team);
      await world.watches.pause(team, 'C1', 'archived', say, now);
      expect((await known(team)).watches[0]?.paused).toEqual({ at: now, because: 'archived' });
      expect(await world.looks.subject(domainId)).toBeUndefined();
      expect(await world.looks.save(domainId, outcome())).toBe('stale');
      expect(await world.looks.soon(team, domain)).toBe(false);
      const again = await watchIn(team, 'C1');
      expect(again.isNew).toBe(false);
      expect(again.watch.paused).toBeUndefined();
      expect((await world.looks.subject(domainId))?.watches).toHaveLength(1);
    });
  });

  test('change their hours, and look at once', async () => {
    const team = newTeam();
    const { watch } = await watchIn(team, 'C1', { everyHours: 24 });
    const { domainId } = await known(team);
    expect(await world.watches.setEvery(team, watch.id, 1)).toBe(true);
    expect((await world.looks.subject(domainId))?.everyHours).toBe(1);
    expect(await world.watches.setEvery(team, 'no id', 1)).toBe(false);
  });

  test('of another team are out of reach', async () => {
    const [ours, theirs] = [newTeam(), newTeam()];
    const { watch } = await watchIn(theirs, 'C1');
    expect(await world.watches.find(ours, domain)).toBeUndefined();
    expect((await world.watches.list(ours, { offset: 0, limit: 9 })).total).toBe(0);
    expect((await world.watches.list(ours, { conversation: 'C1', offset: 0, limit: 9 })).total).toBe(0);
    expect(await world.watches.setEvery(ours, watch.id, 1)).toBe(false);
    expect(await world.watches.pause(ours, 'C1', 'archived', () => null, now)).toEqual([]);
    expect(await world.watches.remove(ours, domain, 'C1')).toBe(false);
    expect((await known(theirs)).watches).toEqual([watch]);
  });

  test('go with their team', async () => {
    const team = newTeam();
    await watchIn(team, 'C1');
    const { domainId } = await known(team);
    await world.looks.save(domainId, outcome({ ledger: [entry], incident: news() }));
    await world.watches.pause(team, 'C1', 'archived', () => null, now);
    await world.teams.forget(team);
    for (const table of ['watched_domains', 'watches', 'incidents', 'notices'] as const) {
      const left = await world.connection.db
        .selectFrom(table)
        .select('id')
        .where('team_id', '=', team)
        .execute();
      expect(left, table).toEqual([]);
    }
    for (const table of ['ledger', 'observations'] as const) {
      const left = await world.connection.db
        .selectFrom(table)
        .select('domain_id')
        .where('domain_id', '=', domainId)
        .execute();
      expect(left, table).toEqual([]);
    }
  });

  async function known(team: string) {
    const found = await world.watches.find(team, domain);
    if (found === undefined) throw new Error('Nobody watches it.');
    return found;
  }
});

const entry = {
  id: '20261101',
  policyHash: 'ab'.repeat(32),
  mode: 'enforce',
  maxAgeSeconds: 604_800,
  body: 'version: STSv1\r\n',
  firstSeenAt: '2026-11-01T00:00:00.000Z',
  lastSeenAt: '2026-11-26T12:00:00.000Z',
  goneAt: null,
} as const;
