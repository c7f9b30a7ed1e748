/** What the store promises of installations, teams, publications and events, on every kind of server. */
import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDomain } from '../../src/protocol/domain.ts';
import { tidyEvents } from '../../src/store/events.ts';
import { unreadable } from '../../src/store/installations.ts';
import { createSecrets } from '../../src/store/secrets.ts';
import type { InstallationKey, StoredPublication } from '../../src/store/shapes.ts';
import { noSettings } from '../../src/store/shapes.ts';
import type { Store } from '../../src/store/store.ts';
import { type Opened, openFresh, openIn, secretsKeys } from './opened.ts';
import { backends } from './servers.ts';

function domain(text: string) {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw new Error(`${text} is no domain`);
  return parsed.value;
}

const team = (): string => `T${randomUUID()}`;
const enterprise = (): string => `E${randomUUID()}`;
const ofTeam = (teamId: string, enterpriseId?: string): InstallationKey => ({
  enterpriseId,
  teamId,
  isEnterpriseInstall: false,
});
const ofEnterprise = (enterpriseId: string, teamId?: string): InstallationKey => ({
  enterpriseId,
  teamId,
  isEnterpriseInstall: true,
});
const version: StoredPublication = {
  domain: domain('example.com'),
  at: new Date('2026-03-01T10:00:00Z'),
  askedBy: 'U1',
  id: '20260301T100000',
  record: 'v=STSv1; id=20260301T100000;',
  policy: 'version: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: 604800\n',
  tlsRpt: 'v=TLSRPTv1; rua=mailto:tls@example.com',
};

