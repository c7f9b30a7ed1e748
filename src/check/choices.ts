/**
 * Choices that are valid and yet unwise for this domain, before anything is published. Whether the text is
 * valid at all is for mtasts.ts to say, how the published thing works for the live check.
 */

import type { DomainName, HostName } from '../protocol/domain.ts';
import type { Severity } from '../protocol/fault.ts';
import { formatPolicy, type MxPattern, type Policy, parsePolicy } from '../protocol/mtasts.ts';
import { coverage, type HostCoverage, isTooBroad, trapOf } from '../protocol/providers.ts';
import { spellSeconds } from '../protocol/publication.ts';
import { type Citation, rfc } from '../protocol/rfc.ts';
import type { Rua } from '../protocol/tlsrpt.ts';
import type { MxHost, MxObservation, UnusableMx } from './observation.ts';

/** One unwise choice. Ids are permanent and shared with the live check. */
export interface Caution {
  /** Such as `enforce.too-early`. */
  readonly id: string;
  readonly severity: Severity;
  /** What it is about: an mx pattern, a host, a field. */
  readonly subject: string;
  /** States the fact, as a heading. */
  readonly title: string;
  /** What is so, and what senders do about it: one or two sentences that stand without the title. */
  readonly text: string;
  /** An imperative. */
  readonly remedy: string;
  readonly cite: Citation;
}

export interface Choices {
  readonly domain: DomainName;
  readonly policy: Policy;
  /** What DNS says now; undefined or unknown: nothing is said about the MX. */
  readonly mx: MxObservation | undefined;
  /** Undefined: nothing is said about reports. */
  readonly rua?: readonly Rua[] | undefined;
  /** The policy before this one, where it is known. */
  readonly previous?: Policy | undefined;
}

/** The unwise choices, those that lose mail first. */
export function reviewChoices(choices: Choices): readonly Caution[] {
  const own = [
    ...reviewMail(choices),
    ...reviewCoverage(choices),
    ...reviewPatterns(choices),
    ...reviewMode(choices),
  ];
  const cautions = [...own, ...reviewText(choices).filter(({ id }) => !own.some((said) => said.id === id))];
  const rank = { error: 0, warning: 1, notice: 2 };
  return cautions.toSorted((a, b) => rank[a.severity] - rank[b.severity]);
}

/** Domains that take no mail, or take it without saying where. */
function reviewMail({ domain, policy, mx }: Choices): readonly Caution[] {
  if (mx === undefined || policy.mode === 'none') return [];
  const parked = {
    severity: 'warning',
    subject: domain,
    remedy:
      'Publish no policy for it. Where one was published before, choose mode none, so that senders forget it.',
  } as const;
  switch (mx.kind) {
    case 'null-mx':
      return [
        {
          ...parked,
          id: 'mx.null',
          title: 'The domain takes no mail',
          text: `${domain} takes no mail (null MX), so there is nothing for a policy to protect.`,
          cite: rfc(7505, '3'),
        },
      ];
    case 'no-mail':
      return [
        {
          ...parked,
          id: 'mx.no-mail-at-all',
          title: 'The domain takes no mail',
          text: `${domain} has neither MX nor address, so no mail can reach it and a policy protects nothing.`,
          remedy: `${parked.remedy} A null MX (MX 0 .) says that it takes no mail.`,
          cite: rfc(5321, '5.1'),
        },
      ];
    case 'nxdomain':
      return [
        {
          ...parked,
          id: 'mx.no-mail-at-all',
          title: 'The domain does not exist',
          text: `${domain} does not exist in DNS, so no sender will look for its policy.`,
          remedy: 'Check the spelling of the domain, or publish its MX first.',
          cite: rfc(5321, '5.1'),
        },
      ];
    case 'implicit':
      return [
        {
          id: 'mx.none-implicit',
          title: 'The domain has no MX record',
          severity: 'warning',
          subject: domain,
          text: `${domain} has no MX, only an address, so senders take ${domain} itself as its mail host.`,
          remedy: `Publish an MX record. Until then the policy has to list ${mx.host}; if ${domain} takes no mail, publish a null MX (MX 0 .) and no policy.`,
          cite: rfc(5321, '5.1'),
        },
      ];
    default:
      return [];
  }
}

