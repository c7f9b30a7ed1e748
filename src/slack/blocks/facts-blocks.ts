/** What stands beside the findings: which known senders do not take what is published, and what else is so. */
import type { RichTextBlock } from '@slack/types';
import type { Acceptance, Fact } from '../../check/report.ts';
import type { ToldReport } from '../told-report.ts';
import { bold, bullets, code, paragraph, rich, shorten, visibleLine } from './pieces.ts';

/** Quotes of ours are shorter, unless they hold the longest names. */
const textCharsMax = 300;
const subjectCharsMax = 100;

/** Those that refuse for the same reason in one line, at most so many lines; undefined when all accept. */
export function acceptanceBlock(
  acceptance: readonly Acceptance[],
  linesMax: number,
): RichTextBlock | undefined {
  const lines = refusals(acceptance).slice(0, linesMax);
  const [first] = lines;
  if (first === undefined) return undefined;
  if (first.isAll)
    return rich(
      undefined,
      paragraph(bold('No known sender takes this as it is. '), shorten(first.because, textCharsMax)),
    );
  return rich(
    undefined,
    paragraph(bold('Not every known sender takes this as it is')),
    bullets(
      lines.map(({ senders, because }) => [
        bold(`${shorten(senders, textCharsMax)}: `),
        shorten(because, textCharsMax),
      ]),
    ),
  );
}

/** The same as lines for screen readers, not yet escaped. */
export function acceptanceText(acceptance: readonly Acceptance[]): readonly string[] {
  return refusals(acceptance).map(({ senders, because }) => `Not taken as it is by ${senders}: ${because}`);
}

function refusals(acceptance: readonly Acceptance[]) {
  const refusing = acceptance.filter(({ accepts }) => !accepts);
  const alike = Map.groupBy(refusing, ({ because }) => visibleLine(because.join(' ')));
  return [...alike].map(([because, senders]) => ({
    because,
    /** Every known sender, for this one reason: their names tell nothing. */
    isAll: senders.length === acceptance.length && senders.length > 1,
    senders: senders.map(({ sender }) => visibleLine(sender)).join(', '),
  }));
}

/** Every fact but what a sender would do at each host: the table says it. */
export function factsOf({ facts, deliveries }: ToldReport): readonly Fact[] {
  return deliveries.length === 0 ? facts : facts.filter(({ id }) => id !== 'consistency.dns-vs-policy');
}

/**
 * Those that are told before anybody presses Show all: none where nothing is published, and beside findings
 * only what may explain them, the state of record and policy.
 */
export function firstFacts(report: ToldReport): readonly Fact[] {
  if (report.verdict === 'off') return [];
  const facts = factsOf(report);
  return report.findings.length === 0 ? facts : facts.filter(({ id }) => /^(?:txt|policy)\./.test(id));
}

export function factsBlock(facts: readonly Fact[]): RichTextBlock | undefined {
  if (facts.length === 0) return undefined;
  return rich(
    undefined,
    paragraph(bold('Also seen')),
    bullets(
      facts.map(({ subject, text }) => [
        code(shorten(visibleLine(subject), subjectCharsMax)),
        ` ${shorten(visibleLine(text), textCharsMax)}`,
      ]),
    ),
  );
}
