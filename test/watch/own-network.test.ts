/**
 * Whose fault a silence is. Each row is a look at one domain of a small world with a clock of its own: minutes since the
 * start, whose domains are silent then, and whether its silence is held against the network of this machine.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../src/check/observation.ts';
import { createReport } from '../../src/check/report.ts';
import type { DomainName } from '../../src/protocol/domain.ts';
import { afterLook, unconfirmedLooks } from '../../src/watch/news.ts';
import { createOwnNetwork, heldAtMostMs } from '../../src/watch/own-network.ts';
import { nextLookAt } from '../../src/watch/schedule.ts';
import type { WatchState } from '../../src/watch/state.ts';
import { metOn, type Way } from '../../src/watch/ways.ts';
import { answer, failed, fetched, healthy, mxHost, nxdomain, txt } from '../check/observations.ts';
import { full, runs, seed } from '../runs.ts';
import { at } from './looks.ts';

/** The addresses of one domain for each name, with spaces between; those of one network are at the same provider. */
type World = Readonly<Record<string, string>>;

type Asked = 'reached' | 'theirs' | 'ours';

/** `silent`: the names of those that do not answer. */
type Row = readonly [
  minute: number,
  name: string,
  silent: string,
  asked: Asked,
  ...changes: readonly string[],
];

class Bot {
  readonly world: Record<string, string>;
  readonly way: Way;
  /** As the store keeps them: they outlive the bot. */
  readonly previous: Map<string, Observation>;
  /** As it was seen, whoever is at fault. */
  readonly seen = new Map<string, Observation>();
  readonly changes: string[] = [];
  readonly others: string[] = [];
  now = at(0);
  silent: ReadonlySet<string> = new Set();
  network = this.start();

  constructor(world: World, way: Way, previous = new Map<string, Observation>()) {
    this.world = { ...world };
    this.way = way;
    this.previous = previous;
  }

  private start() {
    return createOwnNetwork({
      now: () => this.now,
      tell: ({ way, to }) => this.changes.push(`${way} ${to}`),
    });
  }

  see(name: string): Observation | undefined {
    const addresses = this.world[name]?.split(' ');
    return addresses === undefined
      ? undefined
      : seenOf(name, addresses, this.now, this.silent.has(name) ? this.way : undefined);
  }

  async looks(...rows: readonly (readonly [minute: number, name: string, silent: string])[]) {
    const asked: Asked[] = [];
    for (const row of rows) asked.push(await this.look(...row));
    return asked;
  }

  async look(minute: number, name: string, silent: string): Promise<Asked> {
    this.now = at(minute / 60);
    this.silent = new Set(silent === 'all' ? Object.keys(this.world) : silent.split(' '));
    const observation = this.see(name);
    if (observation === undefined) throw new Error(`There is no ${name}.`);
    this.seen.set(name, observation);
    // A look takes its time, at the end of which it is judged.
    this.now = at((minute + 1 / 6) / 60);
    const judged = await this.network.judge(
      { domainId: name, observation, previous: this.previous.get(name) },
      async (other, way) => {
        this.others.push(`${other} ${way}`);
        return this.see(other);
      },
    );
    this.previous.set(name, judged);
    const outcome = metOn(judged).get(this.way)?.outcome;
    return outcome === 'reached' ? outcome : outcome === 'held' ? 'ours' : 'theirs';
  }
}

function seenOf(
  name: string,
  addresses: readonly string[],
  now: Date,
  silentOn: Way | undefined,
): Observation {
  const result = { kind: 'failed', at: 'connect', problem: 'timeout' } as const;
  const silence = addresses.map((address) => ({ address, timings: { totalMs: 8000 }, result }));
  const mail = mxHost(`mx.${name}.test`, 10, addresses);
  const random = `x7h2k9q4.${name}.test`;
  const lookup = txt(`_mta-sts.${name}.test`, 'v=STSv1; id=1;');
  const servers = addresses.map((address) => ({ nameServer: `ns.${name}.test`, address, lookup }));
  return {
    ...healthy,
    domain: `${name}.test` as DomainName,
    startedAt: now.toISOString(),
    record: {
      ...healthy.record,
      authoritative: silentOn === 'dns' ? [] : servers,
      wildcard: silentOn === 'dns' ? failed(random, 'servfail') : nxdomain(random),
    },
    policyHost: {
      ...healthy.policyHost,
      a: answer(`mta-sts.${name}.test`, addresses),
      fetches: silentOn === 'https-ipv4' ? silence : addresses.map((address) => fetched(address)),
    },
    mxHosts: [silentOn === 'smtp-ipv4' ? { ...mail, sessions: silence } : mail],
  };
}

