/** The verdict of many domains and the gist of what is said of them, and the JSON that scripts rely on. */
import { describe, expect, test } from 'vitest';
import type { Observation, SmtpSession } from '../../src/check/observation.ts';
import { createReport, reportJson, type Verdict } from '../../src/check/report.ts';
import type { HostName } from '../../src/protocol/domain.ts';
import {
  answer,
  domain,
  failed,
  fetched,
  healthy,
  healthyPolicy,
  healthyRecord,
  nxdomain,
  session,
  testing,
  tls,
  txt,
  withPolicy,
  withRecords,
} from './observations.ts';
import {
  failedAt,
  off,
  secured,
  securedWith,
  smallestMxChanges,
  withHosts,
  withMx1,
  withoutMail,
  withSession,
  withTlsa,
} from './rules/smallest-changes-mx.ts';
import { smallestChangesRecord } from './rules/smallest-changes-record.ts';

const mtaSts = `_mta-sts.${domain}`;
const none = withPolicy('version: STSv1\nmode: none\nmax_age: 86400\n');

function withLookup(
  lookup: Observation['record']['lookup'],
  more: Partial<Observation['record']> = {},
): Observation {
  return { ...healthy, record: { ...healthy.record, lookup, authoritative: [], ...more } };
}

function withHost(more: Partial<Observation['policyHost']>, base: Observation = healthy): Observation {
  return { ...base, policyHost: { ...base.policyHost, ...more } };
}

/** The same at both addresses of the policy host. */
function withFetch(result: ReturnType<typeof fetched>['result'], base: Observation = healthy): Observation {
  const fetches = base.policyHost.fetches.map((fetch) => ({ ...fetch, result }));
  return withHost({ fetches }, base);
}

function withAllSessions(result: SmtpSession['result'], base: Observation = healthy): Observation {
  return {
    ...base,
    mxHosts: base.mxHosts.map((host) => ({
      ...host,
      sessions: host.sessions.map(({ address }) => session(host.host, address, result)),
    })),
  };
}

const unseen = { kind: 'not-measured', because: 'no-route' } as const;
const noPort25 = (base: Observation): Observation => ({ ...withAllSessions(unseen, base), port25: 'closed' });
const expired = { notAfter: '2026-11-24T00:00:00.000Z' };

type Row = readonly [what: string, seen: Observation, verdict: Verdict, gist: string];

const protectedByBoth = 'is protected by 2 of 2 hosts.';
const unprotectedOr = 'do not protect mail to example.com, unless they still keep an earlier policy';

