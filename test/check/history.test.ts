/**
 * What is remembered after a look: which looks begin and end the life of a policy, and until when senders may hold
 * what was served.
 */
import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../src/check/fingerprint.ts';
import {
  expiryOf,
  type History,
  heldUntil,
  historyAfter,
  type LedgerEntry,
} from '../../src/check/history.ts';
import type { Observation } from '../../src/check/observation.ts';
import { policyHashOf } from '../../src/check/policy-hash.ts';
import { maxAgeSecondsMax, parsePolicy } from '../../src/protocol/mtasts.ts';
import { answer, fetched, healthy, healthyPolicy, session, withPolicy } from './observations.ts';
import {
  day,
  type HostFailure,
  historyOf,
  lookAt,
  noHistory,
  on,
  type Published,
  policyText,
  type Row,
  remember,
} from './published.ts';

const mx = ['mx1.example.com', 'mx2.example.com'];
const a = policyText('enforce', mx, 10);
const b = policyText('enforce', [...mx, 'mx3.example.com'], 10);
const none = policyText('none', [], 1);

function hashOf(body: string): string {
  const { value } = parsePolicy(body);
  if (value === undefined) throw new Error('no policy');
  return policyHashOf(value);
}

const names = new Map([
  [hashOf(a), 'A'],
  [hashOf(b), 'B'],
  [hashOf(none), 'none'],
]);

/** `x A 0–2`: seen from day 0 to day 2; `gone 3`. */
function told({ ledger }: Pick<History, 'ledger'>): readonly string[] {
  const dayOf = (at: string) => Math.round((Date.parse(at) - day(0).getTime()) / 864_000) / 100;
  return ledger.map(({ id, policyHash, firstSeenAt, lastSeenAt, goneAt }) => {
    const gone = goneAt === null ? '' : `, gone ${dayOf(goneAt)}`;
    return `${id} ${names.get(policyHash) ?? '?'} ${dayOf(firstSeenAt)}–${dayOf(lastSeenAt)}${gone}`;
  });
}

describe('one policy, whatever its text looks like', () => {
  const policy = policyText('enforce', ['mx1.example.com', '*.example.net'], 10);
  const same = [
    ['CR LF', policy.replaceAll('\n', '\r\n')],
    ['spaces at the ends of lines', policy.replaceAll('\n', '  \n')],
    ['no final newline', policy.trimEnd()],
    ['the mx lines in another order', policyText('enforce', ['*.example.net', 'mx1.example.com'], 10)],
    ['an mx line twice', policyText('enforce', ['mx1.example.com', '*.example.net', '*.example.net'], 10)],
    ['capital letters in a host', policy.replace('mx1.example.com', 'MX1.Example.COM')],
    ['a field that nobody knows', `${policy}contact: postmaster\n`],
    ['max_age with a zero before it', policy.replace('max_age: ', 'max_age: 0')],
  ] as const;
  test.each(same)('%s', (_, text) => {
    expect(hashOf(text)).toBe(hashOf(policy));
  });

  test('mx lines mean nothing in mode none', () => {
    expect(hashOf(policyText('none', mx, 1))).toBe(hashOf(policyText('none', [], 1)));
  });

  test.each([
    ['mode', policy.replace('enforce', 'testing')],
    ['max_age', policy.replace('864000', '864001')],
    ['a host', policy.replace('mx1', 'mx2')],
    ['a host less', policyText('enforce', ['mx1.example.com'], 10)],
    ['a wildcard in place of a host', policy.replace('mx1.', '*.')],
  ])('another one: %s', (_, text) => {
    expect(hashOf(text)).not.toBe(hashOf(policy));
  });
});