const three: World = { a: '192.0.2.1', b: '198.51.100.1', c: '203.0.113.1' };
const two: World = { a: '192.0.2.1', b: '198.51.100.1' };
const many: World = { ...three, d: '10.1.0.1', e: '10.2.0.1', f: '10.3.0.1' };
const calm = (world: World): readonly Row[] =>
  Object.keys(world).map((name, index): Row => [-60 + index, name, '', 'reached']);

const cases: Readonly<Record<string, { readonly world: World; readonly rows: readonly Row[] }>> = {
  'when nobody answers who did before, it is ours; when one does again, it is over': {
    world: three,
    rows: [
      [0, 'a', 'all', 'ours', 'failing'],
      [1, 'b', 'all', 'ours'],
      [2, 'c', 'all', 'ours'],
      [4, 'a', 'all', 'ours'],
      [8, 'a', '', 'reached', 'reached'],
      [9, 'b', '', 'reached'],
    ],
  },
  'one that is silent alone is at fault itself, from its first look on': {
    world: three,
    rows: [
      [0, 'a', 'a', 'theirs'],
      [3, 'a', 'a', 'theirs'],
      [9, 'b', 'a', 'reached'],
    ],
  },
  'two that are silent at once are at fault themselves while a third one answers': {
    world: three,
    rows: [
      [0, 'a', 'a b', 'theirs'],
      [3, 'b', 'a b', 'theirs'],
      [6, 'a', 'a b', 'theirs'],
    ],
  },
  'of two domains there is no evidence: what fails is believed': {
    world: two,
    rows: [
      [0, 'a', 'all', 'theirs'],
      [3, 'b', 'all', 'theirs'],
      [6, 'a', 'all', 'theirs'],
    ],
  },
  'many domains at one provider are one: when it falls silent it is at fault': {
    world: { a: '192.0.2.1', b: '192.0.2.1', c: '192.0.2.1', d: '192.0.2.9', e: '198.51.100.1' },
    rows: [
      [0, 'a', 'a b c d', 'theirs'],
      [1, 'b', 'a b c d', 'theirs'],
      [2, 'c', 'a b c d', 'theirs'],
      [3, 'd', 'a b c d', 'theirs'],
      [9, 'a', 'a b c d', 'theirs'],
    ],
  },
  'two providers are no evidence, however many domains they have': {
    world: { a: '192.0.2.1', b: '192.0.2.2', c: '192.0.9.3', d: '192.0.9.4', e: '198.51.100.1' },
    rows: [
      [0, 'a', 'all', 'theirs'],
      [1, 'e', 'all', 'theirs'],
      [3, 'c', 'all', 'theirs'],
    ],
  },
  'a domain that is at two providers does not stand for both of them': {
    world: { ...three, d: '192.0.2.5 198.51.100.5' },
    rows: [[0, 'a', 'all', 'ours', 'failing']],
  },
  'whoever answered within the last minute shows that the way is open': {
    world: many,
    rows: [
      [0, 'f', '', 'reached'],
      [0.5, 'a', 'all', 'theirs'],
      [3.5, 'a', 'all', 'ours', 'failing'],
    ],
  },
  'a fault of its own that begins while ours lasts comes out when ours is over': {
    world: three,
    rows: [
      [0, 'a', 'all', 'ours', 'failing'],
      [5, 'b', 'a c', 'reached', 'reached'],
      [8, 'a', 'a', 'theirs'],
      [8, 'c', 'a', 'reached'],
      [12, 'a', 'a', 'theirs'],
    ],
  },
  'ours ends by an answer to the question that a silent one raises': {
    world: three,
    rows: [
      [0, 'a', 'all', 'ours', 'failing'],
      // This look began before anybody had answered again.
      [5, 'a', 'a', 'ours', 'reached'],
      [8, 'a', 'a', 'theirs'],
    ],
  },
  'one that has been silent for long is no evidence against our network': {
    world: three,
    rows: [
      [0, 'c', 'c', 'theirs'],
      [10, 'c', 'c', 'theirs'],
      [20, 'a', 'all', 'theirs'],
      [23, 'b', 'all', 'theirs'],
    ],
  },
  'a long one ends as well': {
    world: three,
    rows: [
      [0, 'a', 'all', 'ours', 'failing'],
      [600, 'b', 'all', 'ours'],
      [1200, 'a', 'all', 'ours'],
      [1300, 'c', '', 'reached', 'reached'],
      [1400, 'a', 'all', 'ours', 'failing'],
    ],
  },
  'what goes on for a day is believed, until somebody answers': {
    world: three,
    rows: [
      [0, 'a', 'all', 'ours', 'failing'],
      [24 * 60 - 1, 'a', 'all', 'ours'],
      [24 * 60, 'a', 'all', 'theirs', 'believed'],
      [24 * 60 + 5, 'b', 'all', 'theirs'],
      [24 * 60 + 9, 'a', 'b c', 'reached'],
      [24 * 60 + 20, 'a', 'all', 'ours', 'failing'],
    ],
  },
};

