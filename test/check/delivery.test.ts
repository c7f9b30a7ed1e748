/** What a conforming sender does with mail to each MX host, and how the host stands in a table. */
import { describe, expect, test } from 'vitest';
import { type Delivery, deliveriesOf, type Outcome } from '../../src/check/delivery.ts';
import type { Observation, SmtpSession, TlsaRecord } from '../../src/check/observation.ts';
import { readObservation } from '../../src/check/seen.ts';
import {
  answer,
  certificate,
  failed,
  healthy,
  healthyPolicy,
  nxdomain,
  session,
  testing,
  withPolicy,
  withRecords,
} from './observations.ts';
import {
  failedAt,
  off,
  secured,
  securedWith,
  withMx1,
  withSession,
  withTlsa,
} from './rules/smallest-changes-mx.ts';

/** That to the first host, mx1.example.com. */
function first(seen: Observation): Delivery | undefined {
  return deliveriesOf(readObservation(seen))[0];
}

const none = withPolicy('version: STSv1\nmode: none\nmax_age: 86400\n');
const broken = withPolicy('no policy');
const other = (base: Observation) => {
  const body = healthyPolicy.replace('mx: mx1.example.com\n', '');
  return withPolicy(base === testing ? body.replace('enforce', 'testing') : body);
};
const expired = securedWith({ notAfter: '2026-11-24T00:00:00.000Z' });
const noStarttls = failedAt('starttls', 'not-offered');

function withSessions(...results: readonly SmtpSession['result'][]): Observation {
  return withMx1({
    sessions: results.map((result, at) => session('mx1.example.com', `192.0.2.${30 + at}`, result)),
  });
}