describe('the ledger', () => {
  const tables: readonly (readonly [what: string, rows: readonly Row[], ledger: readonly string[]])[] = [
    [
      'one policy',
      [
        [0, { id: 'x', policy: a }],
        [1, { id: 'x', policy: a }],
      ],
      ['x A 0–1'],
    ],
    [
      'file first, then the record: for a while the new policy has the old id',
      [
        [0, { id: 'x', policy: a }],
        [1, { id: 'x', policy: b }],
        [2, { id: 'y', policy: b }],
      ],
      ['x A 0–0, gone 1', 'x B 1–1, gone 2', 'y B 2–2'],
    ],
    [
      'back to an earlier pair: it is served again',
      [
        [0, { id: 'x', policy: a }],
        [1, { id: 'y', policy: b }],
        [2, { id: 'x', policy: a }],
      ],
      ['x A 0–2', 'y B 1–1, gone 2'],
    ],
    [
      'other white space, the same policy',
      [
        [0, { id: 'x', policy: a }],
        [1, { id: 'x', policy: a.replaceAll('\n', '\r\n') }],
      ],
      ['x A 0–1'],
    ],
    [
      'DNS does not tell the id: the pair of the same policy goes on',
      [
        [0, { id: 'x', policy: a }],
        [1, { id: 'dns fails', policy: a }],
      ],
      ['x A 0–1'],
    ],
    [
      'DNS does not tell the id, and the policy is new: senders can have it',
      [
        [0, { id: 'x', policy: a }],
        [1, { id: 'dns fails', policy: b }],
        [2, { id: 'y', policy: b }],
      ],
      ['x A 0–0, gone 1', 'null B 1–1, gone 2', 'y B 2–2'],
    ],
    [
      'the record is gone: who holds the policy fetches it again (RFC 8461 §3.3)',
      [
        [0, { id: 'x', policy: a }],
        [1, { id: null, policy: a }],
        [50, { id: null, policy: a }],
      ],
      ['x A 0–0, gone 1', 'null A 1–50'],
    ],
    ['a policy that no record ever asked for: nobody has it', [[0, { id: null, policy: a }]], []],
    [
      'nor one that comes when all others have expired',
      [
        [0, { id: 'x', policy: a }],
        [1, { id: null, policy: { fails: 'no host' } }],
        [11.1, { id: null, policy: { fails: 'no host' } }],
        [12, { id: null, policy: b }],
      ],
      ['x A 0–0, gone 1'],
    ],
    [
      'before they have, whoever holds one fetches it',
      [
        [0, { id: 'x', policy: a }],
        [1, { id: null, policy: { fails: 'no host' } }],
        [10, { id: null, policy: b }],
      ],
      ['x A 0–0, gone 1', 'null B 10–10'],
    ],
    [
      'a small fault that most senders read over: they hold it',
      [[0, { id: 'x', policy: `${a}\n` }]],
      ['x A 0–0'],
    ],
    ['nothing that anybody could read', [[0, { id: 'x', policy: '<html>' }]], []],
  ];
  test.each(tables)('%s', (_, rows, ledger) => {
    expect(told(historyOf(rows))).toEqual(ledger);
  });

  test.each([
    ['of 500 pairs', 500, 100],
    ['of five policies of 64 KB', 6, 65_000],
  ])('%s is full, and still sees what it has come and go', (_, entries, octets) => {
    const known = historyOf([[0, { id: 'x', policy: a }]]);
    const [first] = known.ledger;
    if (first === undefined) throw new Error('no entry');
    const body = 'x'.repeat(octets);
    const full: History = {
      ...known,
      ledger: [
        first,
        ...Array.from({ length: entries - 1 }, (_, at) => ({ ...first, id: `y${at}`, body, goneAt: on(0) })),
      ],
    };
    expect(historyAfter(full, lookAt(day(1), { id: 'z', policy: b })).ledger).toEqual([
      { ...first, goneAt: on(1) },
    ]);
  });

  test('has each policy of a host whose addresses differ, and ends neither', () => {
    const both: Observation = {
      ...lookAt(day(1), { id: 'x', policy: a }),
      policyHost: {
        ...healthy.policyHost,
        fetches: [
          ...lookAt(day(1), { id: 'x', policy: b }).policyHost.fetches,
          ...lookAt(day(1), { id: 'x', policy: a }).policyHost.fetches,
        ],
      },
    };
    expect(told(remember(historyOf([[0, { id: 'x', policy: a }]]), both))).toEqual(['x A 0–1', 'x B 1–1']);
  });
});

