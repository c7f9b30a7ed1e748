/**
 * A light look: which MX hosts are connected to again, counted at their sockets, and what is told of the others. The
 * second look meets another internet with the same domain, in which something changed or nothing did.
 */
import { connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkDomain } from '../../../src/check/check.ts';
import { historyAfter } from '../../../src/check/history.ts';
import type { Observation, SmtpSession } from '../../../src/check/observation.ts';
import { createProber, observeDomain } from '../../../src/check/probes/observe.ts';
import { readRecorded } from '../../../src/check/recorded.ts';
import { createReport } from '../../../src/check/report.ts';
import { readNetwork } from '../../../src/config-network.ts';
import { allWell, enforced } from '../../../src/local/internet/healthy.ts';
import { createInternet, type Internet, trustAuthority } from '../../../src/local/internet/internet.ts';
import type { Scenario } from '../../../src/local/internet/scenario.ts';
import type { DomainName } from '../../../src/protocol/domain.ts';

const name = 'light.test' as DomainName;
const scenario = enforced(['Healthy and ordinary', name, 'Three hosts, two of them MX'], allWell, {
  patterns: [`*.${name}`],
  mx: [
    { host: 'mx1', preference: 10, ipv6: {} },
    { host: 'mx2', preference: 20, ipv6: {} },
    { host: 'mx3', preference: 30 },
  ],
  dns: { signed: true },
});
const record = (start: string) => (line: string) => line.startsWith(start);
const without = (start: string, from: Scenario = scenario): Scenario => ({
  ...from,
  records: from.records.filter((line) => !record(start)(line)),
});
const withRecord = (line: string, from: Scenario = scenario): Scenario => ({
  ...from,
  records: [...from.records, line],
});
/** mx1 and mx2. */
const twoHosts = without(`${name} MX 30`);
const daneHost = `_25._tcp.mx1.${name} TLSA`;

interface Place {
  readonly internet: Internet;
  readonly env: Readonly<Record<string, string>>;
  /** The addresses that were connected to on port 25, each connection once; forgets them. */
  connections(): string[];
  stop(): Promise<void>;
}

/** An internet whose mail servers are reached through a relay that counts. */
async function createPlace(only: Scenario): Promise<Place> {
  const internet = await createInternet({ scenarios: [only] });
  trustAuthority(internet);
  const met: string[] = [];
  const relays: Server[] = [];
  const routes = internet.env.CONNECT_TO.split(',').map(async (route) => {
    const [, address, port] = /^(.+):25=127\.0\.0\.1:(\d+)$/.exec(route) ?? [];
    if (address === undefined || address === '*') return route;
    const relay = createServer((socket) => {
      met.push(address.replace(/^\[|\]$/g, ''));
      const on = connect(Number(port), '127.0.0.1');
      for (const end of [socket, on]) end.on('error', () => undefined);
      socket.pipe(on).pipe(socket);
    });
    relays.push(relay);
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    const listening = relay.address();
    return typeof listening === 'object' && listening !== null
      ? `${address}:25=127.0.0.1:${listening.port}`
      : route;
  });
  return {
    internet,
    env: { ...internet.env, CONNECT_TO: (await Promise.all(routes)).join(',') },
    connections: () => met.splice(0).sort(),
    async stop() {
      for (const relay of relays) relay.close();
      await internet.stop();
    },
  };
}

const firstAt = new Date('2026-11-27T06:00:00.000Z');
const secondAt = new Date('2026-11-27T12:00:00.000Z');

function look(place: Place, now: Date, earlier?: Observation): Promise<Observation> {
  const prober = createProber(readNetwork(place.env));
  return observeDomain(name, prober, now, earlier === undefined ? {} : { earlier });
}

let first: Place;
let earlier: Observation;

beforeAll(async () => {
  first = await createPlace(twoHosts);
  earlier = await look(first, firstAt);
});

afterAll(() => first.stop());

