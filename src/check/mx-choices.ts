/** Which MX hosts a policy leaves out, and which of its patterns match nothing or too much. */
import type { DomainName, HostName } from '../protocol/domain.ts';
import type { MxPattern, Policy } from '../protocol/mtasts.ts';
import { coverage, type HostCoverage, isTooBroad, trapOf } from '../protocol/providers.ts';
import { rfc } from '../protocol/rfc.ts';
import type { Caution, Choices } from './choices.ts';
import { liveHosts, type MxObservation, type UnusableMx } from './observation.ts';

/** MX hosts that the policy leaves out, and MX records that no policy can list. */
export function reviewCoverage({ policy, mx }: Choices): readonly Caution[] {
  const hosts = liveHosts(mx);
  if (policy.mode === 'none') return [];
  const { byHost, unused } = coverage(
    policy.mx,
    hosts.map(({ host }) => host),
  );
  const covered = new Set(byHost.flatMap(({ host, pattern }) => (pattern === undefined ? [] : [host])));
  const preferred = Math.min(...hosts.map(({ preference }) => preference));
  // RFC 8461 §8.4: a fault of a backup stays hidden until the primary fails.
  const onlyBackups = hosts.every(({ host, preference }) => covered.has(host) || preference !== preferred);
  const missing = byHost
    .filter(({ host }) => !covered.has(host))
    // The line for another MX is no slip in the line for this one.
    .map(({ host, nearest }): HostCoverage => {
      const told =
        nearest?.pattern.startsWith('*.') === true || unused.some((pattern) => pattern === nearest?.pattern);
      return told && nearest !== undefined ? { host, nearest } : { host };
    });
  return [...missing.map((host) => notCovered(policy, host, onlyBackups)), ...reviewUnusable(mx, policy)];
}

function notCovered(policy: Policy, { host, nearest }: HostCoverage, onlyBackups: boolean): Caution {
  const near = nearest === undefined ? '' : ` The nearest is ${nearest.pattern}: ${nearest.why}.`;
  return {
    id: onlyBackups ? 'mx.backup-not-covered' : 'mx.not-covered',
    severity: policy.mode === 'enforce' ? 'error' : 'warning',
    subject: host,
    title: onlyBackups ? 'A backup MX is missing from the policy' : 'An MX host is missing from the policy',
    text: `${consequence(policy, host, onlyBackups)}${near}`,
    remedy: `Add the line \`mx: ${host}\`.`,
    cite: rfc(8461, '4.1'),
  };
}

/** MX records that no policy can list, whatever stands in it. */
export function reviewUnusable(
  mx: MxObservation | undefined,
  policy: Pick<Policy, 'mode'>,
): readonly Caution[] {
  const unusable = mx?.kind === 'hosts' ? (mx.unusable ?? []) : [];
  return unusable.map((one) => notListable(policy, one));
}

function notListable({ mode }: Pick<Policy, 'mode'>, { name, why }: UnusableMx): Caution {
  if (name === '.') {
    return {
      id: 'mx.null',
      severity: 'error',
      subject: name,
      title: 'A null MX stands beside other MX',
      text: 'A null MX says that the domain takes no mail, and the other MX say that it does. Senders may take either for true.',
      remedy: 'Remove the MX record `0 .`, or all others.',
      cite: rfc(7505, '3'),
    };
  }
  const address = why.includes('IP address');
  return {
    id: address ? 'mx.ip-literal' : 'mx.not-covered',
    severity: address || mode === 'enforce' ? 'error' : 'warning',
    subject: name,
    title: 'An MX cannot be listed in any policy',
    text: `The MX ${name} ${why}. No mx line can match it.`,
    remedy: 'Point the MX record at a host by its name.',
    cite: rfc(8461, '4.1'),
  };
}

function consequence({ mode }: Policy, host: HostName, backup: boolean): string {
  const what = `No mx line matches the ${backup ? 'backup ' : ''}MX ${host}, so senders ${
    mode === 'enforce'
      ? 'will not deliver to it'
      : 'report it as a failure, and in enforce would not deliver to it'
  }.`;
  return backup ? `${what} That shows only when the preferred hosts are down.` : what;
}

/** Patterns that match nothing, or more than the domain's own hosts. */
export function reviewPatterns({ domain, policy, mx }: Choices): readonly Caution[] {
  if (policy.mode === 'none') return [];
  const hosts = liveHosts(mx).map(({ host }) => host);
  const unused = new Set(hosts.length === 0 ? [] : coverage(policy.mx, hosts).unused);
  return [...new Set(policy.mx)].flatMap((pattern): readonly Caution[] => {
    if (isTooBroad(pattern)) return [tooBroad(pattern)];
    const trap = trapOf(pattern, hosts);
    if (trap !== undefined) {
      return [
        {
          id: 'policy.provider-mismatch',
          title: 'The pattern never matches the MX of its provider',
          severity: 'error',
          subject: pattern,
          text: `${pattern} matches none of the MX hosts of ${trap.provider.name}: ${trap.why}.`,
          remedy: 'Replace it with the MX hosts as DNS names them.',
          cite: rfc(8461, '4.1'),
        },
      ];
    }
    return [
      ...(unused.has(pattern) ? [unusedPattern(pattern, domain)] : []),
      ...(pattern === `*.${domain}` ? [ownWildcard(pattern, domain)] : []),
    ];
  });
}

/** What a wildcard that strangers can have names under means; also for a policy whose domain is not known. */
export function tooBroad(pattern: MxPattern): Caution {
  return {
    id: 'mx.pattern-public-suffix',
    title: 'Strangers can have names under the pattern',
    severity: 'error',
    subject: pattern,
    text: `Anybody can have a name that ${pattern} matches, and with it be taken for an MX of the domain.`,
    remedy: 'Replace it with the MX hosts by name.',
    cite: rfc(8461, '10.4'),
  };
}

function unusedPattern(pattern: MxPattern, domain: DomainName): Caution {
  return {
    id: 'mx.pattern-unused',
    title: 'The pattern matches no MX of the domain',
    severity: 'notice',
    subject: pattern,
    text: `${pattern} matches none of the MX of ${domain} today. That is right while mail moves there, and a slip otherwise.`,
    remedy: 'Correct it, or remove it once the move is over.',
    cite: rfc(8461, '4.1'),
  };
}

function ownWildcard(pattern: MxPattern, domain: DomainName): Caution {
  return {
    id: 'mx.pattern-own-wildcard',
    title: 'The pattern takes in the whole domain',
    severity: 'warning',
    subject: pattern,
    text: `${pattern} accepts any host below ${domain} that has a certificate, also one that somebody else runs there.`,
    remedy: 'List the MX hosts by name.',
    cite: rfc(8461, '10.4'),
  };
}
