/** What can be wrong with the MX records, and with a policy in their regard. */
import { broken, enforced, refused, remarks, testing, unprotected } from '../healthy.ts';
import type { Expected, Scenario } from '../scenario.ts';

const group = 'MX records';
const off: Expected = { verdict: 'off', findings: [] };

export const mxScenarios: readonly Scenario[] = [
  enforced(
    [group, 'mx-not-covered.test', 'The policy leaves out the preferred host'],
    broken('mx.not-covered'),
    {
      mx: [{ host: 'mx1' }, { host: 'mx2', preference: 20 }],
      patterns: ['mx2.mx-not-covered.test'],
    },
  ),
  testing(
    [group, 'mx-not-covered-testing.test', 'The policy leaves out a host, in mode testing'],
    { verdict: 'testing', findings: ['mx.not-covered'] },
    {
      mx: [{ host: 'mx1' }, { host: 'mx2', preference: 20 }],
      patterns: ['mx2.mx-not-covered-testing.test'],
    },
  ),
  enforced(
    [group, 'backup-not-covered.test', 'The policy leaves out the backup'],
    broken('mx.backup-not-covered'),
    {
      mx: [{ host: 'mx1' }, { host: 'backup.example.net.', preference: 20 }],
      patterns: ['mx1.backup-not-covered.test'],
    },
  ),
  enforced(
    [group, 'two-labels.test', 'Microsoft 365, and a wildcard that is one label short'],
    refused('mx.not-covered'),
    {
      mx: [{ host: 'microsofttwo-labels.h-v1.mx.microsoft.', preference: 0 }],
      patterns: ['*.mx.microsoft'],
    },
  ),
  enforced(
    [group, 'wildcard-too-short.test', 'A wildcard that is one label short of its own hosts'],
    refused('mx.not-covered'),
    { mx: [{ host: 'mx1.eu.mail' }], patterns: ['*.mail.wildcard-too-short.test'] },
  ),
  enforced(
    [group, 'provider-mismatch.test', 'Microsoft 365, and beside its host a wildcard that never fits it'],
    remarks('policy.provider-mismatch'),
    {
      mx: [{ host: 'microsofttwo-labels.h-v1.mx.microsoft.', preference: 0 }],
      patterns: ['microsofttwo-labels.h-v1.mx.microsoft', '*.mx.microsoft'],
    },
  ),
  enforced([group, 'pattern-unused.test', 'An mx line that matches no host'], remarks('mx.pattern-unused'), {
    patterns: ['mx.pattern-unused.test', 'mx.example.net'],
  }),
  enforced(
    [group, 'pattern-unregistered.test', 'An mx line below a domain that anybody may register'],
    broken('mx.pattern-unregistered'),
    { patterns: ['mx.pattern-unregistered.test', '*.nobody-has-this.test'] },
  ),
  enforced(
    [group, 'pattern-public-suffix.test', 'An mx line that takes in a whole public suffix'],
    broken('mx.pattern-public-suffix'),
    { patterns: ['mx.pattern-public-suffix.test', '*.co.uk'] },
  ),
  enforced(
    [group, 'own-wildcard.test', 'An mx line that takes in the whole domain'],
    remarks('mx.pattern-own-wildcard'),
    { patterns: ['*.own-wildcard.test'] },
  ),
  enforced([group, 'mx-alias.test', 'The MX host is an alias'], remarks('mx.cname'), {
    mx: [{ alias: 'host7.mx-alias.test' }],
  }),
  enforced([group, 'mx-address-literal.test', 'The MX record holds an IP address'], broken('mx.ip-literal'), {
    mx: [],
    patterns: ['mx.mx-address-literal.test'],
    records: ['mx-address-literal.test MX 10 192.0.2.25'],
  }),
  enforced([group, 'mx-missing.test', 'The MX host does not exist'], broken('mx.nxdomain'), {
    mx: [{ ipv4: 'none' }],
  }),
  enforced([group, 'mx-no-address.test', 'The MX host has no address'], broken('mx.no-address'), {
    mx: [{ ipv4: 'none' }],
    records: ['mx.mx-no-address.test TXT the address moved away'],
  }),
  enforced(
    [group, 'mx-private.test', 'The MX host has an address for private use'],
    broken('mx.private-address'),
    {
      mx: [{ ipv4: 'address 192.168.7.25' }],
    },
  ),
  enforced([group, 'mx-loopback.test', 'The MX host is 127.0.0.1'], broken('mx.private-address'), {
    mx: [{ ipv4: 'address 127.0.0.1' }],
  }),
  unprotected(
    [group, 'null-mx.test', 'Says with a null MX that it takes no mail'],
    {
      verdict: 'off',
      findings: [],
    },
    { mx: [], records: ['null-mx.test MX 0 .', 'null-mx.test A 192.0.2.252'] },
  ),
  enforced(
    [group, 'null-mx-policy.test', 'Takes no mail (null MX), and has a policy'],
    { verdict: 'off', findings: ['mx.null'] },
    { mx: [], patterns: ['mx.null-mx-policy.test'], records: ['null-mx-policy.test MX 0 .'] },
  ),
  enforced([group, 'null-mx-beside.test', 'A null MX beside another MX'], broken('mx.null'), {
    records: ['null-mx-beside.test MX 0 .'],
  }),
  unprotected(
    [group, 'implicit-mx.test', 'No MX record, so mail goes to the address of the domain itself'],
    { verdict: 'off', findings: ['mx.none-implicit'] },
    { mx: [{ host: '@', ipv6: {} }] },
  ),
  enforced(
    [group, 'implicit-mx-policy.test', 'No MX record, and a policy that names the domain itself'],
    remarks('mx.none-implicit'),
    { mx: [{ host: '@' }] },
  ),
  unprotected(
    [group, 'parked.test', 'Parked: neither a mail host nor an address'],
    {
      verdict: 'off',
      findings: [],
    },
    { mx: [] },
  ),
  unprotected([group, 'alias.test', 'An alias (CNAME) of example.test'], off, {
    mx: [],
    records: ['alias.test CNAME example.test'],
  }),
  unprotected(
    [group, 'broken-mx.test', 'MX records that name no host, beside one that does'],
    { verdict: 'off', findings: ['mx.ip-literal', 'mx.null'] },
    {
      mx: [{ host: 'mx5', preference: 50 }],
      records: [
        'broken-mx.test MX 10 192.0.2.25',
        'broken-mx.test MX 20 mail_1.broken-mx.test',
        'broken-mx.test MX 30 mx2.broken-mx.test;10',
        'broken-mx.test MX 40 .',
      ],
    },
  ),
  unprotected(
    [group, 'many-mx.test', 'Thirty mail hosts, more than one datagram holds'],
    { verdict: 'off', findings: ['mx.nxdomain'] },
    { mx: [], records: thirtyHosts('many-mx.test') },
  ),
];

function thirtyHosts(domain: string): string[] {
  return Array.from(
    { length: 30 },
    (_, at) => `${domain} MX 10 mx${String(at + 1).padStart(2, '0')}.${domain}`,
  );
}
