/** What counts as an answer on a way out of this machine, who is there, and what is left of a look without it. */
import { describe, expect, test } from 'vitest';
import type { DnsFailed, Observation, PolicyFetch, SmtpSession } from '../../src/check/observation.ts';
import { createReport } from '../../src/check/report.ts';
import { type Met, metOn, type Way, ways, withoutFailures } from '../../src/watch/ways.ts';
import { failed, fetched, healthy, mxHost, nxdomain, session, testing, txt } from '../check/observations.ts';
import { expired, withFetches, withRecordFailing } from './looks.ts';

type Outcome = Met['outcome'] | 'not taken';

function outcome(observation: Observation, way: Way): Outcome {
  return metOn(observation).get(way)?.outcome ?? 'not taken';
}

const atConnect = (problem: 'connection-refused' | 'timeout' | 'reset' | 'unreachable') =>
  ({ kind: 'failed', at: 'connect', problem }) as const;
const notMeasured = (because: 'no-route' | 'time-is-over' | 'own-network') =>
  ({ kind: 'not-measured', because }) as const;

test('a healthy look reaches somebody on every way', () => {
  expect(ways.map((way) => outcome(healthy, way))).toEqual(ways.map(() => 'reached'));
});

describe('a policy host', () => {
  const cases: readonly [what: string, PolicyFetch['result'], Outcome][] = [
    ['refuses', atConnect('connection-refused'), 'failed'],
    ['is silent', atConnect('timeout'), 'failed'],
    ['has no way to it', atConnect('unreachable'), 'failed'],
    ['is broken off when it hears what is wanted', { kind: 'failed', at: 'tls', problem: 'reset' }, 'failed'],
    ['says nothing to a greeting of TLS', { kind: 'failed', at: 'tls', problem: 'timeout' }, 'failed'],
    [
      'answers with an alert',
      { kind: 'failed', at: 'tls', problem: 'tls', alert: 'unrecognized_name' },
      'reached',
    ],
    [
      'closes after an alert',
      { kind: 'failed', at: 'tls', problem: 'closed', alert: 'internal_error' },
      'reached',
    ],
    ['speaks something else', { kind: 'failed', at: 'tls', problem: 'garbage' }, 'reached'],
    ['falls silent after the handshake', { kind: 'failed', at: 'http', problem: 'timeout' }, 'reached'],
    ['answers 500', fetched('192.0.2.10', '', { status: 500 }).result, 'reached'],
    ['is at an address that is not public', { kind: 'address-refused', block: 'loopback' }, 'not taken'],
    ['was not looked at in time', notMeasured('time-is-over'), 'not taken'],
    ['was held against this machine', notMeasured('own-network'), 'held'],
  ];
  test.each(cases)('that %s', (_, result, expected) => {
    expect(
      outcome(
        withFetches(() => result),
        'https-ipv4',
      ),
    ).toBe(expected);
  });

  test('that answers over IPv4 alone leaves the way over IPv6 in doubt', () => {
    const half = withFetches((address) =>
      address.includes(':') ? atConnect('timeout') : fetched(address).result,
    );
    expect(outcome(half, 'https-ipv4')).toBe('reached');
    expect(outcome(half, 'https-ipv6')).toBe('failed');
  });

  test('that answers at one address of a family shows the way to it', () => {
    const first = withFetches((address) => fetched(address).result);
    const fetches = [
      ...first.policyHost.fetches,
      { address: '192.0.2.99', timings: { totalMs: 1 }, result: atConnect('timeout') },
    ];
    expect(outcome({ ...first, policyHost: { ...first.policyHost, fetches } }, 'https-ipv4')).toBe('reached');
  });
});

describe('a mail host', () => {
  const greeted = (result: SmtpSession['result']) => session('mx1.example.com', '192.0.2.11', result);
  const unheard = (result: SmtpSession['result']): SmtpSession => ({
    address: '192.0.2.11',
    timings: { totalMs: 8000 },
    result,
  });
  const cases: readonly [what: string, SmtpSession, Outcome][] = [
    ['is silent', unheard(atConnect('timeout')), 'failed'],
    ['does not greet', unheard({ kind: 'failed', at: 'greeting', problem: 'timeout' }), 'failed'],
    ['breaks off before it greets', unheard({ kind: 'failed', at: 'greeting', problem: 'reset' }), 'failed'],
    ['speaks something else', unheard({ kind: 'failed', at: 'greeting', problem: 'garbage' }), 'reached'],
    ['turns us away', greeted({ kind: 'failed', at: 'greeting', problem: 'rejected' }), 'reached'],
    ['greets and falls silent', greeted({ kind: 'failed', at: 'ehlo', problem: 'timeout' }), 'reached'],
    ['fails in the handshake', greeted({ kind: 'failed', at: 'tls', problem: 'reset' }), 'reached'],
    ['has an expired certificate', greeted(expired('mx1.example.com')), 'reached'],
    ['has no way to it', unheard(notMeasured('no-route')), 'not taken'],
    ['was held against this machine', unheard(notMeasured('own-network')), 'held'],
  ];
  test.each(cases)('that %s', (_, one, expected) => {
    const mxHosts = [mxHost('mx1.example.com', 10, ['192.0.2.11'], { sessions: [one] })];
    expect(outcome({ ...healthy, mxHosts }, 'smtp-ipv4')).toBe(expected);
  });

  test('that only an earlier look connected to says nothing of today', () => {
    const mxHosts = healthy.mxHosts.map((host) => ({ ...host, lookedAt: healthy.startedAt }));
    expect(outcome({ ...healthy, mxHosts }, 'smtp-ipv4')).toBe('not taken');
  });
});

