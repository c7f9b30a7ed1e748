/** What the DNS of the local internet says on the wire: as a resolver, and as the servers of a zone. */
import type { Answer, RecordType } from 'dns-packet';
import { afterAll, describe, expect, test } from 'vitest';
import { createDnsServer } from '../../../src/local/internet/dns-server.ts';
import type { DnsBehaviour, Place } from '../../../src/local/internet/scenario.ts';
import { createZone, nameServers } from '../../../src/local/internet/zone.ts';
import { type Asking, ask } from './ask.ts';

const digest = 'ab'.repeat(32);

const places: readonly Place[] = [
  {
    domain: 'all.test',
    records: [
      'all.test A 192.0.2.1',
      'all.test AAAA 2001:db8::1',
      'all.test MX 10 mx.all.test',
      'all.test 77 TXT plain text with "quotes"',
      'all.test CAA 128 issue "authority.example; account=1"',
      `_25._tcp.mx.all.test TLSA 3 1 1 ${digest}`,
      'www.all.test CNAME all.test',
      'away.all.test CNAME www.other.test',
      'gone.all.test CNAME nobody.other.test',
      'loop1.all.test CNAME loop2.all.test',
      'loop2.all.test CNAME loop1.all.test',
      'both.all.test CNAME all.test',
      'both.all.test TXT beside',
      'deep.down.all.test A 192.0.2.2',
      '*.wild.all.test TXT anything',
      'here.wild.all.test A 192.0.2.3',
      `long.all.test TXT ${'x'.repeat(600)}`,
      String.raw`strings.all.test TXT "a b" "" "\"c\\\200"`,
    ],
  },
  { domain: 'other.test', records: ['www.other.test A 192.0.2.4'] },
  {
    domain: 'signed.test',
    records: ['signed.test A 192.0.2.5', 'out.signed.test CNAME www.other.test'],
    dns: { signed: true },
  },
  place('bogus.test', { signed: true, faults: [{ kind: 'bogus' }] }),
  place('partly.test', { faults: [{ kind: 'fails', rcode: 'SERVFAIL', names: ['bad.partly.test'] }] }),
  place('cut.test', { faults: [{ kind: 'cuts-udp' }] }),
  place('one-server.test', { faults: [{ kind: 'fails', rcode: 'REFUSED', at: 'ns2' }] }),
  place('differs.test', {
    differences: [
      { at: 'resolver', name: 'differs.test', records: ['differs.test 30 A 192.0.2.7'] },
      { at: 'ns2', name: 'differs.test', records: [] },
    ],
  }),
];

function place(domain: string, dns: DnsBehaviour): Place {
  return { domain, records: [`${domain} A 192.0.2.6`, `bad.${domain} A 192.0.2.6`], dns };
}

const zone = createZone(places);
const [resolver, ns1, ns2] = await Promise.all([
  createDnsServer(zone),
  createDnsServer(zone, 'ns1'),
  createDnsServer(zone, 'ns2'),
]);
afterAll(() => Promise.all([resolver.stop(), ns1.stop(), ns2.stop()]));

const noError = 0;
const servfail = 2;
const nxdomain = 3;
const refused = 5;

function data(answers: readonly Answer[]): unknown[] {
  return answers.map((answer) => ('data' in answer ? answer.data : undefined));
}

function texts(answers: readonly Answer[]): string[][] {
  return answers.flatMap((answer) =>
    answer.type === 'TXT' && Array.isArray(answer.data)
      ? [answer.data.map((part) => Buffer.from(part).toString('latin1'))]
      : [],
  );
}

const resolve = (name: string, type: RecordType, asking?: Asking) => ask(resolver.port, name, type, asking);
const directly = (name: string, type: RecordType, asking: Asking = {}) =>
  ask(ns1.port, name, type, { flags: [], ...asking });

