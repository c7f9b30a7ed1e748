/** What can be wrong on the way to the policy host: DNS, addresses, TLS. */
import { allWell, broken, enforced, policyPath, remarks } from '../healthy.ts';
import type { Scenario } from '../scenario.ts';

const group = 'Policy host';

export const policyHostScenarios: readonly Scenario[] = [
  enforced([group, 'host-missing.test', 'There is no policy host'], broken('host.missing'), {
    policyHost: 'missing',
  }),
  enforced(
    [group, 'host-dangling.test', 'The policy host is an alias of a name that anybody may take'],
    broken('host.cname-dangling'),
    { policyHost: { alias: 'host-dangling-test.sts-host.test', ipv4: 'none', ipv6: 'none' } },
  ),
  enforced(
    [group, 'host-private.test', 'The policy host has an address for private use'],
    broken('host.private-address'),
    {
      policyHost: { ipv4: 'address 10.20.30.40', ipv6: 'none' },
    },
  ),
  enforced([group, 'host-loopback.test', 'The policy host is 127.0.0.1'], broken('host.private-address'), {
    policyHost: { ipv4: 'address 127.0.0.1', ipv6: 'none' },
  }),
  enforced(
    [group, 'host-metadata.test', 'The policy host is the metadata service of a cloud'],
    broken('host.private-address'),
    { policyHost: { ipv4: 'address 169.254.169.254', ipv6: 'none' } },
  ),
  enforced([group, 'host-closed.test', 'Nobody listens on port 443'], broken('host.port-closed'), {
    policyHost: { ipv4: 'closed', ipv6: 'closed' },
  }),
  enforced(
    [group, 'host-silent.test', 'Accepts connections and says nothing'],
    broken('host.address-broken'),
    {
      policyHost: { fault: 'silent' },
    },
  ),
  enforced([group, 'host-ipv6-only.test', 'Only an IPv6 address'], remarks('host.ipv6-only'), {
    policyHost: { ipv4: 'none' },
  }),
  enforced([group, 'host-ipv4-only.test', 'Only an IPv4 address, which is right'], allWell, {
    policyHost: { ipv6: 'none' },
  }),
  enforced(
    [group, 'host-half-closed.test', 'Nobody listens at one address of two'],
    remarks('host.address-broken'),
    { policyHost: { ipv6: 'closed' } },
  ),
  enforced(
    [group, 'host-half-expired.test', 'The certificate at one address of two has expired'],
    remarks('host.cert-expired'),
    { policyHost: { ipv6: { certificate: { daysLeft: -2 } } } },
  ),
  enforced(
    [group, 'host-addresses-differ.test', 'Each address serves another policy'],
    remarks('host.addresses-differ'),
    {
      policyHost: {
        ipv6: {
          pages: {
            [policyPath]: {
              body: 'version: STSv1\nmode: testing\nmx: mx.host-addresses-differ.test\nmax_age: 86400\n',
            },
          },
        },
      },
    },
  ),
  enforced([group, 'host-unknown-name.test', 'Does not know its own name'], broken('host.sni-alert'), {
    policyHost: { unknownName: true },
  }),
  enforced([group, 'host-tls10.test', 'Speaks TLS 1.0 and 1.1 only'], broken('host.tls-too-old'), {
    policyHost: { protocols: ['TLSv1', 'TLSv1.1'] },
  }),
  enforced([group, 'host-tls13.test', 'Speaks TLS 1.3 only'], remarks('host.tls13-only'), {
    policyHost: { protocols: ['TLSv1.3', 'TLSv1.3'] },
  }),
  enforced([group, 'host-tls12.test', 'Speaks TLS 1.2 only, which is right'], allWell, {
    policyHost: { protocols: ['TLSv1.2', 'TLSv1.2'] },
  }),
  enforced(
    [group, 'host-caa.test', 'CAA forbids the authority that issued its certificate'],
    remarks('host.caa-blocks-issuer'),
    {
      policyHost: { certificate: { issuerOrganisation: "Let's Encrypt" } },
      records: ['host-caa.test CAA 0 issue "another-authority.example"'],
    },
  ),
];