describe.each(backends)('the store ($name)', (backend) => {
  let opened: Opened;
  let store: Store;
  beforeAll(async () => {
    opened = await openFresh(backend);
    store = opened.store;
  });
  afterAll(() => opened.end());
  const db = () => opened.connection.db;

  describe('installations', () => {
    test('are found as they were saved, whatever is in the text', async () => {
      for (const text of [
        '{"token":"xoxb-1"}',
        '',
        '\u0000 \ud83d\udc1d "\'; drop table teams; --',
        'x'.repeat(100_000),
      ]) {
        const key = ofTeam(team());
        await store.installations.save(key, text);
        expect(await store.installations.find(key)).toBe(text);
      }
    });

    test('are unknown when nobody saved them', async () => {
      expect(await store.installations.find(ofTeam(team()))).toBeUndefined();
      expect(await store.installations.find(ofEnterprise(enterprise()))).toBeUndefined();
      expect(await store.installations.find(ofTeam(team(), enterprise()))).toBeUndefined();
    });

    test('saved again replace the one before', async () => {
      const [one, all] = [ofTeam(team(), enterprise()), ofEnterprise(enterprise())];
      for (const key of [one, all]) {
        await store.installations.save(key, 'first');
        await store.installations.save(key, 'second');
        expect(await store.installations.find(key)).toBe('second');
      }
    });

    test("a team has its own, else its enterprise's", async () => {
      const [own, other, organisation] = [team(), team(), enterprise()];
      await store.installations.save(ofEnterprise(organisation), 'of the enterprise');
      await store.installations.save(ofTeam(own, organisation), 'of the team');
      const cases: [InstallationKey, string | undefined][] = [
        [ofTeam(own, organisation), 'of the team'],
        [ofTeam(own), 'of the team'],
        [ofEnterprise(organisation, own), 'of the team'],
        [ofTeam(other, organisation), 'of the enterprise'],
        [ofEnterprise(organisation, other), 'of the enterprise'],
        [ofEnterprise(organisation), 'of the enterprise'],
        [ofTeam(other), undefined],
        [ofTeam(other, enterprise()), undefined],
        // A team's own is not its enterprise's.
        [ofEnterprise(enterprise(), team()), undefined],
      ];
      for (const [key, text] of cases)
        expect(await store.installations.find(key), JSON.stringify(key)).toBe(text);
    });

    test('a team that is known to be of an enterprise needs not say so again', async () => {
      const [member, organisation] = [team(), enterprise()];
      await store.installations.save(ofEnterprise(organisation), 'of the enterprise');
      await store.teams.meet(member, organisation);
      expect(await store.installations.find(ofTeam(member))).toBe('of the enterprise');
      await store.teams.meet(member, undefined);
      expect(await store.installations.find(ofTeam(member)), 'not forgotten').toBe('of the enterprise');
    });

    test('removed take everything of the team with them', async () => {
      const [gone, stays] = [team(), team()];
      for (const id of [gone, stays]) {
        await store.installations.save(ofTeam(id), `of ${id}`);
        await store.publications.add(id, version);
      }
      await store.installations.remove(ofTeam(gone));
      await store.installations.remove(ofTeam(gone));
      expect(await store.installations.find(ofTeam(gone))).toBeUndefined();
      expect(await store.publications.of(gone, version.domain, 10)).toEqual([]);
      expect(await store.installations.find(ofTeam(stays))).toBe(`of ${stays}`);
      expect(await store.publications.of(stays, version.domain, 10)).toHaveLength(1);
    });

    test.each(['team', 'enterprise'] as const)(
      'saved after the end of the one before stay: of a %s',
      async (whose) => {
        const [member, organisation] = [team(), enterprise()];
        const key = whose === 'team' ? ofTeam(member) : ofEnterprise(organisation);
        await store.installations.save(key, 'again');
        await store.teams.meet(member, organisation);
        await store.publications.add(member, version);
        const kept = async () => (await store.publications.of(member, version.domain, 1)).length;
        expect(await store.installations.remove(key, new Date(Date.now() - 3_600_000))).toBe(false);
        expect([await store.installations.find(key), await kept()]).toEqual(['again', 1]);
        expect(await store.installations.remove(key, new Date(Date.now() + 3_600_000))).toBe(true);
        expect([await store.installations.find(key), await kept()]).toEqual([undefined, 0]);
      },
    );

    test("an enterprise's removed takes its teams without one of their own", async () => {
      const [gone, own, stranger, organisation] = [team(), team(), team(), enterprise()];
      await store.installations.save(ofEnterprise(organisation, gone), 'of the enterprise');
      await store.installations.save(ofTeam(own, organisation), 'of the team');
      await store.teams.meet(gone, organisation);
      for (const id of [gone, own, stranger]) await store.publications.add(id, version);
      await store.installations.remove(ofEnterprise(organisation));
      expect(await store.installations.find(ofEnterprise(organisation))).toBeUndefined();
      expect(await store.installations.find(ofTeam(own, organisation))).toBe('of the team');
      const kept = async (id: string) => (await store.publications.of(id, version.domain, 1)).length;
      expect([await kept(gone), await kept(own), await kept(stranger)]).toEqual([0, 1, 1]);
    });

    test('are not readable in the database, nor in another row', async () => {
      const [one, other] = [ofTeam(team()), ofTeam(team())];
      await store.installations.save(one, 'xoxb-secret-one');
      await store.installations.save(other, 'xoxb-secret-other');
      const { rows } = await sql<{
        row: string;
      }>`select installations::text as row from installations`.execute(db());
      expect(rows.length).toBeGreaterThan(1);
      expect(rows.filter(({ row }) => row.includes('xoxb-'))).toEqual([]);
      await sql`update installations set secret = (select secret from installations where team_id = ${one.teamId})
        where team_id = ${other.teamId}`.execute(db());
      await expect(store.installations.find(other)).rejects.toThrow('belongs to another owner');
      expect(await store.installations.find(one)).toBe('xoxb-secret-one');
    });

    test('saved at once by many are one', async () => {
      const key = ofTeam(team(), enterprise());
      await Promise.all(Array.from({ length: 20 }, (_, i) => store.installations.save(key, `text ${i}`)));
      expect(await store.installations.find(key)).toMatch(/^text \d+$/);
      const rows = await db()
        .selectFrom('installations')
        .select('id')
        .where('team_id', '=', key.teamId ?? '')
        .execute();
      expect(rows).toHaveLength(1);
    });
  });

  describe('keys', () => {
    test('change: rows under the older key are sealed again at the start, and then need it no more', async () => {
      const [older, newer] = [randomBytes(32), randomBytes(32)];
      const before = await openFresh(backend, { secretsKeys: [older] });
      try {
        const keys = [ofTeam(team()), ofTeam(team()), ofEnterprise(enterprise())];
        for (const key of keys) await before.store.installations.save(key, `of ${key.teamId}`);
        const read = async (secrets: readonly Uint8Array[]) => {
          const { store, lines, end } = await restarted(before, secrets);
          try {
            return { texts: await Promise.all(keys.map((key) => store.installations.find(key))), lines };
          } finally {
            await end();
          }
        };
        const texts = keys.map((key) => `of ${key.teamId}`);
        expect((await read([older, newer])).texts, 'the first seals, all open').toEqual(texts);
        await expect(read([newer])).rejects.toThrow(
          /^SECRETS_KEY: .* the Slack tokens of 3 installations under another key\. Write the earlier key behind/,
        );
        const changed = await read([newer, older]);
        expect(changed.texts).toEqual(texts);
        expect(changed.lines.map(({ message }) => message)).toContain(
          'tokens were encrypted with the first key of SECRETS_KEY',
        );
        expect((await read([newer])).texts, 'the older is needed no more').toEqual(texts);
        expect(await unreadable(before.connection.db, createSecrets([newer]))).toBe(0);
        expect(JSON.stringify(changed.lines)).not.toContain(older.toString('base64').slice(0, 20));
      } finally {
        await before.end();
      }
    });

    test('missing altogether: the start says so, and goes on without the tokens', async () => {
      const before = await openFresh(backend);
      try {
        const key = ofTeam(team());
        await before.store.installations.save(key, 'text');
        const { store, lines, end } = await restarted(before, []);
        expect(lines).toContainEqual(
          expect.objectContaining({ level: 'warn', message: expect.stringContaining('SECRETS_KEY') }),
        );
        await expect(store.installations.find(key)).rejects.toThrow('SECRETS_KEY');
        await expect(store.installations.save(key, 'text')).rejects.toThrow('SECRETS_KEY is not set');
        await end();
      } finally {
        await before.end();
      }
    });

    test('change while a row was spoilt: the others are sealed again, and it is told', async () => {
      const newer = randomBytes(32);
      const before = await openFresh(backend);
      try {
        const [good, spoilt] = [ofTeam(team()), ofTeam(team())];
        for (const key of [good, spoilt]) await before.store.installations.save(key, 'text');
        await sql`update installations set secret = secret || 'AAAA' where team_id = ${spoilt.teamId}`.execute(
          before.connection.db,
        );
        const { store, lines, end } = await restarted(before, [newer, ...secretsKeys]);
        expect(await store.installations.find(good)).toBe('text');
        expect(lines).toContainEqual(
          expect.objectContaining({
            level: 'warn',
            message: expect.stringContaining('install the app there again'),
          }),
        );
        await end();
      } finally {
        await before.end();
      }
    });
  });

  describe('teams', () => {
    const settings = {
      quietHours: { fromMinute: 1320, toMinute: 420, timeZone: 'Europe/Zurich' },
      digest: { conversation: 'C1', weekday: 1, minute: 540, timeZone: 'Europe/Zurich' },
    };

    test('have no settings until somebody changes them', async () => {
      const id = team();
      expect(await store.teams.settings(id)).toEqual(noSettings);
      await store.teams.changeSettings(id, settings);
      expect(await store.teams.settings(id)).toEqual(settings);
      await store.teams.changeSettings(id, { ...settings, quietHours: undefined });
      expect(await store.teams.settings(id)).toEqual({ ...settings, quietHours: undefined });
      expect(await store.teams.settings(team()), 'of another').toEqual(noSettings);
    });

    test('keep their settings when they are met again or install again', async () => {
      const id = team();
      await store.teams.changeSettings(id, settings);
      await store.teams.meet(id, enterprise());
      await store.installations.save(ofTeam(id), 'text');
      await store.publications.add(id, version);
      expect(await store.teams.settings(id)).toEqual(settings);
    });

    test('are forgotten whole, and can come again', async () => {
      const [gone, stays] = [team(), team()];
      for (const id of [gone, stays]) {
        await store.teams.changeSettings(id, settings);
        await store.installations.save(ofTeam(id), 'text');
        await store.publications.add(id, version);
      }
      expect(await store.teams.forget(gone)).toBe(true);
      expect(await store.teams.forget(gone), 'nothing was left').toBe(false);
      expect(await store.teams.settings(gone)).toEqual(noSettings);
      expect(await store.installations.find(ofTeam(gone))).toBeUndefined();
      expect(await store.publications.of(gone, version.domain, 9)).toEqual([]);
      expect(await store.teams.settings(stays)).toEqual(settings);
      await store.publications.add(gone, version);
      expect(await store.publications.of(gone, version.domain, 9)).toEqual([version]);
    });

    test('forgotten while they write leave nothing half', async () => {
      const id = team();
      const writes = Array.from({ length: 30 }, (_, i) =>
        i % 5 === 4 ? store.teams.forget(id) : store.publications.add(id, { ...version, id: `id${i}` }),
      );
      await Promise.all(writes);
      await store.teams.forget(id);
      expect(await store.publications.of(id, version.domain, 99)).toEqual([]);
    });
  });

  describe('publications', () => {
    test('are all kept, newest first', async () => {
      const id = team();
      const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 10, minute));
      const versions = [3, 1, 2].map((minute) => ({ ...version, at: at(minute), id: `2026030110${minute}` }));
      for (const one of versions) await store.publications.add(id, one);
      const newestFirst = [versions[0], versions[2], versions[1]];
      expect(await store.publications.of(id, version.domain, 10)).toEqual(newestFirst);
      expect(await store.publications.of(id, version.domain, 2)).toEqual(newestFirst.slice(0, 2));
    });

    test('of one moment come latest first', async () => {
      const id = team();
      for (const name of ['a', 'b', 'c']) await store.publications.add(id, { ...version, id: name });
      const ids = (await store.publications.of(id, version.domain, 10)).map((one) => one.id);
      expect(ids).toEqual(['c', 'b', 'a']);
    });

    test('with the same texts are one version: who asked first stays', async () => {
      const id = team();
      await store.publications.add(id, version);
      await store.publications.add(id, { ...version, at: new Date(), askedBy: 'U2' });
      expect(await store.publications.of(id, version.domain, 10)).toEqual([version]);
    });

    test.each([
      ['another id', { id: 'other' }],
      ['another record', { record: 'v=STSv1; id=other;' }],
      ['another policy', { policy: version.policy.replace('testing', 'enforce') }],
      ['no TLS-RPT', { tlsRpt: undefined }],
      ['an empty TLS-RPT', { tlsRpt: '' }],
    ])('with %s are two', async (_, change) => {
      const id = team();
      await store.publications.add(id, version);
      await store.publications.add(id, { ...version, ...change });
      expect(await store.publications.of(id, version.domain, 10)).toEqual([
        { ...version, ...change },
        version,
      ]);
    });

    test('belong to a team and a domain', async () => {
      const [one, other] = [team(), team()];
      await store.publications.add(one, version);
      expect(await store.publications.of(other, version.domain, 10)).toEqual([]);
      expect(await store.publications.of(one, domain('example.org'), 10)).toEqual([]);
    });

    test('may be as long as a policy may be', async () => {
      const id = team();
      const long = { ...version, policy: 'mx: a.example\n'.repeat(5000) };
      await store.publications.add(id, long);
      expect(await store.publications.of(id, version.domain, 1)).toEqual([long]);
    });
  });

  describe('events', () => {
    test('are new once, whoever asks', async () => {
      const event = `Ev${randomUUID()}`;
      const other = await restarted(opened, secretsKeys);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 ? store : other.store).events.isNew(event)),
      );
      await other.end();
      expect(answers.filter((isNew) => isNew)).toHaveLength(1);
      expect(await store.events.isNew(event)).toBe(false);
    });

    test('are new again when they had no effect', async () => {
      const event = `Ev${randomUUID()}`;
      await store.events.isNew(event);
      await store.events.forget(event);
      expect(await store.events.isNew(event)).toBe(true);
    });

    test('are remembered for more than an hour, and not for ever', async () => {
      const [young, old] = [`Ev${randomUUID()}`, `Ev${randomUUID()}`];
      await store.events.isNew(young);
      await store.events.isNew(old);
      const now = new Date();
      const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
      await db()
        .updateTable('events')
        .set({ seen_at: hoursAgo(2) })
        .where('id', '=', young)
        .execute();
      await db()
        .updateTable('events')
        .set({ seen_at: hoursAgo(25) })
        .where('id', '=', old)
        .execute();
      expect(await tidyEvents(opened.connection.patientDb, now)).toBe(1);
      expect(await store.events.isNew(young)).toBe(false);
      expect(await store.events.isNew(old)).toBe(true);
    });
  });
});

/** A second process on the same database. */
function restarted({ url }: Opened, keys: readonly Uint8Array[]): Promise<Opened> {
  return openIn({ url, drop: async () => {} }, { secretsKeys: keys });
}
