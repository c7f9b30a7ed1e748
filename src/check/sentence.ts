/** The whole of a report in one or two sentences, what it means for mail first, and the one thing to do next. */
import type { Delivery } from './delivery.ts';
import type { Finding } from './rule.ts';
import type { Seen } from './seen.ts';
import type { Standing } from './verdict.ts';

export interface Told {
  readonly seen: Seen;
  readonly standing: Standing;
  readonly deliveries: readonly Delivery[];
  readonly findings: readonly Finding[];
}

export function sentenceOf(told: Told): string {
  const { seen, standing } = told;
  const { domain, observation } = seen;
  switch (standing) {
    case 'takes-no-mail':
      return observation.mx.kind === 'null-mx'
        ? `${domain} takes no mail (null MX): it needs no MTA-STS.`
        : `${domain} takes no mail (it has neither MX nor address): it needs no MTA-STS.`;
    case 'no-domain':
      return `${domain} does not exist in DNS, so no mail goes there.`;
    case 'dns-unknown':
      return `DNS gave us no answer for ${seen.recordName}, so whether mail to ${domain} is protected is not known.`;
    case 'zone-fails':
      return `DNS fails for ${seen.recordName}, so senders see no record: they keep a policy that they have, and deliver without protection otherwise.`;
    case 'no-record':
      return `${domain} has no MTA-STS. Mail to it can be intercepted without notice.`;
    case 'record-unusable':
      return `The MTA-STS record of ${domain} is of no use to senders: they keep a policy that they have, and deliver without protection otherwise.`;
    case 'policy-host-unknown':
      return `${domain} has an MTA-STS record, and ${seen.policyHost} could not be looked at from here, so whether mail is protected is not known.`;
    case 'no-policy':
      return `${domain} has an MTA-STS record, and senders get no usable policy: they keep one that they have, and deliver without protection otherwise.`;
    case 'mode-none':
      return `${domain} has ended MTA-STS (mode none). Mail to it can be intercepted without notice.`;
    case 'mx-unknown':
      return `The policy of ${domain} is published in mode ${seen.mode ?? ''}, and DNS gave us no answer for its MX, so whether mail is protected is not known.`;
    case 'faulty':
    case 'sound':
      return mailSentence(told);
  }
}

function mailSentence({ seen, standing, deliveries, findings }: Told): string {
  const { domain, observation } = seen;
  const testing = seen.usablePolicy?.mode === 'testing';
  const of = (...outcomes: Delivery['outcome'][]) =>
    deliveries.filter(({ outcome }) => outcomes.includes(outcome));
  const good = of('delivers-verified');
  const refused = of('skips', 'delivers-and-reports');
  const dark = of('not-measured');
  const open = testing
    ? `Mail to ${domain} is delivered whether or not TLS fails (mode testing)`
    : `Mail to ${domain}`;
  const blind = observation.port25 !== 'open';
  const parts: string[] = [];
  if (deliveries.length === 0) {
    return `${domain} has no MX host that mail could go to.`;
  }
  if (good.length === 0 && refused.length === 0) {
    const mode = testing ? `${open}.` : `The policy of ${domain} is in force (mode enforce).`;
    const why = blind
      ? 'We could not reach port 25 from here, so the mail hosts are not measured.'
      : `Not measured: ${names(dark)}.`;
    return `${mode} ${why}`;
  }
  const count = deliveries.length;
  const would = testing ? 'would pass in enforce' : '';
  if (!testing && good.length === 0 && dark.length === 0) {
    parts.push(
      `${open} is not delivered by senders that honour the policy: ${names(refused)} would be refused`,
    );
  } else if (testing) {
    parts.push(`${open}; ${good.length} of ${hosts(count)} ${would}`);
  } else {
    parts.push(`${open} is protected by ${good.length} of ${hosts(count)}`);
  }
  if (refused.length > 0 && (testing || good.length > 0 || dark.length > 0)) {
    parts.push(`${names(refused)} would be refused`);
  }
  if (dark.length > 0) parts.push(`${names(dark)} ${dark.length === 1 ? 'is' : 'are'} not measured`);
  const [fault] = findings.filter(({ breaks }) => breaks);
  const rest =
    standing === 'faulty' && refused.length === 0 && fault !== undefined
      ? ` An error stands in the way: ${fault.title} (${fault.subject}).`
      : '';
  return `${parts.join('; ')}.${rest}`;
}

function hosts(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`;
}

/** So many are named; a domain with more is told by its number. */
const namesMax = 3;

function names(deliveries: readonly Delivery[]): string {
  const all = deliveries.map(({ host }) => host);
  if (all.length > namesMax)
    return `${all.slice(0, namesMax - 1).join(', ')} and ${all.length - namesMax + 1} more`;
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** What to do next, where there is one thing: an imperative. */
export function nextStepOf({ seen, standing, findings }: Told): string | undefined {
  switch (standing) {
    case 'no-record':
      return 'Make a policy, and publish it in mode testing first.';
    case 'dns-unknown':
    case 'policy-host-unknown':
    case 'mx-unknown':
      return 'Check again later, or from another network.';
    case 'zone-fails':
    case 'record-unusable':
    case 'no-policy':
    case 'faulty':
      return (findings.find(({ breaks }) => breaks) ?? findings.find(({ severity }) => severity === 'error'))
        ?.remedy;
    case 'sound':
      return seen.usablePolicy?.mode === 'testing'
        ? 'Go to enforce when the reports of two weeks show no failure.'
        : undefined;
    default:
      return undefined;
  }
}
