/**
 * The report: verdict and sentence first, then host by host what a sender would do, then what to mend with the
 * exact text. What does not fit is counted, never cut silently; the text alone holds everything.
 */
import type { Button, KnownBlock, RichTextBlock } from '@slack/types';
import { displayDomain } from '../../protocol/domain.ts';
import { severities } from '../../protocol/fault.ts';
import { actionIds, reportBlocks } from '../ids.ts';
import { reportValue, type ToldReport } from '../told-report.ts';
import { watchValue } from '../watch-values.ts';
import { comparisonBlock, comparisonText } from './comparison-block.ts';
import { acceptanceBlock, acceptanceText, factsBlock, factsOf, firstFacts } from './facts-blocks.ts';
import { capital, findingBlock, findingText, type Group, groupFindings } from './finding-blocks.ts';
import { hostsTable, hostsText } from './hosts-table.ts';
import {
  actions,
  bold,
  bullets,
  button,
  context,
  escapeMrkdwn,
  header,
  localTime,
  type Message,
  paragraph,
  plainContext,
  plural,
  rich,
  shorten,
  visibleLine,
} from './pieces.ts';

/** As of the records: Slack refuses some 13,200 characters of blocks together. */
const blocksCharsMax = 13_000;
/** Slack takes no more in a message. */
const blocksMax = 50;
/** Slack keeps 40,000 characters of the text. */
const textCharsMax = 39_000;
/** What a person takes in at once; the rest is a press away. */
const findingsShown = 5;
/** Notices mend nothing that stops mail: they are told first only where there is little else. */
const noticesShownBefore = 3;
/** Of the few that are told before anybody presses Show all. */
const factsShown = 3;
/** Hosts that were not measured, each with its reason. */
const reasonsShown = 2;
/** With Show all: room is left for what is to be mended. */
const factsShownMax = 20;
/** A sentence of ours is never longer, unless it quotes the longest names. */
const sentenceCharsMax = 800;

/** What gives way first, where the names of a domain are so long that no finding would fit. */
const measures = [
  { facts: factsShownMax, senders: 8, rows: 15 },
  { facts: 0, senders: 3, rows: 10 },
  { facts: 0, senders: 0, rows: 5 },
] as const;
type Measure = (typeof measures)[number];

export interface ReportView {
  /** Under which it is kept, for its buttons. */
  readonly token: string;
  /** Everything, or what matters first. */
  readonly all?: boolean;
  /** Whoever shared it; absent while it is private. */
  readonly sharedBy?: string;
  /** Said above everything: why this is a new look. */
  readonly note?: string;
}

export function reportMessage(report: ToldReport, view: ReportView): Message {
  const groups = groupFindings(report.findings);
  const text = textOf(report, view, groups);
  let blocks: KnownBlock[] = [];
  for (const measure of measures) {
    const { shown, whole } = within(report, view, groups, measure);
    blocks = whole;
    if (shown > 0 || (groups.length === 0 && fits(whole))) break;
  }
  return { text, blocks };
}

/** As many findings as there is room for. */
function within(
  report: ToldReport,
  view: ReportView,
  groups: readonly Group[],
  measure: Measure,
): { readonly shown: number; readonly whole: KnownBlock[] } {
  const head = headBlocks(report, view, measure);
  // With everything hidden the end is at its longest.
  const fixed = [...head, ...footBlocks(report, view, groups, measure)];
  let room = blocksCharsMax - JSON.stringify(fixed).length;
  const findings: KnownBlock[] = [];
  for (const [at, group] of groups.entries()) {
    if (view.all !== true && !isFirst(group, at)) break;
    const block = findingBlock(group);
    room -= JSON.stringify(block).length + 1;
    if (room < 0 || fixed.length + findings.length >= blocksMax) break;
    findings.push(block);
  }
  const foot = footBlocks(report, view, groups.slice(findings.length), measure);
  return { shown: findings.length, whole: [...head, ...findings, ...foot] };
}

/** Whether it is told before anybody presses Show all. */
function isFirst({ finding }: Group, at: number): boolean {
  return at < (finding.severity === 'notice' ? noticesShownBefore : findingsShown);
}