const rows: readonly Row[] = [
  // In force.
  ['a healthy domain', healthy, 'enforced', `Mail to example.com ${protectedByBoth}`],
  ['one MX host', withHosts([[10, 'mx1.example.com']]), 'enforced', 'is protected by its one host.'],
  ['mode testing', testing, 'testing', '2 of 2 hosts would pass in enforce.'],
  [
    'a notice',
    withPolicy(healthyPolicy.replace('max_age', 'contact: a\nmax_age')),
    'enforced',
    protectedByBoth,
  ],
  ['an unrelated TXT record beside', withRecords(healthyRecord, 'other'), 'enforced', protectedByBoth],
  [
    'a certificate that expires in two days: an error that stops nothing yet',
    withSession(securedWith({ notBefore: '2026-08-30T00:00:00.000Z', notAfter: '2026-11-28T12:00:00.000Z' })),
    'enforced',
    protectedByBoth,
  ],
  [
    'one bad address of two: senders go on to the next',
    withMx1({
      sessions: [
        session('mx1.example.com', '192.0.2.11'),
        session('mx1.example.com', '2001:db8::11', failedAt('starttls', 'not-offered')),
      ],
    }),
    'enforced',
    protectedByBoth,
  ],
  // Not measured is never a failure.
  [
    'port 25 closed',
    noPort25(healthy),
    'enforced',
    'We could not reach port 25 from here, so the mail hosts are not measured.',
  ],
  ['port 25 closed, in testing', noPort25(testing), 'testing', 'We could not reach port 25 from here'],
  [
    'a host that cannot be reached from here',
    withSession(failedAt('connect', 'timeout')),
    'enforced',
    'is protected by 1 of 2 hosts; mx1.example.com is not measured.',
  ],
  [
    'a host that turns this machine away',
    withSession(failedAt('greeting', 'rejected', { reply: { code: 554, lines: ['go away'] } })),
    'enforced',
    'mx1.example.com is not measured.',
  ],
  [
    'a host for which no time was left',
    withSession({ kind: 'not-measured', because: 'time-is-over' }),
    'enforced',
    'mx1.example.com is not measured.',
  ],
  [
    'a host whose addresses DNS does not give',
    withMx1({
      a: failed('mx1.example.com', 'timeout'),
      aaaa: failed('mx1.example.com', 'timeout'),
      sessions: [],
    }),
    'enforced',
    'mx1.example.com is not measured.',
  ],
  [
    'a host that failed once and then not',
    withSession(failedAt('tls', 'reset', { again: 'secured' })),
    'enforced',
    'mx1.example.com is not measured.',
  ],
  [
    'no host was reached, and yet port 25 is open',
    withAllSessions(failedAt('connect', 'timeout')),
    'enforced',
    'Not measured from here: mx1.example.com and mx2.example.com.',
  ],
  // MX hosts that fail.
  [
    'an expired certificate',
    withSession(securedWith(expired)),
    'broken',
    'is protected by 1 of 2 hosts; mx1.example.com would be refused.',
  ],
  [
    'an expired certificate in testing',
    withSession(securedWith(expired), testing),
    'testing',
    '1 of 2 hosts would pass in enforce; mx1.example.com would be refused there.',
  ],
  [
    'no STARTTLS in testing: mail still comes',
    withSession(failedAt('starttls', 'not-offered'), testing),
    'testing',
    'would be refused there.',
  ],
  [
    'TLS 1.0 alone',
    withSession(failedAt('tls', 'tls', { olderProtocol: 'TLSv1' })),
    'broken',
    'mx1.example.com would be refused.',
  ],
  [
    'every host refused',
    withAllSessions(failedAt('starttls', 'not-offered')),
    'broken',
    'does not arrive from senders that honour the policy (Gmail and Outlook.com do); mx1.example.com and mx2.example.com would be refused.',
  ],
  [
    'one refused, one not measured',
    { ...withSession(failedAt('starttls', 'not-offered'), noPort25(healthy)), port25: 'open' },
    'broken',
    'mx1.example.com would be refused; mx2.example.com is not measured.',
  ],
  [
    'an MX that the policy leaves out',
    withPolicy(healthyPolicy.replace('mx: mx2.example.com\n', '')),
    'broken',
    'mx2.example.com would be refused.',
  ],
  [
    'an MX that the policy leaves out, and port 25 closed',
    noPort25(withPolicy(healthyPolicy.replace('mx: mx2.example.com\n', ''))),
    'broken',
    'mx2.example.com would be refused; mx1.example.com is not measured.',
  ],
  [
    'an MX host that does not exist',
    withMx1({ a: nxdomain('mx1.example.com'), aaaa: nxdomain('mx1.example.com'), sessions: [] }),
    'broken',
    'mx1.example.com has no address that anybody reaches.',
  ],
  ['a TLSA record that does not fit', withTlsa(false), 'broken', 'mx1.example.com would be refused.'],
  [
    'a TLSA record that does not fit, in testing',
    withTlsa(false, {}, testing),
    'broken',
    'mx1.example.com would be refused there.',
  ],
  [
    'a certificate for DANE alone',
    withTlsa(true, { tls: { trust: 'self-signed' } }),
    'broken',
    'mx1.example.com would be refused.',
  ],
  [
    'a pattern that strangers can use',
    withPolicy(healthyPolicy.replace('max_age', 'mx: *.com\nmax_age')),
    'broken',
    'The protection of mail to example.com does not hold: Strangers can have names under the pattern (*.com).',
  ],
  // The record.
  ['two records', withRecords(healthyRecord, 'v=STSv1; id=2;'), 'broken', unprotectedOr],
  [
    'a malformed record',
    withRecords('v=STSv1; id=a-b;'),
    'broken',
    'Some senders (3 of 11 known ones) do not protect mail to example.com',
  ],
  ['a near miss', withRecords('V=STSv1; id=1;'), 'broken', unprotectedOr],
  [
    'a record at the domain itself',
    {
      ...off,
      record: { ...off.record, wrongNames: [txt(domain, healthyRecord), ...off.record.wrongNames.slice(1)] },
    },
    'broken',
    'the MTA-STS record is of no use to them',
  ],
  [
    'an alias that leads to nothing',
    withLookup(nxdomain(mtaSts, { aliases: ['gone.example.net'] })),
    'broken',
    'the MTA-STS record is of no use to them',
  ],
  [
    'an alias that leads in a circle',
    withLookup(answer(mtaSts, [], { aliases: ['a.example.net', mtaSts], aliasLoop: true })),
    'broken',
    'the MTA-STS record is of no use to them',
  ],
  [
    'an alias that leads to a record',
    withLookup({ ...txt(mtaSts, healthyRecord), aliases: ['a.example.net'] }),
    'enforced',
    protectedByBoth,
  ],
  // DNS.
  [
    'DNS does not answer',
    withLookup(failed(mtaSts, 'timeout')),
    'unknown',
    'DNS gave us no answer for _mta-sts.example.com',
  ],
  [
    'DNS was not asked',
    withLookup({ kind: 'not-measured', because: 'time-is-over', name: mtaSts }),
    'unknown',
    'DNS gave us no answer',
  ],
  [
    'the zone does not pass DNSSEC',
    withLookup(failed(mtaSts, 'servfail', { bogus: true })),
    'broken',
    'DNS fails for _mta-sts.example.com',
  ],
  [
    'SERVFAIL from a resolver that fails for the root, too',
    { ...withLookup(failed(mtaSts, 'servfail')), resolver: {} },
    'unknown',
    'DNS gave us no answer',
  ],
  [
    'the MX are not known',
    withoutMail({ kind: 'unknown', problem: 'timeout' }),
    'unknown',
    'DNS gave us no answer for its MX',
  ],
  [
    'no record, and the MX are not known',
    withoutMail({ kind: 'unknown', problem: 'timeout' }, off),
    'off',
    'has no MTA-STS',
  ],
  // The policy host.
  [
    'the policy host has no address',
    withHost({ a: nxdomain('mta-sts.example.com'), aaaa: nxdomain('mta-sts.example.com'), fetches: [] }),
    'broken',
    'they get no usable one',
  ],
  [
    'DNS does not answer for the policy host',
    withHost({
      a: failed('mta-sts.example.com', 'timeout'),
      aaaa: failed('mta-sts.example.com', 'timeout'),
      fetches: [],
    }),
    'unknown',
    'mta-sts.example.com could not be looked at from here',
  ],
  [
    'no time was left for the policy host',
    withFetch({ kind: 'not-measured', because: 'time-is-over' }),
    'unknown',
    'could not be looked at from here',
  ],
  [
    'no way to the policy host',
    withFetch({ kind: 'not-measured', because: 'no-route' }),
    'unknown',
    'could not be looked at from here',
  ],
  [
    'the policy host refuses connections',
    withFetch({ kind: 'failed', at: 'connect', problem: 'connection-refused' }),
    'broken',
    'they get no usable one',
  ],
  [
    'no way to IPv6, and IPv4 refused',
    withHost({
      fetches: [
        {
          address: '192.0.2.10',
          timings: { totalMs: 1 },
          result: { kind: 'failed', at: 'connect', problem: 'connection-refused' },
        },
        {
          address: '2001:db8::10',
          timings: { totalMs: 0 },
          result: { kind: 'not-measured', because: 'no-route' },
        },
      ],
    }),
    'broken',
    'they get no usable one',
  ],
  [
    'a certificate for another name',
    withHost({
      fetches: [
        fetched('192.0.2.10', healthyPolicy, { tls: tls('www.example.com', { nameMatches: false }) }),
      ],
    }),
    'broken',
    'they get no usable one',
  ],
  [
    'status 404',
    withHost({ fetches: [fetched('192.0.2.10', 'not found', { status: 404 })] }),
    'broken',
    'they get no usable one',
  ],
  [
    'a redirect',
    withHost({
      fetches: [fetched('192.0.2.10', '', { status: 301, headers: { location: 'https://example.com/' } })],
    }),
    'broken',
    'unless they still keep an earlier policy: they get no usable one',
  ],
  // The policy.
  ['a malformed policy', withPolicy('version: STSv1\nmode: enforce\n'), 'broken', 'they get no usable one'],
  [
    'max_age over the maximum',
    withPolicy(healthyPolicy.replace('2592000', '31557601')),
    'broken',
    'they get no usable one',
  ],
  ['an empty policy', withPolicy(''), 'broken', 'they get no usable one'],
  // Off.
  ['no record', off, 'off', 'example.com has no MTA-STS. Mail to it can be intercepted without notice.'],
  [
    'no record, and STARTTLS missing',
    { ...withSession(failedAt('starttls', 'not-offered')), record: off.record, policyHost: off.policyHost },
    'off',
    'example.com has no MTA-STS.',
  ],
  ['a policy without a record', { ...healthy, record: off.record }, 'off', 'example.com has no MTA-STS.'],
  ['mode none', none, 'off', 'has ended MTA-STS (mode none)'],
  ['mode none and a certificate that expired', withSession(securedWith(expired), none), 'off', 'mode none'],
  [
    'a null MX',
    withoutMail({ kind: 'null-mx' }, off),
    'off',
    'example.com takes no mail (null MX): it needs no MTA-STS.',
  ],
  ['a null MX and a policy', withoutMail({ kind: 'null-mx' }), 'off', 'takes no mail (null MX)'],
  ['neither MX nor address', withoutMail({ kind: 'no-mail' }, off), 'off', 'it has neither MX nor address'],
  [
    'a domain that does not exist',
    withoutMail({ kind: 'nxdomain' }, off),
    'off',
    'example.com does not exist in DNS',
  ],
];

