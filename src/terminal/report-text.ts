/**
 * A report as text for the terminal: the verdict and what it means, host by host what a sender would do, then
 * what to mend. What is true of the domain was decided before, in check/.
 */
import type { Delivery } from '../check/delivery.ts';
import type { Report } from '../check/report.ts';
import type { Finding } from '../check/rule.ts';
import { displayDomain } from '../protocol/domain.ts';
import type { Severity } from '../protocol/fault.ts';
import { countLine, findingLines, type Screen, type Style, wrap } from './layout.ts';
import { visibleText } from './plain-text.ts';
import { type Cell, tableLines } from './table.ts';

const verdictStyles = {
  enforced: 'good',
  testing: 'good',
  broken: 'error',
  off: 'warning',
  unknown: 'warning',
} as const satisfies Record<Report['verdict'], Style>;

/** The whole report; its parts are separated by empty lines, and it ends with a line end. */
export function reportText(report: Report, screen: Screen): string {
  const findings = told(report.findings);
  return [
    headText(report, screen),
    hostsText(report, screen),
    `${countLine(report.findings)}\n`,
    ...findings.map((finding) => findingText(finding, screen)),
    factsText(report, screen),
    acceptanceText(report, screen),
    unmeasuredText(report, screen),
    footText(report, screen),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function headText({ domain, verdict, sentence, nextStep, findings }: Report, screen: Screen): string {
  // What a finding below says anyway is not said twice.
  const step = findings.some(({ remedy }) => remedy === nextStep) ? undefined : nextStep;
  const make = verdict === 'off' && step !== undefined;
  return lines([
    `${screen.paint('bold', displayDomain(domain))} · ${screen.paint(verdictStyles[verdict], verdict)}`,
    ...wrap(visibleText(sentence), screen.columns),
    ...(step === undefined ? [] : arrow(visibleText(step), screen)),
    ...(make ? [`  mta-sts new ${domain}`] : []),
  ]);
}

function arrow(text: string, screen: Screen): readonly string[] {
  return wrap(text, screen.columns - 2).map((line, index) =>
    index === 0 ? `${screen.paint('good', '→')} ${line}` : `  ${line}`,
  );
}

/** What a sender does with mail to a host, under `a sender would`. */
const outcomes = {
  'delivers-verified': { text: 'deliver', style: 'good' },
  'delivers-and-reports': { text: 'deliver and report', style: 'warning' },
  skips: { text: 'skip this host', style: 'error' },
  'delivers-unprotected': { text: 'deliver unprotected', style: 'warning' },
  'not-measured': { text: 'not measured', style: 'faint' },
} as const satisfies Record<Delivery['outcome'], Cell>;

function hostsText({ deliveries }: Report, screen: Screen): string {
  if (deliveries.length === 0) return '';
  const columns = [
    { title: 'host' },
    { title: 'in the policy', short: 'policy' },
    { title: 'STARTTLS' },
    { title: 'certificate' },
    { title: 'a sender would' },
  ];
  const rows = deliveries.map(({ host, inPolicy, starttls, certificate, outcome }): readonly Cell[] => [
    { text: displayDomain(host) },
    inPolicy === false ? { text: 'no', style: 'error' } : { text: inPolicy === undefined ? '–' : 'yes' },
    { text: starttls },
    { text: certificate },
    outcomes[outcome],
  ]);
  return lines(tableLines(columns, rows, screen));
}

/** A finding, and what else it is said of in the same words. */
interface Told extends Finding {
  readonly also: readonly string[];
}

const severities: readonly Severity[] = ['error', 'warning', 'notice'];

/** By severity, the worst first; findings that differ in nothing but their subject are told once. */
function told(findings: readonly Finding[]): readonly Told[] {
  const groups = new Map<string, { finding: Finding; also: string[] }>();
  for (const finding of findings) {
    const { id, severity, title, subject, detail, remedy } = finding;
    const frame = [title, detail, remedy].map((text) =>
      subject === '' ? text : text.replaceAll(subject, '\0'),
    );
    const key = JSON.stringify([id, severity, ...frame]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { finding, also: [] });
    else group.also.push(subject);
  }
  return [...groups.values()]
    .map(({ finding, also }) => ({ ...finding, also }))
    .toSorted((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity));
}

function findingText({ also, ...finding }: Told, screen: Screen): string {
  const { title, subject, detail, remedy } = finding;
  const text = findingLines(
    {
      ...finding,
      title: visibleText(title),
      subject: visibleText(subject),
      detail: visibleText(detail),
      remedy: visibleText(remedy),
    },
    screen,
  );
  if (also.length === 0) return text;
  const more = wrap(
    `The same goes for ${also.map((name) => visibleText(name)).join(', ')}.`,
    screen.columns - indent.length,
  );
  return `${text}${lines(more.map((line) => `${indent}${line}`))}`;
}

/** As wide as the severities before findings. */
const indent = ' '.repeat(9);

function factsText({ facts }: Report, screen: Screen): string {
  return section(
    'Good to know',
    facts.map(({ subject, text }) => (subject === '' ? text : `${subject}: ${text}`)),
    screen,
  );
}

/** Told only where somebody does not take what is published. */
function acceptanceText({ acceptance }: Report, screen: Screen): string {
  const refusals = acceptance.filter(({ accepts }) => !accepts);
  if (refusals.length === 0) return '';
  const takers = acceptance.length - refusals.length;
  return section(
    `Who takes it: ${takers} of ${acceptance.length} known senders, and not these`,
    refusals.map(({ sender, because }) => [`${sender}:`, ...because].join(' ')),
    screen,
  );
}

function unmeasuredText({ deliveries, unmeasured }: Report, screen: Screen): string {
  const reasons = new Map<string, string[]>();
  for (const host of unmeasured) {
    const because = deliveries.find((delivery) => delivery.host === host)?.because ?? '';
    reasons.set(because, [...(reasons.get(because) ?? []), host]);
  }
  return section(
    'Not measured',
    [...reasons].map(([because, hosts]) => `${hosts.join(', ')}${because === '' ? '' : `: ${because}`}`),
    screen,
  );
}

function section(title: string, items: readonly string[], screen: Screen): string {
  if (items.length === 0) return '';
  return lines([
    ...wrap(title, screen.columns).map((line) => screen.paint('bold', line)),
    ...items.flatMap((item) =>
      wrap(visibleText(item), screen.columns - 4).map(
        (line, index) => `${index === 0 ? '  ' : '    '}${line}`,
      ),
    ),
  ]);
}

function footText({ checkedAt, durationMs, passed, skipped }: Report, screen: Screen): string {
  const at = `${checkedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const checks = [
    ...(passed.length === 0 ? [] : [`${passed.length} checks passed`]),
    ...(skipped.length === 0 ? [] : [`${skipped.length} had nothing to look at`]),
  ].join(', ');
  const text = `Looked at ${at}, ${(durationMs / 1000).toFixed(1)} s${checks === '' ? '' : `; ${checks}`}.`;
  return lines(wrap(text, screen.columns).map((line) => screen.paint('faint', line)));
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join('');
}

/** What is left of a report once it is told, for the table of many. */
export interface Tally {
  readonly domain: Report['domain'];
  readonly verdict: Report['verdict'];
  readonly counts: Readonly<Record<Severity, number>>;
}

export function tallyOf({ domain, verdict, findings }: Report): Tally {
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  return {
    domain,
    verdict,
    counts: { error: count('error'), warning: count('warning'), notice: count('notice') },
  };
}

/** One line for each domain, under a sentence that counts the verdicts. */
export function summaryText(tallies: readonly Tally[], screen: Screen): string {
  const verdicts = (Object.keys(verdictStyles) as readonly Report['verdict'][]).flatMap((verdict) => {
    const count = tallies.filter((tally) => tally.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  const number = (count: number, style: Style): Cell =>
    count === 0 ? { text: '0', style: 'faint' } : { text: String(count), style };
  const table = tableLines(
    [
      { title: 'domain' },
      { title: 'verdict' },
      { title: 'errors', right: true },
      { title: 'warnings', right: true },
      { title: 'notices', right: true },
    ],
    tallies.map(({ domain, verdict, counts }) => [
      { text: displayDomain(domain) },
      { text: verdict, style: verdictStyles[verdict] },
      number(counts.error, 'error'),
      number(counts.warning, 'warning'),
      number(counts.notice, 'notice'),
    ]),
    screen,
  );
  return lines([
    ...wrap(`${tallies.length} domains: ${verdicts.join(', ')}.`, screen.columns).map((line) =>
      screen.paint('bold', line),
    ),
    '',
    ...table,
  ]);
}
