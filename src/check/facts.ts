/** What is so and no finding: nothing to mend, and worth knowing when a report is read. */
import { quote } from '../protocol/characters.ts';
import { spellSeconds } from '../protocol/publishing-steps.ts';
import { rfc } from '../protocol/rfc.ts';
import { asksForPolicy } from './asked.ts';
import { reviewMailOf } from './choices.ts';
import { deliveriesOf, type Outcome, readHosts } from './delivery.ts';
import { memoryOf, spellInstant } from './remembered.ts';
import type { Fact } from './report.ts';
import { answered, type Seen } from './seen.ts';
import { inWords } from './words.ts';

/** In the order in which mail meets them. */
export function factsOf(seen: Seen): readonly Fact[] {
  return [
    ...recordFacts(seen),
    ...policyFacts(seen),
    ...mailFacts(seen),
    ...hostFacts(seen),
    ...reportFacts(seen),
    ...deliveryFacts(seen),
  ];
}

function recordFacts(seen: Seen): readonly Fact[] {
  const { txt, recordName, staleSeconds } = seen;
  if (txt === undefined) return [];
  const facts: Fact[] = [];
  if (!asksForPolicy(seen)) {
    const what = txt.exists
      ? 'The name exists and has no MTA-STS record.'
      : 'The name does not exist (NXDOMAIN).';
    facts.push({ id: 'txt.absent', subject: recordName, text: `Senders find no MTA-STS record. ${what}` });
  }
  if (txt.aliases.length > 0 && txt.records.length > 0) {
    facts.push({
      id: 'txt.cname-ok',
      subject: recordName,
      text: `The record is an alias of ${txt.aliases.join(' → ')}, which senders follow (${rfc(8461, '3.1').label}).`,
    });
  }
  if (staleSeconds !== undefined) {
    facts.push({
      id: 'txt.cached-elsewhere',
      subject: recordName,
      text: toldOfCache(
        txt.records.length,
        answered(seen.observation.record.lookup)?.records.length ?? 0,
        staleSeconds,
      ),
    });
  }
  return facts;
}

/** What the servers of the zone have now against what a resolver still keeps; 0 seconds are none that are known. */
function toldOfCache(now: number, cached: number, seconds: number): string {
  const span = seconds === 0 ? '' : ` for ${spellSeconds(seconds)}`;
  if (now === 0) {
    return `Removed, and still cached elsewhere${span}: the servers of the zone have no record any more, and the resolver has.`;
  }
  return cached === 0
    ? `Published, and not yet everywhere: the servers of the zone have this record, and the resolver says${span === '' ? '' : `${span} more`} that there is none.`
    : `Published, and still cached elsewhere${span}: the servers of the zone have this record, and the resolver an earlier answer.`;
}

function policyFacts(seen: Seen): readonly Fact[] {
  const { policyHost, usableFetches, usablePolicy } = seen;
  const names = usableFetches[0]?.result.tls.chain[0].dnsNames.map((name) => name.toLowerCase()) ?? [];
  const wildcard = `*.${seen.domain}`;
  const facts: Fact[] = [];
  if (names.includes(wildcard) && !names.includes(policyHost)) {
    facts.push({
      id: 'host.cert-wildcard',
      subject: policyHost,
      text: `The certificate is for ${wildcard}: it covers ${policyHost}, and not the policy host of a subdomain such as mta-sts.sub.${seen.domain}.`,
    });
  }
  if (usablePolicy?.mode === 'none') facts.push(removalFact(seen));
  return facts;
}

/** How far a removal in good order is (RFC 8461 §8.3). */
function removalFact(seen: Seen): Fact {
  const memory = memoryOf(seen);
  const expiry = memory?.expiry;
  const goesOn = 'Senders that fetch this policy go on as if there were none.';
  if (memory === undefined || expiry === undefined) {
    return {
      id: 'policy.mode-none',
      subject: 'mode none',
      text: `${goesOn} A policy that was served earlier has expired when its max_age has passed since the last moment it may have been served.`,
    };
  }
  const since = spellInstant(new Date(memory.trail.knownSince ?? expiry.entry.firstSeenAt));
  return expiry.at > seen.now
    ? {
        id: 'policy.mode-none',
        subject: 'mode none',
        text: `${goesOn} The last policy that was served earlier and seen here (mode ${expiry.entry.mode}) expires on ${spellInstant(expiry.at)}: until then record and host have to stay. What was served before ${since} is not known.`,
      }
    : {
        id: 'removal.done',
        subject: 'mode none',
        text: `Every policy that was seen here since ${since} has expired, the last on ${spellInstant(expiry.at)}: ${seen.recordName} can be removed, and after it ${seen.policyHost}.`,
      };
}