describe('verdict and sentence', () => {
  test.each(rows)('%s', (_, seen, verdict, gist) => {
    const report = createReport(seen);
    expect(report.sentence).toContain(gist);
    expect(report.verdict).toBe(verdict);
  });

  test('are plain: no error in a domain that is off, no finding of a fault in what is sound', () => {
    for (const [what, seen, verdict] of rows) {
      const { findings } = createReport(seen);
      const breaking = findings.filter(({ breaks }) => breaks).map(({ id }) => id);
      if (verdict === 'off' || verdict === 'enforced' || verdict === 'testing')
        expect([what, breaking]).toEqual([what, []]);
      if (verdict === 'broken') expect([what, breaking.length > 0]).toEqual([what, true]);
    }
  });
});

describe('the next step', () => {
  const fresh = /v=STSv1; id=20261126T120000Z[0-9a-z]{4};/;
  test.each<[string, Observation, string | RegExp | undefined]>([
    ['nothing, of a healthy domain', healthy, undefined],
    ['a policy, where there is none', off, 'Make a policy, and publish it in mode testing first.'],
    ['enforce, after testing', testing, 'Go to enforce when the reports of two weeks show no failure.'],
    [
      'to mend what fails in testing, before enforce',
      withSession(securedWith(expired), testing),
      'Renew the certificate',
    ],
    ['the line and a new id', withPolicy(healthyPolicy.replace('mx: mx2.example.com\n', '')), fresh],
    ['the removal, after none', none, 'until every policy that was served earlier has expired'],
    [
      'testing first, where all mail is lost',
      withAllSessions(failedAt('starttls', 'not-offered')),
      'write `mode: testing`',
    ],
    ['another network, where port 25 is closed', noPort25(healthy), 'lets port 25 out'],
    ['another look', withLookup(failed(mtaSts, 'timeout')), 'Check again later'],
  ])('is %s', (_, seen, step) => {
    const { nextStep } = createReport(seen);
    if (step === undefined) expect(nextStep).toBeUndefined();
    else expect(nextStep).toMatch(step);
  });
});

