/**
 * A report as text for the terminal: the verdict and what it means, host by host what a sender would do, then
 * what to mend. What is true of the domain was decided before, in check/.
 */
import type { Delivery } from '../check/delivery.ts';
import type { Report } from '../check/report.ts';
import type { Finding } from '../check/rule.ts';
import { displayDomain } from '../protocol/domain.ts';
import { severities } from '../protocol/fault.ts';
import { countLine, findingLines, marginOf, type Screen, type Style, wrap } from './layout.ts';
import { visibleText } from './plain-text.ts';
import { type Cell, tableLines } from './table.ts';

/** How each verdict is coloured. */
export const verdictStyles = {
  enforced: 'good',
  testing: 'good',
  broken: 'error',
  off: 'warning',
  unknown: 'warning',
} as const satisfies Record<Report['verdict'], Style>;

/** The whole report; its parts are separated by empty lines, and it ends with a line end. */
export function reportText(report: Report, screen: Screen): string {
  const { verdict, findings } = report;
  // Where nothing could be judged, nothing to remark would be praise.
  const counted = findings.length > 0 || verdict === 'enforced' || verdict === 'testing';
  return [
    headText(report, screen),
    hostsText(report, screen),
    counted ? `${countLine(findings)}\n` : '',
    ...findingTexts(findings, screen),
    factsText(report, screen),
    acceptanceText(report, screen),
    unmeasuredText(report, screen),
    footText(report, screen),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function headText(report: Report, screen: Screen): string {
  const { domain, verdict, sentence, nextStep, findings, facts, deliveries } = report;
  // What a finding below says anyway is not said twice.
  const step = findings.some(({ remedy }) => remedy === nextStep) ? undefined : nextStep;
  // Of a domain without MX, or that has ended MTA-STS, there is no policy to make.
  const make = step !== undefined && deliveries.length > 0 && facts.some(({ id }) => id === 'txt.absent');
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

/** By severity, the worst first; findings that differ in nothing but their subject are told once. */
function findingTexts(findings: readonly Finding[], screen: Screen): readonly string[] {
  const groups = alike(findings, ({ id, severity, title, detail, remedy }) => [
    id,
    severity,
    title,
    detail,
    remedy,
  ]);
  return groups
    .toSorted(([one], [other]) => severities.indexOf(one.severity) - severities.indexOf(other.severity))
    .map(([finding, ...others]) => findingText(finding, others, screen));
}

function findingText(finding: Finding, others: readonly Finding[], screen: Screen): string {
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
  if (others.length === 0) return text;
  const indent = marginOf(screen);
  const also = wrap(visibleText(sameFor(others)), screen.columns - indent.length);
  return `${text}${lines(also.map((line) => `${indent}${line}`))}`;
}

interface About {
  readonly subject: string;
}

/** What says the same of several subjects stands together, in the order of the first of each. */
function alike<T extends About>(
  items: readonly T[],
  textsOf: (item: T) => readonly string[],
): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const { subject } = item;
    const frame = textsOf(item).map((text) => (subject === '' ? text : text.replaceAll(subject, '\0')));
    const key = JSON.stringify(frame);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

function sameFor(others: readonly About[]): string {
  return `The same goes for ${others.map(({ subject }) => subject).join(', ')}.`;
}

/** What the table of hosts, the first sentence and the hosts that are not measured say already. */
const saidElsewhere = new Set(['consistency.dns-vs-policy', 'mx.no-mail-at-all', 'smtp.greeting-rejects-us']);

function factsText({ facts }: Report, screen: Screen): string {
  const others = facts.filter(({ id }) => !saidElsewhere.has(id));
  const items = others.map(({ subject, text }) =>
    subject === '' || text.includes(subject) ? text : `${subject}: ${text}`,
  );
  return section('Good to know', items, screen);
}

/** Told only where somebody does not take what is published. */
function acceptanceText({ acceptance }: Report, screen: Screen): string {
  const refusals = acceptance.filter(({ accepts }) => !accepts);
  if (refusals.length === 0) return '';
  const known = acceptance.length;
  const takers = known - refusals.length;
  const reasons = new Map<string, string[]>();
  for (const { sender, because } of refusals) {
    for (const reason of because) reasons.set(reason, [...(reasons.get(reason) ?? []), sender]);
  }
  return section(
    `Who takes it: ${takers === 0 ? 'none' : takers} of ${known} known senders${takers === 0 ? '' : '; these do not'}`,
    [...reasons].map(([reason, senders]) =>
      senders.length === known ? reason : `${reason.replace(/\.$/, '')}: ${senders.join(', ')}.`,
    ),
    screen,
  );
}

function unmeasuredText(report: Report, screen: Screen): string {
  const { deliveries, unmeasured, facts, observation } = report;
  const hosts = unmeasured.map((host) => {
    // With the words in which it turned us away.
    const fact = facts.find(({ id, subject }) => id === 'smtp.greeting-rejects-us' && subject === host);
    const because = fact?.text ?? deliveries.find((delivery) => delivery.host === host)?.because;
    return { subject: host, text: because ?? `${host} was not looked at.` };
  });
  const items = alike(hosts, ({ text }) => [text]).map(([first, ...others]) =>
    others.length === 0 ? first.text : `${first.text} ${sameFor(others)}`,
  );
  const advice = items.length === 0 ? undefined : port25Advice[observation.port25];
  return section('Not measured', [...items, ...(advice === undefined ? [] : [advice])], screen);
}

const port25Advice = {
  open: undefined,
  closed: 'Port 25 is closed from here, as in many networks; check from a host that may send mail.',
  unknown:
    'Whether port 25 is open from here is not known. Set SMTP_CONTROL_HOST to an MX host that is known to answer, or check from a host that sends mail.',
} as const satisfies Record<Report['observation']['port25'], string | undefined>;

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
  const rules = `rules: ${passed.length} passed, ${skipped.length} skipped`;
  const text = `Looked at ${at} in ${(durationMs / 1000).toFixed(1)} s; ${rules}.`;
  return lines(wrap(text, screen.columns).map((line) => screen.paint('faint', line)));
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join('');
}