/** The verdict in a sentence and the comparison: all that a modal can show, which takes no table. */
export function reportSummary(report: ToldReport): KnownBlock[] {
  return [
    header(titleOf(report)),
    rich(undefined, paragraph(bold(shorten(visibleLine(report.sentence), sentenceCharsMax)))),
    ...(report.comparison === undefined ? [] : [comparisonBlock(report.comparison, false)]),
  ];
}

/** The next step, unless a finding says it with more around it, or the comparison knows a nearer one. */
function ownNextStep({ nextStep, findings, comparison }: ToldReport): string | undefined {
  if (comparison?.isPublished === false) return undefined;
  return findings.some(({ remedy }) => remedy === nextStep) ? undefined : nextStep;
}

function titleOf({ domain, verdict }: Pick<ToldReport, 'domain' | 'verdict'>): string {
  return `${displayDomain(domain)}: ${verdict}`;
}

function headBlocks(report: ToldReport, { all, note }: ReportView, { rows }: Measure): KnownBlock[] {
  const { verdict, deliveries, comparison } = report;
  const nextStep = ownNextStep(report);
  // Where nothing is published, the next step is the news, and not that hosts are in no policy.
  const table = verdict === 'off' && all !== true ? undefined : hostsTable(deliveries, rows);
  return [
    ...(note === undefined ? [] : [plainContext(note)]),
    header(titleOf(report)),
    rich(
      undefined,
      paragraph(bold(shorten(visibleLine(report.sentence), sentenceCharsMax))),
      ...(nextStep === undefined ? [] : [paragraph(shorten(visibleLine(nextStep), sentenceCharsMax))]),
    ),
    ...(comparison === undefined ? [] : [comparisonBlock(comparison, report.findings.length > 0)]),
    ...(table === undefined ? [] : [table]),
  ];
}

function footBlocks(
  report: ToldReport,
  view: ReportView,
  hidden: readonly Group[],
  measure: Measure,
): KnownBlock[] {
  const all = view.all === true;
  const known = factsOf(report);
  const facts = all
    ? known.slice(0, measure.facts)
    : firstFacts(report).slice(0, Math.min(measure.facts, factsShown));
  // Of a domain that protects nothing, who would take its policy is no news.
  const tellsSenders = all || report.verdict !== 'off';
  const hidesMore =
    hidden.length > 0 || known.length > facts.length || (!tellsSenders && refuses(report.acceptance));
  const rest = restLine(report, hidden, all);
  return [
    ...(tellsSenders ? defined(acceptanceBlock(report.acceptance, measure.senders)) : []),
    ...defined(factsBlock(facts)),
    ...(all ? titlesBlock(hidden) : []),
    ...(rest === '' ? [] : [plainContext(rest)]),
    context(whenAndWho(report, view)),
    actions(reportBlocks.actions, ...reportButtons(report, view, hidesMore)),
  ];
}

function refuses(acceptance: ToldReport['acceptance']): boolean {
  return acceptance.some(({ accepts }) => !accepts);
}

function defined(block: RichTextBlock | undefined): RichTextBlock[] {
  return block === undefined ? [] : [block];
}

/** What there was no room for, by its title: the terminal has it whole. */
function titlesBlock(hidden: readonly Group[]): KnownBlock[] {
  if (hidden.length === 0) return [];
  const titles = hidden
    .slice(0, 10)
    .map(({ finding: { severity, title } }) => [shorten(`${capital(severity)}: ${visibleLine(title)}`, 120)]);
  return [rich(undefined, bullets(titles))];
}

/** What is not told here; facts are not counted, as nothing is to be done about them. */
function restLine(report: ToldReport, hidden: readonly Group[], all: boolean): string {
  const counted = severities.flatMap((severity) => {
    const count = hidden
      .filter(({ finding }) => finding.severity === severity)
      .reduce((sum, { others }) => sum + 1 + others.length, 0);
    return count === 0 ? [] : [plural(count, severity)];
  });
  return [
    ...(counted.length === 0
      ? []
      : [all ? `No room here for ${counted.join(', ')}.` : `Show all has ${counted.join(', ')} more.`]),
    ...(report.unmeasured.length === 0 ? [] : [`Not measured: ${unmeasuredLine(report)}`]),
  ].join(' ');
}