describe('hosts that were not measured', () => {
  test.each<[string, Observation, string[]]>([
    ['none', healthy, []],
    ['all', noPort25(healthy), ['mx1.example.com', 'mx2.example.com']],
    ['all, also in a domain that is off', noPort25(off), ['mx1.example.com', 'mx2.example.com']],
    ['one', withSession(failedAt('connect', 'timeout')), ['mx1.example.com']],
    [
      'none, where one address of two was not reached',
      withMx1({
        sessions: [
          session('mx1.example.com', '192.0.2.11'),
          session('mx1.example.com', '2001:db8::11', { kind: 'not-measured', because: 'no-route' }),
        ],
      }),
      [],
    ],
    [
      'none, where a host does not exist',
      withMx1({ a: nxdomain('mx1.example.com'), aaaa: nxdomain('mx1.example.com'), sessions: [] }),
      [],
    ],
  ])('%s', (_, seen, hosts) => {
    expect(createReport(seen).unmeasured).toEqual(hosts as HostName[]);
  });
});

describe('enforce.unsafe-now', () => {
  const ids = (seen: Observation) => createReport(seen).findings.map(({ id }) => id);
  const allExpired = withAllSessions(secured({ trust: 'self-signed' }));

  test('is raised where no host is left, with the way back', () => {
    const found = createReport(allExpired).findings.find(({ id }) => id === 'enforce.unsafe-now');
    expect(found?.remedy).toMatch(/`mode: testing`.*v=STSv1; id=20261126T120000Z/);
    expect(found?.detail).toContain('Gmail');
    expect(found?.detail).toContain('mx2.example.com');
  });

  test.each<[string, Observation]>([
    ['one host is left', withSession(securedWith(expired))],
    [
      'a host was not measured',
      { ...withSession(failedAt('starttls', 'not-offered'), noPort25(healthy)), port25: 'open' },
    ],
    ['testing', withAllSessions(secured({ trust: 'self-signed' }), testing)],
    [
      'testing would not help: no host has an address',
      {
        ...healthy,
        mxHosts: healthy.mxHosts.map((host) => ({
          ...host,
          a: answer(host.host, []),
          aaaa: answer(host.host, []),
          sessions: [],
        })),
      },
    ],
  ])('is not raised where %s', (_, seen) => {
    expect(ids(seen)).not.toContain('enforce.unsafe-now');
  });
});