describe.each(['https-ipv4', 'smtp-ipv4', 'dns'] as const)('by %s', (way) => {
  test.each(Object.entries(cases))('%s', async (_, { world, rows }) => {
    const bot = new Bot(world, way);
    for (const [minute, name, silent, asked, ...changes] of [...calm(world), ...rows]) {
      bot.changes.length = 0;
      expect([minute, name, await bot.look(minute, name, silent), ...bot.changes]).toEqual([
        minute,
        name,
        asked,
        ...changes.map((to) => `${way} ${to}`),
      ]);
    }
  });
});

/** Every one of its domains answered within the hour. */
async function calmBot(world: World, way: Way = 'https-ipv4'): Promise<Bot> {
  const bot = new Bot(world, way);
  await bot.looks(...calm(world).map(([minute, name]) => [minute, name, ''] as const));
  return bot;
}

test('the ways fail one by one', async () => {
  const bot = await calmBot(three);
  await bot.look(0, 'a', 'all');
  const kept = bot.previous.get('a');
  expect([...metOn(kept ?? healthy)].map(([way, { outcome }]) => `${way} ${outcome}`)).toEqual([
    'dns reached',
    'https-ipv4 held',
    'smtp-ipv4 reached',
  ]);
});

test('a process that starts in the middle of it finds out by the looks before', async () => {
  const before = await calmBot(three);
  expect(await before.look(0, 'a', 'all')).toBe('ours');
  const next = new Bot(three, 'https-ipv4', before.previous);
  const rows = ['a', 'b', 'c', 'a', 'b'].map((name, index) => [5 + 3 * index, name, 'all'] as const);
  // A first look is never told of by itself.
  expect(await next.looks(...rows)).toEqual(['theirs', 'theirs', 'ours', 'ours', 'ours']);
});

test('nobody is asked more often than once a minute, nor more than four of them', async () => {
  const bot = await calmBot(many);
  await bot.looks(...Object.keys(many).map((name, index) => [index / 10, name, 'all'] as const));
  // Those that answered last; the silent one itself is not asked again.
  expect(bot.others).toEqual(['f https-ipv4', 'e https-ipv4', 'd https-ipv4', 'c https-ipv4']);
  await bot.look(2, 'f', 'all');
  expect(bot.others.slice(4)).toEqual(['e https-ipv4', 'd https-ipv4', 'c https-ipv4']);
});

test('looks that fail at the same moment ask together', async () => {
  const bot = await calmBot(many);
  const asked = await Promise.all(Object.keys(many).map((name) => bot.look(0, name, 'all')));
  expect(asked).toEqual(Object.keys(many).map(() => 'ours'));
  expect(bot.changes).toEqual(['https-ipv4 failing']);
  expect(bot.others.length).toBeLessThanOrEqual(4);
});

