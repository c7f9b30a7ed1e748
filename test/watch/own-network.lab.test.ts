/**
 * The watcher with a real store and real looks at the local internet while ports are closed on the way there: for every
 * domain at once, as a firewall of this machine does, or for one. Nothing is posted, and the clock
 * runs ahead so that the looks that confirm a failure are minutes apart.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createLook, type Look } from '../../src/check/look.ts';
import { readConfig } from '../../src/config.ts';
import { allWell, enforced } from '../../src/local/internet/healthy.ts';
import { createInternet, type Internet, trustAuthority } from '../../src/local/internet/internet.ts';
import type { Scenario } from '../../src/local/internet/scenario.ts';
import type { DomainName } from '../../src/protocol/domain.ts';
import { readIncident } from '../../src/watch/incident-shapes.ts';
import { createWatcher, type Watcher } from '../../src/watch/watcher.ts';
import { forgetTeams, type Opened, openFresh } from '../store/opened.ts';
import { backends } from '../store/servers.ts';

const team = 'T0HOME0001';
const conversation = 'C0MAILOPS1';
const [embedded] = backends;

/** Each at a provider of its own, as far as three blocks of documentation go. */
const places = { 'one.test': '192.0.2.240', 'two.test': '198.51.100.240', 'three.test': '203.0.113.240' };
type Name = keyof typeof places;
const names = Object.keys(places) as readonly Name[];

/** A healthy domain with its servers at that address. */
function at(domain: Name): Scenario {
  const ipv4 = { ipv6: 'none' } as const;
  const scenario = enforced(['Healthy and ordinary', domain, 'All well'], allWell, {
    policyHost: ipv4,
    mx: [ipv4],
  });
  const address = places[domain];
  const moved = scenario.records.map((line) => line.replace(/ A \S+$/, ` A ${address}`));
  const placed = <S>(servers: readonly S[] = []) =>
    servers.map((server) => ({ ...server, addresses: [address] }));
  return { ...scenario, records: moved, web: placed(scenario.web), mail: placed(scenario.mail) };
}

let internet: Internet;
let opened: Opened;
let aheadMs = 0;
const now = () => new Date(Date.now() + aheadMs);

beforeAll(async () => {
  internet = await createInternet({ scenarios: names.map(at) });
  trustAuthority(internet);
  if (embedded === undefined) throw new Error('There is no embedded server.');
  opened = await openFresh(embedded);
}, 60_000);
afterAll(async () => {
  await internet?.stop();
  await opened?.end();
});

const running: Watcher[] = [];
afterEach(async () => {
  for (const watcher of running.splice(0)) await watcher.stop(2000);
  await forgetTeams(opened);
});

/** Ends of CONNECT_TO entries at which nobody listens from here: `:443` is the port of everybody. */
function lookWithout(...closed: readonly string[]): Look {
  const routes = internet.env.CONNECT_TO.split(',').map((route) => {
    const [from = ''] = route.split('=');
    return closed.some((end) => from.endsWith(end)) ? `${from}=127.0.0.1:1` : route;
  });
  const config = readConfig({
    SLACK_BOT_TOKEN: 'xoxb-1-2-abc',
    SLACK_APP_TOKEN: 'xapp-1-2-abc',
    ...internet.env,
    CONNECT_TO: routes.join(','),
  });
  return createLook(config.network, now);
}