describe('a name that no cache has', () => {
  const name = 'x7h2k9q4.example.com';
  const cases: readonly [what: string, Observation['record']['wildcard'], Outcome][] = [
    ['does not exist', nxdomain(name), 'reached'],
    ['has a record', txt(name, 'v=STSv1; id=1;'), 'reached'],
    ['gets SERVFAIL', failed(name, 'servfail'), 'failed'],
    ['gets no answer', failed(name, 'timeout'), 'failed'],
    ['is refused by the resolver', failed(name, 'refused'), 'failed'],
    ['is signed wrong', failed(name, 'servfail', { bogus: true } satisfies Partial<DnsFailed>), 'reached'],
    ['is answered with nonsense', failed(name, 'malformed'), 'reached'],
    ['was held against this machine', { ...notMeasured('own-network'), name }, 'held'],
  ];
  test.each(cases)('that %s', (_, wildcard, expected) => {
    expect(outcome({ ...healthy, record: { ...healthy.record, wildcard } }, 'dns')).toBe(expected);
  });
});

describe('who is there', () => {
  const providers = (observation: Observation, way: Way) =>
    [...(metOn(observation).get(way)?.providers ?? [])].toSorted();

  test('is told by large networks, and by the domains of hosts', () => {
    expect(providers(healthy, 'https-ipv4')).toEqual(['192.0', '2001:db8', 'example.com']);
    expect(providers(healthy, 'dns')).toEqual(['192.0', 'example.com', 'example.net']);
  });

  test('an alias names a provider, and so does an MX host', () => {
    const a = { ...healthy.policyHost.a, aliases: ['mta-sts.hosting.co.uk'] };
    const aliased = { ...healthy, policyHost: { ...healthy.policyHost, a } } as Observation;
    expect(providers(aliased, 'https-ipv4')).toContain('hosting.co.uk');
    const mxHosts = [mxHost('alt1.aspmx.l.google.com', 10, ['142.250.153.26'])];
    expect(providers({ ...healthy, mxHosts }, 'smtp-ipv4')).toEqual(['142.250', 'example.com', 'google.com']);
  });
});

describe('a look without what failed', () => {
  const ids = (observation: Observation) => createReport(observation).findings.map(({ id }) => id);
  const all: ReadonlySet<Way> = new Set(ways);

  test('raises nothing about a policy host that took no connection', () => {
    const refused = withFetches(() => atConnect('connection-refused'));
    expect(ids(refused)).toEqual(['host.port-closed']);
    const left = withoutFailures(refused, all);
    expect(ids(left)).toEqual([]);
    expect(createReport(left).verdict).toBe('unknown');
    expect(outcome(left, 'https-ipv6')).toBe('held');
  });

  test('keeps what failed on other ways', () => {
    const refused = withFetches(() => atConnect('connection-refused'));
    expect(ids(withoutFailures(refused, new Set(['https-ipv6'])))).toEqual(['host.port-closed']);
    expect(withoutFailures(refused, new Set(['smtp-ipv4', 'dns']))).toEqual(refused);
  });

  test('raises nothing where only IPv6 was away', () => {
    const half = withFetches((address) =>
      address.includes(':') ? atConnect('timeout') : fetched(address).result,
    );
    expect(ids(half)).toEqual(['host.address-broken']);
    expect(ids(withoutFailures(half, new Set(['https-ipv6'])))).toEqual([]);
    expect(createReport(withoutFailures(half, all)).verdict).toBe('enforced');
  });

  test('raises nothing about a zone whose every name failed', () => {
    const base = withRecordFailing('servfail');
    const seen: Observation = {
      ...base,
      record: {
        ...base.record,
        authoritative: [],
        wildcard: failed(base.record.wildcard.name, 'servfail'),
      },
    };
    expect(ids(seen)).toContain('txt.servfail');
    expect(ids(withoutFailures(seen, all))).toEqual([]);
    expect(createReport(withoutFailures(seen, all)).verdict).toBe('unknown');
  });

  test('keeps what was seen wrong', () => {
    const seen = {
      ...testing,
      mxHosts: [
        mxHost('mx1.example.com', 10, ['192.0.2.11', '192.0.2.13'], {
          sessions: [
            session('mx1.example.com', '192.0.2.11', expired('mx1.example.com')),
            { address: '192.0.2.13', timings: { totalMs: 8000 }, result: atConnect('timeout') },
          ],
        }),
      ],
    };
    expect(ids(withoutFailures(seen, all))).toContain('smtp.cert-expired');
    expect(ids(withoutFailures(seen, all))).not.toContain('smtp.unreachable');
  });
});