test('a look that began before ours was over is held, though somebody else answered meanwhile', async () => {
  const bot = await calmBot(three);
  expect(await bot.look(0, 'a', 'all')).toBe('ours');
  bot.now = at(5 / 60);
  const slow = bot.see('a') ?? healthy;
  expect(await bot.look(5.2, 'b', '')).toBe('reached');
  const judged = await bot.network.judge(
    { domainId: 'a', observation: slow, previous: bot.previous.get('a') },
    async (name) => bot.see(name),
  );
  expect(metOn(judged).get('https-ipv4')?.outcome).toBe('held');
});

test('one that is watched no more is asked once, and no evidence', async () => {
  const bot = await calmBot(many);
  for (const name of ['d', 'e', 'f']) delete bot.world[name];
  expect(await bot.looks([0, 'a', 'all'], [3, 'a', 'all'])).toEqual(['theirs', 'ours']);
});

describe('while every policy host is silent for three hours', () => {
  const outage = { from: 13 * 60, to: 16 * 60 };
  const faulty = { name: 'd1', from: 14 * 60 };

  /** Every look at these domains within 30 hours, at the times of the schedule, and what is told of the policy hosts. */
  async function told(domains: number, providers: number, isJudged: boolean): Promise<readonly string[]> {
    const names = Array.from({ length: domains }, (_, index) => `d${index}`);
    const bot = new Bot(
      Object.fromEntries(names.map((name, index) => [name, `10.${index % providers}.0.${index}`])),
      'https-ipv4',
    );
    const states = new Map<string, WatchState>();
    const due = new Map(names.map((name, index) => [name, (index * 360) / domains]));
    const lines: string[] = [];
    for (;;) {
      const [name, minute] = [...due].reduce((first, one) => (one[1] < first[1] ? one : first));
      if (minute > 30 * 60) return lines;
      const isOut = minute >= outage.from && minute < outage.to;
      const silent = isOut ? 'all' : minute >= faulty.from ? faulty.name : '';
      await bot.look(minute, name, silent);
      const seen = isJudged ? bot.previous.get(name) : bot.seen.get(name);
      const { state, news } = afterLook({
        state: states.get(name),
        report: createReport(seen ?? healthy),
      });
      states.set(name, state);
      lines.push(...news.added.filter(({ id }) => hosts.has(id)).map(({ id }) => `${name} ${id}`));
      const next = nextLookAt({
        key: name,
        everyHours: 6,
        now: bot.now,
        failuresInARow: 0,
        unconfirmed: unconfirmedLooks(state),
      });
      due.set(name, (next.getTime() - at(0).getTime()) / 60_000);
    }
  }
  const hosts = new Set(['host.port-closed', 'host.address-broken', 'look.unknown']);

  const sizes: readonly (readonly [domains: number, providers: number])[] = [
    [3, 3],
    [12, 4],
    [60, 20],
    [400, 50],
  ];
  test.each(full ? sizes : sizes.slice(0, 3))(
    'of %i domains at %i providers none is told of, but one that stays away afterwards',
    async (domains, providers) => {
      expect(await told(domains, providers, true)).toEqual([`${faulty.name} host.port-closed`]);
      // Each whose look falls into these hours, without the question whose fault it is.
      expect((await told(domains, providers, false)).length).toBeGreaterThan(domains / 3);
    },
  );
});

test('whatever happens: with one that answers nobody waits, and nobody waits for more than a day', async () => {
  const names = Object.keys(many);
  const step = fc.record({
    name: fc.constantFrom(...names),
    minutes: fc.integer({ min: 2, max: 400 }),
    silent: fc.subarray(names),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const bot = await calmBot(many);
      let minute = 0;
      let heldSince: number | undefined;
      for (const { name, minutes, silent } of steps) {
        minute += minutes;
        const asked = await bot.look(minute, name, silent.join(' '));
        expect(asked === 'reached').toBe(!silent.includes(name));
        // Fewer than three silent ones are never enough; a look may see the end of what more of them began.
        if (silent.length < 3 && asked === 'ours') expect(bot.changes.at(-1)).toBe('https-ipv4 reached');
        if (asked !== 'ours') heldSince = undefined;
        else heldSince ??= minute;
        if (heldSince !== undefined) expect((minute - heldSince) * 60_000).toBeLessThan(heldAtMostMs);
      }
    }),
    { numRuns: runs(200, 5000), seed },
  );
}, 600_000);
