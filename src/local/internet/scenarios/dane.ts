/** TLSA records at the MX hosts, beside MTA-STS (RFC 8461 §2). */
import { allWell, broken, enforced, refused, remarks } from '../healthy.ts';
import type { Scenario } from '../scenario.ts';

const group = 'DANE';
const signed = { signed: true } as const;
const anotherKey = 'b'.repeat(64);

export const daneScenarios: readonly Scenario[] = [
  enforced([group, 'dane.test', 'A TLSA record that fits the certificate'], allWell, {
    dns: signed,
    records: ['_25._tcp.mx.dane.test TLSA 3 1 1 @mx.dane.test'],
  }),
  enforced([group, 'dane-rollover.test', 'A TLSA record that fits and one for the next key'], allWell, {
    dns: signed,
    records: [
      `_25._tcp.mx.dane-rollover.test TLSA 3 1 1 ${anotherKey}`,
      '_25._tcp.mx.dane-rollover.test TLSA 3 1 1 @mx.dane-rollover.test',
    ],
  }),
  enforced([group, 'dane-mismatch.test', 'A TLSA record for another key'], broken('dane.tlsa-mismatch'), {
    dns: signed,
    records: [`_25._tcp.mx.dane-mismatch.test TLSA 3 1 1 ${anotherKey}`],
  }),
  enforced(
    [group, 'dane-unsigned.test', 'A TLSA record in a zone without DNSSEC'],
    remarks('dane.tlsa-without-dnssec'),
    { records: ['_25._tcp.mx.dane-unsigned.test TLSA 3 1 1 @mx.dane-unsigned.test'] },
  ),
  enforced(
    [group, 'dane-self-signed.test', 'A certificate that signed itself, which suffices for DANE alone'],
    refused('dane.self-signed-with-sts'),
    {
      dns: signed,
      mx: [{ certificate: { signedBy: 'itself' } }],
      records: ['_25._tcp.mx.dane-self-signed.test TLSA 3 1 1 @mx.dane-self-signed.test'],
    },
  ),
  enforced(
    [group, 'dane-incomplete.test', 'A TLSA record that fits, and the intermediate certificate is not sent'],
    refused('dane.self-signed-with-sts'),
    {
      dns: signed,
      mx: [{ certificate: { intermediate: 'missing' } }],
      records: ['_25._tcp.mx.dane-incomplete.test TLSA 3 1 1 @mx.dane-incomplete.test'],
    },
  ),
  enforced(
    [
      group,
      'dane-alias.test',
      'The MX host is an alias, and the TLSA record for another key is at its target',
    ],
    { verdict: 'broken', findings: ['mx.cname', 'dane.tlsa-mismatch'] },
    {
      dns: signed,
      mx: [{ alias: 'host7.dane-alias.test' }],
      records: [`_25._tcp.host7.dane-alias.test TLSA 3 1 1 ${anotherKey}`],
    },
  ),
  enforced([group, 'dane-partial.test', 'A TLSA record for one of two MX hosts'], remarks('dane.partial'), {
    dns: signed,
    mx: [{ host: 'mx1' }, { host: 'mx2', preference: 20 }],
    records: ['_25._tcp.mx1.dane-partial.test TLSA 3 1 1 @mx1.dane-partial.test'],
  }),
];
