/** The end of a check of many domains: one line for each, under a sentence that counts them. */
import type { Report } from '../check/report.ts';
import { displayDomain } from '../protocol/domain.ts';
import type { Severity } from '../protocol/fault.ts';
import { type Screen, type Style, wrap } from './layout.ts';
import { verdictStyles } from './report-text.ts';
import { type Cell, tableLines } from './table.ts';

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
  return [
    ...wrap(`${tallies.length} domains: ${verdicts.join(', ')}.`, screen.columns).map((line) =>
      screen.paint('bold', line),
    ),
    '',
    ...table,
  ]
    .map((line) => `${line}\n`)
    .join('');
}