async function start() {
  const { store } = opened;
  const changes: string[] = [];
  let look = lookWithout();
  const watcher = createWatcher({
    store,
    look: (domain, options) => look(domain, options),
    now,
    onOwnNetwork: ({ way, to }) => changes.push(`${way} ${to}`),
    announcer: {
      async tell() {},
      async sendNotice() {},
      async sendDigest() {},
    },
  });
  running.push(watcher);
  await watcher.start();
  for (const domain of names) {
    await store.watches.add(
      { team, domain: domain as DomainName, conversation, owner: 'U0ANA00001', everyHours: 6 },
      now(),
    );
    await looked(domain, undefined);
  }
  return {
    changes,
    /** The ports at which nobody answers from now on. */
    close(...closed: readonly string[]) {
      look = lookWithout(...closed);
    },
    /** So many minutes later each of them is looked at. */
    async lookAt(afterMinutes: number, ...these: readonly Name[]) {
      aheadMs += afterMinutes * 60_000;
      const seen = [];
      for (const domain of these) {
        const before = (await current(domain))?.lastLookAt?.getTime();
        await store.looks.soon(team, domain as DomainName);
        seen.push(await looked(domain, before));
      }
      return seen;
    },
  };
}

const current = (domain: Name) => opened.store.watches.find(team, domain as DomainName);

async function looked(domain: Name, before: number | undefined) {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const seen = await current(domain);
    if (seen?.lastLookAt !== undefined && seen.lastLookAt.getTime() !== before) return seen;
    if (performance.now() > deadline) throw new Error(`It took too long: a look at ${domain}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** What conversations are told of: the domain, and what is wrong there. */
async function incidents() {
  const all = await opened.store.incidents.since(team, new Date(0));
  return all
    .map(({ domain, state }) => `${domain}: ${readIncident(state)?.open.map(({ id }) => id)}`)
    .toSorted();
}

test.each([
  ['443', 'https-ipv4', 'unknown'],
  ['25', 'smtp-ipv4', 'enforced'],
])(
  'port %s closed on this side alerts of no domain, however long; then all goes on',
  async (port, way, verdict) => {
    const { changes, close, lookAt } = await start();
    close(`:${port}`);
    const first = await lookAt(5, ...names);
    expect(first.map(({ summary }) => summary?.verdict)).toEqual([verdict, verdict, verdict]);
    for (const { nextLookAt } of first)
      expect((nextLookAt?.getTime() ?? 0) - now().getTime()).toBeLessThan(6 * 60_000);
    await lookAt(5, ...names);
    await lookAt(120, ...names);
    expect(changes).toEqual([`${way} failing`]);
    expect(await incidents()).toEqual([]);

    close();
    const [, , last] = await lookAt(5, ...names);
    expect(changes).toEqual([`${way} failing`, `${way} reached`]);
    expect(last?.summary).toMatchObject({ verdict: 'enforced', findings: [] });
    expect(await incidents()).toEqual([]);

    // The next fault of a domain itself is news again.
    close('192.0.2.240:443');
    await lookAt(5, 'one.test');
    await lookAt(5, 'one.test');
    expect(await incidents()).toEqual(['one.test: host.port-closed']);
  },
  120_000,
);

test('one domain that refuses connections by itself is told of', async () => {
  const { changes, close, lookAt } = await start();
  close('192.0.2.240:443');
  await lookAt(5, 'one.test');
  expect(await incidents()).toEqual([]);
  await lookAt(5, 'one.test');
  expect(await incidents()).toEqual(['one.test: host.port-closed']);
  expect(changes).toEqual([]);
}, 60_000);

test('two of them are, too, while a third one answers', async () => {
  const { changes, close, lookAt } = await start();
  close('192.0.2.240:443', '198.51.100.240:443');
  await lookAt(5, 'one.test', 'two.test');
  await lookAt(5, 'one.test', 'two.test');
  expect(await incidents()).toEqual(['one.test: host.port-closed', 'two.test: host.port-closed']);
  expect(changes).toEqual([]);
}, 60_000);

test('what goes on for a day is told of', async () => {
  const { changes, close, lookAt } = await start();
  close(':443');
  await lookAt(5, ...names);
  await lookAt(23 * 60, ...names);
  expect(await incidents()).toEqual([]);
  await lookAt(2 * 60, ...names);
  expect(changes).toEqual(['https-ipv4 failing', 'https-ipv4 believed']);
  await lookAt(5, ...names);
  expect(await incidents()).toEqual(names.map((name) => `${name}: host.port-closed`).toSorted());
}, 120_000);