function mailFacts({ domain, observation: { mx } }: Seen): readonly Fact[] {
  const none = reviewMailOf(domain, mx)
    .filter(({ id }) => id === 'mx.no-mail-at-all')
    .map(({ id, subject, text }) => ({ id, subject, text }));
  if (mx.kind !== 'hosts' || mx.omitted === undefined) return none;
  const text = `${mx.omitted} more MX hosts were not looked at: one look takes ${mx.hosts.length}.`;
  return [...none, { id: 'mx.omitted', subject: domain, text }];
}

function hostFacts(seen: Seen): readonly Fact[] {
  const { domain, observation } = seen;
  const states = readHosts(seen);
  const earlier = Map.groupBy(seen.hosts, ({ lookedAt }) => lookedAt);
  const notAgain = [...earlier].flatMap(([lookedAt, hosts]): readonly Fact[] => {
    if (lookedAt === undefined) return [];
    const subjects = inWords(hosts.map(({ host }) => host));
    const text = `What is told of SMTP and certificates of ${subjects} was seen on ${spellInstant(new Date(lookedAt))}, and is judged by the date of today; the addresses are the same since.`;
    return [{ id: 'smtp.seen-earlier', subject: subjects, text }];
  });
  const rejecting = states.flatMap(({ host, addresses }): readonly Fact[] => {
    const met = addresses.find(
      ({ state }) => state.kind === 'not-measured' && state.because === 'rejects-us',
    )?.session;
    if (met === undefined) return [];
    const reply = met.result.kind === 'failed' ? (met.result.reply ?? met.greeting) : met.greeting;
    const said = reply === undefined ? '' : ` with ${quote(`${reply.code} ${reply.lines[0] ?? ''}`)}`;
    return [
      {
        id: 'smtp.greeting-rejects-us',
        subject: host,
        text: `${host} turns this machine away${said} before STARTTLS, so that it is not measured. That says nothing of other senders.`,
      },
    ];
  });
  const unproven =
    states.length > 0 && observation.resolver.validates !== true
      ? [
          {
            id: 'dnssec.not-measured',
            subject: domain,
            text: 'Nothing shows that the resolver validates DNSSEC, so what DANE does to mail is not measured.',
          },
        ]
      : [];
  return [...notAgain, ...rejecting, ...unproven];
}

/** RFC 8460 §7: unlike DMARC's, reports may go to any domain without its consent in DNS. */
function reportFacts({ domain, observation: { tlsRpt } }: Seen): readonly Fact[] {
  const external = new Set(
    tlsRpt.destinations
      .map(({ host }) => host)
      .filter((host) => host !== domain && !host.endsWith(`.${domain}`)),
  );
  return [...external].map((host) => ({
    id: 'rpt.external',
    subject: host,
    text: `TLS reports go to ${host}, which needs no record that allows it.`,
  }));
}

function deliveryFacts(seen: Seen): readonly Fact[] {
  const deliveries = deliveriesOf(seen);
  if (deliveries.length === 0) return [];
  const told = deliveries.map(({ host, outcome }) => `${host}: ${outcomeWords[outcome]}`);
  return [
    {
      id: 'consistency.dns-vs-policy',
      subject: seen.domain,
      text: `A sender that honours MTA-STS would do so with each MX host, in this order: ${told.join('; ')}.`,
    },
  ];
}

const outcomeWords: Readonly<Record<Outcome, string>> = {
  'delivers-verified': 'deliver over verified TLS',
  'delivers-and-reports': 'deliver, and report a failure',
  skips: 'not deliver, and go on to the next',
  'delivers-unprotected': 'deliver without protection',
  'not-measured': 'not measured',
};
