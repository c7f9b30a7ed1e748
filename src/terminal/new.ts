/** `mta-sts new`: what to publish for a domain, and what about it is unwise. */
import { reviewChoices } from '../check/choices.ts';
import type { MxObservation } from '../check/observation.ts';
import { lookupMx } from '../check/probes/dns.ts';
import { displayDomain, type HostName } from '../protocol/domain.ts';
import type { MxPattern } from '../protocol/mtasts.ts';
import { type MxOffer, offerMx } from '../protocol/providers.ts';
import {
  createPublication,
  formValues,
  meaning,
  type Publication,
  type Step,
  zoneLines,
} from '../protocol/publication.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { rfc } from '../protocol/rfc.ts';
import type { Arguments } from './arguments.ts';
import { block, countLine, findingLines, type Screen, type Shown, wrap } from './layout.ts';
import { networkOf } from './network.ts';
import { type NewRequest, readRequest, shellWord } from './new-request.ts';
import { jsonLine, plainLine } from './plain-text.ts';
import type { Outcome, Terminal } from './terminal.ts';
import { wrongUsage } from './usage.ts';

/** Long enough for one resolver that is down and one that answers. */
const lookupTimeoutMs = 10_000;

export async function create(given: Arguments, terminal: Terminal): Promise<Outcome> {
  const read = readRequest(given);
  if (!read.ok) return wrongUsage(terminal, read.problem, 'new');
  const request = read.value;
  const found = request.mx.length > 0 ? ok({ patterns: request.mx }) : await findMx(request, terminal);
  if (!found.ok) {
    terminal.stderr.write(wrap(`mta-sts: ${found.problem}`, terminal.stderr.columns).join('\n').concat('\n'));
    return 2;
  }
  const { patterns, mx }: Found = found.value;
  const { domain, mode, maxAgeSeconds, id, rua } = request;
  const policy = { mode, mx: patterns, maxAgeSeconds };
  const publication = createPublication(
    { domain, policy, rua, ...(id === undefined ? {} : { id }) },
    terminal.now,
  );
  const findings = [...inputFindings(request), ...cautions(reviewChoices({ domain, policy, mx, rua }))];
  if (given.options.has('json')) terminal.stdout.write(jsonLine(toJson(publication, findings)));
  else show(publication, findings, found.value, terminal.stdout);
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

interface Found {
  readonly patterns: readonly MxPattern[];
  readonly mx?: MxObservation;
  readonly offer?: MxOffer;
}

async function findMx({ domain, mode }: NewRequest, terminal: Terminal): Promise<Result<Found, string>> {
  const network = networkOf(terminal);
  if (!network.ok) return network;
  const name = displayDomain(domain);
  const { mx } = await lookupMx(domain, network.value, { timeoutMs: lookupTimeoutMs });
  const hosts = hostsOf(mx);
  const offer = offerMx(hosts);
  if (offer.tight.length > 0) return ok({ patterns: offer.tight, mx, offer });
  // Mode none needs no mx, and ending MTA-STS has to work for a domain that has lost its mail.
  if (mode === 'none') {
    if (mx.kind === 'unknown')
      terminal.stderr.write(`The MX of ${name} could not be looked up: the policy has none.\n`);
    return ok({ patterns: [], mx });
  }
  return fail(whyNoMx(name, mx, offer));
}

function hostsOf(mx: MxObservation): readonly HostName[] {
  if (mx.kind === 'hosts') {
    return mx.hosts.toSorted((a, b) => a.preference - b.preference).map(({ host }) => host);
  }
  return mx.kind === 'implicit' ? [mx.host] : [];
}

const dnsProblems = {
  timeout: 'no resolver answered in time',
  servfail: 'the resolver failed (SERVFAIL), as it does when the zone or its DNSSEC is broken',
  refused: 'the resolver refused to answer',
  malformed: 'the answer was not readable',
  unreachable: 'no resolver could be reached',
} as const;

function whyNoMx(name: string, mx: MxObservation, offer: MxOffer): string {
  const byHand = 'give the MX hosts with --mx HOST';
  switch (mx.kind) {
    case 'null-mx':
      return `${name} takes no mail (null MX, RFC 7505), so there is nothing for a policy to protect. Publish none; where one was published before, end it with --mode none.`;
    case 'no-mail':
      return `${name} has neither MX nor address, so no mail can reach it and a policy protects nothing. If it is to take mail, ${byHand}.`;
    case 'nxdomain':
      return `${name} does not exist in DNS. Check the spelling, or ${byHand}.`;
    case 'unknown':
      return `The MX of ${name} could not be looked up: ${dnsProblems[mx.problem]}. Try again, set DNS_RESOLVERS, or ${byHand}.`;
    default: {
      const unusable = mx.kind === 'hosts' ? (mx.unusable ?? []) : [];
      const reasons = [
        ...unusable.map((entry) => `${entry.name} ${entry.why}.`),
        ...offer.unusable.map(({ host, why }) => `${host}: ${why}`),
      ].join(' ');
      return `No MX of ${name} can be listed in a policy. ${reasons} Correct the MX, or ${byHand}.`;
    }
  }
}

function inputFindings({ domain, readFrom }: NewRequest): readonly Shown[] {
  if (readFrom === undefined) return [];
  return [
    {
      id: 'input.normalised',
      severity: 'notice',
      subject: domain,
      title: 'The domain was read out of what was typed',
      detail: `${plainLine(readFrom)} was read as ${displayDomain(domain)}.`,
      remedy: 'Check that this is the part after the @ of the mail addresses.',
      cite: rfc(8461, '1.1'),
    },
  ];
}

function cautions(list: ReturnType<typeof reviewChoices>): readonly Shown[] {
  return list.map(({ text, ...caution }) => ({ ...caution, detail: text }));
}

function toJson({ domain, record, policyFile, tlsRpt }: Publication, findings: readonly Shown[]): unknown {
  return {
    domain,
    record,
    policy: { url: policyFile.url, body: policyFile.body },
    tlsRpt,
    findings: findings.map(({ cite, ...finding }) => ({ ...finding, cite: cite.label })),
  };
}

function show(publication: Publication, findings: readonly Shown[], found: Found, screen: Screen): void {
  const { domain, policy, steps } = publication;
  const { offer, mx } = found;
  const unusable = mx?.kind === 'hosts' && mx.unusable !== undefined;
  const heading = `${screen.paint('bold', displayDomain(domain))} · MTA-STS policy, ${policy.mode}`;
  const parts = [
    lines([heading, ...wrap(meaning(publication), screen.columns)]),
    ...(offer === undefined || policy.mode === 'none' ? [] : [offerText(offer, unusable, screen)]),
    ...steps.map((step, index) => stepText(step, index + 1, publication, screen)),
    `${screen.paint('bold', 'As lines of a zone file')}\n${block(zoneLines(publication), '  ')}`,
    `${countLine(findings)}\n`,
    ...findings.map((finding) => findingLines(finding, screen)),
  ];
  screen.write(parts.join('\n'));
}

function lines(list: readonly string[]): string {
  return `${list.join('\n')}\n`;
}

function offerText({ provider, tight, vendor }: MxOffer, unusable: boolean, screen: Screen): string {
  const by = provider === undefined ? '' : `, run by ${provider.name}`;
  const count = tight.length === 1 ? 'the one MX host' : `all ${tight.length} MX hosts`;
  const shorter = vendor?.map((pattern) => `--mx ${shellWord(pattern)}`).join(' ');
  return lines([
    ...wrap(
      `Covers ${count} that DNS names now${unusable ? ' and a policy can list' : ''}${by}.`,
      screen.columns,
    ),
    ...(provider?.note === undefined ? [] : wrap(provider.note, screen.columns)),
    ...(shorter === undefined ? [] : ["The vendor's shorter form:", `  ${shorter}`]),
  ]);
}

const indent = '   ';

function stepText(step: Step, number: number, publication: Publication, screen: Screen): string {
  const head = `${screen.paint('bold', `${number}  ${step.title}`)}\n`;
  const detail = wrap(step.detail, screen.columns - indent.length).map((line) => `${indent}${line}\n`);
  return `${head}${detail.join('')}${published(step, publication, screen)}`;
}

function published(step: Step, { domain, policyFile, record, tlsRpt }: Publication, screen: Screen): string {
  if (step.kind === 'policy') return `\n${block(policyFile.body, `${indent}  `)}`;
  const txt = step.kind === 'record' ? record : step.kind === 'tls-rpt' ? tlsRpt : undefined;
  if (txt === undefined) return '';
  const { host, zone } = formValues(txt, domain);
  const row = (label: string, value: string) =>
    `${indent}  ${screen.paint('faint', label.padEnd(6))}${value}\n`;
  return [
    '\n',
    row('name', txt.name),
    row('', screen.paint('faint', `${host} where the form adds ${zone}`)),
    row('type', txt.type),
    row('value', txt.value),
  ].join('');
}
