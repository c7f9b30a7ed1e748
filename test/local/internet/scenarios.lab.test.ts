/** Every domain of the local internet: what its MX look-up gives over real sockets, and that its data make sense. */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { MxObservation } from '../../../src/check/observation.ts';
import { lookupMx } from '../../../src/check/probes/dns.ts';
import { readNetwork } from '../../../src/config-network.ts';
import { createInternet } from '../../../src/local/internet/internet.ts';
import { parseRecord } from '../../../src/local/internet/record-data.ts';
import { type Scenario, scenarioGroups } from '../../../src/local/internet/scenario.ts';
import { scenarios } from '../../../src/local/internet/scenarios.ts';
import { surroundings } from '../../../src/local/internet/surroundings.ts';
import { nameServers } from '../../../src/local/internet/zone.ts';
import { parseDomain } from '../../../src/protocol/domain.ts';

const internet = await createInternet();
const network = readNetwork(internet.env);
afterAll(() => internet.stop());

/** As a form or a terminal waits. */
const timeoutMs = 3000;
/** For the scenario whose point is that nothing ever comes. */
const shortTimeoutMs = 300;

/** What is not one host, `mx.<domain>`. */
const expected: Readonly<Record<string, MxObservation>> = {
  'example.test': hosts([10, 'mx1.example.test'], [10, 'mx2.example.test'], [20, 'backup.example.net']),
  'healthy.test': hosts([10, 'mx1.healthy.test'], [20, 'mx2.healthy.test']),
  'google-style.test': hosts(
    [1, 'aspmx.l.google.com'],
    [5, 'alt1.aspmx.l.google.com'],
    [5, 'alt2.aspmx.l.google.com'],
    [10, 'alt3.aspmx.l.google.com'],
    [10, 'alt4.aspmx.l.google.com'],
  ),
  'google-one.test': hosts([1, 'smtp.google.com']),
  'microsoft-style.test': hosts([0, 'microsoftstyle-test.h-v1.mx.microsoft']),
  'microsoft-legacy.test': hosts([0, 'microsoftlegacy-test.mail.protection.outlook.com']),
  'moving.test': hosts([5, 'smtp.google.com'], [50, 'mail.moving.test']),
  'mx-not-covered.test': hosts([10, 'mx1.mx-not-covered.test'], [20, 'mx2.mx-not-covered.test']),
  'mx-not-covered-testing.test': hosts(
    [10, 'mx1.mx-not-covered-testing.test'],
    [20, 'mx2.mx-not-covered-testing.test'],
  ),
  'backup-not-covered.test': hosts([10, 'mx1.backup-not-covered.test'], [20, 'backup.example.net']),
  'two-labels.test': hosts([0, 'microsofttwo-labels.h-v1.mx.microsoft']),
  'wildcard-too-short.test': hosts([10, 'mx1.eu.mail.wildcard-too-short.test']),
  'provider-mismatch.test': hosts([0, 'microsofttwo-labels.h-v1.mx.microsoft']),
  'mx-address-literal.test': {
    ...hosts(),
    unusable: [{ preference: 10, name: '192.0.2.25', why: expect.stringContaining('IP address') }],
  },
  'null-mx.test': { kind: 'null-mx' },
  'null-mx-policy.test': { kind: 'null-mx' },
  'null-mx-beside.test': {
    ...hosts([10, 'mx.null-mx-beside.test']),
    unusable: [{ preference: 0, name: '.', why: expect.stringContaining('null MX') }],
  },
  'implicit-mx.test': { kind: 'implicit', host: named('implicit-mx.test') },
  'implicit-mx-policy.test': { kind: 'implicit', host: named('implicit-mx-policy.test') },
  'parked.test': { kind: 'no-mail' },
  'alias.test': hosts([10, 'mx1.example.test'], [10, 'mx2.example.test'], [20, 'backup.example.net']),
  'broken-mx.test': {
    ...hosts([50, 'mx5.broken-mx.test']),
    unusable: [
      { preference: 10, name: '192.0.2.25', why: expect.stringContaining('IP address') },
      { preference: 20, name: 'mail_1.broken-mx.test', why: expect.stringContaining('underscore') },
      {
        preference: 30,
        name: 'mx2.broken-mx.test;10',
        why: expect.stringContaining('not the name of a host'),
      },
      { preference: 40, name: '.', why: expect.stringContaining('null MX') },
    ],
  },
  'many-mx.test': hosts(
    ...Array.from({ length: 30 }, (_, at): [number, string] => [
      10,
      `mx${String(at + 1).padStart(2, '0')}.many-mx.test`,
    ]),
  ),
  'mx-second-broken.test': hosts([10, 'mx1.mx-second-broken.test'], [20, 'mx2.mx-second-broken.test']),
  'hostile.test': hosts([10, 'mx1.hostile.test'], [20, 'mx2.hostile.test'], [30, 'mx3.hostile.test']),
  'watched.test': hosts([10, 'mx1.watched.test'], [20, 'mx2.watched.test']),
  'dane-partial.test': hosts([10, 'mx1.dane-partial.test'], [20, 'mx2.dane-partial.test']),
  'silent-dns.test': { kind: 'unknown', problem: 'timeout' },
  'servfail.test': { kind: 'unknown', problem: 'servfail' },
  'refused.test': { kind: 'unknown', problem: 'refused' },
  'bogus.test': { kind: 'unknown', problem: 'servfail' },
};