describe('what a sender does with a host', () => {
  test.each<[what: string, seen: Observation, outcome: Outcome, because: string]>([
    // Enforce.
    ['all is well', healthy, 'delivers-verified', 'a certificate that is valid for it'],
    ['no mx line', other(healthy), 'skips', 'No mx line matches mx1.example.com'],
    ['no STARTTLS', withSession(noStarttls), 'skips', 'does not offer STARTTLS'],
    ['STARTTLS refused', withSession(failedAt('starttls', 'rejected')), 'skips', 'then refuses it'],
    ['a handshake that fails', withSession(failedAt('tls', 'tls')), 'skips', 'TLS handshake'],
    [
      'TLS 1.1 alone',
      withSession(secured({ protocol: 'TLSv1.1' })),
      'skips',
      'no TLS version that senders take',
    ],
    ['an expired certificate', withSession(expired), 'skips', 'expired 2 days ago'],
    [
      'a certificate for another name',
      withSession(securedWith({}, { nameMatches: false }, ['a.example'])),
      'skips',
      'other name',
    ],
    [
      'an intermediate that is missing',
      withSession(secured({ trust: 'incomplete' })),
      'skips',
      'chain incomplete',
    ],
    [
      'a certificate for clients',
      withSession(securedWith({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'] })),
      'skips',
      'not for servers',
    ],
    [
      'a key that is weak and trusted',
      withSession(securedWith({ key: { type: 'rsa', bits: 1024 } })),
      'delivers-verified',
      'valid for it',
    ],
    // Testing.
    ['all is well in testing', testing, 'delivers-verified', 'valid for it'],
    ['no mx line, testing', other(testing), 'delivers-and-reports', 'No mx line matches'],
    [
      'no STARTTLS, testing',
      withSession(noStarttls, testing),
      'delivers-and-reports',
      'does not offer STARTTLS',
    ],
    ['an expired certificate, testing', withSession(expired, testing), 'delivers-and-reports', 'expired'],
    // No policy that asks for anything.
    ['no STARTTLS, mode none', withSession(noStarttls, none), 'delivers-unprotected', 'The mode is none'],
    ['no record', off, 'delivers-unprotected', 'There is no policy'],
    [
      'two records',
      withRecords('v=STSv1; id=1;', 'v=STSv1; id=2;'),
      'delivers-unprotected',
      'There is no policy',
    ],
    ['a policy that cannot be read', broken, 'delivers-unprotected', 'There is no policy'],
    // Addresses: any good one is enough.
    [
      'one address of two fails',
      withSessions(secured(), noStarttls),
      'delivers-verified',
      '1 of 2 addresses of mx1.example.com fail',
    ],
    ['the first address fails', withSessions(expired, secured()), 'delivers-verified', '1 of 2 addresses'],
    ['both addresses fail', withSessions(expired, noStarttls), 'skips', 'expired'],
    [
      'one fails, and nobody knows of the other',
      withSessions(noStarttls, { kind: 'not-measured', because: 'no-route' }),
      'skips',
      'does not offer STARTTLS',
    ],
    [
      'one passes, and nobody knows of the other',
      withSessions(secured(), failedAt('connect', 'timeout')),
      'delivers-verified',
      'valid for it',
    ],
    [
      'one is private, the other passes',
      withSessions({ kind: 'address-refused', block: 'private use' }, secured()),
      'delivers-verified',
      '1 of 2 addresses',
    ],
    [
      'one is private, the other not measured',
      withSessions({ kind: 'address-refused', block: 'private use' }, failedAt('connect', 'timeout')),
      'not-measured',
      'could not be reached from here',
    ],
    // No address: nobody delivers, whatever the mode.
    [
      'no such host',
      withMx1({ a: nxdomain('mx1.example.com'), aaaa: nxdomain('mx1.example.com'), sessions: [] }),
      'skips',
      'no address',
    ],
    [
      'no address, testing',
      withMx1(
        { a: answer('mx1.example.com', []), aaaa: answer('mx1.example.com', []), sessions: [] },
        testing,
      ),
      'skips',
      'no address',
    ],
    [
      'a private address alone',
      withSession({ kind: 'address-refused', block: 'loopback' }),
      'skips',
      'no address that a sender can connect to',
    ],
    // Not measured.
    [
      'this machine has no way there',
      withSession({ kind: 'not-measured', because: 'no-route' }),
      'not-measured',
      'was not looked at',
    ],
    [
      'IPv6 alone, and this machine has none',
      withMx1({
        sessions: [session('mx1.example.com', '2001:db8::11', { kind: 'not-measured', because: 'no-route' })],
      }),
      'not-measured',
      'has IPv6 addresses alone, and this machine has no way to them',
    ],
    [
      'nobody answers',
      withSession(failedAt('connect', 'connection-refused')),
      'not-measured',
      'could not be reached from here',
    ],
    [
      'no greeting',
      withSession(failedAt('greeting', 'timeout')),
      'not-measured',
      'could not be reached from here',
    ],
    [
      'a greeting that turns us away',
      withSession(failedAt('greeting', 'rejected')),
      'not-measured',
      'turns this machine away',
    ],
    [
      'EHLO turned away',
      withSession(failedAt('ehlo', 'rejected')),
      'not-measured',
      'turns this machine away',
    ],
    [
      'STARTTLS missing once',
      withSession(failedAt('starttls', 'not-offered', { again: 'secured' })),
      'not-measured',
      'came through a second time',
    ],
    [
      'STARTTLS missing twice',
      withSession(failedAt('starttls', 'not-offered', { again: 'the-same' })),
      'skips',
      'does not offer STARTTLS',
    ],
    [
      'DNS gives no address',
      withMx1({ a: failed('mx1.example.com', 'timeout'), aaaa: answer('mx1.example.com', []), sessions: [] }),
      'not-measured',
      'was not looked at',
    ],
    [
      'not measured, and no mx line',
      { ...other(healthy), mxHosts: withSession(failedAt('connect', 'timeout')).mxHosts },
      'skips',
      'No mx line',
    ],
    [
      'not measured, mode none',
      withSession(failedAt('connect', 'timeout'), none),
      'delivers-unprotected',
      'The mode is none',
    ],
    // DANE beside MTA-STS (RFC 8461 §2).
    ['TLSA that fits', withTlsa(true), 'delivers-verified', 'valid for it'],
    ['TLSA that does not fit', withTlsa(false), 'skips', 'MTA-STS does not rescue that'],
    [
      'TLSA that does not fit, testing',
      withTlsa(false, {}, testing),
      'skips',
      'senders that know DANE refuse it',
    ],
    [
      'TLSA that does not fit, no record',
      withTlsa(false, {}, off),
      'skips',
      'senders that know DANE refuse it',
    ],
    ['TLSA without DNSSEC', withTlsa(false, { authentic: false }), 'delivers-verified', 'valid for it'],
    [
      'TLSA whose addresses have no DNSSEC',
      withTlsa(false, { addressAuthentic: false }),
      'delivers-verified',
      'valid for it',
    ],
    [
      'TLSA, and a resolver that does not validate',
      { ...withTlsa(false), resolver: { validates: false } },
      'delivers-verified',
      'valid for it',
    ],
    [
      'TLSA, and a resolver of which nothing is known',
      { ...withTlsa(false), resolver: {} },
      'delivers-verified',
      'valid for it',
    ],
    [
      'TLSA, and no STARTTLS, where no policy asks for it',
      withMx1(
        {
          sessions: [session('mx1.example.com', '192.0.2.11', noStarttls)],
        },
        withTlsa(true, {}, off),
      ),
      'skips',
      'its TLSA records ask for TLS',
    ],
    [
      'a certificate for DANE alone',
      withTlsa(true, { tls: { trust: 'self-signed' } }),
      'skips',
      'senders without DANE do not take it',
    ],
  ])('%s', (_, seen, outcome, because) => {
    const delivery = first(seen);
    expect([delivery?.outcome, delivery?.because]).toEqual([outcome, expect.stringContaining(because)]);
    expect(delivery?.because).toMatch(/^\S.*\.$/);
  });

  test('leaves TLSA records of other usages alone', () => {
    const pkix: TlsaRecord = { usage: 1, selector: 1, matchingType: 1, data: 'ab' };
    const seen = withTlsa(false);
    const [host] = seen.mxHosts;
    const records =
      host === undefined
        ? seen
        : withMx1({ ...host, tlsa: answer('_25._tcp.mx1.example.com', [pkix], { authentic: true }) }, seen);
    expect(first(records)?.outcome).toBe('delivers-verified');
  });

  test('in order of preference, each host once', () => {
    const deliveries = deliveriesOf(readObservation(healthy));
    expect(deliveries.map(({ host, preference }) => [host, preference])).toEqual([
      ['mx1.example.com', 10],
      ['mx2.example.com', 20],
    ]);
  });
});

describe('the table', () => {
  test.each<
    [what: string, seen: Observation, inPolicy: boolean | undefined, starttls: string, certificate: string]
  >([
    ['a good host', healthy, true, 'TLS 1.3', 'valid, 59 days'],
    ['no mx line', other(healthy), false, 'TLS 1.3', 'valid, 59 days'],
    ['no policy', off, undefined, 'TLS 1.3', 'valid, 59 days'],
    ['mode none', none, undefined, 'TLS 1.3', 'valid, 59 days'],
    ['TLS 1.2', withSession(secured({ protocol: 'TLSv1.2' })), true, 'TLS 1.2', 'valid, 59 days'],
    [
      'TLS 1.0 at the second try',
      withSession(failedAt('tls', 'tls', { olderProtocol: 'TLSv1' })),
      true,
      'TLS 1.0 only',
      '–',
    ],
    ['no STARTTLS', withSession(noStarttls), true, 'not offered', '–'],
    ['STARTTLS refused', withSession(failedAt('starttls', 'rejected')), true, 'refused', '–'],
    ['a handshake that fails', withSession(failedAt('tls', 'reset')), true, 'handshake fails', '–'],
    ['not reached', withSession(failedAt('connect', 'timeout')), true, 'not measured', '–'],
    [
      'a private address',
      withSession({ kind: 'address-refused', block: 'loopback' }),
      true,
      'not public',
      '–',
    ],
    [
      'no address',
      withMx1({ a: nxdomain('mx1.example.com'), aaaa: nxdomain('mx1.example.com'), sessions: [] }),
      true,
      '–',
      '–',
    ],
    ['expired', withSession(expired), true, 'TLS 1.3', 'expired 2 days ago'],
    [
      'tomorrow',
      withSession(securedWith({ notBefore: '2026-11-27T00:00:00.000Z' })),
      true,
      'TLS 1.3',
      'not valid yet',
    ],
    [
      'hours left',
      withSession(
        securedWith({ notBefore: '2026-11-20T00:00:00.000Z', notAfter: '2026-11-27T00:00:00.000Z' }),
      ),
      true,
      'TLS 1.3',
      'valid, 12 hours',
    ],
    [
      'another name',
      withSession(securedWith({}, { nameMatches: false }, ['a.example'])),
      true,
      'TLS 1.3',
      'other name',
    ],
    [
      'self-signed',
      withSession(secured({ trust: 'self-signed', chain: [certificate(['mx1.example.com'])] })),
      true,
      'TLS 1.3',
      'self-signed',
    ],
    [
      'two addresses that differ',
      withSessions(secured(), noStarttls),
      true,
      'TLS 1.3 / not offered',
      'valid, 59 days',
    ],
    [
      'two certificates',
      withSessions(secured(), expired),
      true,
      'TLS 1.3',
      'valid, 59 days / expired 2 days ago',
    ],
  ])('%s', (_, seen, inPolicy, starttls, cell) => {
    expect(first(seen)).toMatchObject({ starttls, certificate: cell });
    expect(first(seen)?.inPolicy).toBe(inPolicy);
  });
});
