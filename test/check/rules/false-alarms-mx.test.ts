/** What comes near a fault of the MX hosts and is none; and that what fails is named, whatever fails together. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MxHostObservation, Observation, SmtpSession } from '../../../src/check/observation.ts';
import { createReport, reportJson } from '../../../src/check/report.ts';
import { runs, seed } from '../../runs.ts';
import {
  answer,
  failed,
  healthy,
  healthyPolicy,
  mxHost,
  nxdomain,
  session,
  testing,
  tls,
  txt,
  withPolicy,
} from '../observations.ts';
import {
  failedAt,
  off,
  secured,
  securedWith,
  withHosts,
  withMx1,
  withoutMail,
  withSession,
  withTlsa,
} from './smallest-changes-mx.ts';

const ids = (seen: Observation) => createReport(seen).findings.map(({ id }) => id);
const policyOf = (...mx: readonly string[]) =>
  withPolicy(
    `version: STSv1\nmode: enforce\n${mx.map((line) => `mx: ${line}\n`).join('')}max_age: 2592000\n`,
  );

describe('nothing is raised by', () => {
  test.each<[string, Observation]>([
    [
      'a wildcard that covers every MX',
      withHosts(
        [
          [10, 'a.mail.example.com'],
          [10, 'b.mail.example.com'],
        ],
        policyOf('*.mail.example.com'),
      ),
    ],
    [
      'the pattern of a provider',
      withHosts([[0, 'example-com.mail.protection.outlook.com']], policyOf('*.mail.protection.outlook.com')),
    ],
    [
      'another certificate at each address',
      withMx1({
        sessions: [
          session('mx1.example.com', '192.0.2.11'),
          session('mx1.example.com', '192.0.2.12', securedWith({ sha256: '12'.repeat(32) })),
        ],
      }),
    ],
    ['TLS 1.2', withSession(secured({ protocol: 'TLSv1.2' }))],
    ['a wildcard certificate', withSession(securedWith({}, {}, ['*.example.com']))],
    [
      'an old root that is sent along',
      withSession(
        secured({
          chain: [
            ...tls('mx1.example.com').chain,
            {
              ...tls('x').chain[0],
              subject: 'CN=Old Root',
              issuer: 'CN=Old Root',
              notAfter: '2021-09-30T00:00:00.000Z',
            },
          ],
        }),
      ),
    ],
    [
      'a certificate of six days with three left',
      withSession(
        securedWith({ notBefore: '2026-11-23T12:00:00.000Z', notAfter: '2026-11-29T12:00:00.000Z' }),
      ),
    ],
    ['one in three weeks and a day', withSession(securedWith({ notAfter: '2026-12-18T12:00:00.000Z' }))],
    [
      'a greeting that turns this machine away',
      withSession(failedAt('greeting', 'rejected', { reply: { code: 554, lines: ['no'] } })),
    ],
    ['a host for which no time was left', withSession({ kind: 'not-measured', because: 'time-is-over' })],
    [
      'no way to IPv6',
      withMx1({
        sessions: [
          session('mx1.example.com', '192.0.2.11'),
          session('mx1.example.com', '2001:db8::11', { kind: 'not-measured', because: 'no-route' }),
        ],
      }),
    ],
    [
      'hosts that do not answer while port 25 is closed',
      { ...withSession(failedAt('connect', 'timeout')), port25: 'closed' },
    ],
    [
      'hosts that do not answer while nothing is known of port 25',
      { ...withSession(failedAt('connect', 'timeout')), port25: 'unknown' },
    ],
    [
      'addresses that DNS does not give',
      withMx1({
        a: failed('mx1.example.com', 'servfail'),
        aaaa: failed('mx1.example.com', 'servfail'),
        sessions: [],
      }),
    ],
    [
      'one family that DNS does not give',
      withMx1({ a: answer('mx1.example.com', []), aaaa: failed('mx1.example.com', 'timeout'), sessions: [] }),
    ],
    ['TLSA at every host, secured and fitting', withTlsa(true)],
    [
      'TLSA that does not fit and has no DNSSEC, while nobody validates',
      { ...withTlsa(false, { authentic: false }), resolver: { validates: false } },
    ],
    ['TLSA that DNS does not give', withMx1({ tlsa: failed('_25._tcp.mx1.example.com', 'servfail') })],
    [
      'a record of its own below a domain that has one',
      { ...healthy, record: { ...healthy.record, parent: txt('_mta-sts.com', 'v=STSv1; id=1;') } },
    ],
    ['no record above either', { ...off, record: { ...off.record, parent: nxdomain('_mta-sts.com') } }],
    ['mode none for a week', withPolicy('version: STSv1\nmode: none\nmax_age: 604800\n')],
    ['a null MX without a policy', withoutMail({ kind: 'null-mx' }, off)],
    [
      'a null MX and mode none',
      withoutMail({ kind: 'null-mx' }, withPolicy('version: STSv1\nmode: none\nmax_age: 86400\n')),
    ],
    [
      'a pattern that a further MX may match',
      {
        ...withPolicy(healthyPolicy.replace('max_age', 'mx: mx9.example.com\nmax_age')),
        mx: { kind: 'hosts', hosts: healthy.mx.kind === 'hosts' ? healthy.mx.hosts : [], omitted: 3 },
      },
    ],
    [
      'a pattern whose domain DNS does not tell of',
      { ...healthy, patternDomains: [{ domain: 'example.com', lookup: failed('example.com', 'timeout') }] },
    ],
  ])('%s', (_, seen) => {
    expect(ids(seen).filter((id) => !id.startsWith('rpt.'))).toEqual([]);
  });

  test('a certificate for DANE alone, where no policy asks for another', () => {
    expect(ids(withTlsa(true, { tls: { trust: 'self-signed' } }, off))).toEqual([]);
  });
});

test('a domain that is off is warned of its MX at most', () => {
  for (const result of [
    failedAt('starttls', 'not-offered'),
    secured({ trust: 'self-signed' }),
    failedAt('tls', 'tls'),
  ]) {
    expect(createReport(withSession(result, off)).findings.map(({ severity }) => severity)).toEqual([
      'warning',
    ]);
  }
});

describe('of any hosts', () => {
  const result = fc.constantFrom<SmtpSession['result']>(
    secured(),
    secured({ trust: 'self-signed' }),
    secured({ trust: 'invalid' }),
    secured({ nameMatches: false }),
    secured({ protocol: 'TLSv1' }),
    securedWith({ notAfter: '2026-11-24T00:00:00.000Z' }),
    securedWith({ key: { type: 'rsa', bits: 512 } }, { trust: 'invalid' }),
    securedWith({ extendedKeyUsage: [] }),
    failedAt('connect', 'timeout'),
    failedAt('greeting', 'rejected'),
    failedAt('ehlo', 'closed'),
    failedAt('starttls', 'not-offered'),
    failedAt('starttls', 'rejected'),
    failedAt('starttls', 'garbage', { again: 'secured' }),
    failedAt('tls', 'tls', { olderProtocol: 'TLSv1.1' }),
    failedAt('tls', 'timeout'),
    { kind: 'address-refused', block: 'private use' },
    { kind: 'not-measured', because: 'time-is-over' },
  );
  const host = (name: string, preference: number): fc.Arbitrary<MxHostObservation> =>
    fc
      .record({
        results: fc.array(result, { maxLength: 4 }),
        tlsa: fc.boolean(),
        fits: fc.boolean(),
        failing: fc.boolean(),
      })
      .map(({ results, tlsa, fits, failing }) => {
        const addresses = results.map((_, at) => `192.0.2.${at + 1}`);
        return {
          ...mxHost(name, preference, addresses),
          a: failing ? failed(name, 'timeout') : answer(name, addresses, { authentic: true }),
          aaaa: answer(name, [], { authentic: true }),
          ...(tlsa
            ? {
                tlsa: answer(`_25._tcp.${name}`, [{ usage: 3, selector: 1, matchingType: 1, data: 'ab' }], {
                  authentic: true,
                }),
              }
            : {}),
          sessions: results.map((one, at) =>
            session(
              name,
              `192.0.2.${at + 1}`,
              one.kind === 'secured' && tlsa ? { ...one, tlsaMatches: [fits] } : one,
            ),
          ),
        };
      });
  const domains = fc
    .tuple(fc.constantFrom(healthy, testing, off), host('mx1.example.com', 10), host('mx2.example.com', 20))
    .map(([base, ...mxHosts]): Observation => ({ ...base, mxHosts }));

  test('every one that a sender does not reach, or reports, is named by a finding', () => {
    fc.assert(
      fc.property(domains, (seen) => {
        const { deliveries, findings } = createReport(seen);
        const named = new Set(findings.map(({ subject }) => subject));
        for (const { host: name, outcome } of deliveries) {
          if (outcome === 'skips' || outcome === 'delivers-and-reports') expect(named).toContain(name);
        }
      }),
      { numRuns: runs(200, 20_000), seed },
    );
  });

  test('none that was not measured is called faulty', () => {
    fc.assert(
      fc.property(domains, (seen) => {
        const { deliveries, findings, unmeasured } = createReport(seen);
        for (const { host: name, outcome } of deliveries) {
          if (outcome !== 'not-measured') continue;
          expect(unmeasured).toContain(name);
          expect(
            findings.filter(({ subject, severity }) => subject === name && severity === 'error'),
          ).toEqual([]);
        }
      }),
      { numRuns: runs(200, 20_000), seed },
    );
  });

  test('the verdict is broken exactly where a sender would refuse a host in enforce, or none can be reached', () => {
    fc.assert(
      fc.property(domains, (seen) => {
        const { deliveries, findings, verdict } = createReport(seen);
        const mode = verdict === 'off' ? 'off' : 'on';
        expect(verdict === 'broken').toBe(mode === 'on' && findings.some(({ breaks }) => breaks));
        const { record } = seen;
        const enforced = record === healthy.record && seen.policyHost === healthy.policyHost;
        if (enforced)
          expect(verdict === 'broken').toBe(deliveries.some(({ outcome }) => outcome === 'skips'));
      }),
      { numRuns: runs(200, 20_000), seed },
    );
  });

  test('all of it is plain JSON with whole sentences', () => {
    fc.assert(
      fc.property(domains, (seen) => {
        const json = reportJson(createReport(seen));
        expect(JSON.parse(JSON.stringify(json))).toEqual(json);
        expect(json.summary).toMatch(/^[A-Z].*\.$|^example\.com .*\.$/);
        for (const { detail, remedy } of json.findings) {
          expect(detail.length).toBeLessThan(700);
          expect(`${detail} ${remedy}`).not.toMatch(/undefined|\[object|NaN/);
        }
      }),
      { numRuns: runs(100, 5000), seed },
    );
  });
});
