/** What the probes see of whole zones: the record with its surroundings, hosts, reports, resolvers. */
import type { Answer } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { observeMx } from '../../../src/check/probes/dns.ts';
import type { OpenDoor } from '../../../src/check/probes/dns-authoritative.ts';
import {
  mostAddressRecords,
  mostTlsaRecords,
  observeAddresses,
  observeCaa,
  observePatternDomains,
  observeResolver,
  observeTlsa,
} from '../../../src/check/probes/dns-hosts.ts';
import { startRecord } from '../../../src/check/probes/dns-record.ts';
import { observeTlsRpt } from '../../../src/check/probes/dns-tlsrpt.ts';
import { type Endpoint, type Network, route } from '../../../src/check/probes/network.ts';
import type { DomainName, HostName } from '../../../src/protocol/domain.ts';
import { fail, ok } from '../../../src/protocol/result.ts';
import {
  type Asked,
  authenticFlag,
  authoritativeFlag,
  cname,
  createHostileDns,
  extendedError,
  mx,
  type Reply,
  raw,
  rcodes,
  reply,
  soa,
  txt,
} from './hostile-dns.ts';

const domain = 'example.com' as DomainName;
const record = 'v=STSv1; id=1;';
const soon = () => AbortSignal.timeout(8000);

function a(name: string, data: string): Answer {
  return { type: 'A', name, class: 'IN', ttl: 60, data };
}

function aaaa(name: string, data: string): Answer {
  return { type: 'AAAA', name, class: 'IN', ttl: 60, data };
}

function ns(name: string, data: string): Answer {
  return { type: 'NS', name, class: 'IN', ttl: 60, data };
}

/** What an honest server says that has these records. */
function answerFrom(records: readonly Answer[], { name, type }: Pick<Asked, 'name' | 'type'>): Reply {
  const own = records.filter((one) => one.name === name);
  const alias = own.find((one) => one.type === 'CNAME');
  if (alias?.type === 'CNAME' && type !== 'CNAME') {
    const target = answerFrom(records, { name: alias.data, type });
    return { ...target, answers: [alias, ...(target.answers ?? [])] };
  }
  const exists = name === '.' || records.some((one) => one.name === name || one.name.endsWith(`.${name}`));
  const number = { TLSA: 'UNKNOWN_52', CAA: 'UNKNOWN_257' }[type] ?? type;
  return {
    flags: authoritativeFlag | (exists ? 0 : rcodes.nameError),
    answers: own.filter((one) => String(one.type) === number),
    authorities: exists ? [] : [soa('com', 900, 300)],
  };
}

interface World {
  readonly network: Network;
  readonly door: OpenDoor;
  /** Every question, in its order. */
  readonly questions: readonly string[];
}

/**
 * A resolver and the servers of all zones, which are one and the same unless `behind` says what the server at
 * an address has instead.
 */
