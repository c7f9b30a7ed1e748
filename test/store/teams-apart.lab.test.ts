/** No team reads or changes what is another's: every method of the store that takes a team, called with one and the other's ids. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DomainName } from '../../src/protocol/domain.ts';
import { createEvents } from '../../src/store/events.ts';
import { createInstallations } from '../../src/store/installations.ts';
import { createSecrets } from '../../src/store/secrets.ts';
import type { Store } from '../../src/store/store.ts';
import { contents } from './filled.ts';
import { type FreshDatabase, mainly, preparedDatabase } from './servers.ts';
import { domain, news, now, openWatchWorld, outcome, type WatchWorld } from './watch-world.ts';

const [a, b] = ['T0OFALICE1', 'T0OFBELLA1'];
const conversation = 'C0OFALICE1';
const secret = 'only team A may know this';
const hidden = 'only-a-watches-this.example' as DomainName;
const quiet = { quietHours: { fromMinute: 1, toMinute: 2, timeZone: 'Europe/Vienna' }, digest: undefined };
const publication = {
  domain,
  at: now,
  askedBy: 'U0OFALICE1',
  id: '1',
  record: secret,
  policy: secret,
  tlsRpt: undefined,
};

type Parts = Omit<Store, 'problem'>;
interface Ids {
  readonly incident: string;
  readonly watch: string;
}

/** Each method that takes a team, with B and what is A's. */
const withTeam: Readonly<Record<string, (store: Parts, ids: Ids) => Promise<unknown>>> = {
  'installations.find': (store) =>
    store.installations.find({ teamId: b, enterpriseId: undefined, isEnterpriseInstall: false }),
  'installations.save': (store) =>
    store.installations.save({ teamId: b, enterpriseId: 'E0OFALICE1', isEnterpriseInstall: false }, 'of B'),
  'installations.remove': (store) =>
    store.installations.remove({ teamId: b, enterpriseId: 'E0OFALICE1', isEnterpriseInstall: false }),
  'teams.settings': (store) => store.teams.settings(b),
  'teams.changeSettings': (store) =>
    store.teams.changeSettings(b, { quietHours: undefined, digest: undefined }),
  'teams.forget': (store) => store.teams.forget(b),
  'teams.meet': (store) => store.teams.meet(b, 'E0OFBELLA1'),
  'publications.add': (store) =>
    store.publications.add(b, { ...publication, askedBy: 'U0OFBELLA1', record: 'of B', policy: 'of B' }),
  'publications.of': (store) => store.publications.of(b, domain, 100),
  'watches.add': (store) =>
    store.watches.add({ team: b, domain, conversation, owner: 'U0OFBELLA1', everyHours: 1 }, now),
  'watches.remove': (store) => store.watches.remove(b, domain, conversation),
  'watches.list': (store) => store.watches.list(b, { conversation, offset: 0, limit: 100 }),
  'watches.find': (store) => store.watches.find(b, hidden),
  'watches.pause': (store) => store.watches.pause(b, conversation, 'archived', () => ({}), now),
  'watches.setEvery': (store, { watch }) => store.watches.setEvery(b, watch, 1),
  'looks.soon': (store) => store.looks.soon(b, hidden),
  'looks.history': (store) => store.looks.history(b, hidden),
  'incidents.find': (store, { incident }) => store.incidents.find(b, incident),
  'incidents.change': (store, { incident }) => store.incidents.change(b, incident, () => news()),
  'incidents.since': (store) => store.incidents.since(b, new Date(0)),
  'jobs.digestAt': (store) => store.jobs.digestAt(b, now),
};

/** These take no team: their ids come from jobs and events, which the store or Slack made, and never from a person. */
const withoutTeam = [
  'looks.subject',
  'looks.save',
  'incidents.toTell',
  'incidents.told',
  'notices.find',
  'notices.sent',
  'jobs.work',
  'jobs.stop',
  'jobs.lag',
  'jobs.nudge',
  'events.isNew',
  'events.forget',
] as const;

describe.each(mainly('server over TCP'))('two teams in one database ($name)', (backend) => {
  let database: FreshDatabase;
  let world: WatchWorld;
  let store: Parts;
  let ids: Ids;

  beforeAll(async () => {
    database = await preparedDatabase(backend);
    world = await openWatchWorld(database.url);
    const { connection, teams, publications, watches, looks, incidents, notices, jobs } = world;
    store = {
      installations: createInstallations(connection, createSecrets([new Uint8Array(32)])),
      events: createEvents(connection),
      teams,
      publications,
      watches,
      looks,
      incidents,
      notices,
      jobs,
    };
    await store.installations.save(
      { teamId: a, enterpriseId: 'E0OFALICE1', isEnterpriseInstall: false },
      secret,
    );
    await store.teams.changeSettings(a, quiet);
    for (const each of [domain, hidden]) {
      await store.publications.add(a, { ...publication, domain: each });
      await store.watches.add(
        { team: a, domain: each, conversation, owner: 'U0OFALICE1', everyHours: 6 },
        now,
      );
      const found = await store.watches.find(a, each);
      await store.looks.save(found?.domainId ?? '', {
        ...outcome(),
        summary: { verdict: 'broken', sentence: secret, findings: [] },
        incident: news({ state: { secret } }),
      });
    }
    await store.watches.add(
      { team: a, domain: hidden, conversation: 'C0PAUSED01', owner: 'U0OFALICE1', everyHours: 6 },
      now,
    );
    await store.watches.pause(a, 'C0PAUSED01', 'archived', () => ({ secret }), now);
    await store.jobs.digestAt(a, new Date(now.getTime() + 3_600_000));
    const watched = await store.watches.find(a, domain);
    ids = { incident: watched?.openIncident ?? '', watch: watched?.watches[0]?.id ?? '' };
    expect(ids.incident).not.toBe('');
  });
  afterAll(async () => {
    await world?.close();
    await database?.drop();
  });

  /** Every row, jobs included, that is not of the other team alone. */
  async function rowsOfA(): Promise<string[]> {
    const tables = (await world.connection.db.introspection.getTables()).map(({ name, schema }) =>
      schema === 'public' ? name : `${schema}.${name}`,
    );
    const ours = tables.filter((name) => !/^mta_sts_|^jobs\.(?!job$)/.test(name));
    const all = await contents(world.connection.db, [...new Set([...ours, 'jobs.job'])]);
    return Object.entries(all).flatMap(([table, rows]) =>
      rows.filter((row) => !row.includes(b)).map((row) => `${table} ${row}`),
    );
  }

  test.each(Object.entries(withTeam))('%s', async (_name, call) => {
    const before = await rowsOfA();
    expect(before.length).toBeGreaterThan(15);
    const answer = JSON.stringify(await call(store, ids)) ?? '';
    expect(answer).not.toContain(secret);
    expect(answer).not.toContain(hidden);
    expect(answer).not.toContain('U0OFALICE1');
    // Rows of B's own may have come; what was there is as it was.
    expect(await rowsOfA()).toEqual(expect.arrayContaining(before));
  });

  test('A itself is answered, so that what is searched for can be found', async () => {
    const answers = [
      await store.incidents.find(a, ids.incident),
      await store.watches.find(a, hidden),
      await store.publications.of(a, hidden, 9),
    ];
    for (const answer of answers) expect(JSON.stringify(answer)).toContain(secret);
  });

  test('no method is left out', () => {
    const methods = Object.entries(store).flatMap(([part, methodsOf]) =>
      Object.keys(methodsOf).map((method) => `${part}.${method}`),
    );
    expect(methods.sort()).toEqual([...Object.keys(withTeam), ...withoutTeam].sort());
  });
});
