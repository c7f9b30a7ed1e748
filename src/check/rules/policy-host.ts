/**
 * The rules for the policy host in DNS. Whether it can be connected to is policy-host-connection.ts, its
 * certificate policy-host-certificate.ts, what it answers http.ts.
 */
import { rfc } from '../../protocol/rfc.ts';
import type { DnsAnswered } from '../observation.ts';
import { type Rule, rule, type Skip } from '../rule.ts';
import type { Seen } from '../seen.ts';
import { chainOf, inWords } from '../words.ts';
import { isSpared } from './addresses.ts';
import { byAddresses, noPolicy, skip, unasked } from './needs.ts';
import { serviceOf, unclaimedBy } from './unclaimed.ts';

const fetching = rfc(8461, '3.3');
interface HostNames {
  readonly seen: Seen;
  readonly a: DnsAnswered<string>;
  readonly aaaa: DnsAnswered<string>;
  readonly aliases: readonly string[];
}

function hostNames(seen: Seen): HostNames | Skip {
  const off = unasked(seen);
  if (off !== undefined) return off;
  const { a, aaaa } = seen.observation.policyHost;
  if (a.kind !== 'answered' || aaaa.kind !== 'answered')
    return skip('DNS gave no answer about the policy host');
  return { seen, a, aaaa, aliases: a.aliases.length > 0 ? a.aliases : aaaa.aliases };
}

const missing = rule({
  id: 'host.missing',
  area: 'policy-host',
  title: 'The policy host has no address',
  severity: 'error',
  cite: fetching,
  needs: hostNames,
  judge: ({ seen: { policyHost }, a, aaaa, aliases }) => {
    if (a.records.length + aaaa.records.length > 0) return [];
    const looped = a.aliasLoop === true || aaaa.aliasLoop === true;
    const chain = chainOf({ name: policyHost, aliases });
    const what =
      aliases.length === 0
        ? `${policyHost} ${a.exists || aaaa.exists ? 'has neither A nor AAAA record' : 'does not exist'}.`
        : looped
          ? `${chain} leads back into itself.`
          : `${chain}: ${aliases.at(-1)} has no address.`;
    return [
      {
        subject: policyHost,
        detail: `${what} ${noPolicy}`,
        remedy: `Publish an A and AAAA record, or a CNAME, at \`${policyHost}\` that leads to the web server with the policy.`,
      },
    ];
  },
});

const takeOver =
  'Whoever claims that name gets certificates for the policy host and serves any policy, also one that stops all mail (RFC 8461 §10.3).';

const cnameDangling = rule({
  id: 'host.cname-dangling',
  area: 'policy-host',
  title: 'The policy host is an alias that leads to nothing',
  severity: 'error',
  cite: rfc(8461, '10.3'),
  supersedes: ['host.missing'],
  silences: [
    'http.status',
    'http.html-body',
    'host.cert-name-mismatch',
    'host.cert-self-signed',
    'host.cert-untrusted',
  ],
  needs: hostNames,
  judge: ({ seen, a, aaaa, aliases }) => {
    const { policyHost, observation } = seen;
    const chain = chainOf({ name: policyHost, aliases });
    const end = aliases.at(-1) ?? policyHost;
    const remedy = `Remove the CNAME at \`${policyHost}\`, or claim ${end} again and serve the policy there.`;
    const gone = a.records.length + aaaa.records.length === 0 && !(a.exists && aaaa.exists);
    const looped = a.aliasLoop === true || aaaa.aliasLoop === true;
    if (aliases.length > 0 && gone && !looped) {
      const service = serviceOf(end);
      const claim = service === undefined ? '' : ` At ${service} anybody can take it.`;
      return [
        { subject: policyHost, detail: `${chain} does not exist. ${noPolicy}${claim} ${takeOver}`, remedy },
      ];
    }
    const unclaimed = observation.policyHost.fetches.flatMap(({ result }) =>
      result.kind === 'response'
        ? (unclaimedBy(aliases, result.response.status, result.response.body) ?? [])
        : [],
    )[0];
    if (unclaimed === undefined) return [];
    return [
      {
        subject: policyHost,
        detail: `${chain} is served by ${unclaimed}, which says that nobody claims it. ${noPolicy} ${takeOver}`,
        remedy,
      },
    ];
  },
});

const privateAddress = rule({
  id: 'host.private-address',
  area: 'policy-host',
  title: 'The policy host has an address that is not public',
  severity: byAddresses,
  cite: fetching,
  needs: (seen) => {
    const off = unasked(seen);
    if (off !== undefined) return off;
    const { fetches } = seen.observation.policyHost;
    if (fetches.length === 0) return skip('the policy host has no address to try');
    const refused = fetches.flatMap(({ address, result }) =>
      result.kind === 'address-refused' ? [{ address, block: result.block }] : [],
    );
    return { seen, refused, all: refused.length === fetches.length, spared: isSpared(seen) };
  },
  judge: ({ seen: { policyHost }, refused, all, spared }) => {
    if (refused.length === 0) return [];
    const list = inWords(refused.map(({ address, block }) => `${address} (${block})`));
    const consequence = all
      ? noPolicy
      : 'Senders that try it reach nothing, or a host of their own, before they try another.';
    return [
      {
        subject: all ? policyHost : inWords(refused.map(({ address }) => address)),
        severity: spared ? 'warning' : 'error',
        detail: `${policyHost} has ${list}, which nobody can reach from outside. ${consequence} Nothing was connected to there.`,
        remedy: `Publish public addresses alone at \`${policyHost}\`.`,
      },
    ];
  },
});

const ipv6Only = rule({
  id: 'host.ipv6-only',
  area: 'policy-host',
  title: 'The policy host has no IPv4 address',
  severity: 'warning',
  cite: fetching,
  needs: (seen) => {
    const names = hostNames(seen);
    if ('skip' in names) return names;
    return names.a.records.length + names.aaaa.records.length === 0
      ? skip('the policy host has no address to try')
      : names;
  },
  judge: ({ seen: { policyHost }, a }) =>
    a.records.length > 0
      ? []
      : [
          {
            subject: policyHost,
            detail: 'Senders without IPv6 cannot fetch the policy, and deliver as if there were none.',
            remedy: `Publish an A record at \`${policyHost}\` as well.`,
          },
        ],
});

export const policyHostRules: readonly Rule[] = [missing, cnameDangling, privateAddress, ipv6Only];