describe.each(['udp', 'tcp'] as const)('records over %s', (over) => {
  test.each<[RecordType, string, unknown]>([
    ['A', 'all.test', '192.0.2.1'],
    ['AAAA', 'all.test', '2001:db8::1'],
    ['MX', 'all.test', { preference: 10, exchange: 'mx.all.test' }],
    [
      'CAA',
      'all.test',
      expect.objectContaining({ flags: 128, tag: 'issue', value: 'authority.example; account=1' }),
    ],
    [
      'TLSA',
      '_25._tcp.mx.all.test',
      { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from(digest, 'hex') },
    ],
    ['CNAME', 'www.all.test', 'all.test'],
    ['SOA', 'all.test', expect.objectContaining({ mname: nameServers[0].name, minimum: 300 })],
    ['SOA', '.', expect.objectContaining({ mname: nameServers[0].name })],
  ])('%s of %s', async (type, name, expected) => {
    const { rcode, answers } = await resolve(name, type, { over });
    expect({ rcode, data: data(answers) }).toEqual({ rcode: noError, data: [expected] });
  });

  test('two name servers for every zone, with addresses of documentation', async () => {
    for (const name of ['all.test', 'signed.test', 'test', '.'])
      expect(data((await resolve(name, 'NS', { over })).answers)).toEqual(nameServers.map((one) => one.name));
    for (const { name, address } of nameServers)
      expect(data((await resolve(name, 'A', { over })).answers)).toEqual([address]);
  });
});

describe('texts', () => {
  test('without quotes all of it is the text', async () => {
    const { answers } = await resolve('all.test', 'TXT');
    expect(texts(answers)).toEqual([['plain text with "quotes"']]);
    expect(answers).toMatchObject([{ ttl: 77 }]);
  });

  test('in quotes they are strings with any octets', async () => {
    expect(texts((await resolve('strings.all.test', 'TXT')).answers)).toEqual([['a b', '', '"c\\\xc8']]);
  });

  test('one longer than 255 octets is cut into several strings', async () => {
    const [strings = []] = texts((await resolve('long.all.test', 'TXT')).answers);
    expect(strings.map((part) => part.length)).toEqual([255, 255, 90]);
  });
});

describe('nothing', () => {
  test.each([
    ['a name with other records', 'all.test', 'TLSA', noError],
    ['a name above others', 'down.all.test', 'A', noError],
    ['a name that nobody wrote', 'nobody.all.test', 'A', nxdomain],
    ['a domain that nobody has', 'nobody-has-this.test', 'A', nxdomain],
    ['a top-level domain that is not there', 'example.nowhere', 'A', nxdomain],
  ] as const)('%s', async (_, name, type, rcode) => {
    for (const server of [resolver, ns1]) {
      const answer = await ask(server.port, name, type);
      expect(answer.rcode).toBe(rcode);
      expect(answer.answers).toEqual([]);
      expect(answer.authorities).toMatchObject([{ type: 'SOA', ttl: 300 }]);
    }
  });

  test('the SOA names the zone that has nothing to say', async () => {
    const zoneOf = async (name: string) => (await resolve(name, 'TLSA')).authorities[0]?.name;
    expect(await zoneOf('nobody.all.test')).toBe('all.test');
    expect(await zoneOf('nobody-has-this.test')).toBe('test');
    expect(await zoneOf('example.nowhere')).toBe('.');
  });
});

describe('wildcards', () => {
  test.each([
    ['x.wild.all.test', ['anything']],
    ['y.x.wild.all.test', ['anything']],
    ['here.wild.all.test', undefined],
    ['below.here.wild.all.test', undefined],
    ['wild.all.test', undefined],
  ])('%s', async (name, expected) => {
    const { answers } = await resolve(name, 'TXT');
    expect(texts(answers)).toEqual(expected === undefined ? [] : [expected]);
    for (const answer of answers) expect(answer.name).toBe(name);
  });
});

describe('aliases', () => {
  test('the resolver follows them anywhere', async () => {
    const { rcode, answers } = await resolve('away.all.test', 'A');
    expect({ rcode, data: data(answers) }).toEqual({ rcode: noError, data: ['www.other.test', '192.0.2.4'] });
  });

  test('a server of the zone follows them within it only', async () => {
    expect(data((await directly('www.all.test', 'A')).answers)).toEqual(['all.test', '192.0.2.1']);
    expect(data((await directly('away.all.test', 'A')).answers)).toEqual(['www.other.test']);
  });

  test('that lead nowhere end in NXDOMAIN', async () => {
    const { rcode, answers } = await resolve('gone.all.test', 'TXT');
    expect({ rcode, data: data(answers) }).toEqual({ rcode: nxdomain, data: ['nobody.other.test'] });
  });

  test('that lead into themselves end', async () => {
    const { rcode, answers } = await resolve('loop1.all.test', 'TXT');
    expect({ rcode, data: data(answers) }).toEqual({
      rcode: noError,
      data: ['loop2.all.test', 'loop1.all.test'],
    });
  });

  test('beside data come with them', async () => {
    const { answers } = await resolve('both.all.test', 'TXT');
    expect(answers.map(({ type, name }) => `${name} ${type}`)).toEqual([
      'both.all.test CNAME',
      'both.all.test TXT',
      'all.test TXT',
    ]);
  });
});