describe('a policy that is not seen any more', () => {
  /** When senders can last have fetched it decides: too late a date only makes a removal wait. */
  const failures: readonly (readonly [HostFailure, 'ends' | 'goes on', why: string])[] = [
    ['no host', 'ends', 'NXDOMAIN is an answer, and the same for everybody'],
    ['private address', 'ends', 'no sender connects there'],
    ['certificate expired', 'ends', 'no sender takes it (§3.3)'],
    ['certificate for another name', 'ends', 'no sender takes it (§3.3)'],
    [[404, ''], 'ends', 'there is no such file, for anybody'],
    [[410, ''], 'ends', 'nor is there to be one'],
    [[301, ''], 'ends', 'senders must not follow a redirect (§3.3)'],
    [[204, ''], 'ends', '200 alone will do (§3.3)'],
    [[200, '<html>Not found</html>'], 'ends', 'a page is no policy'],
    [[200, ''], 'ends', 'nor is nothing'],
    ['servfail', 'goes on', 'the resolvers of others may still have the address'],
    ['dns timeout', 'goes on', 'the resolver here may be down'],
    ['refused', 'goes on', 'the server may be starting, or refuse this machine'],
    ['timeout', 'goes on', 'a firewall may stop this machine alone'],
    ['handshake fails', 'goes on', 'others offer other ciphers'],
    ['certificate not trusted', 'goes on', 'others trust other authorities'],
    ['body cut', 'goes on', 'the next try may be whole'],
    [[503, ''], 'goes on', 'it passes in a minute, for some sooner'],
    [[500, ''], 'goes on', 'it may pass'],
    [[403, ''], 'goes on', 'it may be this machine that is turned away'],
    [[429, ''], 'goes on', 'this machine asked too often'],
    ['time over', 'goes on', 'not measured'],
    ['asked too often', 'goes on', 'not measured'],
  ];
  const before = historyOf([[0, { id: 'x', policy: a }]]);

  test.each(failures)('%s: %s (%s)', (fails, outcome) => {
    const next = remember(before, lookAt(day(1), { id: 'x', policy: { fails } }));
    expect(told(next)).toEqual([outcome === 'ends' ? 'x A 0–0, gone 1' : 'x A 0–0']);
    // Whatever it was: served again it is served.
    expect(told(remember(next, lookAt(day(2), { id: 'x', policy: a })))).toEqual(['x A 0–2']);
  });

  test.each(failures)('%s begins no entry', (fails) => {
    expect(told(remember(noHistory, lookAt(day(0), { id: 'x', policy: { fails } })))).toEqual([]);
  });

  test('ends when its host failed for a week at every look, for whatever reason of its own', () => {
    const rows = (days: readonly number[], fails: HostFailure): readonly Row[] =>
      days.map((at) => [at, { id: null, policy: { fails } }]);
    expect(told(historyOf(rows([1, 4, 7.9], 'refused'), before))).toEqual(['x A 0–0']);
    expect(told(historyOf(rows([1, 4, 7.9, 8], 'refused'), before))).toEqual(['x A 0–0, gone 8']);
    expect(told(historyOf(rows([1, 9], 'time over'), before))).toEqual(['x A 0–0']);
    const interrupted = [...rows([1], 'refused'), ...rows([4], 'time over'), ...rows([9], 'refused')];
    expect(told(historyOf(interrupted, before))).toEqual(['x A 0–0']);
  });

  test('goes on behind an address that was not looked at', () => {
    const seen = lookAt(day(1), { id: 'x', policy: b });
    const second = (because: 'time-is-over' | 'no-route' | 'too-many'): Observation => ({
      ...seen,
      policyHost: {
        ...seen.policyHost,
        aaaa: answer('mta-sts.example.com', ['2001:db8::10']),
        fetches: [
          ...seen.policyHost.fetches,
          {
            address: '2001:db8::10',
            timings: { totalMs: 0 },
            result: { kind: 'not-measured', because },
          },
        ],
      },
    });
    expect(told(remember(before, second('time-is-over')))).toEqual(['x A 0–0', 'x B 1–1']);
    // A machine without IPv6 would never see an end.
    expect(told(remember(before, second('no-route')))).toEqual(['x A 0–0, gone 1', 'x B 1–1']);
    expect(told(remember(before, second('too-many')))).toEqual(['x A 0–0, gone 1', 'x B 1–1']);
  });

  test('goes on where browsers get it and this machine does not', () => {
    const blocked = lookAt(day(1), { id: 'x', policy: { fails: [404, ''] } });
    const url = 'https://mta-sts.example.com/.well-known/mta-sts.txt';
    const seen: Observation = {
      ...blocked,
      policyHost: {
        ...blocked.policyHost,
        followUps: [{ what: 'browser-agent', url, status: 200, isPolicy: true }],
      },
    };
    expect(told(remember(before, seen))).toEqual(['x A 0–0']);
  });
});