function addressesOf(host: string, { mxHosts }: Observation): readonly string[] {
  return (mxHosts.find((one) => one.host === host)?.sessions ?? []).map(({ address }) => address).toSorted();
}

/** Into the same internet, with nothing changed. */
async function lookAgain(known = earlier): Promise<{ seen: Observation; met: string[] }> {
  const seen = await look(first, secondAt, known);
  return { seen, met: first.connections() };
}

async function lookInto(changed: Scenario, known = earlier): Promise<{ seen: Observation; met: string[] }> {
  const place = await createPlace(changed);
  try {
    const seen = await look(place, secondAt, known);
    return { seen, met: place.connections() };
  } finally {
    await place.stop();
  }
}

const lookedAt = ({ mxHosts }: Observation) => mxHosts.map((one) => [one.host, one.lookedAt]);
const again = firstAt.toISOString();
const [mx1, mx2, mx3] = [`mx1.${name}`, `mx2.${name}`, `mx3.${name}`];

describe('a first look', () => {
  test('connects to each address of each host, and is a look of now', () => {
    const all = [...addressesOf(mx1, earlier), ...addressesOf(mx2, earlier)];
    expect(all).toHaveLength(4);
    expect(first.connections()).toEqual(all.toSorted());
    expect(lookedAt(earlier)).toEqual([
      [mx1, undefined],
      [mx2, undefined],
    ]);
  });
});

describe('a light look connects', () => {
  test('to nobody where nothing changed, and has what the earlier one saw', async () => {
    const { seen, met } = await lookAgain();
    expect(met).toEqual([]);
    expect(seen.startedAt).toBe(secondAt.toISOString());
    expect(lookedAt(seen)).toEqual([
      [mx1, again],
      [mx2, again],
    ]);
    expect(seen.mxHosts.map(({ sessions }) => sessions)).toEqual(
      earlier.mxHosts.map(({ sessions }) => sessions),
    );
    expect(seen.port25).toBe(earlier.port25);
    expect(seen.policyHost.fetches[0]?.result.kind).toBe('response');
  });

  test('to a host that is new among the MX', async () => {
    const { seen, met } = await lookInto(scenario);
    expect(met).toEqual(addressesOf(mx3, seen));
    expect(met).not.toEqual([]);
    expect(lookedAt(seen)).toEqual([
      [mx1, again],
      [mx2, again],
      [mx3, undefined],
    ]);
  });

  test('to nobody where an MX went', async () => {
    const { seen, met } = await lookInto(without(`${name} MX 20`, twoHosts));
    expect(met).toEqual([]);
    expect(lookedAt(seen)).toEqual([[mx1, again]]);
  });

  test('to all addresses of a host that has one less', async () => {
    const { seen, met } = await lookInto(without(`${mx2} AAAA`, twoHosts));
    expect(met).toEqual(addressesOf(mx2, seen));
    expect(met).toHaveLength(1);
  });

  test('to a host that has TLSA records now', async () => {
    const { seen, met } = await lookInto(withRecord(`${daneHost} 3 1 1 @${mx1}`, twoHosts));
    expect(met).toEqual(addressesOf(mx1, seen));
    expect(seen.mxHosts[0]?.sessions[0]?.result).toMatchObject({ kind: 'secured', tlsaMatches: [true] });
  });

  test.each([
    ['the time was over', 'time-is-over', true],
    ['it had been asked too often', 'asked-too-often', true],
    ['nobody could be reached from here', 'own-network', true],
    // It would be the same again.
    ['there is no way to its address', 'no-route', false],
  ] as const)('to a host that was not measured because %s: %s, %s', async (_, because, expected) => {
    const missed: SmtpSession['result'] = { kind: 'not-measured', because };
    const [one, ...others] = earlier.mxHosts;
    const half: Observation = {
      ...earlier,
      mxHosts: [
        ...(one === undefined
          ? []
          : [{ ...one, sessions: one.sessions.map((session) => ({ ...session, result: missed })) }]),
        ...others,
      ],
    };
    expect((await lookAgain(half)).met).toEqual(expected ? addressesOf(mx1, earlier) : []);
  });

  test('to all where the earlier look was at another domain', async () => {
    const other = { ...earlier, domain: 'other.test' as DomainName };
    const { seen, met } = await lookAgain(other);
    expect(met).toHaveLength(4);
    expect(seen.mxHosts.every((one) => one.lookedAt === undefined)).toBe(true);
  });
});