async function within<R>(
  records: readonly Answer[],
  run: (world: World) => Promise<R>,
  more: {
    readonly behind?: Readonly<Record<string, (asked: Asked) => Reply | undefined>>;
    readonly resolver?: (asked: Asked) => Reply | 'silent' | undefined;
  } = {},
): Promise<R> {
  const questions: string[] = [];
  const servers = new Map<string, Endpoint & { stop(): Promise<void> }>();
  const start = async (address: string, answer: (asked: Asked) => Reply | 'silent' | undefined) => {
    const server = await createHostileDns({
      udp: (asked, send) => {
        questions.push(`${asked.name} ${asked.type}`);
        const given = answer(asked);
        if (given !== 'silent') send(reply(asked, given ?? answerFrom(records, asked)));
      },
    });
    servers.set(address, server);
    return server;
  };
  const resolver = await start('resolver', more.resolver ?? (() => undefined));
  for (const [address, answer] of Object.entries(more.behind ?? {}))
    await start(address, (asked) => answer(asked) ?? 'silent');
  const connectTo = new Map<string, Endpoint>([['*:53', resolver]]);
  for (const address of Object.keys(more.behind ?? {}))
    connectTo.set(`${address}:53`, servers.get(address) ?? resolver);
  const network: Network = { resolvers: [resolver], probeAllow: [], connectTo, ehloName: 'probe.test' };
  const door: OpenDoor = (address, port) =>
    address.startsWith('10.')
      ? fail({ kind: 'address-refused', block: 'private use' })
      : address === '192.0.2.99'
        ? fail({ kind: 'not-measured', because: 'asked-too-often' })
        : ok(route(network, address, port));
  try {
    return await run({ network, door, questions });
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

const zone: readonly Answer[] = [
  ns(domain, 'ns1.example.net'),
  ns(domain, 'ns2.example.net'),
  a('ns1.example.net', '192.0.2.1'),
  aaaa('ns1.example.net', '2001:db8::1'),
  a('ns2.example.net', '192.0.2.2'),
  txt(`_mta-sts.${domain}`, record),
  txt(domain, 'v=spf1 -all'),
];

describe.concurrent('the record', () => {
  const look = ({ network, door }: World) => startRecord(domain, network, door, soon()).whole;

  test('of a healthy domain, from the resolver and from each server of its zone', async () => {
    const seen = await within(zone, look);
    const found = { kind: 'answered', name: `_mta-sts.${domain}`, exists: true, records: [[record]] };
    expect(seen.lookup).toMatchObject(found);
    expect(seen.authoritative).toMatchObject([
      { nameServer: 'ns1.example.net', address: '192.0.2.1', lookup: found },
      { nameServer: 'ns1.example.net', address: '2001:db8::1', lookup: found },
      { nameServer: 'ns2.example.net', address: '192.0.2.2', lookup: found },
    ]);
    expect(seen.wildcard).toMatchObject({ kind: 'answered', exists: false, ttlSeconds: 300 });
    expect(seen.wildcard.name).toMatch(/^[0-9a-f]{16}\.example\.com$/);
    expect(seen.wrongNames).toEqual([]);
    expect(seen).not.toHaveProperty('parent');
  });

  test('that is not at its name is looked for where people put it by mistake', async () => {
    const misplaced = [
      ...zone.filter(({ name }) => name !== `_mta-sts.${domain}`),
      txt(`_mta_sts.${domain}`, record),
    ];
    const seen = await within(misplaced, look);
    expect(seen.wrongNames).toMatchObject([
      { name: domain, records: [['v=spf1 -all']] },
      { name: `mta-sts.${domain}`, records: [] },
      { name: `_mta_sts.${domain}`, records: [[record]] },
      { name: `_mta-sts.mta-sts.${domain}`, records: [] },
      { name: `_mta-sts.${domain}.${domain}`, records: [] },
    ]);
  });

  test('a fresh change is seen at the servers although the resolver keeps the old one', async () => {
    const fresh = () => ({
      flags: authoritativeFlag,
      answers: [txt(`_mta-sts.${domain}`, 'v=STSv1; id=2;')],
    });
    const seen = await within(zone, look, { behind: { '192.0.2.1': fresh, '192.0.2.2': fresh } });
    expect(seen.lookup).toMatchObject({ records: [[record]] });
    expect(seen.authoritative.map(({ lookup }) => lookup)).toMatchObject([
      { records: [['v=STSv1; id=2;']] },
      { records: [[record]] },
      { records: [['v=STSv1; id=2;']] },
    ]);
  });

  test('below a registered domain: that one is asked too, and its servers', async () => {
    const below = 'mail.news.example.com' as DomainName;
    const seen = await within(zone, ({ network, door }) => startRecord(below, network, door, soon()).whole);
    expect(seen.parent).toMatchObject({ name: `_mta-sts.${domain}`, records: [[record]] });
    expect(seen.authoritative).toMatchObject([
      { nameServer: 'ns1.example.net', lookup: { kind: 'answered', exists: false } },
      { nameServer: 'ns1.example.net' },
      { nameServer: 'ns2.example.net' },
    ]);
  });

  test('of the record delegated as a zone of its own, that zone answers', async () => {
    const own = [
      ...zone,
      ns(`_mta-sts.${domain}`, 'ns.provider.example'),
      a('ns.provider.example', '192.0.2.3'),
    ];
    const seen = await within(own, look);
    expect(seen.authoritative).toMatchObject([{ nameServer: 'ns.provider.example', address: '192.0.2.3' }]);
  });

  test('of an alias the zone of the alias answers, not that of its target', async () => {
    const own = [
      ...zone.filter(({ name, type }) => type !== 'TXT' || name === domain),
      cname(`_mta-sts.${domain}`, 'example-com.provider.example'),
      txt('example-com.provider.example', record),
      ns('example-com.provider.example', 'ns.provider.example'),
      a('ns.provider.example', '192.0.2.3'),
    ];
    const seen = await within(own, look);
    expect(seen.lookup).toMatchObject({ records: [[record]], aliases: ['example-com.provider.example'] });
    expect(seen.authoritative.map(({ nameServer }) => nameServer)).toEqual([
      'ns1.example.net',
      'ns1.example.net',
      'ns2.example.net',
    ]);
  });

  test('an alias beside it is seen at the servers, whatever the resolver shows', async () => {
    const both = ({ name, type }: Asked): Reply => ({
      flags: authoritativeFlag,
      answers: type === 'CNAME' ? [cname(name, 'b.test')] : [txt(name, record)],
    });
    const seen = await within(zone, look, { behind: { '192.0.2.1': both } });
    expect(seen.lookup).toMatchObject({ aliasBesideData: true, records: [[record]] });
    expect(seen.authoritative[0]?.lookup).toMatchObject({ aliasBesideData: true });
    expect(seen.authoritative[2]?.lookup).not.toHaveProperty('aliasBesideData');
  });

  test('a server at an address that is not public is not asked, nor one that was asked too often', async () => {
    const own = [
      ns(domain, 'ns1.example.net'),
      ns(domain, 'ns2.example.net'),
      a('ns1.example.net', '10.0.0.1'),
      a('ns2.example.net', '192.0.2.99'),
    ];
    const seen = await within(own, look);
    expect(seen.authoritative).toEqual([
      {
        nameServer: 'ns1.example.net',
        address: '10.0.0.1',
        lookup: { kind: 'address-refused', block: 'private use' },
      },
      {
        nameServer: 'ns2.example.net',
        address: '192.0.2.99',
        lookup: { kind: 'not-measured', because: 'asked-too-often', name: `_mta-sts.${domain}` },
      },
    ]);
  });

  test('of fifty servers with fifty addresses four are asked, at one address of each family', async () => {
    const many = Array.from({ length: 50 }, (_, at) => `ns${String(at).padStart(2, '0')}.example.net`);
    const own = many.flatMap((host, at) => [
      ns(domain, host),
      a(host, `192.0.2.${at}`),
      a(host, `198.51.100.${at}`),
      aaaa(host, `2001:db8::${at}`),
      aaaa(host, `2001:db9::${at}`),
    ]);
    const seen = await within(own, look);
    expect(seen.authoritative.map(({ nameServer, address }) => `${nameServer} ${address}`)).toEqual([
      'ns00.example.net 192.0.2.0',
      'ns00.example.net 2001:db8::',
      'ns01.example.net 192.0.2.1',
      'ns01.example.net 2001:db8::1',
      'ns02.example.net 192.0.2.2',
      'ns02.example.net 2001:db8::2',
      'ns03.example.net 192.0.2.3',
      'ns03.example.net 2001:db8::3',
    ]);
  });

  test('servers whose names cannot be asked for are passed over', async () => {
    const own = [
      ns(domain, 'ns\u0000.example.net'),
      ns(domain, 'bücher.example'),
      ns(domain, '*.example.net'),
    ];
    expect((await within(own, look)).authoritative).toEqual([]);
  });

  test('a server that refers to others, or only remembers, has not answered', async () => {
    const lame = ({ name }: Asked): Reply => ({ answers: [txt(name, 'old')] });
    const seen = await within(zone, look, { behind: { '192.0.2.1': lame } });
    expect(seen.authoritative[0]?.lookup).toMatchObject({ kind: 'failed', problem: 'refused' });
  });

  test('of a zone that fails the servers are not guessed', async () => {
    const fails = ({ type }: Asked) => (type === 'NS' ? { flags: rcodes.serverFailure } : undefined);
    expect((await within(zone, look, { resolver: fails })).authoritative).toEqual([]);
  });

  test('of a name with sixty labels few zones are asked for', async () => {
    const deep = `${Array(60).fill('a').join('.')}.example.com` as DomainName;
    await within(zone, async ({ network, door, questions }) => {
      const seen = await startRecord(deep, network, door, soon()).whole;
      expect(seen.authoritative).toHaveLength(3);
      expect(new Set(questions.filter((question) => question.endsWith(' NS'))).size).toBe(7);
    });
  });

  test('a name that doubling makes too long cannot exist', async () => {
    const long = `${Array(3).fill('a'.repeat(60)).join('.')}.example.com` as DomainName;
    const seen = await within(zone, ({ network, door }) => startRecord(long, network, door, soon()).whole);
    expect(seen.wrongNames.at(-1)).toMatchObject({ kind: 'not-measured', because: 'not-needed' });
  });

  test('is known before the rest', async () => {
    const silent = ({ type }: Asked) => (type === 'NS' ? ('silent' as const) : undefined);
    await within(
      zone,
      async ({ network, door }) => {
        const { lookup, whole } = startRecord(domain, network, door, AbortSignal.timeout(1500));
        const first = await Promise.race([lookup, whole]);
        expect(first).toMatchObject({ kind: 'answered', records: [[record]] });
        expect(await whole).toMatchObject({ lookup: { records: [[record]] }, authoritative: [] });
      },
      { resolver: silent },
    );
  });

  test('when the time is over nothing of it is measured', async () => {
    const startedMs = performance.now();
    const seen = await within(
      zone,
      ({ network, door }) => startRecord(domain, network, door, AbortSignal.timeout(250)).whole,
      { resolver: () => 'silent' },
    );
    const over = { kind: 'not-measured', because: 'time-is-over' };
    expect(seen).toMatchObject({ lookup: over, authoritative: [], wildcard: over, wrongNames: [] });
    expect(performance.now() - startedMs).toBeLessThan(1800);
  });
});

describe.concurrent('the resolvers', () => {
  const asking = (answer: (asked: Asked) => Reply | 'silent' | undefined, signal = soon()) =>
    within([], ({ network }) => observeResolver(network, signal), { resolver: answer });
  const root = [soa('.', 60, 60)];

  test('validate when AD is set for the root', async () => {
    expect(await asking(() => ({ flags: authenticFlag, answers: root }))).toEqual({ validates: true });
  });

  test('do not when it is not', async () => {
    expect(await asking(() => ({ answers: root }))).toEqual({ validates: false });
  });

  test('that do not answer say nothing', async () => {
    expect(await asking(() => 'silent', AbortSignal.timeout(200))).toEqual({});
    expect(await asking(() => ({ flags: rcodes.serverFailure }))).toEqual({});
  });

  test('validate only when all of them do', async () => {
    const one = await createHostileDns({
      udp: (asked, send) => send(reply(asked, { flags: authenticFlag, answers: root })),
    });
    const other = await createHostileDns({ udp: (asked, send) => send(reply(asked, { answers: root })) });
    const network = { resolvers: [one, other], probeAllow: [], connectTo: new Map(), ehloName: 'probe.test' };
    expect(await observeResolver(network, soon())).toEqual({ validates: false });
    await Promise.all([one.stop(), other.stop()]);
  });
});

describe.concurrent('hosts', () => {
  const host = 'mta-sts.example.com' as HostName;
  const caa = (name: string, value: string) =>
    raw(257, name, Buffer.concat([Buffer.from([0, 5]), Buffer.from(`issue${value}`)]));

  test('addresses of both families, each with its own fate', async () => {
    const records = [a(host, '192.0.2.10'), aaaa('other.example.com', '2001:db8::1')];
    const seen = await within(records, ({ network }) => observeAddresses(host, network, soon()), {
      resolver: ({ type }) => (type === 'AAAA' ? { flags: rcodes.refused } : undefined),
    });
    expect(seen).toMatchObject({
      a: { kind: 'answered', records: ['192.0.2.10'] },
      aaaa: { kind: 'failed', problem: 'refused' },
    });
  });

  test('TLSA at port 25', async () => {
    const mxHost = 'mx.example.com' as HostName;
    const records = [raw(52, `_25._tcp.${mxHost}`, '030101abcdef')];
    const tlsa = await within(records, ({ network }) =>
      observeTlsa(mxHost, observeAddresses(mxHost, network, soon()), network, soon()),
    );
    expect(tlsa).toMatchObject({
      name: '_25._tcp.mx.example.com',
      records: [{ usage: 3, selector: 1, matchingType: 1, data: 'abcdef' }],
    });
  });

  test('of more addresses and TLSA records than any host has, the first ones', async () => {
    const many = Array.from({ length: 40 }, (_, at) => at);
    const records = [
      ...many.map((at) => a(host, `192.0.2.${at}`)),
      ...many.map((at) => raw(52, `_25._tcp.${host}`, `030101${at.toString(16).padStart(2, '0')}`)),
    ];
    const [addresses, tlsa] = await within(records, ({ network }) => {
      const found = observeAddresses(host, network, soon());
      return Promise.all([found, observeTlsa(host, found, network, soon())]);
    });
    expect(addresses.a).toMatchObject({
      records: many.slice(0, mostAddressRecords).map((at) => `192.0.2.${at}`),
    });
    expect(tlsa).toMatchObject({ records: { length: mostTlsaRecords } });
  });

  test.each<[string, readonly Answer[], unknown]>([
    ['at the host itself', [caa(host, 'a'), caa(domain, 'b')], { name: host, records: [{ value: 'a' }] }],
    ['at the domain', [caa(domain, 'b'), caa('com', 'c')], { name: domain, records: [{ value: 'b' }] }],
    [
      'where an alias of the host leads',
      [cname(host, 'cdn.example'), caa('cdn.example', 'd'), caa(domain, 'b')],
      { name: 'cdn.example', records: [{ value: 'd' }] },
    ],
  ])('CAA %s', async (_, records, expected) => {
    expect(await within(records, ({ network }) => observeCaa(host, network, soon()))).toMatchObject(
      expected as object,
    );
  });

  test('CAA that nobody published, or that a nearer name hides', async () => {
    const look = ({ network }: World) => observeCaa(host, network, soon());
    expect(await within([a(host, '192.0.2.1')], look)).toBeUndefined();
    const hidden = ({ name }: Asked) => (name === host ? { flags: rcodes.refused } : undefined);
    expect(await within([caa(domain, 'b')], look, { resolver: hidden })).toBeUndefined();
  });

  test('CAA of a name with a hundred labels asks eight times at most', async () => {
    const deep = `${Array(100).fill('a').join('.')}.com` as HostName;
    await within([], async ({ network, questions }) => {
      expect(await observeCaa(deep, network, soon())).toBeUndefined();
      expect(new Set(questions).size).toBe(8);
    });
  });

  test('domains of patterns, each once, twenty at most', async () => {
    const records = [ns('registered.test', 'ns1.example.net')];
    const many = Array.from({ length: 40 }, (_, at) => `d${at}.test`);
    const seen = await within(records, ({ network }) =>
      observePatternDomains(['registered.test', 'free.test', 'free.test', ...many], network, soon()),
    );
    expect(seen).toHaveLength(20);
    expect(seen.slice(0, 2)).toMatchObject([
      { domain: 'registered.test', lookup: { exists: true, records: ['ns1.example.net'] } },
      { domain: 'free.test', lookup: { exists: false } },
    ]);
  });

  test('MX within the time of a look', async () => {
    const seen = await within([mx(domain, 10, 'mx.example.com')], ({ network }) =>
      observeMx(domain, network, soon()),
    );
    expect(seen).toEqual({ kind: 'hosts', hosts: [{ preference: 10, host: 'mx.example.com' }] });
  });
});

describe.concurrent('reports', () => {
  const at = `_smtp._tls.${domain}`;
  const look = ({ network, door }: World) => observeTlsRpt(domain, network, door, soon());

  test('by mail: whether the domain takes any', async () => {
    const records = [
      txt(at, 'v=TLSRPTv1; rua=mailto:a@reports.example,', 'mailto:b@nowhere.example?subject=x'),
      mx('reports.example', 10, 'mx.reports.example'),
    ];
    const seen = await within(records, look);
    expect(seen.lookup).toMatchObject({ kind: 'answered', name: at });
    expect(seen.destinations).toEqual([
      {
        uri: 'mailto:a@reports.example',
        host: 'reports.example',
        mx: { kind: 'hosts', hosts: [{ preference: 10, host: 'mx.reports.example' }] },
      },
      { uri: 'mailto:b@nowhere.example?subject=x', host: 'nowhere.example', mx: { kind: 'nxdomain' } },
    ]);
    expect(seen.wrongNames).toEqual([]);
  });

  test('without a record: it is looked for where people put it by mistake', async () => {
    const seen = await within([txt(domain, 'v=TLSRPTv1; rua=mailto:a@reports.example')], look);
    expect(seen.wrongNames).toMatchObject([
      { name: `_smtp-tlsrpt.${domain}`, records: [] },
      { name: `_tls._smtp.${domain}`, records: [] },
      { name: `_smtp._tcp.${domain}`, records: [] },
      { name: domain, records: [['v=TLSRPTv1; rua=mailto:a@reports.example']] },
    ]);
  });

  test.each<[string, readonly Answer[], object]>([
    [
      'both families',
      [a('r.example', '192.0.2.5'), aaaa('r.example', '2001:db8::5')],
      { records: ['192.0.2.5', '2001:db8::5'] },
    ],
    ['IPv6 alone', [aaaa('r.example', '2001:db8::5')], { exists: true, records: ['2001:db8::5'] }],
    ['no address', [txt('r.example', 'x')], { exists: true, records: [] }],
    ['no host', [], { exists: false, records: [] }],
  ])('by https to a host with %s', async (_, records, addresses) => {
    const seen = await within([txt(at, 'v=TLSRPTv1; rua=https://r.example:8443/tls?x=1'), ...records], look);
    expect(seen.destinations).toMatchObject([
      { uri: 'https://r.example:8443/tls?x=1', host: 'r.example', addresses },
    ]);
  });

  test('to an IP address need no DNS', async () => {
    const seen = await within([txt(at, 'v=TLSRPTv1; rua=https://[2001:db8::1]/tls')], look);
    expect(seen.destinations).toEqual([]);
  });

  test('to a hundred addresses: eight are looked up', async () => {
    const rua = Array.from({ length: 100 }, (_, n) => `mailto:a@d${n}.example`).join(',');
    const strings = rua.match(/.{1,250}/g) ?? [];
    await within(
      [],
      async ({ network, door, questions }) => {
        const seen = await observeTlsRpt(domain, network, door, soon());
        expect(seen.destinations).toHaveLength(8);
        expect(new Set(questions).size).toBe(9);
      },
      {
        resolver: ({ name }) =>
          name === at ? { answers: [{ ...txt(at, 'v=TLSRPTv1; rua=', ...strings), ttl: 3600 }] } : undefined,
      },
    );
  });

  test('are kept for as long as the servers of the zone say, where the resolver counts down', async () => {
    const own = { ...txt(at, 'v=TLSRPTv1; rua=mailto:a@reports.example'), ttl: 3600 };
    const left = (ttl: number) =>
      within([...zone, own], look, {
        resolver: ({ name }) => (name === at ? { answers: [{ ...own, ttl }] } : undefined),
        behind: Object.fromEntries(
          ['192.0.2.1', '2001:db8::1', '192.0.2.2'].map((address) => [
            address,
            ({ name }: Asked) => (name === at ? { flags: authoritativeFlag, answers: [own] } : undefined),
          ]),
        ),
      });
    expect(await left(12)).toMatchObject({ lookup: { ttlSeconds: 12 }, ownTtlSeconds: 3600 });
    expect(await left(300)).not.toHaveProperty('ownTtlSeconds');
  });

  test('of a record that no sender can use go nowhere', async () => {
    const seen = await within([txt(at, 'v=TLSRPTv1; rua=reports@example.com')], look);
    expect(seen.destinations).toEqual([]);
  });

  test('fail with their reason', async () => {
    const seen = await within([], look, {
      resolver: ({ name }) =>
        name === at
          ? { flags: rcodes.serverFailure, additionals: [extendedError(22, 'no reachable authority')] }
          : undefined,
    });
    expect(seen.lookup).toMatchObject({ problem: 'servfail', extendedError: { code: 22 } });
    expect(seen.destinations).toEqual([]);
  });
});
