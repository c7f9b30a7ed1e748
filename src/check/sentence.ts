/** The whole of a report in one or two sentences, what it means for mail first, and the one thing to do next. */
import { type Delivery, readHosts } from './delivery.ts';
import { memoryOf, spellInstant } from './remembered.ts';
import type { Acceptance } from './report.ts';
import type { Finding } from './rule.ts';
import type { Seen } from './seen.ts';
import type { Standing } from './verdict.ts';
import { inWords } from './words.ts';

export interface Told {
  readonly seen: Seen;
  readonly standing: Standing;
  readonly deliveries: readonly Delivery[];
  readonly findings: readonly Finding[];
  readonly acceptance: readonly Acceptance[];
}

export function sentenceOf(told: Told): string {
  const { seen, standing, findings } = told;
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
      return `${unprotected(told)}: DNS fails for ${seen.recordName}, so that they see no record.`;
    case 'no-record':
      if (endedTooSoon(told) !== undefined) {
        return `${domain} has no MTA-STS record any more, and senders that hold its policy go on by it. Mail from all others can be intercepted without notice.`;
      }
      return allDead(told)
        ? `${domain} has no MTA-STS, and no mail to it arrives: ${deadHosts(told)}.`
        : `${domain} has no MTA-STS. Mail to it can be intercepted without notice.`;
    case 'record-unusable':
      return `${unprotected(told)}: the MTA-STS record is of no use to them.${cause(findings)}`;
    case 'policy-host-unknown':
      return `${domain} has an MTA-STS record, and ${seen.policyHost} could not be looked at from here, so whether mail is protected is not known.`;
    case 'no-policy':
      if (isPatternFault(told)) return patternSentence(told);
      return `${unprotected(told)}: they get no usable one.${cause(findings)}`;
    case 'mode-none':
      return `${domain} has ended MTA-STS (mode none). Mail to it can be intercepted without notice.`;
    case 'mx-unknown':
      return `The policy of ${domain} is published in mode ${seen.mode ?? ''}, and DNS gave us no answer for its MX, so whether mail is protected is not known.`;
    case 'faulty':
    case 'sound':
      return mailSentence(told);
  }
}

/** Where record or policy are of no use. */
function unprotected(told: Told): string {
  return `${whoRefuse(told)} do not protect mail to ${told.seen.domain}, unless they still keep an earlier policy`;
}

/** All senders, or those of the known ones that were measured so. */
function whoRefuse({ acceptance }: Told): string {
  const refusing = acceptance.filter(({ accepts }) => !accepts).length;
  if (refusing === 0 || refusing === acceptance.length) return 'Senders';
  return `Some senders (${refusing} of ${acceptance.length} known ones)`;
}

/** Whoever does not drop the policy for such a line finds no host that it allows. */
function isPatternFault({ findings }: Told): boolean {
  return gravest(findings)?.id.startsWith('mx.pattern-') === true;
}

function patternSentence(told: Told): string {
  const { seen, findings } = told;
  return `${whoRefuse(told)} drop the policy of ${seen.domain} and do not protect its mail; to the others the faulty line allows no host.${cause(findings)}`;
}

function cause(findings: readonly Finding[]): string {
  const first = gravest(findings);
  return first === undefined ? '' : ` ${first.title}.`;
}

function mailSentence(told: Told): string {
  const { seen, standing, deliveries, findings } = told;
  const { domain } = seen;
  if (deliveries.length === 0) return `${domain} has no MX host that mail could go to.`;
  const dead = deadNames(seen);
  const of = (...outcomes: Delivery['outcome'][]) =>
    deliveries.filter(({ outcome, host }) => outcomes.includes(outcome) && !dead.has(host));
  const groups = {
    good: of('delivers-verified'),
    refused: of('skips', 'delivers-and-reports'),
    dark: of('not-measured'),
    dead: deliveries.filter(({ host }) => dead.has(host)),
  };
  const [fault] = findings.filter(({ breaks }) => breaks);
  const isTold = groups.refused.length > 0 || groups.dead.length > 0;
  if (standing !== 'faulty' || isTold || fault === undefined) return hostsSentence(told, groups);
  // The table shows that the hosts pass; said here, it would hide what is wrong.
  // The policy of today may well do; the one that senders hold stops the mail.
  const hole =
    fault.id === 'mx-change.unsafe'
      ? `Senders that hold an earlier policy of ${domain} do not deliver its mail: ${fault.title} (${fault.subject}).`
      : `The protection of mail to ${domain} does not hold: ${fault.title} (${fault.subject}).`;
  return groups.dark.length === 0 ? hole : `${hole} ${hostsSentence(told, groups)}`;
}

function deadNames(seen: Seen): ReadonlySet<string> {
  return new Set(readHosts(seen).flatMap(({ kind, host }) => (kind === 'no-address' ? [host] : [])));
}

function allDead({ seen, deliveries }: Told): boolean {
  const dead = deadNames(seen);
  return deliveries.length > 0 && deliveries.every(({ host }) => dead.has(host));
}

/** `mx1.example.com and mx2.example.com have no address that anybody reaches` */
function deadHosts({ seen, deliveries }: Told): string {
  const dead = deadNames(seen);
  const those = deliveries.filter(({ host }) => dead.has(host));
  return `${names(those)} ${those.length === 1 ? 'has' : 'have'} no address that anybody reaches`;
}