describe('facts', () => {
  const ids = (seen: Observation) => createReport(seen).facts.map(({ id }) => id);
  const always = ['rpt.external', 'consistency.dns-vs-policy'];

  test('of a healthy domain', () => {
    expect(ids(healthy)).toEqual(always);
  });

  const stale: Observation = {
    ...healthy,
    record: { ...healthy.record, lookup: { ...txt(mtaSts, 'v=STSv1; id=old;'), ttlSeconds: 90 } },
  };

  test.each<[string, Observation, string, string]>([
    ['no record', off, 'txt.absent', 'has no MTA-STS record'],
    [
      'an alias',
      withLookup({ ...txt(mtaSts, healthyRecord), aliases: ['a.example.net'] }),
      'txt.cname-ok',
      'a.example.net',
    ],
    [
      'another answer in the cache',
      stale,
      'txt.cached-elsewhere',
      'still cached elsewhere for 1 minute 30 seconds',
    ],
    [
      'a wildcard certificate',
      withHost({ fetches: [fetched('192.0.2.10', healthyPolicy, { tls: tls('*.example.com') })] }),
      'host.cert-wildcard',
      'mta-sts.sub.example.com',
    ],
    ['mode none', none, 'policy.mode-none', 'has expired'],
    ['no mail', withoutMail({ kind: 'no-mail' }, off), 'mx.no-mail-at-all', 'neither MX nor address'],
    ['no such domain', withoutMail({ kind: 'nxdomain' }, off), 'mx.no-mail-at-all', 'does not exist'],
    [
      'a greeting that turns us away',
      withSession(failedAt('greeting', 'rejected', { reply: { code: 554, lines: ['no'] } })),
      'smtp.greeting-rejects-us',
      '`554 no`',
    ],
    [
      'a resolver that does not validate',
      { ...healthy, resolver: { validates: false } },
      'dnssec.not-measured',
      'not measured',
    ],
    [
      'more MX than one look takes',
      {
        ...healthy,
        mx: {
          ...healthy.mx,
          kind: 'hosts',
          hosts: healthy.mx.kind === 'hosts' ? healthy.mx.hosts : [],
          omitted: 7,
        },
      },
      'mx.omitted',
      '7 more MX hosts',
    ],
  ])('%s', (_, seen, id, says) => {
    const { facts } = createReport(seen);
    expect(facts.find((fact) => fact.id === id)?.text).toContain(says);
    expect(ids(healthy)).not.toContain(id);
  });
});

