/** That a recorded look is judged as it was, and that no file gets anything else past the door. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../src/check/observation.ts';
import { readRecorded } from '../../src/check/recorded.ts';
import { createReport, reportJson } from '../../src/check/report.ts';
import { runs, seed } from '../runs.ts';
import {
  answer,
  failed,
  fetched,
  healthy,
  healthyPolicy,
  mxHost,
  nxdomain,
  session,
  testing,
  tls,
  withPolicy,
  withRecords,
} from './observations.ts';

const notMeasured = { kind: 'not-measured', because: 'no-route' } as const;
const smtp = (result: Parameters<typeof session>[2]): Observation => ({
  ...healthy,
  mxHosts: [
    mxHost('mx1.example.com', 10, ['192.0.2.11'], {
      tlsa: answer('_25._tcp.mx1.example.com', [{ usage: 3, selector: 1, matchingType: 1, data: 'ab' }]),
      sessions: [session('mx1.example.com', '192.0.2.11', result)],
    }),
  ],
});

const looks: readonly (readonly [name: string, look: Observation])[] = [
  ['healthy', healthy],
  ['testing', testing],
  ['no policy at all', withPolicy('')],
  ['octets that are no text', withPolicy(Uint8Array.from({ length: 256 }, (_, octet) => octet))],
  ['several records', withRecords('v=STSv1; id=1;', ['v=STSv1;', ' id=2;'], 'ü\0')],
  [
    'DNS that fails',
    {
      ...healthy,
      resolver: {},
      record: {
        ...healthy.record,
        lookup: failed('_mta-sts.example.com', 'servfail', {
          bogus: true,
          extendedError: { code: 6, text: 'DNSSEC Bogus' },
        }),
        authoritative: [
          {
            nameServer: 'ns1.example.com',
            address: '10.0.0.1',
            lookup: { kind: 'address-refused', block: 'private use' },
          },
        ],
        parent: nxdomain('_mta-sts.com', { aliasLoop: true, aliases: ['a', 'b'], aliasBesideData: true }),
      },
      mx: { kind: 'unknown', problem: 'timeout' },
      mxHosts: [],
    },
  ],
  [
    'a policy host that fails in every way',
    {
      ...healthy,
      policyHost: {
        ...healthy.policyHost,
        caa: { name: 'example.com', records: [{ critical: true, tag: 'issue', value: 'ca.example' }] },
        fetches: [
          { ...fetched('192.0.2.10'), result: { kind: 'address-refused', block: 'loopback' } },
          { ...fetched('192.0.2.11'), result: { kind: 'not-measured', because: 'time-is-over' } },
          {
            ...fetched('192.0.2.12'),
            result: {
              kind: 'failed',
              at: 'tls',
              problem: 'tls',
              alert: 'unrecognized_name',
              tls: tls('example.net', { nameMatches: false, trust: 'incomplete' }),
              olderProtocol: 'TLSv1',
            },
          },
          fetched('192.0.2.13', healthyPolicy, { status: 301, headers: { location: '/' }, cut: 'too-long' }),
        ],
        followUps: [{ what: 'plain-http', url: 'http://mta-sts.example.com/', status: 200, isPolicy: true }],
      },
    },
  ],
  ['an MX without STARTTLS', smtp({ kind: 'failed', at: 'ehlo', problem: 'not-offered', again: 'the-same' })],
  ['an MX with TLSA', smtp({ kind: 'secured', tls: tls('mx1.example.com'), tlsaMatches: [false] })],
  ['an MX that was not measured', smtp(notMeasured)],
  ['null MX', { ...healthy, mx: { kind: 'null-mx' }, mxHosts: [] }],
  ['implicit MX', { ...healthy, mx: { kind: 'implicit', host: healthy.domain } }],
  ['no mail', { ...healthy, mx: { kind: 'no-mail' }, mxHosts: [] }],
  ['no domain', { ...healthy, mx: { kind: 'nxdomain' }, mxHosts: [] }],
  [
    'unusable MX',
    {
      ...healthy,
      mx: {
        kind: 'hosts',
        hosts: [],
        unusable: [{ preference: 0, name: '\\001', why: 'is odd' }],
        omitted: 3,
      },
      patternDomains: [{ domain: 'example.org', lookup: nxdomain('example.org') }],
    },
  ],
];

describe('judged again as before', () => {
  test.each(looks)('%s', (_, look) => {
    const report = createReport(look);
    for (const text of [
      JSON.stringify(look),
      JSON.stringify(look, null, 2),
      JSON.stringify(reportJson(report)),
      `${JSON.stringify(reportJson(report))}\n`,
    ]) {
      const [recorded, ...more] = readRecorded(text);
      expect(recorded).toEqual({ line: 1, observation: { ok: true, value: look } });
      expect(more).toEqual([]);
      if (recorded?.observation.ok) expect(createReport(recorded.observation.value)).toEqual(report);
    }
  });

  test('all of them, one a line', () => {
    const text = looks.map(([, look]) => `${JSON.stringify(look)}\r\n\n`).join('');
    const recorded = readRecorded(text);
    expect(recorded.map(({ line }) => line)).toEqual(looks.map((_, index) => 2 * index + 1));
    expect(recorded.map(({ observation }) => observation.ok && observation.value)).toEqual(
      looks.map(([, look]) => look),
    );
  });
});

test('nothing is no look', () => {
  expect(readRecorded('')).toEqual([]);
  expect(readRecorded(' \n\n')).toEqual([]);
});

const changed = (path: string, value: unknown): unknown => {
  const look = structuredClone(healthy) as unknown;
  const steps = path.split('.');
  let at = look as Record<string, unknown>;
  for (const step of steps.slice(0, -1)) at = at[step] as Record<string, unknown>;
  at[steps.at(-1) ?? ''] = value;
  return look;
};

describe('what is no look', () => {
  test.each<[string, string, RegExp]>([
    ['another text', 'v=STSv1; id=1;', /no JSON/],
    ['half a line', JSON.stringify(healthy).slice(0, 200), /no JSON/],
    ['a number', '1', /no recorded look/],
    ['null', 'null', /no recorded look/],
    ['a list', '[]', /no recorded look/],
    ['another object', '{"name":"x"}', /no recorded look/],
    ['a report without an observation', '{"observation":null}', /no recorded look/],
    ['a later version', '{"version":2}', /version 2, and this program reads version 1/],
    ['a version alone', '{"version":1}', /domain/],
    ...(
      [
        ['domain', 'Example.com'],
        ['domain', 'a_b.example.com'],
        ['domain', undefined],
        ['startedAt', 'yesterday'],
        ['startedAt', '2026-13-45T00:00:00.000Z'],
        ['durationMs', -1],
        ['durationMs', '1'],
        ['resolver', null],
        ['record.lookup', 'x'],
        ['record.lookup.kind', 'asked'],
        ['record.lookup.records', [['\u2028']]],
        ['record.lookup.records', ['v=STSv1']],
        ['record.authoritative.0.lookup', { kind: 'answered' }],
        ['record.wrongNames', {}],
        ['policyHost.name', '-'],
        ['policyHost.fetches.0.result.tls.chain', []],
        ['policyHost.fetches.0.result.tls.trust', 'yes'],
        ['policyHost.fetches.0.result.tls.chain.0.notAfter', 'never'],
        ['policyHost.fetches.0.result.response.status', '200'],
        ['policyHost.fetches.0.result.response.headers', { location: 1 }],
        ['policyHost.fetches.0.result.response.body', '\u0100'],
        ['mx.kind', 'some'],
        ['mx.hosts.0.host', 'a b'],
        ['mxHosts.1.preference', 1.5],
        ['mxHosts.1.sessions.0.result.kind', 'fine'],
        ['mxHosts.1.sessions.0.timings', undefined],
        ['port25', 'yes'],
        ['tlsRpt.destinations.0.host', ''],
        ['patternDomains', null],
      ] as const
    ).map(([path, value]): [string, string, RegExp] => [
      `${path} ${JSON.stringify(value)}`,
      JSON.stringify(changed(path, value)),
      new RegExp(`This is not as a look is recorded: ${path.replaceAll('.', '\\.')}[^:]*: \\S`),
    ]),
  ])('%s', (_, text, told) => {
    const [recorded] = readRecorded(text);
    expect(recorded?.observation).toEqual({ ok: false, problem: expect.stringMatching(told) });
  });

  test('any JSON in any place is judged or refused, and throws nothing', () => {
    const places: string[] = [];
    const walk = (value: unknown, path: string) => {
      if (path !== '') places.push(path);
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`);
    };
    walk(healthy, '');
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.oneof(
          fc.jsonValue({ maxDepth: 2 }),
          fc.constantFrom(...places.map((place) => at(healthy, place))),
        ),
        (place, value) => {
          for (const { observation } of readRecorded(JSON.stringify(changed(place, value)))) {
            if (observation.ok) reportJson(createReport(observation.value));
            else expect(observation.problem).toMatch(/\.$/);
          }
        },
      ),
      { seed, numRuns: runs(500, 50_000) },
    );
  });
});

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce((inner, key) => (inner as Record<string, unknown>)[key], value);
}