type Groups = Readonly<Record<'good' | 'refused' | 'dark' | 'dead', readonly Delivery[]>>;

function hostsSentence(told: Told, { good, refused, dark, dead }: Groups): string {
  const { seen, deliveries } = told;
  const { domain, observation } = seen;
  if (dead.length === deliveries.length) return `No mail to ${domain} arrives: ${deadHosts(told)}.`;
  const testing = seen.usablePolicy?.mode === 'testing';
  const open = `Mail to ${domain} is delivered whether or not TLS fails (mode testing)`;
  if (dark.length === deliveries.length) {
    const mode = testing ? open : `The policy of ${domain} is in force (mode enforce)`;
    const noWay = readHosts(seen).every(({ addresses }) =>
      addresses.some(({ state }) => state.kind === 'not-measured' && state.because === 'no-ipv6'),
    );
    return observation.port25 === 'open' || noWay
      ? `${mode}. Not measured from here: ${names(dark)}${noWay ? ' (no way to IPv6)' : ''}.`
      : `${mode}. We could not reach port 25 from here, so the mail hosts are not measured.`;
  }
  const count = deliveries.length === 1 ? 'its one host' : `${good.length} of ${deliveries.length} hosts`;
  const lost = good.length === 0 && dark.length === 0;
  const parts = [
    ...(testing ? [open] : []),
    ...(testing && good.length > 0 ? [`${count} would pass in enforce`] : []),
    ...(!testing && !lost ? [`Mail to ${domain} is protected by ${count}`] : []),
    ...(!testing && lost
      ? [`Mail to ${domain} does not arrive from senders that honour the policy (Gmail and Outlook.com do)`]
      : []),
    ...(refused.length > 0 ? [`${names(refused)} would be refused${testing ? ' there' : ''}`] : []),
    ...(dead.length > 0 ? [deadHosts(told)] : []),
    ...(dark.length > 0 ? [`${names(dark)} ${dark.length === 1 ? 'is' : 'are'} not measured`] : []),
  ];
  return `${parts.join('; ')}.`;
}

/** So many are named; a domain with more is told by its number. */
const namesMax = 3;

function names(deliveries: readonly Delivery[]): string {
  const hosts = deliveries.map(({ host }) => host);
  return inWords(hosts, hosts.length > namesMax ? namesMax - 1 : namesMax);
}

/** What to do next, where there is one thing: an imperative. */
export function nextStepOf(told: Told): string | undefined {
  const { seen, standing, findings } = told;
  switch (standing) {
    case 'takes-no-mail':
      return findings.find(({ id }) => id === 'mx.null')?.remedy;
    case 'no-domain':
      return 'Check the spelling of the domain.';
    case 'no-record':
      if (allDead(told)) return gravest(findings)?.remedy;
      return endedTooSoon(told)?.remedy ?? 'Make a policy, and publish it in mode testing first.';
    case 'mode-none':
      return noneStep(seen);
    case 'dns-unknown':
    case 'policy-host-unknown':
    case 'mx-unknown':
      return 'Check again later, or from another network.';
    case 'zone-fails':
    case 'record-unusable':
    case 'no-policy':
    case 'faulty':
      // Where all mail is lost, the way back comes before the mending.
      return (findings.find(({ id }) => id === 'enforce.unsafe-now') ?? gravest(findings))?.remedy;
    case 'sound':
      return soundStep(told);
  }
}

/** What is said of a record that went before the policies that were served with it. */
function endedTooSoon({ findings }: Told): Finding | undefined {
  return findings.find(({ id }) => id === 'removal.premature' || id === 'txt.absent');
}

/** The end of a removal in good order (RFC 8461 §8.3), with its date where it is known. */
function noneStep(seen: Seen): string {
  const expiry = memoryOf(seen)?.expiry;
  if (expiry === undefined) {
    return `Keep the record and ${seen.policyHost} until every policy that was served earlier has expired, then remove the record, and after it the host.`;
  }
  return expiry.at > seen.now
    ? `Keep the record and ${seen.policyHost} until ${spellInstant(expiry.at)}, then remove the record, and after it the host.`
    : `Remove the record at ${seen.recordName}, and after it ${seen.policyHost}.`;
}

/** Of a domain that is broken: what stops it, else what comes first of the worst. */
function gravest(findings: readonly Finding[]): Finding | undefined {
  const of = (wanted: Finding['severity']) => findings.find(({ severity }) => severity === wanted);
  return findings.find(({ breaks }) => breaks) ?? of('error') ?? of('warning');
}

/** In testing what fails has to be mended first; then comes enforce. */
function soundStep({ seen, deliveries, findings }: Told): string | undefined {
  const error = findings.find(({ severity }) => severity === 'error');
  if (error !== undefined) return error.remedy;
  if (seen.observation.port25 !== 'open' && deliveries.every(({ outcome }) => outcome === 'not-measured')) {
    return 'Check again from a network that lets port 25 out, to see the mail hosts, too.';
  }
  if (seen.usablePolicy?.mode !== 'testing') return undefined;
  const warning = findings.find(({ severity }) => severity === 'warning');
  return warning?.remedy ?? 'Go to enforce when the reports of two weeks show no failure.';
}
