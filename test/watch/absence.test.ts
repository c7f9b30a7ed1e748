/** What a look proves of a fault that it does not show. */
import { describe, expect, test } from 'vitest';
import type { MxHostObservation, Observation } from '../../src/check/observation.ts';
import { absenceOf, readLook } from '../../src/watch/absence.ts';
import { answer, failed, fetched, healthy, session, testing, withPolicy } from '../check/observations.ts';
import {
  at,
  expired,
  noStarttls,
  policyNotMeasured,
  refused,
  removed,
  reportAt,
  unreachable,
  withFetches,
  withoutMx,
  withoutSmtp,
  withRecordFailing,
  withSessions,
} from './looks.ts';

const mx1 = 'mx1.example.com';
const mx2 = 'mx2.example.com';

function withHost(host: string, change: (one: MxHostObservation) => Partial<MxHostObservation>): Observation {
  return {
    ...healthy,
    mxHosts: healthy.mxHosts.map((one) => (one.host === host ? { ...one, ...change(one) } : one)),
  };
}

/** MX 2 has two addresses; the second one ends so. */
function withSecondAddress(result: Parameters<typeof session>[2]): Observation {
  return withHost(mx2, ({ sessions }) => ({
    sessions: sessions.map(({ address }, index) => session(mx2, address, index === 1 ? result : undefined)),
  }));
}

const timedOut = <T>(name: string) =>
  failed(name, 'timeout') as ReturnType<typeof answer<T>> | ReturnType<typeof failed>;
const fewMx: Observation = {
  ...withoutMx(mx2),
  mx: { kind: 'hosts', hosts: withoutMx(mx2).mxHosts, omitted: 3 },
};
const tlsa = { usage: 3, selector: 1, matchingType: 1, data: 'ab'.repeat(32) };
const signed = (matches: boolean | undefined): Observation =>
  withHost(mx2, ({ sessions, a, aaaa }) => ({
    a: { ...a, authentic: true } as typeof a,
    aaaa: { ...aaaa, authentic: true } as typeof aaaa,
    tlsa: answer(`_25._tcp.${mx2}`, [tlsa], { authentic: true }),
    sessions: sessions.map((one) =>
      matches === undefined
        ? session(mx2, one.address, unreachable)
        : session(mx2, one.address, { kind: 'secured', tls: shownBy(one), tlsaMatches: [matches] }),
    ),
  }));

function shownBy({ result }: MxHostObservation['sessions'][number]) {
  if (result.kind !== 'secured') throw new Error('the healthy host is secured');
  return result.tls;
}

function withDestinations(...destinations: Observation['tlsRpt']['destinations']): Observation {
  return { ...healthy, tlsRpt: { ...healthy.tlsRpt, destinations } };
}
const [destination] = healthy.tlsRpt.destinations;
if (destination === undefined) throw new Error('the healthy domain has one');
const elsewhere = { ...destination, uri: 'mailto:x@elsewhere.example' };
const strangers = withPolicy(
  'version: STSv1\nmode: enforce\nmx: *.example.com\nmx: a.gone.example\nmax_age: 2592000\n',
);