/** Of few hosts why not; of more their names, of many the first. */
function unmeasuredLine({ unmeasured, deliveries }: ToldReport): string {
  const reasons = unmeasured.flatMap((host) => {
    const because = deliveries.find((delivery) => delivery.host === host)?.because ?? '';
    return because === '' ? [] : [shorten(visibleLine(because), 200)];
  });
  if (unmeasured.length <= reasonsShown && reasons.length === unmeasured.length) return reasons.join(' ');
  const names = unmeasured.slice(0, 5).map((host) => shorten(visibleLine(host), 80));
  const others = unmeasured.length - names.length;
  return `${names.join(', ')}${others === 0 ? '' : ` and ${others} more`}.`;
}

function whenAndWho({ checkedAt, durationMs, domain }: ToldReport, { sharedBy }: ReportView): string {
  const took = durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`;
  const looked = `Looked at ${localTime(checkedAt)}, ${took}.`;
  return sharedBy === undefined
    ? `${looked} Only you see this until you share it.`
    : `${looked} Shared by <@${sharedBy}> as it was then; \`/mta-sts check ${escapeMrkdwn(domain)}\` looks again.`;
}

function reportButtons(
  report: ToldReport,
  { token, all = false, sharedBy }: ReportView,
  hides: boolean,
): Button[] {
  const { domain, generated } = report;
  const value = reportValue({
    domain,
    token,
    isPrivate: sharedBy === undefined,
    showsAll: all,
    ...(generated === undefined ? {} : { generated }),
  });
  const isOff = report.verdict === 'off' && report.deliveries.length > 0;
  // Whoever has made one, or withdraws one, has another next step.
  const isToMake =
    isOff && generated === undefined && !report.facts.some(({ id }) => id === 'policy.mode-none');
  return [
    ...(isToMake
      ? [button(actionIds.makePolicy, 'Make a policy', `for ${domain}`, { value, style: 'primary' })]
      : []),
    button(actionIds.checkAgain, 'Check again', `looks at ${domain} anew`, { value }),
    ...(all || hides || isOff
      ? [
          all
            ? button(actionIds.showLess, 'Show less', `of the report on ${domain}`, { value })
            : button(actionIds.showAll, 'Show all', `of the report on ${domain}`, { value }),
        ]
      : []),
    button(actionIds.watchReport, 'Watch…', `${domain} from now on`, { value: watchValue({ domain }) }),
    button(actionIds.shareReport, 'Share to…', `the report on ${domain}`, { value }),
  ];
}

function fits(blocks: readonly KnownBlock[]): boolean {
  return blocks.length <= blocksMax && JSON.stringify(blocks).length <= blocksCharsMax;
}

function textOf(report: ToldReport, view: ReportView, groups: readonly Group[]): string {
  const { sentence, comparison, deliveries, acceptance, unmeasured } = report;
  const nextStep = ownNextStep(report);
  const parts = [
    ...(view.note === undefined ? [] : [view.note]),
    `${titleOf(report)}\n${visibleLine(sentence)}${nextStep === undefined ? '' : ` ${visibleLine(nextStep)}`}`,
    ...(comparison === undefined ? [] : [comparisonText(comparison)]),
    hostsText(deliveries).join('\n'),
    ...groups.map((group) => findingText(group)),
    ...acceptanceText(acceptance),
    ...factsOf(report).map(({ subject, text }) => `${visibleLine(subject)}: ${visibleLine(text)}`),
    ...(unmeasured.length === 0 ? [] : [`Not measured: ${unmeasured.map(visibleLine).join(', ')}.`]),
  ].filter((part) => part !== '');
  const end = `\n\n${whenAndWho(report, view)}`;
  let text = '';
  for (const [at, part] of parts.entries()) {
    const next = `${text}${at === 0 ? '' : '\n\n'}${escapeMrkdwn(part)}`;
    if (next.length + end.length > textCharsMax) {
      return `${text}\n\nThere is more: \`mta-sts check\` in the terminal tells all of it.${end}`;
    }
    text = next;
  }
  return `${text}${end}`;
}