function named(domain: string) {
  const name = parseDomain(domain);
  if (!name.ok) throw new Error(name.problem.message);
  return name.value;
}

function hosts(...list: readonly (readonly [preference: number, host: string])[]) {
  return {
    kind: 'hosts',
    hosts: list.map(([preference, host]) => ({ preference, host: named(host) })),
  } as const;
}

describe.concurrent('looking up', () => {
  test.each(scenarios.map(({ domain }) => domain))('%s', async (domain) => {
    const limitMs = domain === 'silent-dns.test' ? shortTimeoutMs : timeoutMs;
    const lookup = await lookupMx(named(domain), network, { timeoutMs: limitMs });
    const mx = expected[domain] ?? hosts([10, `mx.${domainToASCII(domain)}`]);
    expect(lookup).toEqual({ domain: domainToASCII(domain), mx, durationMs: expect.any(Number) });
    expect(lookup.durationMs).toBeLessThan(timeoutMs);
  });

  test('any other name does not exist', async () => {
    const { mx } = await lookupMx(named('nobody-wrote-this.test'), network, { timeoutMs });
    expect(mx).toEqual({ kind: 'nxdomain' });
  });

  test('a name of any case is the same name', async () => {
    const { mx } = await lookupMx('EXAMPLE.Test' as ReturnType<typeof named>, network, { timeoutMs });
    expect(mx).toEqual(expected['example.test']);
  });
});

describe('the data', () => {
  const places = [...scenarios, surroundings];
  const records = places.flatMap(({ records: lines, dns }) =>
    [...lines, ...(dns?.differences ?? []).flatMap((difference) => difference.records)].map(parseRecord),
  );
  const addressesOf = (host: string): string[] =>
    records.flatMap((record) => {
      if (record.name !== host) return [];
      if (record.type === 'CNAME') return addressesOf(String(record.data));
      return record.type === 'A' || record.type === 'AAAA' ? [String(record.data)] : [];
    });
  const servers = places.flatMap(({ web = [], mail = [] }) => [...web, ...mail]);

  test('every line is of a scenario', () => {
    const domains = scenarios.map(({ domain }) => domain);
    expect(Object.keys(expected).filter((domain) => !domains.includes(domain))).toEqual([]);
  });

  test('every domain is one of its own, under a name that people can type', () => {
    const domains = scenarios.map(({ domain }) => domain);
    expect(new Set(domains).size).toBe(domains.length);
    for (const domain of domains) expect(parseDomain(domain), domain).toMatchObject({ ok: true });
  });

  test('every title is a short text of its own', () => {
    const titles = scenarios.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    for (const title of titles) expect(title).toMatch(/^\S.{3,90}[^.\s]$/);
  });

  test('scenarios of a group stand together, in the order of the groups', () => {
    const order = scenarios.map(({ group }) => group).filter((group, at, all) => group !== all[at - 1]);
    expect(order).toEqual(scenarioGroups);
  });

  test('every finding is written as an id', () => {
    for (const { domain, expect: told } of scenarios)
      for (const id of told.findings) expect(id, domain).toMatch(/^[a-z]+\.[a-z0-9_-]+$/);
  });

  test('every server stands at an address that its host has', () => {
    for (const { host, addresses } of servers)
      for (const address of addresses) expect(addressesOf(host), host).toContain(address);
    expect(servers.length).toBeGreaterThan(300);
  });

  test('no address is given out twice, except to one host', () => {
    const owners = new Map<string, string>();
    for (const { host, addresses } of servers)
      for (const address of addresses) {
        expect(owners.get(address) ?? host, address).toBe(host);
        owners.set(address, host);
      }
    for (const { address } of nameServers) expect(owners.has(address)).toBe(false);
  });

  test('every MX names a host that exists, unless that is the fault', () => {
    const named = (scenario: Scenario) => scenario.expect.findings.join();
    const dangling = scenarios
      .filter((scenario) => !/mx\.(nxdomain|no-address|ip-literal|null)/.test(named(scenario)))
      .flatMap(({ records: lines }) => lines.map(parseRecord))
      .flatMap((record) => (record.type === 'MX' ? [record.data.exchange] : []))
      .filter((exchange) => exchange !== '.' && addressesOf(exchange).length === 0);
    expect(dangling).toEqual([]);
  });

  test('every address is one of documentation, unless the fault is that it is not', () => {
    const documentation = /^(192\.0\.2|198\.51\.100|203\.0\.113)\.|^2001:db8:/;
    const strange = scenarios.filter(({ records: lines }) =>
      lines
        .map(parseRecord)
        .some(
          (record) =>
            (record.type === 'A' || record.type === 'AAAA') && !documentation.test(String(record.data)),
        ),
    );
    for (const { domain, expect: told } of strange)
      expect(told.findings.join(), domain).toContain('private-address');
    expect(strange.length).toBeGreaterThan(4);
    for (const record of records)
      if (record.type === 'A' || record.type === 'AAAA') expect(isIP(String(record.data))).not.toBe(0);
  });

  test('a record of an unknown type is a mistake', () => {
    expect(() => parseRecord('a.test LOC here')).toThrow('LOC');
    expect(() => parseRecord('a.test')).toThrow('a.test');
  });
});