describe('the trail', () => {
  const trailOf = (rows: readonly Row[]) => historyOf(rows).trail;

  test('says since when it is as it is now, whatever could not be measured between', () => {
    const testing = policyText('testing', mx, 1);
    const trail = trailOf([
      [0, { id: null, policy: { fails: 'time over' }, mx: 'dns fails' }],
      [1, { id: null, policy: { fails: 'no host' }, mx: ['mx1.example.com'] }],
      [2, { id: 'x', policy: testing, mx: ['mx1.example.com', 'mx2.example.com'] }],
      [3, { id: 'dns fails', policy: { fails: 'timeout' }, mx: 'dns fails' }],
      [4, { id: 'x', policy: testing, mx: ['mx2.example.com', 'mx1.example.com'] }],
    ]);
    expect(trail).toEqual({
      version: 1,
      lookedAt: on(4),
      knownSince: on(1),
      record: { id: 'x', since: on(2) },
      policy: { hash: hashOf(testing), since: on(2) },
      mode: { mode: 'testing', since: on(2) },
      mx: [
        { host: 'mx2.example.com', since: on(2) },
        { host: 'mx1.example.com', since: on(1) },
      ],
      unclearSince: null,
    });
  });

  test('begins anew where another version of this program left one', () => {
    const history = historyOf([[0, { id: 'x', policy: a }]]);
    const other = { ...history, trail: { version: 2, record: 7 } as unknown as History['trail'] };
    expect(historyAfter(other, lookAt(day(1), { id: 'x', policy: a })).trail).toEqual(
      historyOf([[1, { id: 'x', policy: a }]]).trail,
    );
  });

  test('a mode goes on through an outage, and not through a removal', () => {
    const on14 = { id: 'x', policy: policyText('testing', mx, 1) };
    const down: Published = { id: 'x', policy: { fails: 'no host' } };
    expect(
      trailOf([
        [0, on14],
        [1, down],
        [13, on14],
      ])?.mode?.since,
    ).toBe(on(0));
    expect(
      trailOf([
        [0, on14],
        [1, down],
        [40, on14],
      ])?.mode?.since,
    ).toBe(on(40));
  });

  test('tells only what is new: a look that measured nothing changes no entry', () => {
    const history = historyOf([[0, { id: 'x', policy: a }]]);
    const nothing = lookAt(day(1), { id: 'dns fails', policy: { fails: 'time over' }, mx: 'dns fails' });
    expect(historyAfter(history, nothing)).toEqual({
      ledger: [],
      trail: { ...history.trail, lookedAt: on(1) },
    });
  });
});

describe('a safe end', () => {
  const entry = (more: Partial<LedgerEntry>): LedgerEntry => ({
    id: 'x',
    policyHash: 'ab',
    mode: 'enforce',
    maxAgeSeconds: 10 * 86_400,
    body: a,
    firstSeenAt: on(0),
    lastSeenAt: on(1),
    goneAt: on(2),
    ...more,
  });
  test.each([
    ['nothing was ever served', [], undefined],
    ['a policy that is gone: from the first look without it', [entry({})], 12],
    ['one that is served: from now', [entry({ goneAt: null })], 30],
    [
      'the latest of several, which need not be the last',
      [
        entry({ policyHash: 'year', maxAgeSeconds: 300 * 86_400 }),
        entry({ policyHash: 'day', maxAgeSeconds: 86_400, goneAt: on(19) }),
      ],
      302,
    ],
    ['testing counts, too', [entry({ mode: 'testing' })], 12],
    ['mode none harms nobody', [entry({ mode: 'none' })], undefined],
    ['max_age over the maximum', [entry({ maxAgeSeconds: 9_999_999_999 })], 2 + maxAgeSecondsMax / 86_400],
    ['max_age 0', [entry({ maxAgeSeconds: 0 })], 2],
  ] as const)('%s', (_, ledger, end) => {
    expect(expiryOf(ledger, day(20))?.at).toEqual(end === undefined ? undefined : day(end));
  });

  test('names the policy that it waits for', () => {
    const long = entry({ id: 'long', maxAgeSeconds: 864_000 });
    const ledger = [entry({ id: 'short', maxAgeSeconds: 1 }), long];
    expect(expiryOf(ledger, day(20))).toEqual({ at: heldUntil(long, day(20)), entry: long });
  });
});