describe('what is told of a host that was not connected to again', () => {
  test('stays of the first look, however many light ones come after it', async () => {
    const { seen: second } = await lookAgain();
    const { seen: third, met } = await lookAgain(second);
    expect(met).toEqual([]);
    expect(lookedAt(third)).toEqual(lookedAt(second));
  });

  test('says when it was seen', async () => {
    const { seen } = await lookAgain();
    const { facts, verdict, findings } = createReport(seen);
    expect([verdict, findings.map(({ id }) => id)]).toEqual(['enforced', ['mx.pattern-own-wildcard']]);
    expect(facts.find(({ id }) => id === 'smtp.seen-earlier')?.text).toBe(
      `What is told of SMTP and certificates of ${mx1} and ${mx2} was seen on 2026-11-27 06:00 UTC, and is judged by the date of today; the addresses are the same since.`,
    );
  });

  test('is judged by the date of the new look', () => {
    const later = new Date(firstAt.getTime() + 4000 * 86_400_000).toISOString();
    const hosts = earlier.mxHosts.map((host) => ({ ...host, lookedAt: again }));
    const ids = createReport({ ...earlier, mxHosts: hosts, startedAt: later }).findings.map(({ id }) => id);
    expect(ids).toContain('smtp.cert-expired');
  });

  test('holds its TLSA records in the order of its matches', async () => {
    const digest = 'ab'.repeat(32);
    const records = [`${daneHost} 3 1 1 @${mx1}`, `${daneHost} 3 1 1 ${digest}`];
    const dane = (lines: readonly string[]) => lines.reduce((from, line) => withRecord(line, from), twoHosts);
    const place = await createPlace(dane(records));
    try {
      const seen = await look(place, firstAt);
      place.connections();
      const [host, ...others] = seen.mxHosts;
      if (host?.tlsa.kind !== 'answered') throw new Error('no TLSA');
      const turned: Observation = {
        ...seen,
        mxHosts: [
          {
            ...host,
            tlsa: { ...host.tlsa, records: host.tlsa.records.toReversed() },
            sessions: host.sessions.map((session) => {
              const { result } = session;
              return result.kind === 'secured'
                ? { ...session, result: { ...result, tlsaMatches: (result.tlsaMatches ?? []).toReversed() } }
                : session;
            }),
          },
          ...others,
        ],
      };
      const light = await look(place, secondAt, turned);
      expect(place.connections()).toEqual([]);
      expect(light.mxHosts[0]?.tlsa).toMatchObject({ records: host.tlsa.records.toReversed() });
      expect(createReport(light).deliveries).toEqual(createReport(seen).deliveries);
    } finally {
      await place.stop();
    }
  });

  test('reads back from JSON as it was', async () => {
    const { seen } = await lookAgain();
    expect(readRecorded(JSON.stringify(seen))).toEqual([{ line: 1, observation: { ok: true, value: seen } }]);
  });
});

test('the door of check passes history and the earlier look on', async () => {
  const known = historyAfter({ ledger: [], trail: undefined }, earlier);
  const prober = createProber(readNetwork(first.env));
  const report = await checkDomain(name, prober, secondAt, {
    earlier,
    history: { ...known, generated: [] },
  });
  expect(first.connections()).toEqual([]);
  expect(report.passed).toContain('txt.id-not-bumped');
  expect(report.observation.mxHosts.map((one) => one.lookedAt)).toEqual([again, again]);
});