describe('a fault that a look does not show', () => {
  test.each<[why: string, id: string, subject: string, seen: Observation, expected: string]>([
    ['a rule that passed', 'txt.multiple', '_mta-sts.example.com', healthy, 'mended'],
    ['a rule of an earlier version', 'txt.of-old', 'x', healthy, 'no-rule'],
    [
      'DNS did not answer',
      'txt.multiple',
      '_mta-sts.example.com',
      withRecordFailing('timeout'),
      'not-measured',
    ],
    ['DNS answers again', 'txt.servfail', '_mta-sts.example.com', healthy, 'mended'],
    ['no record asks for it any more', 'host.cert-expired', '', removed, 'mended'],
    ['nothing of the policy host was measured', 'host.cert-expired', '', policyNotMeasured, 'not-measured'],
    ['it hides behind a closed port', 'host.cert-expired', '', refused, 'not-measured'],
    [
      'an address was left out of the look',
      'host.cert-expired',
      '',
      withFetches((address) =>
        address.includes(':')
          ? { kind: 'not-measured', because: 'asked-too-often' }
          : fetched(address).result,
      ),
      'not-measured',
    ],
    [
      'this machine never reaches that address',
      'host.cert-expired',
      '',
      withFetches((address) =>
        address.includes(':') ? { kind: 'not-measured', because: 'no-route' } : fetched(address).result,
      ),
      'mended',
    ],
    ['another host was measured', 'smtp.cert-expired', mx2, withSessions(mx2, unreachable), 'not-measured'],
    ['this one was', 'smtp.cert-expired', mx2, withSessions(mx1, unreachable), 'mended'],
    ['no host was', 'smtp.cert-expired', mx2, withoutSmtp(), 'not-measured'],
    ['it ends before a certificate', 'smtp.cert-expired', mx2, withSessions(mx2, noStarttls), 'not-measured'],
    ['it comes past STARTTLS', 'smtp.starttls-missing', mx2, withSessions(mx2, expired(mx2)), 'mended'],
    [
      'it comes to the answer to STARTTLS, and no further',
      'smtp.tls-handshake',
      mx2,
      withSessions(mx2, { kind: 'failed', at: 'starttls', problem: 'rejected' }),
      'not-measured',
    ],
    [
      'it turns us away, and so is there',
      'smtp.unreachable',
      mx2,
      withSessions(mx2, { kind: 'failed', at: 'greeting', problem: 'rejected' }),
      'mended',
    ],
    [
      'one address passes: senders go there',
      'smtp.cert-expired',
      mx2,
      withSecondAddress(unreachable),
      'mended',
    ],
    [
      'but what is told of each address',
      'smtp.cert-expiring',
      mx2,
      withSecondAddress(unreachable),
      'not-measured',
    ],
    [
      'and whether they differ',
      'smtp.cert-differs-by-address',
      mx2,
      withSecondAddress(unreachable),
      'not-measured',
    ],
    ['the host is no MX any more', 'smtp.cert-expired', mx2, withoutSmtp(withoutMx(mx2)), 'mended'],
    ['nobody read the policy', 'mx.not-covered', mx2, policyNotMeasured, 'not-measured'],
    ['or may be one of many that are not looked at', 'smtp.cert-expired', mx2, fewMx, 'not-measured'],
    ['and was not compared with the policy', 'mx.not-covered', mx2, fewMx, 'not-measured'],
    ['the host has an address', 'mx.no-address', mx2, healthy, 'mended'],
    [
      'or DNS did not say',
      'mx.no-address',
      mx2,
      withHost(mx2, () => ({ aaaa: timedOut<string>(mx2) })),
      'not-measured',
    ],
    ['no TLSA record is left', 'dane.tlsa-mismatch', mx2, healthy, 'mended'],
    ['one fits', 'dane.tlsa-mismatch', mx2, signed(true), 'mended'],
    ['nothing was shown that could fit', 'dane.tlsa-mismatch', mx2, signed(undefined), 'not-measured'],
    [
      'or DNS did not say whether there is one',
      'dane.tlsa-mismatch',
      mx2,
      withHost(mx2, () => ({ tlsa: failed(`_25._tcp.${mx2}`, 'timeout') })),
      'not-measured',
    ],
    ['some MX was found well', 'enforce.unsafe-now', 'example.com', healthy, 'mended'],
    [
      'or only might be',
      'enforce.unsafe-now',
      'example.com',
      withSessions(mx1, expired(mx1), withSessions(mx2, unreachable)),
      'not-measured',
    ],
    ['it is not in enforce', 'enforce.unsafe-now', 'example.com', testing, 'mended'],
    ['or nobody could read in which mode', 'enforce.unsafe-now', 'example.com', refused, 'not-measured'],
    [
      'the address is not in rua any more',
      'rpt.mailbox-undeliverable',
      'mailto:y@gone.example',
      healthy,
      'mended',
    ],
    [
      'its domain was not asked',
      'rpt.mailbox-undeliverable',
      elsewhere.uri,
      withDestinations(destination, { ...elsewhere, mx: { kind: 'unknown', problem: 'timeout' } }),
      'not-measured',
    ],
    [
      'the domain of the pattern is registered',
      'mx.pattern-unregistered',
      'a.gone.example',
      healthy,
      'mended',
    ],
    [
      'one of them gave no answer',
      'mx.pattern-unregistered',
      'a.gone.example',
      {
        ...strangers,
        patternDomains: [
          { name: 'gone.example', lookup: failed('gone.example', 'timeout') },
          { name: 'else.example', lookup: answer('else.example', ['x']) },
        ] as unknown as Observation['patternDomains'],
      },
      'not-measured',
    ],
  ])('%s: %s of %s', (_, id, subject, seen, expected) => {
    expect(absenceOf({ id, subject }, readLook(reportAt(seen, at(0))))).toBe(expected);
  });
});