describe('the fingerprint', () => {
  const of = fingerprintOf;
  const reversed: Observation = {
    ...healthy,
    startedAt: '2026-12-01T00:00:00.000Z',
    durationMs: 9000,
    resolver: {},
    port25: 'unknown',
    record: {
      ...healthy.record,
      lookup: { ...healthy.record.lookup, ttlSeconds: 17 } as Observation['record']['lookup'],
      authoritative: healthy.record.authoritative.toReversed(),
      wildcard: { ...healthy.record.wildcard, name: 'other.example.com' },
      wrongNames: healthy.record.wrongNames.toReversed(),
    },
    policyHost: {
      ...healthy.policyHost,
      fetches: healthy.policyHost.fetches
        .map((fetch) => ({ ...fetch, timings: { totalMs: 999 } }))
        .toReversed(),
    },
    mxHosts: healthy.mxHosts.map((host) => ({
      ...host,
      lookedAt: '2026-11-25T00:00:00.000Z',
      sessions: host.sessions.map((one) => ({
        ...one,
        timings: { totalMs: 1 },
        greeting: { code: 220, lines: ['other text'] },
      })),
    })),
  };

  test('is the same where only time, order and this machine differ', () => {
    expect(of(reversed)).toBe(of(healthy));
  });

  test('is the same for two pages of an error that differ in their text', () => {
    const page = (body: string): Observation => ({
      ...healthy,
      policyHost: {
        ...healthy.policyHost,
        fetches: [fetched('192.0.2.10', body, { status: 503, headers: { age: '3' } })],
      },
    });
    expect(of(page('ray 1'))).toBe(of(page('ray 2')));
  });

  const [mx1, ...others] = healthy.mxHosts;
  const withMx1 = (more: Partial<Observation['mxHosts'][number]>): Observation => ({
    ...healthy,
    mxHosts: mx1 === undefined ? [] : [{ ...mx1, ...more }, ...others],
  });
  const changed: readonly (readonly [string, Observation])[] = [
    ['the record', lookAt(new Date(healthy.startedAt), { id: 'other', policy: healthyPolicy })],
    ['the policy', withPolicy(healthyPolicy.replace('2592000', '2592001'))],
    [
      'an address of the policy host',
      { ...healthy, policyHost: { ...healthy.policyHost, a: answer('', ['192.0.2.99']) } },
    ],
    [
      'a status',
      {
        ...healthy,
        policyHost: { ...healthy.policyHost, fetches: [fetched('192.0.2.10', '', { status: 404 })] },
      },
    ],
    ['an MX less', { ...healthy, mxHosts: others, mx: { kind: 'null-mx' } }],
    ['an address of an MX host', withMx1({ a: answer('mx1.example.com', ['192.0.2.99']) })],
    [
      'STARTTLS',
      withMx1({
        sessions: [
          session('mx1.example.com', '192.0.2.11', {
            kind: 'failed',
            at: 'starttls',
            problem: 'not-offered',
          }),
        ],
      }),
    ],
    [
      'a certificate',
      withMx1({
        sessions: [
          session('mx1.example.com', '192.0.2.11', {
            kind: 'secured',
            tls: { ...certificateOf(mx1), chain: [{ ...certificateOf(mx1).chain[0], sha256: 'ef' }] },
          }),
        ],
      }),
    ],
    ['TLSA', withMx1({ tlsa: answer('', [{ usage: 3, selector: 1, matchingType: 1, data: 'ab' }]) })],
    ['TLS-RPT', { ...healthy, tlsRpt: { ...healthy.tlsRpt, lookup: answer('', []) } }],
  ];
  test.each(changed)('is another one with another: %s', (_, seen) => {
    expect(of(seen)).not.toBe(of(healthy));
  });
});

function certificateOf(host: Observation['mxHosts'][number] | undefined) {
  const result = host?.sessions[0]?.result;
  if (result?.kind !== 'secured') throw new Error('no certificate');
  return result.tls;
}
