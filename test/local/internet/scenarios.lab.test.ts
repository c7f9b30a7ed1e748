/** Every domain of the local internet, looked up over real sockets: a line each with what must be seen. */
import { domainToASCII } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { MxObservation } from '../../../src/check/observation.ts';
import { lookupMx } from '../../../src/check/probes/dns.ts';
import { readNetwork } from '../../../src/config-network.ts';
import { createInternet } from '../../../src/local/internet/internet.ts';
import { scenarios } from '../../../src/local/internet/scenarios.ts';
import { createZone } from '../../../src/local/internet/zone.ts';
import { parseDomain } from '../../../src/protocol/domain.ts';

const internet = await createInternet();
const network = readNetwork(internet.env);
afterAll(() => internet.stop());

/** As a form or a terminal waits. */
const timeoutMs = 3000;
/** For the scenario whose point is that nothing ever comes. */
const shortTimeoutMs = 300;

const expected: Readonly<Record<string, MxObservation>> = {
  'example.test': hosts([10, 'mx1.example.test'], [10, 'mx2.example.test'], [20, 'backup.example.net']),
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
  'published.test': hosts([10, 'mx.published.test']),
  'bücher.test': hosts([10, 'mx.xn--bcher-kva.test']),
  'implicit-mx.test': { kind: 'implicit', host: named('implicit-mx.test') },
  'null-mx.test': { kind: 'null-mx' },
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
  'cut-dns.test': hosts([10, 'mx.cut-dns.test']),
  'slow-dns.test': hosts([10, 'mx.slow-dns.test']),
  'silent-dns.test': { kind: 'unknown', problem: 'timeout' },
  'servfail.test': { kind: 'unknown', problem: 'servfail' },
  'refused.test': { kind: 'unknown', problem: 'refused' },
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
  test.each(Object.entries(expected))('%s', async (domain, mx) => {
    const limitMs = domain === 'silent-dns.test' ? shortTimeoutMs : timeoutMs;
    const lookup = await lookupMx(named(domain), network, { timeoutMs: limitMs });
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

test('every scenario has its line, and every line its scenario', () => {
  expect(Object.keys(expected)).toEqual(scenarios.map(({ domain }) => domain));
  expect(internet.scenarios).toBe(scenarios);
});

test('every address is one of documentation', () => {
  const addresses = scenarios.flatMap(({ records }) =>
    records.flatMap((line) => / A{1,4} (\S+)$/.exec(line)?.[1] ?? []),
  );
  expect(addresses.length).toBeGreaterThan(10);
  for (const address of addresses)
    expect(address).toMatch(/^(192\.0\.2|198\.51\.100|203\.0\.113)\.|^2001:db8:/);
});

test('nothing that is dialled leaves this machine', () => {
  for (const port of [25, 53, 443]) {
    expect(network.connectTo.get(`*:${port}`)?.address, `port ${port}`).toBe('127.0.0.1');
  }
});

test('a record of an unknown type is a mistake in the data', () => {
  expect(() => createZone([{ domain: 'a.test', title: '', records: ['a.test LOC here'] }])).toThrow('LOC');
});

test('a text longer than 255 octets is published as several strings', () => {
  const text = 'a'.repeat(600);
  const zone = createZone([{ domain: 'a.test', title: '', records: [`long.a.test TXT ${text}`] }]);
  const [record] = zone.answer('long.a.test', 'TXT').answers;
  const strings = record?.type === 'TXT' && Array.isArray(record.data) ? record.data : [];
  expect(strings.map((part) => part.length)).toEqual([255, 255, 90]);
});

test('a second start and stop leaves nothing behind', async () => {
  const another = await createInternet();
  expect(another.env.DNS_RESOLVERS).not.toBe(internet.env.DNS_RESOLVERS);
  const waiting = lookupMx(named('slow-dns.test'), readNetwork(another.env), { timeoutMs: shortTimeoutMs });
  await another.stop();
  expect((await waiting).mx.kind).toBe('unknown');
});