function liveHosts(mx: MxObservation | undefined): readonly MxHost[] {
  if (mx?.kind === 'hosts') return mx.hosts;
  return mx?.kind === 'implicit' ? [{ preference: 0, host: mx.host }] : [];
}

/** MX hosts that the policy leaves out, and MX records that no policy can list. */
function reviewCoverage({ policy, mx }: Choices): readonly Caution[] {
  const hosts = liveHosts(mx);
  if (policy.mode === 'none') return [];
  const { byHost } = coverage(
    policy.mx,
    hosts.map(({ host }) => host),
  );
  const covered = new Set(byHost.flatMap(({ host, pattern }) => (pattern === undefined ? [] : [host])));
  const preferred = Math.min(...hosts.map(({ preference }) => preference));
  // RFC 8461 §8.4: a fault of a backup stays hidden until the primary fails.
  const onlyBackups = hosts.every(({ host, preference }) => covered.has(host) || preference !== preferred);
  const missing = byHost.filter(({ host }) => !covered.has(host));
  return [
    ...missing.map((host) => notCovered(policy, host, onlyBackups)),
    ...unusableMx(mx).map((unusable) => notListable(policy, unusable)),
  ];
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

function unusableMx(mx: MxObservation | undefined): readonly UnusableMx[] {
  return mx?.kind === 'hosts' ? (mx.unusable ?? []) : [];
}

function notListable({ mode }: Policy, { name, why }: UnusableMx): Caution {
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
function reviewPatterns({ domain, policy, mx }: Choices): readonly Caution[] {
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

// Where lint speaks of a long max_age with mode none: it only has to outlast the fetching.
const noneMaxAgeSeconds = 604_800;

function reviewMode({ domain, policy, rua, previous }: Choices): readonly Caution[] {
  const { mode, maxAgeSeconds } = policy;
  if (mode === 'enforce' && previous?.mode !== 'enforce') {
    return [
      {
        id: 'enforce.too-early',
        title: 'Enforce comes before testing',
        severity: 'warning',
        subject: 'mode',
        text: `From now on senders refuse every MX of ${domain} that fails, and a mistake in the policy or a certificate holds up mail.`,
        remedy:
          'Publish mode testing first, and go to enforce when the reports of two weeks show no failure.',
        cite: rfc(8461, '5'),
      },
    ];
  }
  if (mode === 'testing' && rua?.length === 0) {
    return [
      {
        id: 'policy.testing-without-tlsrpt',
        title: 'Nobody hears what testing finds',
        severity: 'warning',
        subject: 'rua',
        text: 'In mode testing senders tell of failures by TLS-RPT alone, and without that record nobody learns of them.',
        remedy: `Give an address for the reports, such as mailto:tls-reports@${domain}.`,
        cite: rfc(8460, '3'),
      },
    ];
  }
  if (mode === 'none' && maxAgeSeconds > noneMaxAgeSeconds) {
    return [
      {
        id: 'removal.long-none',
        title: 'Mode none is kept for long',
        severity: 'notice',
        subject: 'max_age',
        text: `Mode none is kept for ${spellSeconds(maxAgeSeconds)}; it needs to be kept only until the removal.`,
        remedy: 'Write max_age 86400.',
        cite: rfc(8461, '8.3'),
      },
    ];
  }
  return [];
}

/** What the parser finds unwise in the text itself, such as a short max_age. */
function reviewText({ policy }: Choices): readonly Caution[] {
  const body = formatPolicy(policy);
  const lines = body.split('\n');
  return parsePolicy(body).advice.map(({ id, severity, title, detail, remedy, cite, line }) => ({
    id,
    severity,
    subject: lines[line - 1] ?? '',
    title,
    text: detail,
    remedy,
    cite,
  }));
}