describe('who speaks', () => {
  test('the resolver recurses and is no authority; a server of the zone the other way round', async () => {
    expect((await resolve('all.test', 'A')).flags).toMatchObject({ ra: true, aa: false });
    expect((await directly('all.test', 'A')).flags).toMatchObject({ ra: false, aa: true });
  });

  test('asked without the wish for recursion, the resolver stands in for the servers of the zone', async () => {
    const { flags, answers } = await resolve('away.all.test', 'A', { flags: [] });
    expect(flags).toMatchObject({ ra: false, aa: true });
    expect(answers).toHaveLength(1);
  });

  test('each may have something else to say', async () => {
    expect(data((await resolve('differs.test', 'A')).answers)).toEqual(['192.0.2.7']);
    expect(data((await directly('differs.test', 'A')).answers)).toEqual(['192.0.2.6']);
    expect((await ask(ns2.port, 'differs.test', 'A')).rcode).toBe(nxdomain);
  });

  test('each may fail alone, and for one name', async () => {
    expect((await resolve('one-server.test', 'A')).rcode).toBe(noError);
    expect((await directly('one-server.test', 'A')).rcode).toBe(noError);
    expect((await ask(ns2.port, 'one-server.test', 'A')).rcode).toBe(refused);
    expect((await resolve('bad.partly.test', 'A')).rcode).toBe(servfail);
    expect((await resolve('partly.test', 'A')).rcode).toBe(noError);
  });
});

describe('DNSSEC', () => {
  test.each([
    ['the root', '.', 'SOA', true],
    ['a signed zone', 'signed.test', 'A', true],
    ['nothing in a signed zone', 'nobody.signed.test', 'A', true],
    ['an alias out of it', 'out.signed.test', 'A', false],
    ['any other zone', 'all.test', 'A', false],
  ] as const)('whether the resolver vouches: %s', async (_, name, type, vouches) => {
    expect((await resolve(name, type)).flags.ad).toBe(vouches);
  });

  test('it does so when asked to, by AD or DO, and not for whoever checks alone', async () => {
    const ad = async (...flags: NonNullable<Asking['flags']>) =>
      (await resolve('signed.test', 'A', { flags: ['RD', ...flags] })).flags.ad;
    expect([await ad(), await ad('AD'), await ad('DO'), await ad('AD', 'CD')]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test('a server of the zone vouches for nothing', async () => {
    expect((await directly('signed.test', 'A', { flags: ['AD', 'DO'] })).flags.ad).toBe(false);
  });

  test('signatures that do not fit: the resolver fails and says why', async () => {
    expect(await resolve('bogus.test', 'A')).toMatchObject({
      rcode: servfail,
      answers: [],
      extendedError: 6,
    });
    expect(await resolve('bogus.test', 'A', { edns: 0 })).toMatchObject({ rcode: servfail, edns: false });
  });

  test('unless checking is disabled, or a server of the zone is asked', async () => {
    expect(await resolve('bogus.test', 'A', { flags: ['RD', 'AD', 'CD'] })).toMatchObject({
      rcode: noError,
      flags: { ad: false },
      extendedError: undefined,
    });
    expect(await directly('bogus.test', 'A')).toMatchObject({ rcode: noError });
  });
});

describe('size', () => {
  test('an answer that does not fit is cut off, and whole over TCP', async () => {
    expect(await resolve('long.all.test', 'TXT', { edns: 0 })).toMatchObject({
      flags: { tc: true },
      answers: [],
      edns: false,
    });
    expect((await resolve('long.all.test', 'TXT', { edns: 0, over: 'tcp' })).answers).toHaveLength(1);
    expect((await resolve('long.all.test', 'TXT')).answers).toHaveLength(1);
  });

  test('a server may cut off every answer', async () => {
    expect((await resolve('cut.test', 'A')).flags.tc).toBe(true);
    expect(data((await resolve('cut.test', 'A', { over: 'tcp' })).answers)).toEqual(['192.0.2.6']);
  });
});