describe('check --json', () => {
  const broken = withPolicy(healthyPolicy.replace('mx: mx2.example.com\n', ''));

  test('has the keys that scripts rely on, and what was added', () => {
    expect(Object.keys(reportJson(createReport(healthy)))).toEqual([
      'domain',
      'verdict',
      'summary',
      'unmeasured',
      'checkedAt',
      'durationMs',
      'findings',
      'passed',
      'skipped',
      'deliveries',
      'facts',
      'acceptance',
      'observation',
    ]);
    expect(Object.keys(reportJson(createReport(broken)))).toContain('nextStep');
  });

  test('has findings of these keys alone, with the RFC as a label', () => {
    const { findings } = reportJson(createReport(broken));
    expect(findings.map((finding) => Object.keys(finding))).toEqual([
      ['id', 'severity', 'subject', 'title', 'detail', 'remedy', 'cite'],
    ]);
    expect(findings[0]).toMatchObject({
      id: 'mx.backup-not-covered',
      severity: 'error',
      subject: 'mx2.example.com',
      cite: 'RFC 8461 §8.4',
    });
  });

  test('is plain JSON, whose observation gives the same report again', () => {
    for (const [, seen] of rows) {
      const json = reportJson(createReport(seen));
      const read = JSON.parse(JSON.stringify(json));
      expect(read).toEqual(json);
      expect(reportJson(createReport(read.observation))).toEqual(json);
    }
  });

  test('passes or skips each rule that finds nothing, and never both', () => {
    const { findings, passed, skipped } = reportJson(createReport(healthy));
    expect(findings).toEqual([]);
    const ids = [...passed, ...skipped.map(({ id }) => id)];
    expect(new Set(ids).size).toBe(ids.length);
    expect(skipped.every(({ because }) => because !== '')).toBe(true);
  });
});

describe('of every smallest change', () => {
  const changes = [
    ...Object.entries(smallestChangesRecord),
    ...smallestMxChanges.map(({ id, what, seen }) => [`${id}: ${what}`, seen] as const),
  ];

  test.each(changes)('%s: verdict, sentence and next step go together', (_, seen) => {
    const { verdict, sentence, nextStep, findings, acceptance } = createReport(seen);
    expect(sentence).toMatch(/^(?:[A-Z]|example\.com)[^\n]+\.$/);
    expect(sentence.length).toBeLessThan(400);
    if (verdict === 'broken') expect(findings.map(({ remedy }) => remedy)).toContain(nextStep);
    if (findings.some(({ breaks }) => breaks)) expect(verdict).toBe('broken');
    // What nobody could use, nobody accepts as it is; a lenient sender may take what is not valid.
    if (verdict === 'enforced') expect(acceptance.some(({ accepts }) => accepts)).toBe(true);
  });
});
